#include "tui/overview_preview.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "core/escape.h"
#include "tui/entry_text.h"
#include "tui/overview_facts.h"
#include "tui/overview_table.h"
#include "tui/page.h"
#include "tui/plot.h"
#include "tui/units.h"

#define MOVERS 4
#define SPARK_COLUMNS 48
#define SPARK_WITH_ENDS 56 /* columns from which on there is room for the range too */

/* Text with a gap behind, if it fits whole; the column after it. */
static int put_text(const struct surface *s, int row, int col, enum paint paint, const char *text)
{
    if (!*text || col + text_columns(text) > s->cols)
        return col;
    return surface_text(s, row, col, style_of(paint), text) + 2;
}

static int put_format(const struct surface *s, int row, int col, enum paint paint,
                      const char *format, ...) G_GNUC_PRINTF(5, 6);

static int put_format(const struct surface *s, int row, int col, enum paint paint,
                      const char *format, ...)
{
    va_list args;
    char *text;

    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    col = put_text(s, row, col, paint, text);
    g_free(text);
    return col;
}

/* A label in dim and its value, as put_text. */
static int put(const struct surface *s, int row, int col, const char *label, const char *value)
{
    int width = text_columns(label) + 1;

    if (col + width + text_columns(value) > s->cols)
        return col;
    surface_text(s, row, col, style_of(PAINT_DIM), label);
    return put_text(s, row, col + width, PAINT_TEXT, value);
}

/* Prose, which may take several rows. */
static void put_prose(const struct surface *s, int row, int rows, enum paint paint,
                      const char *text)
{
    struct surface part = surface_part(s, row, 0, rows, s->cols);
    struct page p;

    page_init(&p);
    page_wrap(&p, s->cols, 1, " ", paint, text);
    page_layout(&p, rows);
    page_draw(&p, &part);
    page_finish(&p);
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

static int put_relative(const struct surface *s, int row, int col, const char *label,
                        double relative, double floor)
{
    char buf[UNIT_BYTES];

    return put(s, row, col, label, unit_relative(buf, relative, floor));
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
    col = put_text(s, row, col, PAINT_DIM, r->of->tuned ? "top movers" : "largest |W|");
    for (guint i = 0; i < MIN(movers->len, MOVERS); i++) {
        const struct mover *m = &g_array_index(movers, struct mover, i);
        char *name = entry_name(r->of, m->entry, r->skip[group]);
        char buf[UNIT_BYTES];

        col = put(s, row, col, name,
                  r->of->tuned ? unit_relative(buf, m->value, entry_floor(r->of, m->entry))
                               : unit_value(buf, m->value, 6));
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

    col = put_format(s, row, col, PAINT_TEXT, "%u tensors", of);
    col = put_format(s, row, col, PAINT_TEXT, "%s params", unit_count(buf, n->elems));
    col = put_format(s, row, col, PAINT_TEXT, "scanned %u",
                     of - n->pending - n->failed - n->cancelled);
    if (n->pending)
        col = put_format(s, row, col, PAINT_TEXT, "waiting %u", n->pending);
    if (n->failed)
        col = put_format(s, row, col, PAINT_BAD, "failed %u", n->failed);
    if (n->cancelled)
        col = put_format(s, row, col, PAINT_WARN, "stopped %u", n->cancelled);
    if (!r->of->tuned)
        return;
    if (n->different)
        col = put_format(s, row, col, PAINT_WARN, "differ %u", n->different);
    if (n->tuned_only)
        col = put_format(s, row, col, PAINT_WARN, "new %u", n->tuned_only);
    if (n->base_only)
        col = put_format(s, row, col, PAINT_WARN, "gone %u", n->base_only);
    if (n->subtracted)
        put_format(s, row, col, PAINT_TEXT, "unchanged %u of %u", n->unchanged, n->subtracted);
}

/* What the letters over the heat strip stand for, with their numbers. */
static void draw_roles(const struct overview_rows *r, uint32_t group, const struct surface *s,
                       int row)
{
    const struct group_numbers *n = &r->numbers[group];
    const struct metric *m = r->order.metric;
    int col = 1;

    if (r->of->groups[group].block < 0 || n->pending)
        return;
    col = put_format(s, row, col, PAINT_DIM, "%s by role", m->name);
    for (int i = ROLE_UNKNOWN + 1; i < ROLE_COUNT; i++) {
        const struct role_info *info = role_info((enum role)i);
        char buf[UNIT_BYTES], label[64];

        if (isnan(n->role[i]))
            continue;
        g_snprintf(label, sizeof label, "%c %s%s", info->letter, info->name,
                   n->role_below[i] ? " <" : "");
        col = put(s, row, col, label, overview_value_text(m, n->role[i], buf));
    }
}

static void draw_group(const struct overview_rows *r, uint32_t group, const struct surface *s)
{
    const struct group_numbers *n = &r->numbers[group];
    const struct rollup *t = &n->total;
    bool known = !n->pending && t->n_entries > 0;
    char text[3 * UNIT_BYTES], a[UNIT_BYTES], b[UNIT_BYTES];
    int col;

    draw_group_counts(r, group, s, 1);
    g_snprintf(text, sizeof text, "%s > %s", unit_value(a, known ? t->base_l2 : NAN, 8),
               unit_value(b, known ? t->tuned_l2 : NAN, 8));
    col = put(s, 2, 1, n->vectors ? "|W| of its vectors" : "|W| of its matrices",
              r->of->tuned ? text : a);
    draw_movers(r, group, s, r->of->tuned ? 5 : 3);
    if (!r->of->tuned)
        return;
    put_value(s, 2, col, "|delta|", t->has_delta ? t->delta_l2 : NAN);
    col = put_percent(s, 3, 1,
                      below_floor(rollup_relative(t), n->floor) ? "relative: pooled <" : "relative: pooled",
                      n->vectors ? NAN : rollup_relative(t));
    col = put_relative(s, 3, col, "mean of its matrices", rollup_mean_of_relatives(t),
                       rollup_mean_of_floors(t));
    put_relative(s, 3, col, "all weights", n->relative_all, rollup_floor_all(t));
    col = put_value(s, 4, 1, "1-cos", metric_cosine.of_rollup(t));
    col = put_value(s, 4, col, "norm tuned/base",
                    t->base_l2 > 0 && t->has_delta ? t->tuned_l2 / t->base_l2 : NAN);
    col = put_percent(s, 4, col, "storage floor", n->floor);
    g_snprintf(text, sizeof text, "%s %s", unit_count(a, t->nan), unit_count(b, t->inf));
    put(s, 4, col, "NaN Inf", text);
    draw_roles(r, group, s, 6);
}

/* Tensor. */

static void draw_spark(const struct surface *s, int row, const char *label, enum paint paint,
                       const struct sketch *sketch, const struct stats *stats)
{
    double counts[SPARK_COLUMNS];
    bool ends = s->cols >= SPARK_WITH_ENDS;
    int cols = CLAMP(s->cols - (ends ? 36 : 8), 0, SPARK_COLUMNS);
    int wide = plot_bin_width(stats_finite(stats), cols), n = cols / wide;
    char low[UNIT_BYTES], high[UNIT_BYTES];

    surface_text(s, row, 1, style_of(PAINT_DIM), label);
    if (isnan(stats->min)) {
        surface_text(s, row, 7, style_of(PAINT_TEXT), "nothing finite");
        return;
    }
    if (stats->max == stats->min) {
        surface_print(s, row, 7, style_of(PAINT_TEXT), "all %s", unit_value(low, stats->min, 8));
        return;
    }
    sketch_histogram(sketch, stats->min, stats->max, counts, (size_t)n);
    plot_spark(s, row, 7, counts, n, wide, style_of(paint));
    if (ends)
        surface_print(s, row, 8 + n * wide, style_of(PAINT_TEXT), "%s .. %s",
                      unit_value(low, stats->min, 9), unit_value(high, stats->max, 9));
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
        col = put_percent(s, 2, col, entry_below_floor(c, entry) ? "rel <" : "rel",
                          pair_relative(p));
        col = put_percent(s, 2, col, "floor", entry_floor(c, entry));
        col = put_value(s, 2, col, "1-cos", pair_cosine_distance(p));
        col = put_percent(s, 2, col, "unchanged", elems > 0 ? (double)p->unchanged / elems : NAN);
        put_percent(s, 2, col, "flips", elems > 0 ? (double)p->sign_flips / elems : NAN);
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
    char shape[256], dtype[24], count[UNIT_BYTES];
    char *remark = entry_remark(c, entry);
    int col;

    col = surface_print(s, 1, 1, style_of(PAINT_TEXT), "%s  %s  %s  %s  %s",
                        unit_shape(shape, sizeof shape, t->dim, t->rank),
                        entry_dtype(c, entry, dtype, sizeof dtype), unit_count(count, t->elems),
                        tensor_kind_name(t->kind), entry_state_name(e->state));
    surface_field(s, 1, col + 2, s->cols - col - 2, false, CUT_END, style_of(PAINT_WARN), remark);
    g_free(remark);
    if (e->state == ENTRY_DONE) {
        draw_numbers(c, entry, s);
    } else if (e->state == ENTRY_FAILED) {
        char *error = escape_text(e->error);

        put_prose(s, 2, PREVIEW_ROWS - 2, PAINT_BAD, error);
        g_free(error);
    }
}

void overview_preview_draw(const struct overview_rows *r, struct overview_row row, const char *lead,
                           const struct surface *s)
{
    char *title = row.entry == PAIR_NONE ? escape_text(r->of->groups[row.group].label)
                                         : entry_name(r->of, row.entry, 0);
    char *text = g_strconcat(lead, title, NULL);

    surface_rule(s, 0, text);
    g_free(text);
    g_free(title);
    if (row.entry == PAIR_NONE)
        draw_group(r, row.group, s);
    else
        draw_tensor(r->of, row.entry, s);
}
