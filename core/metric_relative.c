/* How large the update is beside what it was added to. */
#include "core/metric.h"

static double of_entry(const struct scan_result *r)
{
    return pair_relative(&r->stats);
}

const struct metric metric_relative = {
    .name = "rel",
    .title = "relative delta",
    .unit = "",
    .help = "norm of the update over the norm of the base weights; for a group pooled over its "
            "matrices. No threshold holds for every model: compare blocks with each other, and "
            "with the storage floor.",
    .source = "R(S) = sqrt(sum |D|^2) / sqrt(sum |W0|^2); Frobenius, pooled",
    .needs = METRIC_NEEDS_PAIR,
    .form = METRIC_RATIO,
    .of_entry = of_entry,
    .of_rollup = rollup_relative,
};

const struct metric metric_relative_all = {
    .name = "rel_all",
    .title = "relative delta, all weights",
    .unit = "",
    .help = "the same over every weight of the group, gains and biases included; never to be "
            "compared with rel, as gains near 1 hold much of a block's norm.",
    .source = "Rall(S): as rel, over all weights",
    .needs = METRIC_NEEDS_PAIR,
    .form = METRIC_RATIO,
    .of_entry = of_entry,
    .of_rollup = rollup_relative_all,
};

const struct metric metric_mean_of_relatives = {
    .name = "rel_mean",
    .title = "mean of relative deltas",
    .unit = "",
    .help = "unweighted mean of the matrices' own ratios; matrices whose base is all zero are left "
            "out. Published figures often mean this one.",
    .source = "M(S) = mean of |D_t| / |W0_t|",
    .needs = METRIC_NEEDS_PAIR,
    .form = METRIC_RATIO,
    .of_entry = of_entry,
    .of_rollup = rollup_mean_of_relatives,
};
