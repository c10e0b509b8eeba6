#include "core/train/overfit.h"

#include <math.h>

static const struct look_record *look_at(const struct timeline *t, guint i)
{
    return &g_array_index(t->looks, struct look_record, i);
}

int best_look(const struct timeline *t, guint n)
{
    int best = -1;

    for (guint i = 0; i < MIN(n, t->looks->len); i++)
        if (!isnan(look_at(t, i)->held_out) &&
            (best < 0 || look_at(t, i)->held_out < look_at(t, (guint)best)->held_out))
            best = (int)i;
    return best;
}

/* The first look has no steps behind it, so no loss of theirs. */
static bool train_falls(const struct timeline *t, guint look, int best)
{
    double before = look_at(t, (guint)best)->train;

    if (isnan(before))
        before = look_at(t, 0)->held_out;
    return look_at(t, look)->train < before;
}

void overfit_gaps(const struct timeline *t, const struct thresholds *limits, double *out)
{
    guint patience = (guint)limits->value[THRESHOLD_RUN_PATIENCE], above = 0;
    int best = -1;

    for (guint i = 0; i < t->looks->len; i++) {
        double now = look_at(t, i)->held_out, gap;

        if (!isnan(now) && (best < 0 || now < look_at(t, (guint)best)->held_out))
            best = (int)i;
        gap = best < 0 ? NAN : now - look_at(t, (guint)best)->held_out;
        above = gap > limits->value[THRESHOLD_RUN_OVERFIT] ? above + 1 : 0;
        out[i] = above >= patience && train_falls(t, i, best) ? gap : NAN;
    }
}
