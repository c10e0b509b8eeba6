#include "core/coverage.h"

#include <string.h>

/* How much of a training a row shows. */
static int weight(enum row_state s)
{
    static const int weights[ROW_STATES] = {
        [ROW_MOVED] = 4, [ROW_DECAYED] = 3, [ROW_UNMOVED] = 2, [ROW_ZERO] = 1, [ROW_UNKNOWN] = 0};

    return weights[s];
}

struct search {
    struct coverage *coverage;
    struct word_pieces *cutter;
    const struct vocabulary_row *rows;
};

/* The spelling that moved more, or is shorter, stays; pieces of the other are left unused. */
static void keep(const struct covered_word *found, struct covered_word *out)
{
    int before = out->id == PAIR_NONE ? -1 : weight(out->state), now = weight(found->state);

    if (now > before || (now == before && found->n < out->n))
        *out = *found;
}

/* The ids from `first` on are a spelling. */
static void take(const struct search *s, guint first, struct covered_word *out)
{
    const GArray *pieces = s->coverage->pieces;
    struct covered_word w = {g_array_index(pieces, uint32_t, first), ROW_UNKNOWN, first,
                             pieces->len - first};

    w.state = s->rows[w.id].state;
    for (guint i = first; i < pieces->len; i++) {
        uint32_t id = g_array_index(pieces, uint32_t, i);

        s->coverage->listed[id] = true;
        if (weight(s->rows[id].state) < weight(w.state)) {
            w.id = id;
            w.state = s->rows[id].state;
        }
    }
    keep(&w, out);
}

static void look_up(const struct search *s, const char *text, bool whole, struct covered_word *out)
{
    GArray *pieces = s->coverage->pieces;
    guint first = pieces->len;
    uint32_t id;

    if (!whole) {
        if (word_pieces_cut(s->cutter, text, pieces))
            take(s, first, out);
        return;
    }
    id = word_pieces_whole(s->cutter, text);
    if (id == PAIR_NONE)
        return;
    g_array_append_val(pieces, id);
    take(s, first, out);
}

static void look_up_both(const struct search *s, const char *text, bool whole,
                         struct covered_word *out)
{
    char *spaced = g_strconcat(" ", text, NULL);

    look_up(s, text, whole, out);
    look_up(s, spaced, whole, out);
    g_free(spaced);
}

static void find_word(const struct search *s, const char *text, struct covered_word *out)
{
    char *lower = g_utf8_validate(text, -1, NULL) ? g_utf8_strdown(text, -1) : g_strdup(text);
    const char *const spellings[] = {text, lower, text, lower};

    *out = (struct covered_word){PAIR_NONE, ROW_UNKNOWN, 0, 0};
    for (guint i = 0; i < G_N_ELEMENTS(spellings) && out->id == PAIR_NONE; i++)
        look_up_both(s, spellings[i], i < 2, out);
    g_free(lower);
}

static void count(const struct covered_word *w, struct covered_category *in)
{
    in->words++;
    if (w->id == PAIR_NONE) {
        in->missing++;
    } else if (w->n == 1) {
        in->n[w->state]++;
    } else {
        in->several++;
        in->several_of[w->state]++;
    }
}

struct coverage *coverage_create(const struct word_list *list, const struct token_texts *texts,
                                 const struct tokenizer *tokenizer,
                                 const struct vocabulary_row *rows, uint32_t n_rows)
{
    struct coverage *v = g_new0(struct coverage, 1);
    struct search s = {v, word_pieces_create(texts, tokenizer, n_rows), rows};

    v->list = list;
    v->exact = tokenizer != NULL;
    v->words = g_new0(struct covered_word, list->n_words);
    v->categories = g_new0(struct covered_category, list->n_categories);
    v->listed = g_new0(bool, n_rows);
    v->pieces = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    for (uint32_t i = 0; i < list->n_words; i++) {
        find_word(&s, list->words[i].text, &v->words[i]);
        count(&v->words[i], &v->categories[list->words[i].category]);
    }
    word_pieces_destroy(s.cutter);
    return v;
}

void coverage_destroy(struct coverage *v)
{
    if (!v)
        return;
    g_free(v->words);
    g_free(v->categories);
    g_free(v->listed);
    g_array_free(v->pieces, TRUE);
    g_free(v);
}

static bool stayed(enum row_state state)
{
    return state != ROW_MOVED && state != ROW_UNKNOWN;
}

bool covered_word_is_untouched(const struct covered_word *w)
{
    return w->id != PAIR_NONE && stayed(w->state);
}

char *coverage_pieces_text(const struct coverage *v, const struct covered_word *w,
                           const struct token_texts *texts, const struct vocabulary_row *rows)
{
    GString *out = g_string_new(NULL);

    for (uint32_t i = 0; i < w->n; i++) {
        uint32_t id = g_array_index(v->pieces, uint32_t, w->first + i);
        const char *text = token_texts_get(texts, id);

        g_string_append_printf(out, "%s%s%s", i ? "|" : "", text ? text : "?",
                               stayed(rows[id].state) ? "!" : "");
    }
    return g_string_free(out, FALSE);
}

const char *coverage_several_text(const struct coverage *v)
{
    return v->exact
               ? "words of several tokens, as the tokenizer cuts them: a token that did not move "
                 "(!) proves the word untrained; if all moved, other words may have moved them"
               : "words of several tokens, cut by the longest match (the tokenizer may cut "
                 "otherwise): a token that did not move (!) proves the word so spelled untrained; "
                 "if all moved, other words may have moved them";
}
