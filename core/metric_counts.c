/* Shares of elements. */
#include <math.h>
#include "core/metric.h"

static double share(uint64_t n, const struct scan_result *r)
{
    return r->has_delta && r->stats.base.elems ? (double)n / (double)r->stats.base.elems : NAN;
}

static double unchanged_of_entry(const struct scan_result *r)
{
    return share(r->stats.unchanged, r);
}

static double flips_of_entry(const struct scan_result *r)
{
    return share(r->stats.sign_flips, r);
}

const struct metric metric_unchanged = {
    .name = "same",
    .title = "share unchanged",
    .unit = "",
    .help = "share of elements that are exactly equal on both sides. In bfloat16 most of a small "
            "update rounds away: compare with the storage floor before calling a tensor frozen.",
    .source = "count of w1 == w0",
    .needs = METRIC_NEEDS_PAIR,
    .form = METRIC_RATIO,
    .of_entry = unchanged_of_entry,
};

const struct metric metric_sign_flips = {
    .name = "flips",
    .title = "share of sign flips",
    .unit = "",
    .help = "share of elements that changed sign; zeros never count.",
    .source = "count of w0 * w1 < 0",
    .needs = METRIC_NEEDS_PAIR,
    .form = METRIC_RATIO,
    .of_entry = flips_of_entry,
};
