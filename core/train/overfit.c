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

double overfit_gap(const struct timeline *t, guint look)
{
    int best = best_look(t, look + 1);

    return best < 0 ? NAN : look_at(t, look)->held_out - look_at(t, (guint)best)->held_out;
}

/* The first look has no steps behind it, so no loss of theirs. */
static bool train_falls(const struct timeline *t, guint look)
{
    int best = best_look(t, look + 1);
    double before = best < 0 ? NAN : look_at(t, (guint)best)->train;

    if (isnan(before))
        before = look_at(t, 0)->held_out;
    return look_at(t, look)->train < before;
}

bool is_overfit(const struct timeline *t, guint look, const struct thresholds *limits)
{
    guint patience = (guint)limits->value[THRESHOLD_RUN_PATIENCE];

    if (look < patience)
        return false;
    for (guint i = 0; i < patience; i++)
        if (!(overfit_gap(t, look - i) > limits->value[THRESHOLD_RUN_OVERFIT]))
            return false;
    return train_falls(t, look);
}
