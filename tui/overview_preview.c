#include "tui/overview_preview.h"

#include <math.h>
#include <string.h>

#include "core/escape.h"
#include "tui/entry_text.h"
#include "tui/overview_facts.h"
#include "tui/plot.h"
#include "tui/units.h"

#define MOVERS 4
#define SPARK_COLUMNS 48

/* A label in dim and its value, with a gap behind; the column after it. */
static int put(const struct surface *s, int row, int col, const char *label, const char *value)
{
    col = surface_text(s, row, col, style_of(PAINT_DIM), label);
    col = surface_text(s, row, col + 1, style_of(PAINT_TEXT), value);
    return col + 2;
}

static int put_value(const struct surface *s, int row, int col, const char *label, double value)
{
    char buf[UNIT_BYTES];

    return put(s, row, col, label, unit_value(buf, value, 8));
}

static int put_percent(const struct surface *s, int row, int col, const char *label, double value)
{
    char buf[UNIT_BYTES];

    return put(s, row, col, label, unit_percent(buf, value));
}

/* "base > tuned", or the one side there is. */
static int put_both(const struct surface *s, int row, int col, const char *label,
                    const struct scan_result *r, double base, double tuned)
{
    char a[UNIT_BYTES], b[UNIT_BYTES], text[3 * UNIT_BYTES];

    unit_value(a, base, 6);
    unit_value(b, tuned, 6);
    if (r->has_base && r->has_tuned)
        g_snprintf(text, sizeof text, "%s > %s", a, b);
    else
        g_strlcpy(text, r->has_base ? a : b, sizeof text);
    return put(s, row, col, label, text);
}

/* Group. */

struct mover {
    uint32_t entry;
    double value;
};

static gint compare_movers(gconstpointer a, gconstpointer b)
{
    double x = ((const struct mover *)a)->value, y = ((const struct mover *)b)->value;

    return x < y ? 1 : x > y ? -1 : 0;
}

/* What the members of a group are ranked by: how far they moved, or in one file how large they
 * are. */
static double moved(const struct comparison *c, uint32_t entry)
{
    const struct entry_summary *e = entry_summary_of(c, entry);

    if (c->tuned)
        return entry_relative(c, entry);
    return e->state == ENTRY_DONE ? stats_l2(&e->result.stats.base) : NAN;
}

static void draw_movers(const struct overview_rows *r, uint32_t group, const struct surface *s,
                        int row)
{
    GArray *movers = g_array_new(FALSE, FALSE, sizeof(struct mover));
    const struct group *g = &r->of->groups[group];
    int col = 1;

    for (uint32_t i = 0; i < g->n_entries; i++) {
        struct mover m = {g->entries[i], moved(r->of, g->entries[i])};

        if (m.value > 0)
            g_array_append_val(movers, m);
    }
    g_array_sort(movers, compare_movers);
    col = surface_text(s, row, col, style_of(PAINT_DIM),
                       r->of->tuned ? "top movers" : "largest |W|") +
          2;
    for (guint i = 0; i < MIN(movers->len, MOVERS); i++) {
        const struct mover *m = &g_array_index(movers, struct mover, i);
        char *name = entry_name(r->of, m->entry, r->skip[group]);
        char buf[UNIT_BYTES];

        col = surface_print(s, row, col, style_of(PAINT_TEXT), "%s %s", name,
                            r->of->tuned ? unit_percent(buf, m->value)
                                         : unit_value(buf, m->value, 6)) +
              2;
        g_free(name);
    }
    if (!movers->len)
        surface_text(s, row, col, style_of(PAINT_TEXT), "-");
    g_array_free(movers, TRUE);
}

static void draw_group_counts(const struct overview_rows *r, uint32_t group,
                              const struct surface *s, int row)
{
    const struct group_numbers *n = &r->numbers[group];
    uint32_t of = r->of->groups[group].n_entries;
    char buf[UNIT_BYTES];
    int col = 1;

    col = surface_print(s, row, col, style_of(PAINT_TEXT), "%u tensors  %s params  ", of,
                        unit_count(buf, n->elems));
    col = surface_print(s, row, col, style_of(PAINT_TEXT), "scanned %u",
                        of - n->pending - n->failed - n->cancelled);
    if (n->pending)
        col = surface_print(s, row, col, style_of(PAINT_TEXT), "  waiting %u", n->pending);
    if (n->failed + n->cancelled)
        col = surface_print(s, row, col, style_of(PAINT_BAD), "  failed %u  stopped %u", n->failed,
                            n->cancelled);
    if (n->different + n->base_only + n->tuned_only && r->of->tuned)
        col = surface_print(s, row, col, style_of(PAINT_WARN), "  +%u new  -%u gone  %u differ",
                            n->tuned_only, n->base_only, n->different);
    if (r->of->tuned)
        surface_print(s, row, col, style_of(PAINT_TEXT), "  unchanged %u of %u", n->unchanged,
                      n->subtracted);
}

static void draw_group(const struct overview_rows *r, uint32_t group, const struct surface *s)
{
    const struct group_numbers *n = &r->numbers[group];
    const struct rollup *t = &n->total;
    char text[3 * UNIT_BYTES], a[UNIT_BYTES], b[UNIT_BYTES];
    int col;

    draw_group_counts(r, group, s, 1);
    g_snprintf(text, sizeof text, "%s > %s", unit_value(a, n->pending ? NAN : t->base_l2, 8),
               unit_value(b, n->pending ? NAN : t->tuned_l2, 8));
    col = put(s, 2, 1, n->vectors ? "|W| of its vectors" : "|W| of its matrices",
              r->of->tuned ? text : a);
    draw_movers(r, group, s, r->of->tuned ? 5 : 3);
    if (!r->of->tuned)
        return;
    put_value(s, 2, col, "|delta|", t->has_delta ? t->delta_l2 : NAN);
    col = put_percent(s, 3, 1, "relative: pooled", n->vectors ? NAN : rollup_relative(t));
    col = put_percent(s, 3, col, "mean of its matrices", rollup_mean_of_relatives(t));
    put_percent(s, 3, col, "all weights", n->relative_all);
    col = put_value(s, 4, 1, "1-cos", rollup_cosine_distance(t));
    col = put_value(s, 4, col, "norm tuned/base",
                    t->base_l2 > 0 && t->has_delta ? t->tuned_l2 / t->base_l2 : NAN);
    col = put_percent(s, 4, col, "storage floor", n->floor);
    g_snprintf(text, sizeof text, "%s %s", unit_count(a, t->nan), unit_count(b, t->inf));
    put(s, 4, col, "NaN Inf", text);
}

/* Tensor. */

static void draw_spark(const struct surface *s, int row, const char *label, enum paint paint,
                       const struct sketch *sketch, const struct stats *stats)
{
    double counts[SPARK_COLUMNS];
    int n = CLAMP(s->cols - 36, 0, SPARK_COLUMNS);
    char low[UNIT_BYTES], high[UNIT_BYTES];

    surface_text(s, row, 1, style_of(PAINT_DIM), label);
    if (!(stats->max > stats->min) || n < 4) {
        surface_print(s, row, 7, style_of(PAINT_TEXT), "all %s", unit_value(low, stats->min, 8));
        return;
    }
    sketch_histogram(sketch, stats->min, stats->max, counts, (size_t)n);
    plot_spark(s, row, 7, counts, n, style_of(paint));
    surface_print(s, row, 8 + n, style_of(PAINT_TEXT), "%s .. %s", unit_value(low, stats->min, 9),
                  unit_value(high, stats->max, 9));
}

static void draw_sparks(const struct scan_result *r, const struct surface *s, int row)
{
    if (r->has_base)
        draw_spark(s, row++, "base", PAINT_BASE, &r->base, &r->stats.base);
    if (r->has_tuned)
        draw_spark(s, row++, "tuned", PAINT_TUNED, &r->tuned, &r->stats.tuned);
    if (r->has_delta)
        draw_spark(s, row, "delta", PAINT_DELTA, &r->delta, &r->stats.delta);
}

static void draw_numbers(const struct comparison *c, uint32_t entry, const struct surface *s)
{
    const struct scan_result *r = &entry_summary_of(c, entry)->result;
    const struct pair_stats *p = &r->stats;
    char counts[96];
    double elems = (double)p->base.elems;
    int col = put_both(s, 2, 1, "|W|", r, stats_l2(&p->base), stats_l2(&p->tuned));

    if (r->has_delta) {
        col = put_percent(s, 2, col, "rel", pair_relative(p));
        col = put_value(s, 2, col, "1-cos", pair_cosine_distance(p));
        col = put_percent(s, 2, col, "unchanged", elems > 0 ? (double)p->unchanged / elems : NAN);
        col = put_percent(s, 2, col, "flips", elems > 0 ? (double)p->sign_flips / elems : NAN);
        put_percent(s, 2, col, "floor", entry_floor(c, entry));
    } else {
        put_value(s, 2, col, "rms", stats_rms(r->has_base ? &p->base : &p->tuned));
    }
    g_snprintf(counts, sizeof counts,
               "%" G_GUINT64_FORMAT "/%" G_GUINT64_FORMAT "/%" G_GUINT64_FORMAT,
               p->base.nan + p->tuned.nan, p->base.inf + p->tuned.inf,
               r->has_base ? p->base.zeros : p->tuned.zeros);
    col = put_both(s, 3, 1, "kurtosis", r, stats_kurtosis(&p->base), stats_kurtosis(&p->tuned));
    col = put_both(s, 3, col, "std", r, stats_std(&p->base), stats_std(&p->tuned));
    put(s, 3, col, "NaN/Inf/zeros", counts);
    draw_sparks(r, s, 4);
}

static void draw_tensor(const struct comparison *c, uint32_t entry, const struct surface *s)
{
    const struct entry_summary *e = entry_summary_of(c, entry);
    const struct tensor *t = comparison_tensor(c, entry);
    const char *reason = c->pairing.entries[entry].reason;
    char shape[256], dtype[24], count[UNIT_BYTES];
    char *remark = escape_text(reason ? reason : t->note);
    int col;

    col = surface_print(s, 1, 1, style_of(PAINT_TEXT), "%s  %s  %s  %s  %s",
                        unit_shape(shape, sizeof shape, t->dim, t->rank),
                        entry_dtype(c, entry, dtype, sizeof dtype), unit_count(count, t->elems),
                        tensor_kind_name(t->kind), entry_state_name(e->state));
    surface_text(s, 1, col + 2, style_of(PAINT_WARN), remark);
    g_free(remark);
    if (e->state == ENTRY_DONE) {
        draw_numbers(c, entry, s);
    } else if (e->state == ENTRY_FAILED) {
        char *error = escape_text(e->error);

        surface_text(s, 2, 1, style_of(PAINT_BAD), error);
        g_free(error);
    }
}

void overview_preview_draw(const struct overview_rows *r, struct overview_row row,
                           const struct surface *s)
{
    char *title = row.entry == PAIR_NONE ? escape_text(r->of->groups[row.group].label)
                                         : entry_name(r->of, row.entry, 0);

    surface_rule(s, 0, title);
    g_free(title);
    if (row.entry == PAIR_NONE)
        draw_group(r, row.group, s);
    else
        draw_tensor(r->of, row.entry, s);
}
