/* Norms and their growth. */
#include <math.h>
#include "core/metric.h"

static double base_of_entry(const struct scan_result *r)
{
    return r->has_base ? stats_l2(&r->stats.base) : NAN;
}

static double tuned_of_entry(const struct scan_result *r)
{
    return r->has_tuned ? stats_l2(&r->stats.tuned) : NAN;
}

static double delta_of_entry(const struct scan_result *r)
{
    return r->has_delta ? stats_l2(&r->stats.delta) : NAN;
}

static double ratio_of_entry(const struct scan_result *r)
{
    double base = base_of_entry(r);

    return base > 0 ? tuned_of_entry(r) / base : NAN;
}

static double base_of_rollup(const struct rollup *r)
{
    return r->base_l2;
}

static double tuned_of_rollup(const struct rollup *r)
{
    return r->tuned_l2;
}

static double delta_of_rollup(const struct rollup *r)
{
    return r->has_delta ? r->delta_l2 : NAN;
}

static double ratio_of_rollup(const struct rollup *r)
{
    return r->has_delta && r->base_l2 > 0 ? r->tuned_l2 / r->base_l2 : NAN;
}

const struct metric metric_base_l2 = {
    .name = "base",
    .title = "norm of the base",
    .unit = "",
    .help = "Frobenius norm of the base weights; no absolute threshold means anything.",
    .source = "|W0| = sqrt(sum w^2)",
    .form = METRIC_VALUE,
    .of_entry = base_of_entry,
    .of_rollup = base_of_rollup,
};

const struct metric metric_tuned_l2 = {
    .name = "tuned",
    .title = "norm of the tuned",
    .unit = "",
    .help = "Frobenius norm of the tuned weights.",
    .source = "|W1| = sqrt(sum w^2)",
    .form = METRIC_VALUE,
    .of_entry = tuned_of_entry,
    .of_rollup = tuned_of_rollup,
};

const struct metric metric_delta_l2 = {
    .name = "delta",
    .title = "norm of the delta",
    .unit = "",
    .help = "Frobenius norm of tuned - base, subtracted element by element in float64.",
    .source = "|D| = sqrt(sum (w1 - w0)^2)",
    .needs = METRIC_NEEDS_PAIR,
    .form = METRIC_VALUE,
    .of_entry = delta_of_entry,
    .of_rollup = delta_of_rollup,
};

const struct metric metric_norm_ratio = {
    .name = "growth",
    .title = "norm ratio",
    .unit = "",
    .help = "norm of tuned over norm of base: above 1 the weights grew, below 1 they decayed. "
            "Growth alone is no sign of overfitting in a normalised network.",
    .source = "|W1| / |W0|; van Laarhoven 2017 for the caveat",
    .needs = METRIC_NEEDS_PAIR,
    .form = METRIC_VALUE,
    .of_entry = ratio_of_entry,
    .of_rollup = ratio_of_rollup,
};
