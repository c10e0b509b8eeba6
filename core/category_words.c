#include "core/category_words.h"

#include <string.h>

/* Which words stand in which texts: a text's category behind each of its words. */
struct tally {
    GArray *pairs;   /* uint64_t: word, then part; a text's words once each */
    GArray *last;    /* uint32_t [words]: the last text that was counted, from 1 */
    uint32_t *total; /* [parts] texts */
    uint32_t parts;  /* categories, and the general texts */
    uint32_t n_texts;
};

static void count_word(struct tally *t, uint32_t word, uint32_t part)
{
    uint64_t pair = (uint64_t)word << 32 | part;

    if (word >= t->last->len)
        g_array_set_size(t->last, word + 1);
    if (g_array_index(t->last, uint32_t, word) == t->n_texts)
        return;
    g_array_index(t->last, uint32_t, word) = t->n_texts;
    g_array_append_val(t->pairs, pair);
}

static void count_text(struct tally *t, struct word_index *w, const char *text, uint32_t part)
{
    struct symbols s;

    if (!text)
        return;
    symbols_of_text(w, text, &s);
    for (uint32_t i = 0; i < s.n; i++)
        count_word(t, s.at[i], part);
    symbols_finish(&s);
}

static void count_examples(struct tally *t, const struct examples *e, struct word_index *w)
{
    for (uint32_t i = 0; i < e->n; i++) {
        const struct example *x = &e->examples[i];
        uint32_t part = x->split == SPLIT_GENERAL ? e->n_categories : x->category;

        if (!x->text)
            continue;
        t->n_texts++;
        t->total[part]++;
        count_text(t, w, x->prompt, part);
        count_text(t, w, x->text, part);
    }
}

static int compare_pairs(gconstpointer a, gconstpointer b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

/* Of the pairs of one word, sorted. */
static uint32_t owner_of(const struct tally *t, const uint64_t *pairs, guint n)
{
    double sum = 0, most = 0;
    uint32_t owner = CATEGORY_NONE;

    for (guint i = 0, next; i < n; i = next) {
        uint32_t part = (uint32_t)pairs[i];
        double share;

        for (next = i; next < n && pairs[next] == pairs[i];)
            next++;
        share = (double)(next - i) / t->total[part];
        sum += share;
        if (share > most && next - i >= CATEGORY_WORD_TEXTS && part + 1 < t->parts) {
            most = share;
            owner = part;
        }
    }
    return most >= CATEGORY_WORD_SHARE * sum ? owner : CATEGORY_NONE;
}

static void find_owners(struct tally *t, struct category_words *out)
{
    const uint64_t *pairs = (const uint64_t *)t->pairs->data;

    g_array_sort(t->pairs, compare_pairs);
    for (guint i = 0, next; i < t->pairs->len; i = next) {
        uint32_t word = (uint32_t)(pairs[i] >> 32), owner;

        for (next = i; next < t->pairs->len && pairs[next] >> 32 == word;)
            next++;
        owner = owner_of(t, pairs + i, next - i);
        out->owner[word] = owner;
        if (owner != CATEGORY_NONE)
            out->count[owner]++;
    }
}

static void init(struct category_words *out, uint32_t words, uint32_t n_categories)
{
    *out = (struct category_words){.owner = g_new(uint32_t, (gsize)words + 1),
                                   .n = words,
                                   .count = g_new0(uint32_t, n_categories),
                                   .n_categories = n_categories};
    memset(out->owner, 0xff, words * sizeof *out->owner);
}

void category_words_of(const struct examples *e, struct word_index *w, struct category_words *out)
{
    struct tally t = {.pairs = g_array_new(FALSE, FALSE, sizeof(uint64_t)),
                      .last = g_array_new(FALSE, TRUE, sizeof(uint32_t)),
                      .total = g_new0(uint32_t, e->n_categories + 1),
                      .parts = e->n_categories + 1};

    count_examples(&t, e, w);
    init(out, word_index_size(w), e->n_categories);
    find_owners(&t, out);
    g_array_free(t.pairs, TRUE);
    g_array_free(t.last, TRUE);
    g_free(t.total);
}

void category_words_listed(const struct word_list *list, const struct examples *e,
                           struct word_index *w, struct category_words *out)
{
    struct symbols *s = g_new(struct symbols, list->n_words);

    for (uint32_t i = 0; i < list->n_words; i++)
        symbols_of_text(w, list->words[i].text, &s[i]);
    init(out, word_index_size(w), e->n_categories);
    for (uint32_t i = 0; i < list->n_words; i++) {
        uint32_t own = examples_category(e, list->categories[list->words[i].category]);

        if (s[i].n == 1 && own != CATEGORY_NONE && out->owner[s[i].at[0]] == CATEGORY_NONE) {
            out->owner[s[i].at[0]] = own;
            out->count[own]++;
        }
        symbols_finish(&s[i]);
    }
    g_free(s);
}

void category_words_finish(struct category_words *c)
{
    g_free(c->owner);
    g_free(c->count);
    *c = (struct category_words){0};
}

void leak_add(const struct category_words *c, const struct symbols *text, uint32_t own,
              const bool *counts, struct leak *out)
{
    for (uint32_t i = 0; i < text->n; i++) {
        uint32_t owner = text->at[i] < c->n ? c->owner[text->at[i]] : CATEGORY_NONE;

        if (owner == CATEGORY_NONE)
            continue;
        out->specific++;
        out->borrowed += owner != own && (!counts || counts[owner]);
    }
}
