#include "core/summary.h"

#include <glib.h>
#include <math.h>

void summary_init(struct summary *s, uint32_t n)
{
    *s = (struct summary){.entries = g_new0(struct entry_summary, n), .n = n};
    for (uint32_t i = 0; i < n; i++)
        scan_result_init(&s->entries[i].result);
}

void summary_finish(struct summary *s)
{
    for (uint32_t i = 0; i < s->n; i++) {
        scan_result_finish(&s->entries[i].result);
        g_free(s->entries[i].error);
    }
    g_free(s->entries);
    *s = (struct summary){0};
}

void rollup_init(struct rollup *r)
{
    *r = (struct rollup){0};
}

static void add_matrix(struct rollup *r, const struct scan_result *s, double base, double tuned,
                       double delta, double floor)
{
    /* hypot: a sum of squares of norms that neither overflows nor vanishes. */
    r->base_l2 = hypot(r->base_l2, base);
    r->tuned_l2 = hypot(r->tuned_l2, tuned);
    r->delta_l2 = hypot(r->delta_l2, delta);
    if (!s->has_delta)
        return;
    r->base_l1 += stats_l1(&s->stats.base);
    r->tuned_l1 += stats_l1(&s->stats.tuned);
    r->delta_l1 += stats_l1(&s->stats.delta);
    if (base > 0) {
        r->sum_of_relatives += pair_relative(&s->stats);
        r->sum_of_floors += floor;
        r->n_relatives++;
    } else {
        r->n_base_zero++;
    }
}

static void add_numbers(struct rollup *r, const struct place *place, const struct scan_result *s,
                        double floor)
{
    bool pair = s->has_delta;
    double base = s->has_base ? stats_l2(&s->stats.base) : 0;
    double tuned = s->has_tuned ? stats_l2(&s->stats.tuned) : 0;
    double delta = pair ? stats_l2(&s->stats.delta) : 0;

    r->all_base_l2 = hypot(r->all_base_l2, base);
    r->all_tuned_l2 = hypot(r->all_tuned_l2, tuned);
    r->all_delta_l2 = hypot(r->all_delta_l2, delta);
    r->all_floor_l2 = hypot(r->all_floor_l2, floor * base);
    r->has_delta |= pair;
    if (!place->matrix)
        return;
    add_matrix(r, s, base, tuned, delta, floor);
    r->floor_l2 = hypot(r->floor_l2, floor * base);
}

void rollup_add(struct rollup *r, const struct tensor *t, const struct place *place,
                const struct pair_entry *pair, const struct entry_summary *e, double floor)
{
    if (t->kind != TENSOR_WEIGHT)
        return;
    r->n_entries++;
    r->n_finished += e->state >= ENTRY_DONE;
    r->n_failed += e->state == ENTRY_FAILED;
    if (e->state == ENTRY_DONE) {
        r->nan += e->result.stats.base.nan + e->result.stats.tuned.nan;
        r->inf += e->result.stats.base.inf + e->result.stats.tuned.inf;
    }
    if (pair->state != PAIR_MATCHED)
        return;
    r->all_parameters += t->elems;
    if (place->matrix)
        r->parameters += t->elems;
    if (e->state == ENTRY_DONE)
        add_numbers(r, place, &e->result, floor);
}

static double ratio(double delta, double base, bool has_delta)
{
    return has_delta && base > 0 ? delta / base : NAN;
}

double rollup_relative(const struct rollup *r)
{
    return ratio(r->delta_l2, r->base_l2, r->has_delta);
}

double rollup_floor(const struct rollup *r)
{
    return ratio(r->floor_l2, r->base_l2, r->has_delta);
}

double rollup_floor_all(const struct rollup *r)
{
    return ratio(r->all_floor_l2, r->all_base_l2, r->has_delta);
}

double rollup_mean_of_floors(const struct rollup *r)
{
    return r->n_relatives ? r->sum_of_floors / r->n_relatives : NAN;
}

double rollup_relative_all(const struct rollup *r)
{
    return ratio(r->all_delta_l2, r->all_base_l2, r->has_delta);
}

double rollup_mean_of_relatives(const struct rollup *r)
{
    return r->n_relatives ? r->sum_of_relatives / r->n_relatives : NAN;
}
