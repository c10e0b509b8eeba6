/* How far the direction turned. */
#include <math.h>
#include "core/metric.h"

static double of_entry(const struct scan_result *r)
{
    return pair_cosine_distance(&r->stats);
}

/* From pooled norms: |D|^2 = |B|^2 + |T|^2 - 2<B,T>. With elements left out on one side only the
 * norms are of different elements. */
static double of_rollup(const struct rollup *r)
{
    double product = r->base_l2 * r->tuned_l2, growth = r->tuned_l2 - r->base_l2;

    if (!r->has_delta || !(product > 0) || r->nan + r->inf > 0)
        return NAN;
    return fmax(0, (r->delta_l2 - growth) * (r->delta_l2 + growth) / (2 * product));
}

const struct metric metric_cosine = {
    .name = "1-cos",
    .title = "cosine distance",
    .unit = "",
    .help =
        "1 - cos of the angle between base and tuned; about rel^2 / 2 when the update stands at "
        "right angles to the weights. Computed from the delta, so it stays exact near 0.",
    .source = "1 - <W0,W1> / (|W0| |W1|)",
    .needs = METRIC_NEEDS_PAIR,
    .form = METRIC_VALUE,
    .of_entry = of_entry,
    .of_rollup = of_rollup,
};
