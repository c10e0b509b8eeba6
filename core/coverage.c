#include "core/coverage.h"

/* Ids of all texts; the first of equal ones. */
static GHashTable *index_texts(const struct token_texts *texts, uint32_t n_rows)
{
    GHashTable *ids = g_hash_table_new(g_str_hash, g_str_equal);

    for (uint32_t i = 0; texts && i < MIN(texts->n, n_rows); i++)
        if (texts->text[i] && !g_hash_table_contains(ids, texts->text[i]))
            g_hash_table_insert(ids, texts->text[i], GUINT_TO_POINTER(i));
    return ids;
}

/* What says more of a word when it has two tokens. */
static int weight(enum row_state s)
{
    static const int weights[ROW_STATES] = {
        [ROW_MOVED] = 4, [ROW_DECAYED] = 3, [ROW_UNMOVED] = 2, [ROW_ZERO] = 1, [ROW_UNKNOWN] = 0};

    return weights[s];
}

struct search {
    struct coverage *coverage;
    GHashTable *ids;
    const struct vocabulary_row *rows;
};

static void look_up(const struct search *s, const char *text, struct covered_word *out)
{
    gpointer found;
    uint32_t id;

    if (!g_hash_table_lookup_extended(s->ids, text, NULL, &found))
        return;
    id = GPOINTER_TO_UINT(found);
    s->coverage->listed[id] = true;
    if (out->id == PAIR_NONE || weight(s->rows[id].state) > weight(out->state))
        *out = (struct covered_word){id, s->rows[id].state};
}

static void look_up_both(const struct search *s, const char *text, struct covered_word *out)
{
    char *spaced = g_strconcat(" ", text, NULL);

    look_up(s, text, out);
    look_up(s, spaced, out);
    g_free(spaced);
}

static void find_word(const struct search *s, const char *text, struct covered_word *out)
{
    char *lower;

    *out = (struct covered_word){PAIR_NONE, ROW_UNKNOWN};
    look_up_both(s, text, out);
    if (out->id != PAIR_NONE)
        return;
    lower = g_utf8_validate(text, -1, NULL) ? g_utf8_strdown(text, -1) : g_strdup(text);
    look_up_both(s, lower, out);
    g_free(lower);
}

struct coverage *coverage_create(const struct word_list *list, const struct token_texts *texts,
                                 const struct vocabulary_row *rows, uint32_t n_rows)
{
    struct coverage *v = g_new0(struct coverage, 1);
    struct search s = {v, index_texts(texts, n_rows), rows};

    v->list = list;
    v->words = g_new0(struct covered_word, list->n_words);
    v->categories = g_new0(struct covered_category, list->n_categories);
    v->listed = g_new0(bool, n_rows);
    for (uint32_t i = 0; i < list->n_words; i++) {
        struct covered_category *in = &v->categories[list->words[i].category];

        find_word(&s, list->words[i].text, &v->words[i]);
        in->words++;
        if (v->words[i].id == PAIR_NONE)
            in->missing++;
        else
            in->n[v->words[i].state]++;
    }
    g_hash_table_destroy(s.ids);
    return v;
}

void coverage_destroy(struct coverage *v)
{
    if (!v)
        return;
    g_free(v->words);
    g_free(v->categories);
    g_free(v->listed);
    g_free(v);
}
