#include "core/symbols.h"

#include <string.h>

struct word_index {
    GHashTable *number; /* text -> number + 1 */
    GPtrArray *texts;   /* owned */
};

void symbols_finish(struct symbols *s)
{
    g_free(s->at);
    *s = (struct symbols){0};
}

struct word_index *word_index_create(void)
{
    struct word_index *w = g_new(struct word_index, 1);

    w->texts = g_ptr_array_new_with_free_func(g_free);
    w->number = g_hash_table_new(g_str_hash, g_str_equal);
    return w;
}

void word_index_destroy(struct word_index *w)
{
    if (!w)
        return;
    g_hash_table_destroy(w->number);
    g_ptr_array_free(w->texts, TRUE);
    g_free(w);
}

uint32_t word_index_size(const struct word_index *w)
{
    return w->texts->len;
}

const char *word_index_text(const struct word_index *w, uint32_t word)
{
    return g_ptr_array_index(w->texts, word);
}

/* Takes ownership of text. */
static uint32_t number_of(struct word_index *w, char *text)
{
    gpointer known = g_hash_table_lookup(w->number, text);

    if (known) {
        g_free(text);
        return GPOINTER_TO_UINT(known) - 1;
    }
    g_ptr_array_add(w->texts, text);
    g_hash_table_insert(w->number, text, GUINT_TO_POINTER(w->texts->len));
    return w->texts->len - 1;
}

static bool in_word(gunichar c)
{
    return g_unichar_isalnum(c) || g_unichar_ismark(c);
}

static bool joins(gunichar c)
{
    return c == '-' || c == '\'' || c == 0x2019;
}

/* The end of the word that starts at p. */
static const char *word_end(const char *p, const char *end)
{
    while (p < end) {
        gunichar c = g_utf8_get_char(p);
        const char *next = g_utf8_next_char(p);

        if (!in_word(c) && !(joins(c) && next < end && in_word(g_utf8_get_char(next))))
            break;
        p = next;
    }
    return p;
}

static void collect(struct word_index *w, const char *text, GArray *out)
{
    const char *end = text + strlen(text);

    for (const char *p = text; p < end;) {
        const char *stop = in_word(g_utf8_get_char(p)) ? word_end(p, end) : p;
        uint32_t number;

        if (stop == p) {
            p = g_utf8_next_char(p);
            continue;
        }
        number = number_of(w, g_utf8_strdown(p, stop - p));
        g_array_append_val(out, number);
        p = stop;
    }
}

void symbols_of_text(struct word_index *w, const char *text, struct symbols *out)
{
    GArray *words = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    char *valid = g_utf8_make_valid(text, -1);

    collect(w, valid, words);
    g_free(valid);
    out->n = words->len;
    out->at = (uint32_t *)g_array_free(words, FALSE);
}

void symbols_of_example(struct word_index *w, const struct example *e, struct symbols *out)
{
    if (w && e->text) {
        symbols_of_text(w, e->text, out);
        return;
    }
    out->n = e->n_ids - e->n_prompt;
    out->at = g_new(uint32_t, out->n);
    for (uint32_t i = 0; i < out->n; i++) {
        uint32_t id = e->ids[e->n_prompt + i];

        out->at[i] = w ? number_of(w, g_strdup_printf("id %u", id)) : id;
    }
}
