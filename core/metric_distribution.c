/* How the distribution of values moved; from the sketches, so within their stated error. */
#include <math.h>
#include "core/metric.h"

static double wasserstein(const struct scan_result *r)
{
    return r->has_base && r->has_tuned ? sketch_wasserstein(&r->base, &r->tuned) : NAN;
}

static double ks(const struct scan_result *r)
{
    return r->has_base && r->has_tuned ? sketch_ks(&r->base, &r->tuned) : NAN;
}

static double js(const struct scan_result *r)
{
    return r->has_base && r->has_tuned ? sketch_js(&r->base, &r->tuned) : NAN;
}

static double energy(const struct scan_result *r)
{
    return r->has_delta ? sketch_energy_share(&r->delta, 0.01) : NAN;
}

const struct metric metric_wasserstein = {
    .name = "w1",
    .title = "Wasserstein distance",
    .unit = "",
    .help = "mean distance the sorted values moved, in units of the weights. Marginal histograms "
            "barely move in a fine-tune: equal histograms are not equal weights.",
    .source = "integral |F0 - F1|",
    .needs = METRIC_NEEDS_PAIR,
    .form = METRIC_VALUE,
    .of_entry = wasserstein,
};

const struct metric metric_ks = {
    .name = "ks",
    .title = "Kolmogorov-Smirnov distance",
    .unit = "",
    .help = "largest difference of the two cumulative distributions; no p-value, as with a million "
            "elements everything is significant.",
    .source = "sup |F0 - F1|",
    .needs = METRIC_NEEDS_PAIR,
    .form = METRIC_VALUE,
    .of_entry = ks,
};

const struct metric metric_js = {
    .name = "js",
    .title = "Jensen-Shannon distance",
    .unit = "",
    .help = "0: same distribution of values, 1: no overlap; base 2, on the sketch's bins.",
    .source = "sqrt(JSD), base 2",
    .needs = METRIC_NEEDS_PAIR,
    .form = METRIC_VALUE,
    .of_entry = js,
};

const struct metric metric_energy = {
    .name = "top1",
    .title = "energy in the top 1 %",
    .unit = "",
    .help = "share of the update's squared norm that its largest 1 % of elements hold; about 8 % for "
            "a Gaussian update, near 100 % for a few edited weights.",
    .source = "sum of the largest 1 % of d^2 over sum of d^2",
    .needs = METRIC_NEEDS_PAIR,
    .form = METRIC_RATIO,
    .of_entry = energy,
};
