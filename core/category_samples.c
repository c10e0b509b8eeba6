#include "core/category_samples.h"

#include <math.h>

static bool counts(const struct evaluation *e, uint32_t i)
{
    return e->examples->examples[i].split == SPLIT_TEST && evaluation_has(e, i);
}

static void fill(const struct evaluation *e, struct category_samples *s, const uint32_t *first)
{
    uint32_t *at = g_memdup2(first, s->n * sizeof *at), all = e->examples->n;

    for (uint32_t i = 0; i < all; i++) {
        const struct evaluated *r = &e->results[i];
        uint32_t c = e->examples->examples[i].category;

        if (!counts(e, i))
            continue;
        s->tokens[c] += r->tokens;
        for (unsigned side = 0; side < s->sides; side++)
            s->values[(gsize)side * all + at[c]] = r->nll[side];
        for (unsigned side = 0; side < s->sides; side++)
            s->token_sum[side][c] += r->nll[side] * r->tokens;
        if (s->gain)
            s->values[2 * (gsize)all + at[c]] = r->nll[EVALUATION_BASE] - r->nll[EVALUATION_TUNED];
        at[c]++;
    }
    g_free(at);
}

void category_samples_of(const struct evaluation *e, struct category_samples *out)
{
    uint32_t n = e->examples->n_categories, all = e->examples->n, next = 0;
    uint32_t *count = g_new0(uint32_t, n), *first = g_new(uint32_t, n);

    *out = (struct category_samples){.n = n,
                                     .sides = e->sides,
                                     .values = g_new0(double, 3 * (gsize)all + 1),
                                     .tokens = g_new0(uint64_t, n)};
    for (uint32_t i = 0; i < all; i++)
        count[e->examples->examples[i].category] += counts(e, i);
    for (unsigned side = 0; side < EVALUATION_SIDES; side++) {
        out->nll[side] = g_new(struct sample, n);
        out->token_sum[side] = g_new0(double, n);
    }
    if (e->sides > 1)
        out->gain = g_new(struct sample, n);
    for (uint32_t c = 0; c < n; c++) {
        first[c] = next;
        for (unsigned side = 0; side < EVALUATION_SIDES; side++)
            out->nll[side][c] = (struct sample){out->values + (gsize)side * all + next, count[c]};
        if (out->gain)
            out->gain[c] = (struct sample){out->values + 2 * (gsize)all + next, count[c]};
        next += count[c];
    }
    fill(e, out, first);
    g_free(first);
    g_free(count);
}

void category_samples_finish(struct category_samples *s)
{
    for (unsigned side = 0; side < EVALUATION_SIDES; side++) {
        g_free(s->nll[side]);
        g_free(s->token_sum[side]);
    }
    g_free(s->gain);
    g_free(s->tokens);
    g_free(s->values);
}

/* What is better when it is higher. */
static const struct sample *merit(const struct category_samples *s, double *sign)
{
    *sign = s->gain ? 1 : -1;
    return s->gain ? s->gain : s->nll[EVALUATION_BASE];
}

/* Whether others are held against it. */
static bool is_reference(const struct category_losses *l, uint32_t c)
{
    return l->categories[c].examples &&
           (!l->cover_known || l->categories[c].cover == COVER_COVERED);
}

/* How far each category is below the mean of its references, itself left out, by these means; NAN:
 * it has no examples, or no reference. */
static void find_below(const struct category_losses *l, const double *means, double sign,
                       double *below)
{
    double sum = 0;
    uint32_t n = 0;

    for (uint32_t c = 0; c < l->n; c++)
        if (is_reference(l, c)) {
            sum += means[c];
            n++;
        }
    for (uint32_t c = 0; c < l->n; c++) {
        bool own = is_reference(l, c);
        uint32_t others = n - own;

        below[c] = NAN;
        if (others && l->categories[c].examples)
            below[c] = sign * ((sum - (own ? means[c] : 0)) / others - means[c]);
    }
}

static void find_excess(const struct sample *of, double sign, struct category_losses *l)
{
    double *means = g_new(double, l->n), *below = g_new(double, l->n);

    for (uint32_t c = 0; c < l->n; c++)
        means[c] = l->categories[c].examples ? mean_of(of[c].values, of[c].n) : 0;
    find_below(l, means, sign, below);
    for (uint32_t c = 0; c < l->n; c++)
        l->categories[c].excess = below[c];
    g_free(below);
    g_free(means);
}

/* One-sided p of each; NAN: too few examples. */
static void find_p(const struct sample *of, double sign, const struct category_losses *l, double *p)
{
    uint32_t resamples, *against = g_new0(uint32_t, l->n);
    double *means = bootstrap_means(of, l->n, 41, &resamples), *below = g_new(double, l->n);

    for (uint32_t b = 0; b < resamples; b++) {
        find_below(l, means + (gsize)b * l->n, sign, below);
        for (uint32_t c = 0; c < l->n; c++)
            against[c] += !(below[c] > 0);
    }
    for (uint32_t c = 0; c < l->n; c++) {
        const struct category_loss *k = &l->categories[c];

        p[c] = k->examples >= CATEGORY_EXAMPLES && !isnan(k->excess)
                   ? (against[c] + 1.0) / (resamples + 1.0)
                   : NAN;
    }
    g_free(below);
    g_free(means);
    g_free(against);
}

void category_worse(const struct category_samples *s, struct category_losses *l)
{
    double sign, *p = g_new(double, l->n), *adjusted = g_new(double, l->n);
    const struct sample *of = merit(s, &sign);

    find_excess(of, sign, l);
    find_p(of, sign, l, p);
    holm_adjust(p, l->n, adjusted);
    for (uint32_t c = 0; c < l->n; c++) {
        l->categories[c].p = p[c];
        l->categories[c].p_adjusted = adjusted[c];
        l->categories[c].worse = adjusted[c] < CATEGORY_WORSE_P;
    }
    g_free(adjusted);
    g_free(p);
}
