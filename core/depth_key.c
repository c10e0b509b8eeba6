#include "core/depth_key.h"

#include <math.h>
#include "core/behaviour.h"

enum general_key general_key_of(const struct comparison *c)
{
    const struct general_loss *g = c->behaviour ? &c->behaviour->losses.general : NULL;

    if (!g || g->examples == 0 || isnan(g->change))
        return GENERAL_NONE;
    if (isnan(g->interval.low))
        return GENERAL_FEW;
    if (g->interval.high < c->thresholds.value[THRESHOLD_GENERAL_HARMLESS])
        return GENERAL_HARMLESS;
    return g->interval.low > c->thresholds.value[THRESHOLD_GENERAL_HARM] ? GENERAL_HARM
                                                                         : GENERAL_BETWEEN;
}

static bool is_early(enum depth_class class)
{
    return class == DEPTH_EARLY_HEAVY || class == DEPTH_HEAVY_ALL;
}

const char *depth_key_text(enum depth_class class, enum general_key key)
{
    static const char *const texts[][2] = {
        [GENERAL_FEW] = {"too few general texts to tell", "too few general texts to tell"},
        [GENERAL_HARMLESS] = {"expected adaptation",
                              "early change without measured harm (did the kind of input change?)"},
        [GENERAL_BETWEEN] = {"inconclusive, more general text would tell",
                             "suspicious, but inconclusive: more general text would tell"},
        [GENERAL_HARM] = {"forgetting, which the depth profile does not show",
                          "general ability is disrupted, confirmed by general text"},
    };

    if (key == GENERAL_NONE ||
        (class != DEPTH_LATE_HEAVY && class != DEPTH_FLAT && !is_early(class)))
        return NULL;
    return texts[key][is_early(class)];
}

bool depth_key_alarms(enum depth_class class, enum general_key key)
{
    return depth_key_text(class, key) && key == GENERAL_HARM;
}
