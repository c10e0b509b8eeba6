#include "core/formulaic.h"

#include <math.h>
#include "core/ngrams.h"

#define DIVERSITY_NGRAMS 4
#define REPETITION_NGRAMS 4

static void find_distinct(const struct formulaic_texts *in, struct formulaic *out)
{
    out->diversity = 0;
    for (unsigned n = 1; n <= DIVERSITY_NGRAMS; n++) {
        struct ngrams *g = ngrams_create(n);

        for (uint32_t i = 0; i < in->n; i++)
            ngrams_add(g, &in->texts[i]);
        if (n <= G_N_ELEMENTS(out->distinct))
            out->distinct[n - 1] = ngrams_distinct_share(g);
        out->diversity += ngrams_distinct_share(g);
        ngrams_destroy(g);
    }
}

/* Other texts that hold a text's 4-grams, each 4-gram once. */
static uint64_t shared_with_others(const struct ngrams *all, const struct symbols *s)
{
    struct ngrams *own = ngrams_create(REPETITION_NGRAMS);
    uint64_t sum = 0;

    for (uint32_t i = 0; i + REPETITION_NGRAMS <= s->n; i++) {
        struct symbols one = {&s->at[i], REPETITION_NGRAMS};

        if (ngrams_count(own, one.at) == 0)
            sum += ngrams_count(all, one.at) - 1;
        ngrams_add(own, &one);
    }
    ngrams_destroy(own);
    return sum;
}

static double self_repetition(const struct formulaic_texts *in)
{
    struct ngrams *all = ngrams_create(REPETITION_NGRAMS);
    double sum = 0;

    for (uint32_t i = 0; i < in->n; i++)
        ngrams_add_distinct(all, &in->texts[i]);
    for (uint32_t i = 0; i < in->n; i++)
        sum += log1p((double)shared_with_others(all, &in->texts[i]));
    ngrams_destroy(all);
    return in->n ? sum / in->n : NAN;
}

static void find_copies(const struct formulaic_texts *in, struct formulaic *out)
{
    uint64_t runs = 0, copies = 0;

    for (uint32_t i = 0; in->training && i < in->n; i++) {
        const struct symbols *s = &in->texts[i];

        for (uint32_t k = 0; k < s->n; k++) {
            uint32_t run = copied_run(in->training, &s->at[k], s->n - k);

            out->longest_copy = MAX(out->longest_copy, run);
            runs += s->n - k >= FORMULAIC_COPIED;
            copies += run >= FORMULAIC_COPIED;
        }
    }
    out->copied = runs ? (double)copies / (double)runs : NAN;
}

void formulaic_of(const struct formulaic_texts *in, struct formulaic *out)
{
    *out = (struct formulaic){.texts = in->n};
    for (uint32_t i = 0; i < in->n; i++)
        out->words += in->texts[i].n;
    find_distinct(in, out);
    out->self_repetition = self_repetition(in);
    find_copies(in, out);
}
