#include "tui/layer_page.h"

#include <math.h>
#include <string.h>

#include "core/escape.h"
#include "core/heads.h"
#include "tui/entry_text.h"
#include "tui/units.h"

#define LABEL_COLUMNS 14
#define TOP 3

static void add_line(struct page *p, int cols, const char *label, const char *text)
{
    char *lead = g_strdup_printf(" %s", label);

    page_wrap(p, cols, LABEL_COLUMNS, lead, PAINT_TEXT, text);
    g_free(lead);
}

static void add_format(struct page *p, int cols, const char *label, const char *format, ...)
    G_GNUC_PRINTF(4, 5);

static void add_format(struct page *p, int cols, const char *label, const char *format, ...)
{
    va_list args;
    char *text;

    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    add_line(p, cols, label, text);
    g_free(text);
}

/* "base > tuned", or the one side there is. */
static char *both_text(const struct comparison *c, double base, double tuned)
{
    char a[UNIT_BYTES], b[UNIT_BYTES];

    unit_value(a, base, 8);
    unit_value(b, tuned, 8);
    if (c->tuned)
        return g_strdup_printf("%s > %s", a, b);
    return g_strdup(a);
}

/* Totals. */

/* The pooled relative delta's place among the blocks, or among what is outside of them. */
static guint rank_of(struct overview_rows *r, uint32_t group, guint *of)
{
    const struct comparison *c = r->of;
    bool block = c->groups[group].block >= 0;
    double mine = rollup_relative(&overview_rows_numbers(r, group)->total);
    guint rank = 1;

    *of = 0;
    for (uint32_t i = 0; i < c->n_groups; i++) {
        double other;

        if ((c->groups[i].block >= 0) != block)
            continue;
        other = rollup_relative(&overview_rows_numbers(r, i)->total);
        *of += !isnan(other);
        rank += other > mine;
    }
    return rank;
}

static void add_relative(struct page *p, struct overview_rows *r, uint32_t group, int cols)
{
    const struct group_numbers *n = overview_rows_numbers(r, group);
    double relative = rollup_relative(&n->total);
    char value[UNIT_BYTES], floor[UNIT_BYTES];
    GString *text = g_string_new(unit_percent(value, relative));
    guint of;

    if (n->floor > 0)
        g_string_append_printf(text, "  floor %s", unit_percent(floor, n->floor));
    add_line(p, cols, below_floor(relative, n->floor) ? "relative <" : "relative", text->str);
    g_string_free(text, TRUE);
    if (r->of->summary.n_finished == r->of->summary.n && !isnan(relative)) {
        guint rank = rank_of(r, group, &of);

        add_format(p, cols, "rank", "%u of %u %s", rank, of,
                   r->of->groups[group].block >= 0 ? "blocks" : "layers outside the blocks");
    }
    add_format(p, cols, "mean of rel", "%s  all weights %s",
               unit_relative(value, rollup_mean_of_relatives(&n->total),
                             rollup_mean_of_floors(&n->total)),
               unit_relative(floor, n->relative_all, rollup_floor_all(&n->total)));
}

/* The heads of an attention that moved most, the largest first. */
static void add_heads(struct page *p, const struct comparison *c, uint32_t attention, int cols,
                      const char *label)
{
    uint32_t n = c->attentions.items[attention].heads;
    struct head *heads = g_new0(struct head, n);
    GString *text = g_string_new(NULL);

    for (uint32_t i = 0; i < n; i++)
        head_of(c, attention, i, &heads[i]);
    for (int k = 0; k < TOP; k++) {
        struct head *most = NULL;
        char value[UNIT_BYTES];

        for (uint32_t i = 0; i < n; i++)
            if (heads[i].relative > 0 && (!most || heads[i].relative > most->relative))
                most = &heads[i];
        if (!most)
            break;
        g_string_append_printf(text, "%sh%u %s", text->len ? "  " : "", most->head,
                               unit_relative(value, most->relative, most->floor));
        most->relative = NAN;
    }
    if (text->len)
        add_line(p, cols, label, text->str);
    g_string_free(text, TRUE);
    g_free(heads);
}

static bool group_has(const struct comparison *c, uint32_t group, const struct attention *a)
{
    for (unsigned part = 0; part < HEAD_PARTS; part++)
        if (a->entry[part] != PAIR_NONE && c->group_of[a->entry[part]] == group)
            return true;
    return false;
}

/* A line for each attention of a block, or for the one that a layer is a part of. */
static void add_attentions(struct page *p, const struct comparison *c, uint32_t group, int cols)
{
    bool first = true;

    for (uint32_t i = 0; i < c->attentions.n; i++) {
        if (!group_has(c, group, &c->attentions.items[i]))
            continue;
        add_heads(p, c, i, cols, first ? "heads moved" : c->attentions.items[i].name);
        first = false;
    }
}

static const char *orientation_text(enum orientation orientation)
{
    switch (orientation) {
    case ORIENTATION_OUT_IN:
        return "[out, in]";
    case ORIENTATION_IN_OUT:
        return "[in, out]";
    case ORIENTATION_TABLE:
        return "[token, dim]";
    default:
        return NULL;
    }
}

/* Adds a word that is not there yet. */
static void add_word(GString *words, const char *word)
{
    if (!word || strstr(words->str, word))
        return;
    g_string_append_printf(words, "%s%s", words->len ? ", " : "", word);
}

static void add_storage(struct page *p, const struct comparison *c, const struct group *g, int cols)
{
    GString *types = g_string_new(NULL), *lies = g_string_new(NULL);
    char dtype[24];

    for (uint32_t i = 0; i < g->n_entries; i++) {
        const struct place *place = comparison_place(c, g->entries[i]);

        add_word(types, entry_dtype(c, g->entries[i], dtype, sizeof dtype));
        if (place->matrix)
            add_word(lies, orientation_text(place->orientation));
    }
    add_line(p, cols, "type", types->str);
    add_line(p, cols, "matrices lie", lies->len ? lies->str : "not known");
    g_string_free(types, TRUE);
    g_string_free(lies, TRUE);
}

static void add_shares(struct page *p, const struct group_numbers *n, int cols)
{
    double of = n->elems_subtracted ? (double)n->elems_subtracted : NAN;
    char a[UNIT_BYTES], b[UNIT_BYTES];

    add_line(p, cols, "1-cos", unit_value(a, metric_cosine.of_rollup(&n->total), 9));
    add_format(p, cols, "sign flips", "%s  unchanged %s",
               unit_percent(a, (double)n->elems_flipped / of),
               unit_percent(b, (double)n->elems_unchanged / of));
}

void layer_page_totals(struct page *p, struct overview_rows *r, uint32_t group, int cols)
{
    const struct comparison *c = r->of;
    const struct group *g = &c->groups[group];
    const struct group_numbers *n = overview_rows_numbers(r, group);
    char count[UNIT_BYTES], *norms;

    page_clear(p);
    add_format(p, cols, "params", "%s in %u tensor%s", unit_count(count, n->elems), g->n_entries,
               g->n_entries == 1 ? "" : "s");
    if (n->pending) {
        add_format(p, cols, "scanned", "%u of %u tensors", g->n_entries - n->pending, g->n_entries);
        add_storage(p, c, g, cols);
        return;
    }
    norms = both_text(c, n->total.base_l2, n->total.tuned_l2);
    add_line(p, cols, n->vectors ? "|W| vectors" : "|W| matrices", norms);
    g_free(norms);
    if (n->total.has_delta) {
        add_relative(p, r, group, cols);
        add_shares(p, n, cols);
        add_attentions(p, c, group, cols);
    }
    add_format(p, cols, "NaN, Inf", "%" G_GUINT64_FORMAT ", %" G_GUINT64_FORMAT, n->total.nan,
               n->total.inf);
    add_storage(p, c, g, cols);
}

/* One tensor. */

/* "117: 12.1 (61 %)  203: 2.0 (3 %)": the largest of n sums of squares, with their share of all. */
static char *top_text(const double *energy, uint64_t n)
{
    uint64_t best[TOP];
    unsigned k = 0;
    double sum = 0;
    GString *text = g_string_new(NULL);

    for (uint64_t i = 0; i < n; i++) {
        unsigned at = k;

        sum += energy[i];
        while (at > 0 && energy[i] > energy[best[at - 1]])
            at--;
        if (at == TOP)
            continue;
        k = MIN(k + 1, TOP);
        for (unsigned j = k - 1; j > at; j--)
            best[j] = best[j - 1];
        best[at] = i;
    }
    for (unsigned j = 0; j < k && energy[best[j]] > 0; j++) {
        char norm[UNIT_BYTES], share[UNIT_BYTES];

        g_string_append_printf(text, "%s%" G_GUINT64_FORMAT ": %s (%s)", text->len ? "  " : "",
                               best[j], unit_value(norm, sqrt(energy[best[j]]), 6),
                               unit_percent(share, energy[best[j]] / sum));
    }
    if (!text->len)
        g_string_append(text, "all 0");
    return g_string_free(text, FALSE);
}

static void add_top(struct page *p, const struct energy *e, enum energy_side side, int cols)
{
    static const char *const names[ENERGY_SIDES] = {"base", "tuned", "delta"};
    char *rows, *columns, *label, *fit;

    if (side == ENERGY_DELTA && !e->row[side])
        side = e->row[ENERGY_BASE] ? ENERGY_BASE : ENERGY_TUNED;
    if (!e->shape.rows || !e->row[side])
        return;
    rows = top_text(e->row[side], e->shape.rows);
    columns = top_text(e->col[side], e->shape.cols);
    label = g_strdup_printf("rows %s", names[side]);
    fit = text_fit(rows, "  ", cols - LABEL_COLUMNS);
    add_line(p, cols, label, fit);
    g_free(fit);
    fit = text_fit(columns, "  ", cols - LABEL_COLUMNS);
    add_line(p, cols, "columns", fit);
    g_free(fit);
    g_free(label);
    g_free(columns);
    g_free(rows);
}

static void add_norms(struct page *p, const struct comparison *c, uint32_t entry, int cols)
{
    const struct scan_result *r = &entry_summary_of(c, entry)->result;
    char *norms = both_text(c, r->has_base ? stats_l2(&r->stats.base) : NAN,
                            r->has_tuned ? stats_l2(&r->stats.tuned) : NAN);
    char relative[UNIT_BYTES], cosine[UNIT_BYTES];

    add_line(p, cols, "|W|", norms);
    g_free(norms);
    if (r->has_delta)
        add_format(p, cols, entry_below_floor(c, entry) ? "relative <" : "relative", "%s  1-cos %s",
                   unit_percent(relative, pair_relative(&r->stats)),
                   unit_value(cosine, pair_cosine_distance(&r->stats), 9));
}

static void add_gates(struct page *p, const struct comparison *c, uint32_t entry, int cols)
{
    char *text = entry_gates(c, entry);

    if (text)
        add_line(p, cols, c->tuned ? "gates rel" : "gates |W|", text);
    g_free(text);
}

void layer_page_tensor(struct page *p, const struct comparison *c, uint32_t entry,
                       enum energy_side side, int cols)
{
    const struct entry_summary *e = entry_summary_of(c, entry);
    const struct tensor *t = comparison_tensor(c, entry);
    const struct place *place = comparison_place(c, entry);
    const char *lies = place->matrix ? orientation_text(place->orientation) : NULL;
    char shape[256], dtype[24];

    page_clear(p);
    add_format(p, cols, "shape", "%s %s%s%s", unit_shape(shape, sizeof shape, t->dim, t->rank),
               entry_dtype(c, entry, dtype, sizeof dtype), lies ? "  " : "", lies ? lies : "");
    if (e->state == ENTRY_FAILED) {
        char *error = escape_text(e->error);

        page_wrap(p, cols, 1, " ", PAINT_BAD, error);
        g_free(error);
    }
    if (e->state != ENTRY_DONE) {
        add_line(p, cols, "state", entry_state_name(e->state));
        return;
    }
    add_norms(p, c, entry, cols);
    add_gates(p, c, entry, cols);
    add_top(p, &e->result.energy, side, cols);
}
