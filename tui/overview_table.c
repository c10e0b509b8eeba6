#include "tui/overview_table.h"

#include <math.h>
#include <string.h>

#include "tui/entry_text.h"
#include "tui/plot.h"
#include "tui/units.h"

#define NAME_INDENT 3
#define SCALE_RANGE 100

#define NEVER 1000000

/* From which width on a column is there, in a pair and in one file; keep: the smaller, the earlier
 * it goes when there is no room. */
static const struct {
    const char *title;
    int width, pair_from, one_from, keep;
    bool right;
} columns[COLUMN_COUNT] = {
    [COLUMN_NAME] = {"name", 12, 0, 0, 100, false},
    [COLUMN_SHAPE] = {"shape", 12, 170, 60, 5, false},
    [COLUMN_DTYPE] = {"type", 4, 150, 50, 6, false},
    [COLUMN_PARAMETERS] = {"params", 6, 0, 0, 7, true},
    [COLUMN_BASE_L2] = {"|W| base", 8, 100, 0, 9, true},
    [COLUMN_TUNED_L2] = {"|W| tuned", 9, 120, NEVER, 1, true},
    [COLUMN_DELTA_L2] = {"|delta|", 8, 130, NEVER, 1, true},
    [COLUMN_RMS] = {"rms", 8, NEVER, 90, 4, true},
    [COLUMN_MIN] = {"min", 8, NEVER, 110, 2, true},
    [COLUMN_MAX] = {"max", 8, NEVER, 110, 2, true},
    [COLUMN_ZEROS] = {"zeros", 7, NEVER, 0, 3, true},
    [COLUMN_VALUE] = {NULL, 9, 0, NEVER, 90, true},
    [COLUMN_BAR] = {NULL, 6, 0, NEVER, 6, false},
    [COLUMN_COSINE] = {"1-cos", 8, 0, NEVER, 5, true},
    [COLUMN_UNCHANGED] = {"unchanged", 9, 140, NEVER, 1, true},
    [COLUMN_FLIPS] = {"flips", 8, 160, NEVER, 1, true},
    [COLUMN_HEAT] = {NULL, 0, 0, NEVER, 4, false},
    [COLUMN_FLAGS] = {"flags", 8, 0, 0, 80, false},
};

static int natural_width(const struct overview_table *t, int column, int cols)
{
    if (column == COLUMN_NAME)
        return CLAMP(cols / 4, 4, columns[column].width);
    return column == COLUMN_HEAT ? t->n_roles : columns[column].width;
}

static int total_width(const struct overview_table *t)
{
    int total = NAME_INDENT;

    for (int i = 0; i < COLUMN_COUNT; i++)
        total += t->width[i] ? t->width[i] + (i > 0) : 0;
    return total;
}

static void drop_one(struct overview_table *t)
{
    int worst = -1;

    for (int i = 1; i < COLUMN_COUNT; i++)
        if (t->width[i] && (worst < 0 || columns[i].keep < columns[worst].keep))
            worst = i;
    if (worst > 0)
        t->width[worst] = 0;
}

static int grow(struct overview_table *t, int column, int to, int spare)
{
    int by = CLAMP(to - t->width[column], 0, MAX(spare, 0));

    if (!t->width[column])
        return spare;
    t->width[column] += by;
    return spare - by;
}

void overview_table_fit(struct overview_table *t, const struct comparison *c, int cols,
                        int name_columns)
{
    int n = 1, spare, col = NAME_INDENT;

    for (int i = 0; i < COLUMN_COUNT; i++) {
        int from = c->tuned ? columns[i].pair_from : columns[i].one_from;

        t->width[i] = cols >= from ? natural_width(t, i, cols) : 0;
        if (t->without & 1u << i)
            t->width[i] = 0;
        if (i == COLUMN_COSINE && t->metric == &metric_cosine)
            t->width[i] = 0;
        n += t->width[i] > 0;
    }
    for (; n > 1 && total_width(t) > cols; n--)
        drop_one(t);
    t->width[COLUMN_NAME] = MAX(MIN(t->width[COLUMN_NAME], cols - NAME_INDENT), 0);
    spare = grow(t, COLUMN_NAME, MIN(name_columns, 24), cols - total_width(t));
    /* "-gone:24", "!untouched" */
    spare = grow(t, COLUMN_FLAGS, c->pairing.n_matched < c->pairing.n_entries ? 12 : 10, spare);
    spare = grow(t, COLUMN_NAME, MIN(name_columns, 28), spare);
    spare = grow(t, COLUMN_BAR, 10, spare);
    spare = grow(t, COLUMN_NAME, MIN(name_columns, MAX(cols * 2 / 5, 24)), spare);
    spare = grow(t, COLUMN_FLAGS, 16, spare);
    spare = grow(t, COLUMN_BAR, 40, spare);
    spare = grow(t, COLUMN_SHAPE, 20, spare);
    grow(t, COLUMN_FLAGS, 40, spare);
    for (int i = 0; i < COLUMN_COUNT; i++) {
        t->col[i] = col;
        col += t->width[i] ? t->width[i] + 1 : 0;
    }
}

void overview_table_roles(struct overview_table *t, const struct comparison *c)
{
    bool has[ROLE_COUNT] = {false};

    for (uint32_t i = 0; i < c->pairing.n_entries; i++) {
        const struct place *place = comparison_place(c, i);

        if (place->block >= 0 && comparison_tensor(c, i)->kind == TENSOR_WEIGHT)
            has[place->role] = true;
    }
    t->n_roles = 0;
    for (int i = ROLE_UNKNOWN + 1; i < ROLE_COUNT; i++)
        if (has[i])
            t->roles[t->n_roles++] = (enum role)i;
}

static double largest_value(const struct overview_rows *r, bool matrices)
{
    double most = 0;

    for (uint32_t i = 0; i < r->of->pairing.n_entries; i++) {
        double value;

        if (comparison_tensor(r->of, i)->kind != TENSOR_WEIGHT ||
            comparison_place(r->of, i)->matrix != matrices)
            continue;
        value = overview_rows_value(r, (struct overview_row){r->of->group_of[i], i});
        if (isfinite(value))
            most = MAX(most, value);
    }
    return most;
}

/* The next 1, 2 or 5 times a power of ten. */
static double round_up(double x)
{
    double decade = pow(10, floor(log10(x) + 1e-9)), lead = x / decade - 1e-9;

    return decade * (lead <= 1 ? 1 : lead <= 2 ? 2 : lead <= 5 ? 5 : 10);
}

void overview_table_scale(struct overview_table *t, const struct overview_rows *r)
{
    double most = largest_value(r, true);

    if (!(most > 0))
        most = largest_value(r, false);
    t->metric = r->order.metric;
    t->high = most > 0 ? round_up(most) : 1;
    t->low = t->high / SCALE_RANGE;
}

char *overview_value_text(const struct metric *m, double value, char *buf)
{
    switch (m->form) {
    case METRIC_RATIO:
        return unit_percent(buf, value);
    case METRIC_COUNT:
        if (isnan(value))
            return strcpy(buf, "-");
        return unit_count(buf, (guint64)value);
    case METRIC_VALUE:
        break;
    }
    return unit_value(buf, value, 8);
}

char *overview_table_limits(const struct overview_table *t, char *buf, gsize bytes)
{
    double unit = t->metric->form == METRIC_RATIO ? 100 : 1;

    g_snprintf(buf, bytes, "%g..%g%s", t->low * unit, t->high * unit, unit > 1 ? " %" : "");
    return buf;
}

static void head_bar(const struct overview_table *t, const struct surface *s, int row)
{
    char limits[2 * UNIT_BYTES];
    int width = t->width[COLUMN_BAR], low, end;
    struct surface part = surface_part(s, row, t->col[COLUMN_BAR], 1, width);
    const char *high = strstr(overview_table_limits(t, limits, sizeof limits), "..") + 2;

    low = (int)(high - limits) - 2;
    end = (int)strlen(high);
    surface_text(&part, 0, width - end, style_of(PAINT_DIM), high);
    limits[low] = '\0';
    if (low + 1 + end <= width)
        surface_text(&part, 0, 0, style_of(PAINT_DIM), limits);
}

void overview_table_head(const struct overview_table *t, const struct surface *s, int row)
{
    for (int i = 0; i < COLUMN_COUNT; i++) {
        const char *title = i == COLUMN_VALUE ? t->metric->name : columns[i].title;

        if (t->width[i] && title)
            surface_field(s, row, t->col[i], t->width[i], columns[i].right, CUT_END,
                          style_of(PAINT_DIM), title);
    }
    if (t->width[COLUMN_BAR])
        head_bar(t, s, row);
    for (int i = 0; t->width[COLUMN_HEAT] && i < t->n_roles; i++)
        surface_glyph(s, row, t->col[COLUMN_HEAT] + i, style_of(PAINT_DIM),
                      (gunichar)role_info(t->roles[i])->letter);
}

static void put(const struct overview_table *t, const struct surface *s, int row, int column,
                struct style style, const char *text)
{
    if (t->width[column])
        surface_field(s, row, t->col[column], t->width[column], columns[column].right, CUT_END,
                      style, text);
}

/* What needs no more than its number. */
static void put_values(const struct overview_table *t, const struct surface *s, int row,
                       const struct row_facts *f, struct style style)
{
    const struct {
        int column;
        double value;
    } values[] = {
        {COLUMN_BASE_L2, f->base_l2},   {COLUMN_TUNED_L2, f->tuned_l2}, {COLUMN_RMS, f->rms},
        {COLUMN_MIN, f->min},           {COLUMN_MAX, f->max},           {COLUMN_COSINE, f->cosine},
        {COLUMN_DELTA_L2, f->delta_l2},
    };
    const struct {
        int column;
        double share;
    } shares[] = {
        {COLUMN_ZEROS, f->zeros}, {COLUMN_UNCHANGED, f->unchanged}, {COLUMN_FLIPS, f->flips}};
    char buf[UNIT_BYTES];

    for (gsize i = 0; i < G_N_ELEMENTS(values); i++)
        put(t, s, row, values[i].column, style,
            f->pending ? "..." : unit_value(buf, values[i].value, 8));
    for (gsize i = 0; i < G_N_ELEMENTS(shares); i++)
        put(t, s, row, shares[i].column, style,
            f->pending ? "..." : unit_percent(buf, shares[i].share));
}

static void put_metric(const struct overview_table *t, const struct surface *s, int row,
                       const struct row_facts *f, struct style style)
{
    char buf[UNIT_BYTES];
    struct style dim = style_of(PAINT_DIM);
    int step = plot_ramp_step(f->value, t->low, t->high);
    double share = f->value > t->low ? log(f->value / t->low) / log(t->high / t->low) : 0;

    put(t, s, row, COLUMN_VALUE, f->dim ? dim : style,
        f->pending ? "..." : overview_value_text(t->metric, f->value, buf));
    if (f->below && t->col[COLUMN_VALUE] > 0)
        surface_glyph(s, row, t->col[COLUMN_VALUE] - 1, dim, '<');
    if (t->width[COLUMN_BAR] && isfinite(f->value))
        plot_bar(s, row, t->col[COLUMN_BAR], t->width[COLUMN_BAR],
                 f->dim || f->outside ? dim : style_of((enum paint)(PAINT_RAMP + step)), share);
    for (int i = 0; f->role && t->width[COLUMN_HEAT] && i < t->n_roles; i++)
        if (f->role_below[t->roles[i]])
            plot_below(s, row, t->col[COLUMN_HEAT] + i);
        else
            plot_heat(s, row, t->col[COLUMN_HEAT] + i, f->role[t->roles[i]], t->low, t->high);
}

static struct style flags_style(const struct row_facts *f)
{
    const char *flags = f->flags->str;

    if (f->error || strstr(flags, "NaN") || strstr(flags, "Inf") || strstr(flags, "err"))
        return style_of(PAINT_BAD);
    return style_of(strchr(flags, '!') ? PAINT_WARN : f->outside ? PAINT_DIM : PAINT_TEXT);
}

/* Whole flags only; ".." says that there are more. */
static void put_flags(const struct overview_table *t, const struct surface *s, int row,
                      const struct row_facts *f)
{
    int width = t->width[COLUMN_FLAGS];
    char *flags = text_fit(f->flags->str, " ", width), *fewer;

    if (strlen(flags) < f->flags->len) {
        fewer = text_fit(f->flags->str, " ", width - (int)strlen(" .."));
        if (*fewer || !*flags) {
            g_free(flags);
            flags = g_strconcat(fewer, *fewer ? " .." : "..", NULL);
        }
        g_free(fewer);
    }
    put(t, s, row, COLUMN_FLAGS, flags_style(f), flags);
    g_free(flags);
}

void overview_table_row(const struct overview_table *t, const struct surface *s, int row,
                        const struct row_facts *f, bool selected)
{
    struct style style = style_of(f->outside ? PAINT_DIM : PAINT_TEXT);
    int indent = f->nested ? 1 : 0, width = t->width[COLUMN_NAME] - indent;
    char buf[UNIT_BYTES];

    surface_glyph(s, row, 0, f->pinned ? style_of(PAINT_KEY) : style,
                  selected    ? '>'
                  : f->pinned ? '*'
                              : ' ');
    if (f->folds)
        surface_glyph(s, row, 1, style_of(PAINT_DIM), f->open ? '-' : '+');
    surface_field(s, row, NAME_INDENT + indent, width, false, CUT_MIDDLE,
                  f->hit ? style_of(PAINT_MATCH) : style, f->name);
    if (f->error) {
        int col = t->col[COLUMN_NAME] + t->width[COLUMN_NAME] + 1;
        char *text = g_strconcat("err: ", f->error, NULL);

        surface_field(s, row, col, s->cols - col, false, CUT_END, style_of(PAINT_BAD), text);
        g_free(text);
    } else {
        put(t, s, row, COLUMN_SHAPE, style, f->shape);
        put(t, s, row, COLUMN_DTYPE, style, f->dtype);
        put(t, s, row, COLUMN_PARAMETERS, style, unit_count(buf, f->elems));
        put_values(t, s, row, f, style);
        put_metric(t, s, row, f, style);
        put_flags(t, s, row, f);
    }
    if (selected)
        surface_tint(s, row, 0, s->cols, style_of(PAINT_CURSOR));
}
