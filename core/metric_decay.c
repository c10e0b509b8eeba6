/* Weight decay apart from learning: the part of the update along the weights, and the rest. */
#include <math.h>
#include "core/metric.h"

static double decay(const struct scan_result *r)
{
    return r->has_delta ? pair_decay(&r->stats) : NAN;
}

static double learned(const struct scan_result *r)
{
    double along = decay(r) - 1, relative = pair_relative(&r->stats);
    double square = (relative - along) * (relative + along);

    return square < 0 ? 0 : sqrt(square);
}

const struct metric metric_decay = {
    .name = "decay",
    .title = "decay factor",
    .unit = "",
    .help = "the c that brings c times the base closest to the tuned weights; weight decay alone "
            "gives the product of (1 - learning rate * decay) over the steps.",
    .source = "c = <W0, W1> / |W0|^2",
    .needs = METRIC_NEEDS_PAIR,
    .form = METRIC_VALUE,
    .of_entry = decay,
};

const struct metric metric_learned = {
    .name = "learned",
    .title = "relative delta across the weights",
    .unit = "",
    .help = "what is left of rel when growing or shrinking is taken out: near 0 beside rel means "
            "that only decay touched the tensor.",
    .source = "|W1 - c W0| / |W0| with the c of decay",
    .needs = METRIC_NEEDS_PAIR,
    .form = METRIC_RATIO,
    .of_entry = learned,
};
