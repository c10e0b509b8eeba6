#include "core/generations_measure.h"

#include <math.h>
#include "core/random.h"
#include "core/sorted.h"

/* What all rows share. */
struct measuring {
    const struct generations_input *in;
    const struct category_words *words;
    struct copied_index *training; /* NULL: no train examples */
    bool *counts; /* covered categories, whose words can be borrowed; NULL: those of any */
};

/* Some generations of one model, their leaks beside them. */
struct chosen {
    struct symbols *texts; /* borrowed words */
    const struct generation **of;
    struct leak *leaks;
    double *entropy;
    uint32_t n;
};

static uint32_t category_of(const struct measuring *m, const struct generation *g)
{
    return m->in->examples->examples[g->example].category;
}

static bool belongs(const struct measuring *m, const struct generation *g, uint32_t category,
                    enum cover cover)
{
    uint32_t own = category_of(m, g);

    return category == CATEGORY_NONE ? m->in->losses->categories[own].cover == cover
                                     : own == category;
}

static void choose(const struct measuring *m, const GArray *said, uint32_t category,
                   enum cover cover, struct chosen *out)
{
    *out = (struct chosen){.texts = g_new(struct symbols, said->len),
                           .of = g_new(const struct generation *, said->len),
                           .leaks = g_new0(struct leak, said->len),
                           .entropy = g_new(double, said->len)};
    for (guint i = 0; i < said->len; i++) {
        const struct generation *g = &g_array_index(said, struct generation, i);

        if (!belongs(m, g, category, cover))
            continue;
        leak_add(m->words, &g->words, category_of(m, g), m->counts, &out->leaks[out->n]);
        out->texts[out->n] = g->words;
        out->entropy[out->n] = g->entropy;
        out->of[out->n++] = g;
    }
}

static void chosen_finish(struct chosen *c)
{
    g_free(c->texts);
    g_free(c->of);
    g_free(c->leaks);
    g_free(c->entropy);
}

/* Of borrowed / specific, texts drawn again; draws without a word of a category are left out. */
static struct interval leak_interval(const struct leak *leaks, uint32_t n)
{
    uint32_t resamples = bootstrap_resamples(n), kept = 0;
    double *share = g_new(double, resamples);
    struct interval out;
    uint64_t state = 71;

    for (uint32_t b = 0; b < resamples && n > 1; b++) {
        struct leak sum = {0, 0};

        for (uint32_t i = 0; i < n; i++) {
            const struct leak *l = &leaks[random_below(&state, n)];

            sum.specific += l->specific;
            sum.borrowed += l->borrowed;
        }
        if (sum.specific)
            share[kept++] = (double)sum.borrowed / (double)sum.specific;
    }
    sort_doubles(share, kept);
    out = sorted_interval(share, kept);
    g_free(share);
    return out;
}

static double compression(const struct measuring *m, const struct chosen *c)
{
    GString *all = g_string_new(NULL);
    double ratio = NAN;

    for (uint32_t i = 0; i < c->n; i++)
        g_string_append_printf(all, "%s\n", c->of[i]->text);
    if (m->in->deflated && all->len)
        ratio = (double)all->len / (double)m->in->deflated(all->str, all->len);
    g_string_free(all, TRUE);
    return ratio;
}

static void measure(const struct measuring *m, const GArray *said, uint32_t category,
                    enum cover cover, struct generation_row *row)
{
    struct leak leak = {0, 0};
    struct chosen c;

    choose(m, said, category, cover, &c);
    formulaic_of(&(struct formulaic_texts){c.texts, c.n, m->training}, &row->formulaic);
    for (uint32_t i = 0; i < c.n; i++) {
        leak.specific += c.leaks[i].specific;
        leak.borrowed += c.leaks[i].borrowed;
    }
    row->leak = leak;
    row->leak_share = leak.specific ? (double)leak.borrowed / (double)leak.specific : NAN;
    row->leak_interval = leak_interval(c.leaks, c.n);
    row->compression = compression(m, &c);
    row->entropy = mean_of(c.entropy, c.n);
    row->entropy_interval = bootstrap_mean_percentile(c.entropy, c.n, 81);
    chosen_finish(&c);
}

static uint32_t training_texts(const struct examples *e, struct word_index *w, struct symbols *out)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < e->n; i++)
        if (e->examples[i].split == SPLIT_TRAIN && e->examples[i].text)
            symbols_of_text(w, e->examples[i].text, &out[n++]);
    return n;
}

void generations_measure(const struct generations_input *in, struct word_index *w,
                         const struct category_words *words, struct generations *out)
{
    struct symbols *texts = g_new(struct symbols, in->examples->n);
    uint32_t n = training_texts(in->examples, w, texts);
    struct measuring m = {.in = in, .words = words};

    m.training = n ? copied_index_create(texts, n) : NULL;
    if (in->losses->gap.covered)
        m.counts = g_new(bool, out->n_categories);
    for (uint32_t c = 0; m.counts && c < out->n_categories; c++)
        m.counts[c] = in->losses->categories[c].cover == COVER_COVERED;
    for (unsigned side = 0; side < out->sides; side++) {
        out->rows[side] = g_new0(struct generation_row, out->n_categories);
        for (uint32_t c = 0; c < out->n_categories; c++)
            measure(&m, out->said[side], c, COVER_UNKNOWN, &out->rows[side][c]);
        measure(&m, out->said[side], CATEGORY_NONE, COVER_COVERED, &out->group[side][0]);
        measure(&m, out->said[side], CATEGORY_NONE, COVER_UNCOVERED, &out->group[side][1]);
    }
    copied_index_destroy(m.training);
    for (uint32_t i = 0; i < n; i++)
        symbols_finish(&texts[i]);
    g_free(texts);
    g_free(m.counts);
}
