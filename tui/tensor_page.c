#include "tui/tensor_page.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "core/escape.h"
#include "core/gates.h"
#include "tui/entry_text.h"
#include "tui/units.h"

#define LABEL_COLUMNS 10
#define CELL_BYTES 64

/* The columns that are there: base, tuned, delta. */
struct sides {
    const struct stats *stats[3];
    const struct sketch *sketch[3];
    const struct exact_side *exact[3];
    const struct tensor *tensor; /* for positions */
    enum dtype dtype[3];
    int n, cell; /* columns of one cell */
    const char *name[3];
};

static void add_side(struct sides *s, const char *name, const struct stats *stats,
                     const struct sketch *sketch, const struct exact_side *exact,
                     const struct tensor *t)
{
    s->name[s->n] = name;
    s->stats[s->n] = stats;
    s->sketch[s->n] = sketch;
    s->exact[s->n] = exact;
    s->dtype[s->n] = t->dtype;
    s->tensor = t;
    s->n++;
}

static struct sides sides_of(const struct comparison *c, uint32_t entry,
                             const struct exact_result *exact, int cols)
{
    const struct scan_result *r = &entry_summary_of(c, entry)->result;
    const struct tensor *base = entry_base(c, entry), *tuned = entry_tuned(c, entry);
    struct sides s = {0};

    if (r->has_base && base)
        add_side(&s, "base", &r->stats.base, &r->base, exact ? &exact->base : NULL, base);
    if (r->has_tuned && tuned)
        add_side(&s, "tuned", &r->stats.tuned, &r->tuned, exact ? &exact->tuned : NULL, tuned);
    if (r->has_delta && base)
        add_side(&s, "delta", &r->stats.delta, &r->delta, exact ? &exact->delta : NULL, base);
    s.cell = CLAMP((cols - LABEL_COLUMNS) / MAX(s.n, 1), 6, s.n > 1 ? 18 : 22);
    return s;
}

/* Writes a cell of at most CELL_BYTES. */
typedef void cell_text(const struct sides *s, int side, char *out);

static void add_row(struct page *p, const struct sides *s, enum paint paint, const char *label,
                    cell_text *text)
{
    GString *line = g_string_new(NULL);
    char cell[CELL_BYTES];

    g_string_printf(line, " %-*s", LABEL_COLUMNS - 1, label);
    for (int i = 0; i < s->n; i++) {
        text(s, i, cell);
        g_string_append_printf(line, "%*s", s->cell, cell);
    }
    page_print(p, paint, "%s", line->str);
    g_string_free(line, TRUE);
}

static void put_value(const struct sides *s, double value, char *out)
{
    char buf[UNIT_BYTES];

    g_strlcpy(out, unit_value(buf, value, MIN(s->cell - 1, 10)), CELL_BYTES);
}

static void cell_name(const struct sides *s, int i, char *out)
{
    g_strlcpy(out, s->name[i], CELL_BYTES);
}

static void cell_count(const struct sides *s, int i, char *out)
{
    if (s->cell > 13)
        g_snprintf(out, CELL_BYTES, "%" PRIu64, s->stats[i]->elems);
    else
        g_strlcpy(out, unit_count(out, s->stats[i]->elems), CELL_BYTES);
}

static void cell_l1(const struct sides *s, int i, char *out)
{
    put_value(s, stats_l1(s->stats[i]), out);
}

static void cell_l2(const struct sides *s, int i, char *out)
{
    put_value(s, stats_l2(s->stats[i]), out);
}

static void cell_rms(const struct sides *s, int i, char *out)
{
    put_value(s, stats_rms(s->stats[i]), out);
}

static void cell_mean(const struct sides *s, int i, char *out)
{
    put_value(s, stats_mean(s->stats[i]), out);
}

static void cell_std(const struct sides *s, int i, char *out)
{
    put_value(s, stats_std(s->stats[i]), out);
}

static void cell_skewness(const struct sides *s, int i, char *out)
{
    put_value(s, stats_skewness(s->stats[i]), out);
}

static void cell_kurtosis(const struct sides *s, int i, char *out)
{
    put_value(s, stats_kurtosis(s->stats[i]), out);
}

/* Extremes of 64-bit integers as they are, beyond what a double holds. */
static void put_extreme(const struct sides *s, int i, double value, int64_t exact, char *out)
{
    if (s->stats[i]->has_exact && dtype_info(s->dtype[i])->is_signed)
        g_snprintf(out, CELL_BYTES, "%" PRId64, exact);
    else
        g_snprintf(out, CELL_BYTES, "%" PRIu64, (uint64_t)exact);
    if (!s->stats[i]->has_exact || (int)strlen(out) >= s->cell)
        put_value(s, value, out);
}

static void cell_min(const struct sides *s, int i, char *out)
{
    put_extreme(s, i, s->stats[i]->min, s->stats[i]->exact_min, out);
}

static void cell_max(const struct sides *s, int i, char *out)
{
    put_extreme(s, i, s->stats[i]->max, s->stats[i]->exact_max, out);
}

static void put_position(const struct sides *s, int i, uint64_t at, char *out)
{
    if (!stats_finite(s->stats[i]) || s->tensor->rank == 0) {
        strcpy(out, "-");
        return;
    }
    tensor_position(s->tensor, at, out, CELL_BYTES);
    if ((int)strlen(out) >= s->cell)
        g_snprintf(out, CELL_BYTES, "#%" PRIu64, at);
}

static void cell_min_at(const struct sides *s, int i, char *out)
{
    put_position(s, i, s->stats[i]->min_at, out);
}

static void cell_max_at(const struct sides *s, int i, char *out)
{
    put_position(s, i, s->stats[i]->max_at, out);
}

static void cell_zeros(const struct sides *s, int i, char *out)
{
    unit_count(out, s->stats[i]->zeros);
}

static void cell_nonfinite(const struct sides *s, int i, char *out)
{
    char nan[UNIT_BYTES], inf[UNIT_BYTES];

    g_snprintf(out, CELL_BYTES, "%s/%s", unit_count(nan, s->stats[i]->nan),
               unit_count(inf, s->stats[i]->inf));
}

static bool any_nonfinite(const struct sides *s)
{
    for (int i = 0; i < s->n; i++)
        if (s->stats[i]->nan + s->stats[i]->inf)
            return true;
    return false;
}

static void add_statistics(struct page *p, const struct sides *s)
{
    add_row(p, s, PAINT_DIM, "", cell_name);
    add_row(p, s, PAINT_TEXT, "count", cell_count);
    add_row(p, s, PAINT_TEXT, "|W| l2", cell_l2);
    add_row(p, s, PAINT_TEXT, "rms", cell_rms);
    add_row(p, s, PAINT_TEXT, "mean", cell_mean);
    add_row(p, s, PAINT_TEXT, "std", cell_std);
    add_row(p, s, PAINT_TEXT, "min", cell_min);
    add_row(p, s, PAINT_DIM, "  at", cell_min_at);
    add_row(p, s, PAINT_TEXT, "max", cell_max);
    add_row(p, s, PAINT_DIM, "  at", cell_max_at);
    add_row(p, s, PAINT_TEXT, "zeros", cell_zeros);
    add_row(p, s, any_nonfinite(s) ? PAINT_BAD : PAINT_TEXT, "NaN/Inf", cell_nonfinite);
}

/* The side's share of a gate, by the name of its column. */
static double gate_side(const struct gate *g, const char *side)
{
    return *side == 'b' ? g->base_l2 : *side == 't' ? g->tuned_l2 : g->delta_l2;
}

static void add_gates(struct page *p, const struct sides *s, const struct comparison *c,
                      uint32_t entry, int cols)
{
    struct gate gates[GATES_MOST];
    unsigned n = gates_of(c, entry, gates);
    char cell[CELL_BYTES], *moved;

    if (n)
        page_print(p, PAINT_DIM, " l2 of its gates");
    for (unsigned i = 0; i < n; i++) {
        GString *line = g_string_new(NULL);

        g_string_printf(line, " %-*s", LABEL_COLUMNS - 1, gates[i].name);
        for (int k = 0; k < s->n; k++) {
            put_value(s, gate_side(&gates[i], s->name[k]), cell);
            g_string_append_printf(line, "%*s", s->cell, cell);
        }
        page_print(p, PAINT_TEXT, "%s", line->str);
        g_string_free(line, TRUE);
    }
    moved = n && entry_has_delta(c, entry) ? entry_gates(c, entry) : NULL;
    if (moved)
        page_wrap(p, cols, LABEL_COLUMNS, " relative", PAINT_TEXT, moved);
    g_free(moved);
}

static void add_shape_statistics(struct page *p, const struct sides *s)
{
    add_row(p, s, PAINT_TEXT, "skewness", cell_skewness);
    add_row(p, s, PAINT_TEXT, "kurtosis", cell_kurtosis);
    add_row(p, s, PAINT_TEXT, "l1", cell_l1);
}

/* Pair. */

static double largest_bin_share(const struct sketch *s)
{
    uint64_t most = 0;

    for (uint32_t i = 0; i < s->n_bins; i++)
        most = MAX(most, s->bins[i].count);
    return s->total ? (double)most / (double)s->total : NAN;
}

static void add_distances(struct page *p, const struct scan_result *r)
{
    const struct pair_stats *s = &r->stats;
    char a[UNIT_BYTES], b[UNIT_BYTES], e[UNIT_BYTES];
    double w1 = sketch_wasserstein(&r->base, &r->tuned);
    double error = (stats_l1(&s->base) / (double)MAX(stats_finite(&s->base), 1) +
                    stats_l1(&s->tuned) / (double)MAX(stats_finite(&s->tuned), 1)) /
                   64;
    double share = MAX(largest_bin_share(&r->base), largest_bin_share(&r->tuned));

    page_print(p, PAINT_TEXT, " %-9s%10s  +-%s  /std %s", "W1", unit_value(a, w1, 9),
               unit_value(e, error, 7), unit_value(b, w1 / stats_std(&s->base), 7));
    page_print(p, PAINT_TEXT, " %-9s%10s  at most %s more", "KS",
               unit_value(a, sketch_ks(&r->base, &r->tuned), 9), unit_value(e, share, 7));
    page_print(p, PAINT_TEXT, " %-9s%10s  or more, of 1", "JS",
               unit_value(a, sketch_js(&r->base, &r->tuned), 9));
}

static void add_pair(struct page *p, const struct comparison *c, uint32_t entry)
{
    const struct scan_result *r = &entry_summary_of(c, entry)->result;
    const struct pair_stats *s = &r->stats;
    double elems = s->base.elems ? (double)s->base.elems : NAN;
    bool below = entry_below_floor(c, entry);
    char a[UNIT_BYTES], b[UNIT_BYTES];

    page_print(p, below ? PAINT_DIM : PAINT_TEXT, " %-9s%10s  floor %s%s", below ? "relative <" : "relative",
               unit_percent(a, pair_relative(s)), unit_percent(b, entry_floor(c, entry)),
               below ? "  < it" : "");
    page_print(p, PAINT_TEXT, " %-9s%10s", "1-cos", unit_value(a, pair_cosine_distance(s), 9));
    page_print(p, PAINT_TEXT, " %-9s%10s  tangential %s", "radial",
               unit_value(a, pair_radial(s), 9), unit_value(b, pair_tangential(s), 9));
    page_print(p, PAINT_TEXT, " %-9s%10s  sign flips %s", "unchanged",
               unit_percent(a, (double)s->unchanged / elems),
               unit_percent(b, (double)s->sign_flips / elems));
    add_distances(p, r);
}

/* Quantiles. */

static double quantile(const struct sides *s, int side, unsigned at)
{
    if (s->exact[side])
        return s->exact[side]->quantiles[at];
    return sketch_quantile(s->sketch[side], exact_quantile_at[at], s->stats[side]->min,
                           s->stats[side]->max);
}

static void add_quantiles(struct page *p, const struct sides *s)
{
    page_print(p, PAINT_DIM, " quantiles, %s",
               s->exact[0] ? "exact" : "of the sketch, within 1.5 %");
    for (unsigned k = 0; k < EXACT_QUANTILES; k++) {
        GString *line = g_string_new(NULL);
        char cell[CELL_BYTES], label[16];

        g_snprintf(label, sizeof label, "p%g", exact_quantile_at[k] * 100);
        g_string_printf(line, " %-*s", LABEL_COLUMNS - 1, label);
        for (int i = 0; i < s->n; i++) {
            put_value(s, quantile(s, i, k), cell);
            g_string_append_printf(line, "%*s", s->cell, cell);
        }
        page_print(p, PAINT_TEXT, "%s", line->str);
        g_string_free(line, TRUE);
    }
}

#define SHIFT_COLUMNS 15

static void put_shift(const struct sides *s, unsigned at, GString *line)
{
    double base = quantile(s, 0, at), tuned = quantile(s, 1, at), shift = tuned - base;
    double error = s->exact[0] ? 0 : SKETCH_ERROR * (fabs(base) + fabs(tuned));
    char value[UNIT_BYTES], text[2 * UNIT_BYTES];

    unit_value(value, shift, 8);
    g_snprintf(text, sizeof text, "p%g %s%s", exact_quantile_at[at] * 100,
               shift > 0 && fabs(shift) >= error ? "+" : "", fabs(shift) < error ? "~0" : value);
    g_string_append_printf(line, "%-*s", SHIFT_COLUMNS, text);
}

void tensor_page_shifts(struct page *p, const struct scan_result *r,
                        const struct exact_result *exact, int cols)
{
    struct sides s = {
        .n = 2, .stats = {&r->stats.base, &r->stats.tuned}, .sketch = {&r->base, &r->tuned}};
    unsigned a_line = (unsigned)CLAMP(cols / SHIFT_COLUMNS, 1, EXACT_QUANTILES), n = 0;
    GString *line = g_string_new(NULL);

    if (exact) {
        s.exact[0] = &exact->base;
        s.exact[1] = &exact->tuned;
    }
    if (r->has_base && r->has_tuned)
        page_print(p, PAINT_DIM, "quantile shift, tuned - base");
    for (unsigned k = 1; k + 1 < EXACT_QUANTILES && r->has_base && r->has_tuned; k++) {
        put_shift(&s, k, line);
        if (++n % a_line == 0 || k + 2 == EXACT_QUANTILES) {
            page_print(p, PAINT_TEXT, "%s", line->str);
            g_string_set_size(line, 0);
        }
    }
    g_string_free(line, TRUE);
}

/* Largest. */

static void add_largest(struct page *p, const struct sides *s)
{
    for (int i = 0; i < s->n; i++) {
        const struct exact_side *x = s->exact[i];

        if (!x)
            continue;
        page_print(p, PAINT_DIM, " largest of %s, by magnitude", s->name[i]);
        for (unsigned k = 0; k < x->n_top; k++) {
            char value[UNIT_BYTES], at[256];

            page_print(p, PAINT_TEXT, " %8u  %10s  %s", k + 1,
                       unit_value(value, x->top[k].value, 10),
                       tensor_position(s->tensor, x->top[k].at, at, sizeof at));
        }
    }
}

static void add_state(struct page *p, const struct entry_summary *e, int cols)
{
    char *error = escape_text(e->error);

    if (e->state == ENTRY_FAILED)
        page_wrap(p, cols, 1, " ", PAINT_BAD, error);
    else
        page_print(p, PAINT_TEXT, " %s", entry_state_name(e->state));
    g_free(error);
}

void tensor_page_make(struct page *p, const struct comparison *c, uint32_t entry,
                      const struct exact_result *exact, int cols)
{
    const struct entry_summary *e = entry_summary_of(c, entry);
    char *remark = entry_remark(c, entry);
    struct sides s;

    page_clear(p);
    if (*remark)
        page_wrap(p, cols, 1, " ", PAINT_WARN, remark);
    g_free(remark);
    if (e->state != ENTRY_DONE) {
        add_state(p, e, cols);
        return;
    }
    s = sides_of(c, entry, exact, cols);
    add_statistics(p, &s);
    add_gates(p, &s, c, entry, cols);
    if (entry_has_delta(c, entry))
        add_pair(p, c, entry);
    add_shape_statistics(p, &s);
    add_quantiles(p, &s);
    add_largest(p, &s);
}
