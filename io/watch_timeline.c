#include "io/watch_timeline.h"

#include <math.h>

#define SMOOTHING 0.98

/* The last number that is not behind a step, going on from *at; NAN: there is none. */
static double last_until(const struct metric_series *s, uint64_t step, guint *at)
{
    while (s && *at < s->steps->len && g_array_index(s->steps, uint64_t, *at) <= step)
        (*at)++;
    return *at ? g_array_index(s->values, double, *at - 1) : NAN;
}

static void add_step(struct timeline *t, uint64_t step, double loss, double smoothed, double rate,
                     double gradient)
{
    const struct step_record r = {.step = step,
                                  .learning_rate = rate,
                                  .weight_decay = NAN,
                                  .loss = loss,
                                  .smoothed = smoothed,
                                  .gradient_norm = gradient,
                                  .clip = NAN,
                                  .tokens_per_second = NAN,
                                  .staleness = NAN,
                                  .staleness_tensor = UINT32_MAX,
                                  .nonfinite = UINT32_MAX};

    timeline_add_step(t, &r, NULL);
}

/* One for each loss; of a log without any, for each rate or gradient norm. */
static void add_steps(struct timeline *t, const struct metric_log *log)
{
    const struct metric_series *loss = metric_log_role(log, METRIC_LOSS);
    const struct metric_series *rate = metric_log_role(log, METRIC_RATE);
    const struct metric_series *gradient = metric_log_role(log, METRIC_GRADIENT);
    const struct metric_series *by = loss ? loss : rate ? rate : gradient;
    double sum = 0, weight = 0;
    guint at_rate = 0, at_gradient = 0;

    for (guint i = 0; by && i < by->steps->len; i++) {
        uint64_t step = g_array_index(by->steps, uint64_t, i);
        double x = loss ? g_array_index(loss->values, double, i) : NAN;
        double r = last_until(rate, step, &at_rate);
        double g = last_until(gradient, step, &at_gradient);

        sum = SMOOTHING * sum + (1 - SMOOTHING) * x;
        weight = SMOOTHING * weight + (1 - SMOOTHING);
        add_step(t, step, x, sum / weight, r, g);
    }
}

/* Mean of the losses behind `from` up to `to`, going on from *at; NAN: there is none. */
static double mean_loss(const struct metric_series *s, uint64_t to, guint *at)
{
    double sum = 0;
    guint n = 0;

    for (; s && *at < s->steps->len && g_array_index(s->steps, uint64_t, *at) <= to; (*at)++, n++)
        sum += g_array_index(s->values, double, *at);
    return n ? sum / n : NAN;
}

/* Looks as they are added, by rising steps. */
struct looking {
    struct timeline *to;
    const struct metric_series *loss, *held_out;
    guint at_loss, at_held_out;
};

static void add_look(struct looking *l, uint64_t step, const struct watch_look *look)
{
    const struct look_record r = {.step = step,
                                  .train = mean_loss(l->loss, step, &l->at_loss),
                                  .held_out = metric_series_at(l->held_out, step),
                                  .general = NAN,
                                  .general_low = NAN,
                                  .general_high = NAN,
                                  .gap_did = NAN,
                                  .gap_did_low = NAN,
                                  .gap_did_high = NAN};
    const struct look_rows rows = {.relative = look ? look->relative : NULL,
                                   .norm = look ? look->norm : NULL};

    timeline_add_look(l->to, &r, &rows);
}

/* Held-out losses are logged between checkpoints too; those at a checkpoint's step are its own. */
static void add_held_out(struct looking *l, uint64_t before, bool own)
{
    const struct metric_series *s = l->held_out;

    while (s && l->at_held_out < s->steps->len) {
        uint64_t step = g_array_index(s->steps, uint64_t, l->at_held_out);

        if (step > before || (step == before && !own))
            break;
        if (step < before)
            add_look(l, step, NULL);
        l->at_held_out++;
    }
}

struct timeline *watch_timeline(const struct watch_points *p, const struct metric_log *log)
{
    struct looking l = {.loss = metric_log_role(log, METRIC_LOSS),
                        .held_out = metric_log_role(log, METRIC_HELD_OUT)};
    struct placed_point *all;

    if (p->all->len == 0)
        return NULL;
    all = watch_points_place(p);
    l.to = timeline_create(all[0].of->look->n_blocks, NULL, NULL, 0);
    add_steps(l.to, log);
    for (guint i = 0; i < p->all->len; i++) {
        add_held_out(&l, all[i].step, true);
        add_look(&l, all[i].step, all[i].of->look);
        timeline_add_event(l.to, EVENT_LOADED, all[i].step, NAN, all[i].of->name);
    }
    add_held_out(&l, UINT64_MAX, false);
    l.to->logged = metric_log_copy(log);
    g_free(all);
    return l.to;
}
