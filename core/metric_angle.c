/* How far the direction turned. */
#include "core/metric.h"

static double of_entry(const struct scan_result *r)
{
    return pair_cosine_distance(&r->stats);
}

const struct metric metric_cosine = {
    .name = "1-cos",
    .title = "cosine distance",
    .unit = "",
    .help = "1 - cos of the angle between base and tuned; about rel^2 / 2 when the update stands at "
            "right angles to the weights. Computed from the delta, so it stays exact near 0.",
    .source = "1 - <W0,W1> / (|W0| |W1|)",
    .needs = METRIC_NEEDS_PAIR,
    .form = METRIC_VALUE,
    .of_entry = of_entry,
};
