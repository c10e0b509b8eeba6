#include "tui/overview_facts.h"

#include <math.h>

#include "core/escape.h"
#include "tui/entry_text.h"
#include "tui/units.h"

static void count_flag(GString *flags, const char *word, uint32_t n)
{
    if (n > 1)
        g_string_append_printf(flags, "%s%s:%u", flags->len ? " " : "", word, n);
    else if (n)
        flag_add(flags, word);
}

static void group_flags(struct row_facts *f, const struct group *g, const struct group_numbers *n,
                        unsigned marks)
{
    uint32_t stopped = n->failed + n->cancelled;

    if (n->pending && n->pending < g->n_entries)
        g_string_append_printf(f->flags, "%u/%u", g->n_entries - n->pending, g->n_entries);
    count_flag(f->flags, "err", n->failed);
    if (n->total.nan)
        flag_add(f->flags, "NaN");
    if (n->total.inf)
        flag_add(f->flags, "Inf");
    marks_flags(marks, f->flags);
    if (n->subtracted && n->unchanged == g->n_entries)
        flag_add(f->flags, "=");
    if (f->below)
        flag_add(f->flags, "~");
    if (n->vectors)
        flag_add(f->flags, "vec");
    count_flag(f->flags, "shape!", n->different);
    if (stopped && !n->pending && stopped < g->n_entries)
        flag_add(f->flags, "part");
}

static double share_of(uint64_t n, uint64_t elems)
{
    return elems ? (double)n / (double)elems : NAN;
}

/* Extremes and zeros of the base's weights in the group. */
static void group_extremes(struct row_facts *f, const struct comparison *c, const struct group *g)
{
    uint64_t zeros = 0, finite = 0;

    f->min = f->max = NAN;
    for (uint32_t i = 0; i < g->n_entries; i++) {
        const struct entry_summary *e = entry_summary_of(c, g->entries[i]);
        const struct stats *s = &e->result.stats.base;

        if (e->state != ENTRY_DONE || !e->result.has_base)
            continue;
        zeros += s->zeros;
        finite += stats_finite(s);
        f->min = fmin(f->min, s->min);
        f->max = fmax(f->max, s->max);
    }
    f->zeros = share_of(zeros, finite);
}

static void group_facts(struct row_facts *f, const struct overview_rows *r, struct overview_row row,
                        const struct marks *marks)
{
    const struct comparison *c = r->of;
    const struct group *g = &c->groups[row.group];
    const struct group_numbers *n = &r->numbers[row.group];
    bool weights = n->total.n_entries > 0;
    double relative = rollup_relative(&n->total);

    f->name = escape_text(g->label);
    f->shape = g_strdup_printf("%u tensors", g->n_entries);
    f->folds = true;
    f->open = r->open[row.group];
    f->pending = n->pending > 0;
    f->elems = n->elems;
    f->base_l2 = weights ? n->total.base_l2 : NAN;
    f->tuned_l2 = weights ? n->total.tuned_l2 : NAN;
    f->value = overview_rows_value(r, row);
    f->cosine = metric_cosine.of_rollup(&n->total);
    f->rms =
        weights && n->total.parameters ? n->total.base_l2 / sqrt((double)n->total.parameters) : NAN;
    f->delta_l2 = n->total.has_delta ? n->total.delta_l2 : NAN;
    f->unchanged = share_of(n->elems_unchanged, n->elems_subtracted);
    f->flips = share_of(n->elems_flipped, n->elems_subtracted);
    group_extremes(f, c, g);
    f->below = below_floor(relative, n->floor);
    f->dim = f->below || n->vectors;
    f->role = f->pending ? NULL : n->role;
    f->role_below = n->role_below;
    group_flags(f, g, n, marks ? marks->group[row.group] : 0);
    if (c->tuned) {
        count_flag(f->flags, "+new", n->tuned_only);
        count_flag(f->flags, "-gone", n->base_only);
    }
}

/* Norms and extremes of what is there; the side that stands for a one-sided tensor. */
static void scanned_facts(struct row_facts *f, const struct overview_rows *r,
                          struct overview_row row)
{
    const struct scan_result *s = &entry_summary_of(r->of, row.entry)->result;
    const struct stats *one = s->has_base ? &s->stats.base : &s->stats.tuned;

    f->base_l2 = s->has_base ? stats_l2(&s->stats.base) : NAN;
    f->tuned_l2 = s->has_tuned ? stats_l2(&s->stats.tuned) : NAN;
    f->value = overview_rows_value(r, row);
    if (s->has_delta) {
        f->delta_l2 = stats_l2(&s->stats.delta);
        f->unchanged = share_of(s->stats.unchanged, s->stats.base.elems);
        f->flips = share_of(s->stats.sign_flips, s->stats.base.elems);
    }
    f->cosine = s->has_delta ? pair_cosine_distance(&s->stats) : NAN;
    f->rms = stats_rms(one);
    f->min = one->min;
    f->max = one->max;
    f->zeros = share_of(one->zeros, stats_finite(one));
    f->below = entry_below_floor(r->of, row.entry);
    f->dim = f->below || comparison_holds_codes(r->of, row.entry);
}

static void tensor_facts(struct row_facts *f, const struct overview_rows *r,
                         struct overview_row row, const struct marks *marks)
{
    const struct comparison *c = r->of;
    const struct entry_summary *e = entry_summary_of(c, row.entry);
    const struct tensor *t = comparison_tensor(c, row.entry);
    char shape[256];

    f->nested = !overview_rows_is_single(r, row.group);
    f->name = entry_name(c, row.entry, f->nested ? r->skip[row.group] : 0);
    f->shape = g_strdup(unit_shape(shape, sizeof shape, t->dim, t->rank));
    entry_dtype(c, row.entry, f->dtype, sizeof f->dtype);
    f->elems = t->elems;
    f->pending = e->state == ENTRY_WAITING || e->state == ENTRY_READING;
    f->base_l2 = f->tuned_l2 = f->delta_l2 = f->value = f->cosine = NAN;
    f->unchanged = f->flips = f->rms = f->min = f->max = f->zeros = NAN;
    if (e->state == ENTRY_FAILED)
        f->error = escape_text(e->error);
    if (e->state == ENTRY_DONE)
        scanned_facts(f, r, row);
    entry_flags(c, row.entry, marks ? marks->entry[row.entry] : 0, f->flags);
}

void row_facts_init(struct row_facts *f, const struct overview_rows *r, struct overview_row row,
                    const struct marks *marks)
{
    const struct group *g = &r->of->groups[row.group];

    *f = (struct row_facts){.flags = g_string_new(NULL)};
    f->outside = comparison_tensor(r->of, g->entries[0])->kind >= TENSOR_OPTIMIZER;
    if (row.entry == PAIR_NONE)
        group_facts(f, r, row, marks);
    else
        tensor_facts(f, r, row, marks);
}

void row_facts_finish(struct row_facts *f)
{
    g_free(f->name);
    g_free(f->shape);
    g_free(f->error);
    g_string_free(f->flags, TRUE);
    *f = (struct row_facts){0};
}
