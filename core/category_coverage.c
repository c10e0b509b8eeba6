#include "core/category_coverage.h"

#include <math.h>
#include "core/ngrams.h"

double effective_number(const uint32_t *counts, uint32_t n)
{
    double sum = 0, entropy = 0;

    for (uint32_t i = 0; i < n; i++)
        sum += counts[i];
    for (uint32_t i = 0; i < n; i++)
        if (counts[i])
            entropy -= counts[i] / sum * log(counts[i] / sum);
    return sum > 0 ? exp(entropy) : NAN;
}

static bool all_have_ids(const struct examples *e)
{
    for (uint32_t i = 0; i < e->n; i++)
        if (!e->examples[i].ids)
            return false;
    return true;
}

static void count_splits(const struct examples *e, struct coverage_table *t)
{
    for (uint32_t i = 0; i < e->n; i++) {
        const struct example *x = &e->examples[i];

        t->n[x->split]++;
        t->categories[x->category].n[x->split]++;
    }
}

static void find_fewest(struct coverage_table *t)
{
    t->fewest = t->n_categories;
    for (uint32_t c = 0; c < t->n_categories; c++) {
        const uint32_t *n = t->categories[c].n;

        if (n[SPLIT_TEST] + n[SPLIT_TRAIN] == 0)
            continue;
        t->n_asked++;
        if (t->fewest == t->n_categories ||
            n[SPLIT_TRAIN] < t->categories[t->fewest].n[SPLIT_TRAIN])
            t->fewest = c;
    }
}

static void find_effective(struct coverage_table *t)
{
    uint32_t *counts = g_new(uint32_t, t->n_categories);

    for (uint32_t c = 0; c < t->n_categories; c++)
        counts[c] = t->categories[c].n[SPLIT_TRAIN];
    t->effective = effective_number(counts, t->n_categories);
    g_free(counts);
}

/* Whether an example's words stand for its category's. */
static bool speaks_for(const struct category_coverage *c, const struct example *x)
{
    return c->n[SPLIT_TRAIN] == 0 || x->split == SPLIT_TRAIN;
}

static void find_distinct(const struct examples *e, const struct symbols *s,
                          struct coverage_table *t)
{
    for (unsigned n = 1; n <= COVERAGE_NGRAMS; n++) {
        struct ngrams **grams = g_new(struct ngrams *, t->n_categories);

        for (uint32_t c = 0; c < t->n_categories; c++)
            grams[c] = ngrams_create(n);
        for (uint32_t i = 0; i < e->n; i++) {
            const struct example *x = &e->examples[i];

            if (speaks_for(&t->categories[x->category], x))
                ngrams_add(grams[x->category], &s[i]);
        }
        for (uint32_t c = 0; c < t->n_categories; c++) {
            if (n == 1)
                t->categories[c].words = ngrams_total(grams[c]);
            t->categories[c].distinct[n - 1] = ngrams_distinct_share(grams[c]);
            ngrams_destroy(grams[c]);
        }
        g_free(grams);
    }
}

static void find_unseen(const struct examples *e, const struct symbols *s, struct coverage_table *t)
{
    struct ngrams *seen = ngrams_create(1);

    for (uint32_t i = 0; i < e->n; i++)
        if (e->examples[i].split == SPLIT_TRAIN)
            ngrams_add(seen, &s[i]);
    for (uint32_t i = 0; i < e->n; i++) {
        struct category_coverage *c = &t->categories[e->examples[i].category];

        for (uint32_t k = 0; e->examples[i].split == SPLIT_TEST && k < s[i].n; k++) {
            c->test_words++;
            c->unseen += ngrams_count(seen, &s[i].at[k]) == 0;
        }
    }
    for (uint32_t c = 0; c < t->n_categories; c++) {
        struct category_coverage *v = &t->categories[c];

        v->unseen_share =
            v->test_words && t->n[SPLIT_TRAIN] ? (double)v->unseen / (double)v->test_words : NAN;
    }
    ngrams_destroy(seen);
}

void coverage_table_of(const struct examples *e, struct coverage_table *out)
{
    struct symbols *s = g_new0(struct symbols, e->n);
    bool tokens = all_have_ids(e);
    struct word_index *words = tokens ? NULL : word_index_create();

    *out = (struct coverage_table){
        .n_categories = e->n_categories,
        .categories = g_new0(struct category_coverage, e->n_categories),
        .on_tokens = tokens,
    };
    for (uint32_t i = 0; i < e->n; i++)
        symbols_of_example(words, &e->examples[i], &s[i]);
    count_splits(e, out);
    find_fewest(out);
    find_effective(out);
    find_distinct(e, s, out);
    find_unseen(e, s, out);
    for (uint32_t i = 0; i < e->n; i++)
        symbols_finish(&s[i]);
    g_free(s);
    word_index_destroy(words);
}

void coverage_table_finish(struct coverage_table *t)
{
    g_free(t->categories);
}
