/* The same update in the measures that others publish, so that numbers can be compared. */
#include <math.h>
#include "core/metric.h"

static double ratio(double delta, double weights)
{
    return weights > 0 ? delta / weights : NAN;
}

static double rel_l1_of_entry(const struct scan_result *r)
{
    return r->has_delta ? ratio(stats_l1(&r->stats.delta), stats_l1(&r->stats.base)) : NAN;
}

static double rel_l1_of_rollup(const struct rollup *r)
{
    return r->has_delta ? ratio(r->delta_l1, r->base_l1) : NAN;
}

static double sigma_of_entry(const struct scan_result *r)
{
    return r->has_delta ? ratio(stats_l1(&r->stats.delta),
                                stats_l1(&r->stats.base) + stats_l1(&r->stats.tuned))
                        : NAN;
}

static double sigma_of_rollup(const struct rollup *r)
{
    return r->has_delta ? ratio(r->delta_l1, r->base_l1 + r->tuned_l1) : NAN;
}

static double gguf_of_entry(const struct scan_result *r)
{
    return 150 * sigma_of_entry(r);
}

static double gguf_of_rollup(const struct rollup *r)
{
    return 150 * sigma_of_rollup(r);
}

static double tails_of_entry(const struct scan_result *r)
{
    double limit = r->has_delta ? 3 * stats_rms(&r->stats.delta) : NAN;
    double n = (double)r->delta.total;

    if (!(limit > 0))
        return NAN;
    return (n - sketch_rank(&r->delta, limit) + sketch_rank(&r->delta, -limit)) / n;
}

const struct metric metric_rel_l1 = {
    .name = "rel_l1",
    .title = "relative delta by absolute values",
    .unit = "",
    .help = "as rel, but sums of absolute values instead of squares: a few large elements weigh "
            "less.",
    .source = "sum |D| / sum |W0|",
    .needs = METRIC_NEEDS_PAIR,
    .form = METRIC_RATIO,
    .of_entry = rel_l1_of_entry,
    .of_rollup = rel_l1_of_rollup,
};

const struct metric metric_sigma = {
    .name = "sigma",
    .title = "Shadow-FT's sigma",
    .unit = "",
    .help = "about half of rel_l1. Published: below 2 % between Llama-3.1-8B and its instruct "
            "version, 5.6 % for Qwen3-4B.",
    .source = "sum |D| / (sum |W0| + sum |W1|), arXiv 2505.12716",
    .needs = METRIC_NEEDS_PAIR,
    .form = METRIC_RATIO,
    .of_entry = sigma_of_entry,
    .of_rollup = sigma_of_rollup,
};

const struct metric metric_gguf = {
    .name = "gguf",
    .title = "difference as gguf-tools compare prints it",
    .unit = "%",
    .help = "150 times sigma, in the percent that gguf-tools compare prints.",
    .source = "75 * mean |D| / mean of |W0| and |W1|",
    .needs = METRIC_NEEDS_PAIR,
    .form = METRIC_VALUE,
    .of_entry = gguf_of_entry,
    .of_rollup = gguf_of_rollup,
};

const struct metric metric_tails = {
    .name = "tails",
    .title = "share beyond 3 rms of the update",
    .unit = "",
    .help = "elements of the update above three times its rms, either sign: 0.27 % if it is "
            "Gaussian, more if few weights carry it. From the sketch, within its bins.",
    .source = "share of |D| > 3 rms(D)",
    .needs = METRIC_NEEDS_PAIR,
    .form = METRIC_RATIO,
    .of_entry = tails_of_entry,
};
