/* Which categories changed where: category x layer, in units of the base's spread.
 *
 * An example is one observation: x before, y after, its value averaged over its tokens and units,
 * for tokens of one example are anything but independent. The effect is Glass's delta of the
 * category, mean(y - x) / sd(x) (Glass 1976; sd with n - 1), with a 95 % percentile bootstrap over
 * examples. Read from an activity that nobody fills meanwhile. */
#ifndef TARE_CORE_ACTIVITY_EFFECT_H
#define TARE_CORE_ACTIVITY_EFFECT_H

#include "core/activity.h"
#include "core/bootstrap.h"

/* Of fewer examples nothing is said but the number. */
#define ACTIVITY_FEWEST 30

enum activity_value {
    ACTIVITY_MEAN_ABS, /* mean |a| */
    ACTIVITY_RMS,
    /* sqrt(sum |h1 - h0|^2 / sum |h0|^2), pooled over the category: it has no sign, no sd, no p */
    ACTIVITY_SHIFT,
    ACTIVITY_VALUES
};
/* "mean |a|", "rms", "shift". */
const char *activity_value_name(enum activity_value value);

struct activity_effect {
    uint32_t n; /* examples that have rows there */
    bool few;   /* fewer than ACTIVITY_FEWEST: effect and what follows are no more than a hint */
    double base, tuned; /* means over the examples; NAN for ACTIVITY_SHIFT */
    double effect;      /* NAN: undefined */
    /* Two-sided: of paired t, with `contrast` of Welch's t of the category's changes against all
     * others'. q: Benjamini and Hochberg over all cells that are not few. NAN: few, undefined. */
    double p, q;
};

struct activity_effects {
    enum activity_value value;
    bool contrast; /* less the mean change of all other categories' examples */
    uint32_t first_layer, n_layers, n_categories;
    struct activity_effect *cells; /* [n_categories][n_layers] */
    /* 99 % of |effect| lie below it if base and tuned were exchangeable: signs of each example's
     * change (the same for all layers) drawn at random; with `contrast`: which examples are the
     * category's. Over all cells that are not few. NAN: there are none. */
    double null_99;
    uint32_t tests, seen; /* cells that are not few; those beyond null_99: 1 % are expected */
};

/* NULL: the activity is of one model, or has no such layers. */
struct activity_effects *activity_effects_create(const struct activity *a, enum activity_kind kind,
                                                 enum activity_value value, bool contrast);
void activity_effects_destroy(struct activity_effects *e); /* NULL is fine */
/* layer: of the activity, first_layer .. */
const struct activity_effect *activity_effect(const struct activity_effects *e, uint32_t category,
                                              uint32_t layer);

/* The interval of one cell, when it is looked at: milliseconds. NAN: undefined. */
struct interval activity_effect_interval(const struct activity *a, uint32_t layer,
                                         uint32_t category, enum activity_value value,
                                         bool contrast);

/* What rules read: changes of mean |a| in the residual stream, or in what was recorded, by
 * themselves and against all other categories (where one moves, all others differ from their rest
 * too). */
struct category_shifts {
    struct activity_effects *alone, *against;
};
/* NULL: of one model, or of one category. Draws at random: with many examples some 10 ms. */
struct category_shifts *category_shifts_create(const struct activity *a);
void category_shifts_destroy(struct category_shifts *s); /* NULL is fine */

#endif
