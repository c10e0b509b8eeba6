#include "core/depth.h"

#include <math.h>
#include <string.h>
#include "core/ranks.h"
#include "core/trend.h"

#define LOW_RESOLUTION 3

static const double check_f[DEPTH_CHECKS - 1] = {0.2, 0.25, 1.0 / 3, 0.5};

/* What a verdict is made of; `skip`: the block that is left out, n: none. */
struct judged {
    const struct depth_block *block;
    const double *relative;
    uint32_t n, skip;
    double floor;
    const struct thresholds *t;
};

static double threshold(const struct judged *j, enum threshold which)
{
    return j->t->value[which];
}

/* Block i of those that are left. */
static uint32_t left(const struct judged *j, uint32_t i)
{
    return i < j->skip ? i : i + 1;
}

static uint32_t count(const struct judged *j)
{
    return j->skip < j->n ? j->n - 1 : j->n;
}

/* hypot: a sum of squares that neither overflows nor vanishes. */
static void measure_band(const struct judged *j, struct depth_band *band)
{
    double base = 0, delta = 0, sum = 0;

    for (uint32_t i = band->first; i < band->first + band->n; i++) {
        const struct depth_block *b = &j->block[left(j, i)];

        base = hypot(base, b->base_l2);
        delta = hypot(delta, b->delta_l2);
        sum += j->relative[left(j, i)];
    }
    band->mean = band->n ? sum / band->n : NAN;
    band->pooled = band->n && base > 0 ? delta / base : NAN;
}

static void set_bands(const struct judged *j, struct depth_verdict *v)
{
    uint32_t n = count(j), end = (uint32_t)CLAMP(lround(v->f * n), 1, MAX(n / 2, 1));

    v->band[DEPTH_EARLY] = (struct depth_band){.first = 0, .n = end};
    v->band[DEPTH_MIDDLE] = (struct depth_band){.first = end, .n = n - 2 * end};
    v->band[DEPTH_LATE] = (struct depth_band){.first = n - end, .n = end};
    for (int part = 0; part < DEPTH_PARTS; part++)
        measure_band(j, &v->band[part]);
}

static double largest(const struct judged *j)
{
    double most = 0;

    for (uint32_t i = 0; i < count(j); i++)
        most = fmax(most, j->relative[left(j, i)]);
    return most;
}

static enum depth_class class_of(const struct judged *j, const struct depth_verdict *v)
{
    double early = v->band[DEPTH_EARLY].mean, middle = v->band[DEPTH_MIDDLE].mean;
    double late = v->band[DEPTH_LATE].mean, most = largest(j);
    double contrast = threshold(j, THRESHOLD_DEPTH_CONTRAST);

    if (most < j->floor || most == 0)
        return DEPTH_UNCHANGED;
    if (early >= threshold(j, THRESHOLD_DEPTH_HEAVY))
        return DEPTH_HEAVY_ALL;
    if (middle > threshold(j, THRESHOLD_DEPTH_MIDDLE) * fmax(early, late))
        return DEPTH_MID_HEAVY;
    if (v->contrast >= contrast)
        return DEPTH_LATE_HEAVY;
    /* A lower bound proves no upper one. */
    if (!v->contrast_is_bound && v->contrast <= 1 / contrast)
        return DEPTH_EARLY_HEAVY;
    return DEPTH_FLAT;
}

static void judge(const struct judged *j, double f, struct depth_verdict *v)
{
    double early, late;

    *v = (struct depth_verdict){.f = f};
    set_bands(j, v);
    early = v->band[DEPTH_EARLY].mean;
    late = v->band[DEPTH_LATE].mean;
    v->contrast_is_bound = early < j->floor || early == 0;
    v->contrast = late / fmax(early, j->floor); /* 0 / 0: a floor of 0, and neither end moved */
    v->class = class_of(j, v);
}

static void check_stability(struct judged *j, struct depth *d)
{
    for (int i = 0; i < DEPTH_CHECKS - 1; i++)
        judge(j, check_f[i], &d->check[d->n_checks++]);
    for (uint32_t i = 1; i < d->n; i++)
        if (d->relative[i] > d->relative[d->left_out])
            d->left_out = i;
    if (d->n > 2) {
        j->skip = d->left_out;
        judge(j, d->verdict.f, &d->check[d->n_checks++]);
        j->skip = d->n;
    }
    d->stable = true;
    for (uint32_t i = 0; i < d->n_checks; i++)
        d->stable &= d->check[i].class == d->verdict.class;
}

static void measure_trend(struct depth *d)
{
    double *z = g_new(double, d->n), *logs = g_new(double, d->n);

    for (uint32_t i = 0; i < d->n; i++) {
        z[i] = (i + 0.5) / d->n;
        logs[i] = d->relative[i] > 0 ? log(d->relative[i]) : NAN;
    }
    d->rho = trend_rho(d->relative, d->n);
    d->p = trend_p(d->relative, d->n);
    d->p_exact = d->n <= RANKS_EXACT;
    d->slope = trend_slope(z, logs, d->n);
    g_free(z);
    g_free(logs);
}

/* False: a block's ratio is undefined. */
static bool measure_blocks(const struct depth_block *blocks, struct depth *d)
{
    double floor = 0, base = 0;
    bool whole = true;

    for (uint32_t i = 0; i < d->n; i++) {
        d->block[i] = blocks[i];
        d->relative[i] = blocks[i].base_l2 > 0 ? blocks[i].delta_l2 / blocks[i].base_l2 : NAN;
        whole &= isfinite(d->relative[i]) != 0;
        floor = hypot(floor, blocks[i].floor * blocks[i].base_l2);
        base = hypot(base, blocks[i].base_l2);
    }
    d->floor = base > 0 ? floor / base : 0;
    return whole;
}

/* Why the two sides are no pair to judge; NULL if they are one. */
static const char *incomparable(const struct depth_context *context, const struct thresholds *t)
{
    if (context->quantised)
        return "one side is quantised: its codes are no weights";
    if (context->model_relative > t->value[THRESHOLD_MISMATCH_RELATIVE])
        return "the model moved too far for a fine-tune of this base";
    if (context->model_cosine < t->value[THRESHOLD_MISMATCH_COSINE])
        return "the model turned too far for a fine-tune of this base";
    return NULL;
}

static void set_class(struct depth *d, enum depth_class class, const char *reason)
{
    d->verdict.class = class;
    d->reason = reason;
}

static void judge_blocks(struct depth *d, const struct thresholds *t)
{
    struct judged j = {d->block, d->relative, d->n, d->n, d->floor, t};

    judge(&j, d->verdict.f, &d->verdict);
    d->early_moved = d->verdict.band[DEPTH_EARLY].mean >= t->value[THRESHOLD_DEPTH_EARLY_MOVED];
    measure_trend(d);
    check_stability(&j, d);
}

void depth_judge(const struct depth_block *blocks, uint32_t n, const struct depth_context *context,
                 const struct thresholds *t, struct depth *out)
{
    const char *refusal = incomparable(context, t);
    bool whole;

    *out = (struct depth){.n = n,
                          .block = g_new0(struct depth_block, n),
                          .relative = g_new0(double, n),
                          .low_resolution = n > 1 && n <= LOW_RESOLUTION,
                          .rho = NAN,
                          .p = NAN,
                          .slope = NAN,
                          .model_relative = context->model_relative,
                          .model_cosine = context->model_cosine};
    out->verdict.f = t->value[THRESHOLD_DEPTH_BAND];
    out->verdict.contrast = NAN;
    for (int part = 0; part < DEPTH_PARTS; part++)
        out->verdict.band[part] = (struct depth_band){.mean = NAN, .pooled = NAN};
    whole = measure_blocks(blocks, out);
    if (whole && n > 1)
        judge_blocks(out, t);
    else
        set_class(out, DEPTH_NONE,
                  n == 0   ? "there are no blocks"
                  : !whole ? "a block has no paired matrices, or only zeros in the base"
                           : "a single block has no depth");
    if (refusal && n)
        set_class(out, DEPTH_NOT_COMPARABLE, refusal);
}

void depth_finish(struct depth *d)
{
    g_free(d->block);
    g_free(d->relative);
    *d = (struct depth){0};
}

const char *depth_class_name(enum depth_class class)
{
    static const char *const names[] = {
        [DEPTH_NONE] = "no verdict",         [DEPTH_NOT_COMPARABLE] = "NOT-COMPARABLE",
        [DEPTH_UNCHANGED] = "UNCHANGED",     [DEPTH_HEAVY_ALL] = "HEAVY-ALL",
        [DEPTH_MID_HEAVY] = "MID-HEAVY",     [DEPTH_LATE_HEAVY] = "LATE-HEAVY",
        [DEPTH_EARLY_HEAVY] = "EARLY-HEAVY", [DEPTH_FLAT] = "FLAT",
    };

    return names[class];
}

const char *depth_class_text(const struct depth *d)
{
    switch (d->verdict.class) {
    case DEPTH_NONE:
    case DEPTH_NOT_COMPARABLE:
        return d->reason;
    case DEPTH_UNCHANGED:
        return "no block moved by more than its storage can tell";
    case DEPTH_HEAVY_ALL:
        return "large change from the first blocks on: check general ability";
    case DEPTH_MID_HEAVY:
        return "the middle moved most: no judgement follows from that";
    case DEPTH_LATE_HEAVY:
        return d->early_moved ? "the usual adaptation profile, but early blocks moved too"
                              : "the usual adaptation profile";
    case DEPTH_EARLY_HEAVY:
        return d->early_moved ? "early blocks moved most: check general ability"
                              : "early blocks moved most, but little: check general ability";
    case DEPTH_FLAT:
        break;
    }
    return "usual for one learning rate under AdamW; says nothing by itself";
}

enum depth_part depth_part_of(const struct depth_verdict *v, uint32_t i)
{
    if (i < v->band[DEPTH_EARLY].n)
        return DEPTH_EARLY;
    return i >= v->band[DEPTH_LATE].first ? DEPTH_LATE : DEPTH_MIDDLE;
}
