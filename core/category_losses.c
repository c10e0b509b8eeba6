#include "core/category_losses.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "core/category_cover.h"
#include "core/category_samples.h"
#include "core/ranks.h"

const char *cover_name(enum cover c)
{
    static const char *const names[] = {"unknown", "covered", "uncovered"};

    return names[c];
}

static void describe(const struct evaluation *e, const struct category_samples *s, uint32_t c,
                     struct category_loss *out)
{
    for (unsigned side = 0; side < EVALUATION_SIDES; side++) {
        const struct sample *x = &s->nll[side][c];

        out->loss[side] = side < e->sides ? mean_of(x->values, x->n) : NAN;
        out->token_loss[side] =
            side < e->sides && s->tokens[c] ? s->token_sum[side][c] / (double)s->tokens[c] : NAN;
    }
    out->examples = s->nll[0][c].n;
    out->gain_interval = (struct interval){NAN, NAN};
    out->gain = s->gain ? mean_of(s->gain[c].values, s->gain[c].n) : NAN;
    if (s->gain && s->gain[c].n >= CATEGORY_EXAMPLES)
        out->gain_interval = bootstrap_mean(s->gain[c].values, s->gain[c].n, c + 1);
}

/* Samples of the categories of one cover that have examples. */
static uint32_t pick(const struct category_losses *l, const struct sample *of, enum cover cover,
                     struct sample *out)
{
    uint32_t n = 0;

    for (uint32_t c = 0; c < l->n; c++)
        if (l->categories[c].cover == cover && of[c].n)
            out[n++] = of[c];
    return n;
}

static bool any_few(const struct category_losses *l)
{
    for (uint32_t c = 0; c < l->n; c++)
        if (l->categories[c].cover != COVER_UNKNOWN && l->categories[c].examples &&
            l->categories[c].examples < CATEGORY_EXAMPLES)
            return true;
    return false;
}

/* high - low of two picked groups, with both intervals. */
struct contrast {
    double value;
    struct interval within, categories;
};

static struct contrast contrast_of(const struct category_losses *l, const struct sample *of,
                                   enum cover above, uint64_t seed, uint32_t n[2])
{
    enum cover below = above == COVER_COVERED ? COVER_UNCOVERED : COVER_COVERED;
    struct sample *a = g_new(struct sample, l->n), *b = g_new(struct sample, l->n);
    struct contrast out = {NAN, {NAN, NAN}, {NAN, NAN}};

    n[0] = pick(l, of, above, a);
    n[1] = pick(l, of, below, b);
    if (n[0] && n[1])
        out.value = mean_of_means(a, n[0]) - mean_of_means(b, n[1]);
    if (!l->few) {
        out.within = bootstrap_contrast(a, n[0], b, n[1], false, seed);
        out.categories = bootstrap_contrast(a, n[0], b, n[1], true, seed + 1);
    }
    g_free(a);
    g_free(b);
    return out;
}

/* The mean over the categories of a cover. */
static double loss_of(const struct category_losses *l, enum cover cover, unsigned side)
{
    double sum = 0;
    uint32_t n = 0;

    for (uint32_t c = 0; c < l->n; c++)
        if (l->categories[c].cover == cover && l->categories[c].examples) {
            sum += l->categories[c].loss[side];
            n++;
        }
    return n ? sum / n : NAN;
}

static uint32_t pick_pairs(const struct category_losses *l, const struct category_samples *s,
                           enum cover cover, struct paired_sample *out)
{
    const struct sample *before = s->nll[EVALUATION_BASE], *after = s->nll[EVALUATION_TUNED];
    uint32_t n = 0;

    for (uint32_t c = 0; c < l->n; c++)
        if (l->categories[c].cover == cover && before[c].n)
            out[n++] = (struct paired_sample){before[c].values, after[c].values, before[c].n};
    return n;
}

/* Of a base that was itself a run: what its successor left of its gap. */
static void find_left(const struct category_samples *s, struct category_losses *l)
{
    struct category_gap *g = &l->gap;
    struct paired_sample *a, *b;
    uint32_t n_a, n_b;

    g->base_gap = l->sides > 1 ? g->gap - g->did : NAN;
    g->left = g->base_gap > 0 ? g->gap / g->base_gap : NAN;
    g->left_within = (struct interval){NAN, NAN};
    if (l->few || isnan(g->left))
        return;
    a = g_new(struct paired_sample, l->n);
    b = g_new(struct paired_sample, l->n);
    n_a = pick_pairs(l, s, COVER_UNCOVERED, a);
    n_b = pick_pairs(l, s, COVER_COVERED, b);
    g->left_within = bootstrap_contrast_left(a, n_a, b, n_b, 51);
    g_free(a);
    g_free(b);
}

static void find_gap(const struct category_samples *s, struct category_losses *l)
{
    uint32_t n[2];
    struct contrast gap = contrast_of(l, s->nll[l->sides - 1], COVER_UNCOVERED, 11, n);
    struct contrast did = {NAN, {NAN, NAN}, {NAN, NAN}};

    for (unsigned side = 0; side < EVALUATION_SIDES; side++) {
        l->gap.covered_loss[side] = loss_of(l, COVER_COVERED, side);
        l->gap.uncovered_loss[side] = loss_of(l, COVER_UNCOVERED, side);
    }
    l->gap.uncovered = n[0];
    l->gap.covered = n[1];
    if (s->gain)
        did = contrast_of(l, s->gain, COVER_COVERED, 21, n);
    l->gap.gap = gap.value;
    l->gap.gap_within = gap.within;
    l->gap.gap_categories = gap.categories;
    l->gap.did = did.value;
    l->gap.did_within = did.within;
    l->gap.did_categories = did.categories;
    find_left(s, l);
}

static void find_rho(struct category_losses *l)
{
    double *x = g_new(double, l->n), *y = g_new(double, l->n);
    uint32_t n = 0, train = 0;

    for (uint32_t c = 0; c < l->n; c++) {
        const struct category_loss *k = &l->categories[c];

        train += k->train;
        if (k->examples == 0)
            continue;
        x[n] = k->train;
        y[n++] = l->sides > 1 ? k->gain : -k->loss[EVALUATION_BASE];
    }
    l->rho = n >= 3 && train ? rank_correlation(x, y, n) : NAN;
    l->p = n >= 3 && train ? rank_correlation_p(x, y, n) : NAN;
    g_free(x);
    g_free(y);
}

static void find_general(const struct evaluation *e, struct general_loss *g)
{
    double *change = g_new(double, e->examples->n), sum[EVALUATION_SIDES] = {0, 0};

    *g = (struct general_loss){.interval = {NAN, NAN}};
    for (uint32_t i = 0; i < e->examples->n; i++) {
        const struct evaluated *r = &e->results[i];

        if (e->examples->examples[i].split != SPLIT_GENERAL || !evaluation_has(e, i))
            continue;
        for (unsigned s = 0; s < EVALUATION_SIDES; s++)
            sum[s] += r->nll[s];
        change[g->examples++] = r->nll[EVALUATION_TUNED] - r->nll[EVALUATION_BASE];
    }
    for (unsigned s = 0; s < EVALUATION_SIDES; s++)
        g->loss[s] = g->examples ? sum[s] / g->examples : NAN;
    g->change = mean_of(change, g->examples);
    if (e->sides > 1 && g->examples >= CATEGORY_EXAMPLES)
        g->interval = bootstrap_mean(change, g->examples, 31);
    g_free(change);
}

void category_losses_of(const struct evaluation *e, const bool *told, struct category_losses *out)
{
    struct category_samples s;

    category_samples_of(e, &s);
    *out = (struct category_losses){.n = e->examples->n_categories,
                                    .sides = e->sides,
                                    .categories = g_new0(struct category_loss, s.n)};
    out->cover_known = category_cover(e->examples, told, out->categories);
    for (uint32_t c = 0; c < out->n; c++) {
        describe(e, &s, c, &out->categories[c]);
        out->categories[c].tokens = s.tokens[c];
    }
    out->few = any_few(out);
    find_gap(&s, out);
    category_worse(&s, out);
    find_rho(out);
    find_general(e, &out->general);
    category_samples_finish(&s);
}

void category_losses_finish(struct category_losses *c)
{
    g_free(c->categories);
    c->categories = NULL;
}
