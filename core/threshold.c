#include "core/threshold.h"

#include <math.h>
#include <string.h>
#include "core/error.h"

const struct threshold_info threshold_table[] = {
    [THRESHOLD_DEPTH_BAND] = {"depth.band", 0.25, 0.1, 0.5,
                              "share of the blocks at each end that is called early, and late",
                              "METRICS 3.2, f"},
    [THRESHOLD_LOW_RANK_ENERGY] = {"low_rank.energy", 0.99, 0.5, 1,
                                   "share of a delta's energy that its first directions hold",
                                   "a default: no threshold is agreed on"},
    [THRESHOLD_LOW_RANK_SHARE] = {"low_rank.share", 0.125, 0, 1,
                                  "share of all directions that those are at most, to call it low",
                                  "a default: no threshold is agreed on"},
};

void thresholds_init(struct thresholds *t)
{
    for (int i = 0; i < THRESHOLD_COUNT; i++)
        t->value[i] = threshold_table[i].value;
}

static const struct threshold_info *find(const char *name, size_t n)
{
    for (int i = 0; i < THRESHOLD_COUNT; i++)
        if (strncmp(threshold_table[i].name, name, n) == 0 && !threshold_table[i].name[n])
            return &threshold_table[i];
    return NULL;
}

gboolean thresholds_set(struct thresholds *t, const char *assignment, GError **error)
{
    size_t n = strcspn(assignment, "=");
    const struct threshold_info *info = find(assignment, n);
    char *end;
    double value;

    if (!info || !assignment[n]) {
        g_set_error(error, TARE_ERROR, TARE_ERROR_USAGE,
                    "%s: no such threshold; write NAME=VALUE, the names are in tare check --list",
                    assignment);
        return FALSE;
    }
    value = g_ascii_strtod(assignment + n + 1, &end);
    if (end == assignment + n + 1 || *end || !(value >= info->low && value <= info->high)) {
        g_set_error(error, TARE_ERROR, TARE_ERROR_USAGE, "%s: %s is a number from %g to %g",
                    assignment, info->name, info->low, info->high);
        return FALSE;
    }
    t->value[info - threshold_table] = value;
    return TRUE;
}
