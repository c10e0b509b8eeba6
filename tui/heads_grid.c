#include "tui/heads_grid.h"

#include <math.h>
#include <string.h>

#include "core/escape.h"
#include "tui/keys.h"
#include "tui/tsv.h"

/* The darkest cell stands for no less than this part of the brightest. */
#define SCALE_MOST 1000
/* Values that lie closer together than this are not told apart by the ramp: it would show noise. */
#define SCALE_LEAST 1.25

static const struct {
    const char *name, *title;
} measures[HEADS_MEASURES] = {{"relative", "relative"},
                              {"base", "base norm"},
                              {"tuned", "tuned norm"},
                              {"delta", "delta norm"},
                              {"shift", "attention shift"},
                              {"entropy", "attention entropy"},
                              {"first", "attention on first"},
                              {"previous", "attention on previous"}};

void heads_grid_init(struct heads_grid *g)
{
    *g = (struct heads_grid){.part = HEADS_ALL, .category = ACTIVITY_ALL};
}

static void forget(struct heads_grid *g)
{
    for (guint i = 0; i < g->n_rows; i++) {
        g_free(g->rows[i].heads);
        g_free(g->rows[i].flow);
        g_free(g->rows[i].values);
        g_free(g->rows[i].floors);
        g_free(g->rows[i].label);
    }
    g_clear_pointer(&g->rows, g_free);
    g_clear_pointer(&g->shown, g_free);
    g_clear_pointer(&g->column_max, g_free);
    g->n_rows = g->columns = 0;
    g->stamp = 0;
}

void heads_grid_finish(struct heads_grid *g)
{
    forget(g);
    g->of = NULL;
}

/* Values. */

static double norm_of(const struct head_norms *n, enum heads_measure measure)
{
    switch (measure) {
    case HEADS_BASE:
        return n->base_l2;
    case HEADS_TUNED:
        return n->tuned_l2;
    case HEADS_DELTA:
        return n->delta_l2;
    default:
        return head_part_relative(n);
    }
}

double heads_value(const struct head *h, unsigned part, enum heads_measure measure)
{
    double sum = 0;
    bool any = false;

    if (part < HEAD_PARTS)
        return norm_of(&h->part[part], measure);
    if (measure == HEADS_RELATIVE)
        return h->relative;
    for (unsigned i = 0; i < HEAD_PARTS; i++) {
        double norm = norm_of(&h->part[i], measure);

        if (isnan(norm))
            continue;
        sum = hypot(sum, norm);
        any = true;
    }
    return any ? sum : NAN;
}

double heads_floor(const struct head *h, unsigned part, enum heads_measure measure)
{
    if (measure != HEADS_RELATIVE)
        return NAN;
    return part < HEAD_PARTS ? h->part[part].floor : h->floor;
}

bool heads_grid_any_below(const struct heads_grid *g)
{
    for (guint i = 0; i < g->n_rows; i++)
        for (uint32_t k = 0; k < g->rows[i].n; k++)
            if (below_floor(g->rows[i].values[k], g->rows[i].floors[k]))
                return true;
    return false;
}

unsigned heads_strongest(const struct head *h, enum heads_measure measure)
{
    unsigned best = HEADS_ALL;
    double most = -1;

    for (unsigned i = 0; i < HEAD_PARTS; i++) {
        double value = norm_of(&h->part[i], measure);

        if (value > most) {
            most = value;
            best = i;
        }
    }
    return best;
}

bool heads_is_flow(enum heads_measure measure)
{
    return measure >= HEADS_SHIFT;
}

double heads_flow_value(const struct activity_head *h, bool pair, enum heads_measure measure)
{
    const double *sides = measure == HEADS_ENTROPY ? h->entropy
                          : measure == HEADS_FIRST ? h->first
                                                   : h->previous;

    if (measure == HEADS_SHIFT)
        return h->shift;
    return pair ? fabs(sides[ACTIVITY_TUNED] - sides[ACTIVITY_BASE]) : sides[ACTIVITY_BASE];
}

bool heads_grid_can(const struct heads_grid *g, enum heads_measure measure)
{
    if (heads_is_flow(measure))
        return g->of && g->flow.of && (g->flow.of->pair || measure != HEADS_SHIFT);
    return !g->of || g->of->tuned || measure == HEADS_BASE;
}

/* Scale and order. */

static void fill_row(struct heads_grid *g, struct heads_row *row)
{
    guint known = 0;

    row->mean = row->floor = 0;
    row->max = NAN;
    for (uint32_t i = 0; i < row->n; i++) {
        double value = !heads_is_flow(g->measure)
                           ? heads_value(&row->heads[i], g->part, g->measure)
                       : row->flow ? heads_flow_value(&row->flow[i], g->flow.of->pair, g->measure)
                                   : NAN;

        row->values[i] = value;
        row->floors[i] = heads_floor(&row->heads[i], g->part, g->measure);
        row->floor += isnan(value) ? 0 : row->floors[i];
        g->column_max[i] = fmax(g->column_max[i], value);
        row->max = fmax(row->max, value);
        row->mean += isnan(value) ? 0 : value;
        known += !isnan(value);
    }
    row->mean = known ? row->mean / known : NAN;
    row->floor = known ? row->floor / known : NAN;
}

static void make_scale(struct heads_grid *g)
{
    g->low = INFINITY;
    g->high = 0;
    for (guint i = 0; i < g->n_rows; i++)
        for (uint32_t k = 0; k < g->rows[i].n; k++) {
            double value = g->rows[i].values[k];

            if (!(value > 0) || !isfinite(value))
                continue;
            g->low = fmin(g->low, value);
            g->high = fmax(g->high, value);
        }
    if (g->high > 0)
        g->low = CLAMP(g->low, g->high / SCALE_MOST, g->high / SCALE_LEAST);
}

static gint compare_rows(gconstpointer a, gconstpointer b, gpointer grid)
{
    const struct heads_grid *g = grid;
    guint i = *(const guint *)a, k = *(const guint *)b;
    double x = g->rows[i].max, y = g->rows[k].max;
    int order = 0;

    if (isnan(x) != isnan(y))
        return isnan(x) ? 1 : -1; /* behind, whatever the direction */
    if (g->by_max && x != y && !isnan(x))
        order = x < y ? 1 : -1;
    if (!order)
        order = i < k ? -1 : i > k;
    return g->reversed ? -order : order;
}

static void arrange(struct heads_grid *g)
{
    if (!heads_grid_can(g, g->measure))
        g->measure = g->of->tuned ? HEADS_RELATIVE : HEADS_BASE;
    for (guint i = 0; i < g->columns; i++)
        g->column_max[i] = NAN;
    for (guint i = 0; i < g->n_rows; i++) {
        fill_row(g, &g->rows[i]);
        g->shown[i] = i;
    }
    make_scale(g);
    if (g->n_rows)
        g_qsort_with_data(g->shown, (gint)g->n_rows, sizeof g->shown[0], compare_rows, g);
}

/* Rows. */

static void load_row(const struct comparison *c, uint32_t attention, struct heads_row *row)
{
    const struct attention *a = &c->attentions.items[attention];

    *row = (struct heads_row){.attention = attention,
                              .n = a->heads,
                              .label = escape_text(a->label),
                              .heads = g_new0(struct head, a->heads),
                              .values = g_new0(double, a->heads),
                              .floors = g_new0(double, a->heads)};
    for (uint32_t i = 0; i < row->n; i++)
        head_of(c, attention, i, &row->heads[i]);
}

static void add_rows(struct heads_grid *g, const struct comparison *c)
{
    g->n_rows = c->attentions.n;
    g->columns = c->attentions.most;
    g->rows = g_new0(struct heads_row, g->n_rows + 1);
    for (uint32_t i = 0; i < g->n_rows; i++)
        load_row(c, i, &g->rows[i]);
    g->shown = g_new0(guint, g->n_rows + 1);
    g->column_max = g_new0(double, g->columns + 1);
}

/* Attention outside of the blocks, and to another sequence, is not run. */
static void load_flow(struct heads_grid *g)
{
    const struct activity *a = g->flow.of;

    for (guint i = 0; i < g->n_rows; i++) {
        struct heads_row *row = &g->rows[i];
        const struct attention *at = &g->of->attentions.items[row->attention];
        bool first = i == 0 || g->of->attentions.items[i - 1].block != at->block;

        g_clear_pointer(&row->flow, g_free);
        if (!a || !first || at->block < 0 || (uint32_t)at->block >= a->blocks || row->n != a->heads)
            continue;
        row->flow = g_new(struct activity_head, row->n);
        for (uint32_t k = 0; k < row->n; k++)
            activity_head(a, (uint32_t)at->block, k, g->category, &row->flow[k]);
    }
}

static bool flows_as_before(const struct heads_grid *g, const struct activity *a)
{
    return g->flow.of == a && (!a || (g->flow.rows == a->rows && g->flow.category == g->category));
}

bool heads_grid_update(struct heads_grid *g, const struct comparison *c)
{
    const struct activity *a = c && c->activity && c->activity->blocks ? c->activity : NULL;
    bool other = g->of != c, same = !other && c && g->stamp == c->summary.version + 1;

    if (!other && (!c || (same && flows_as_before(g, a))))
        return false;
    if (!same)
        forget(g);
    g->of = c;
    if (!c)
        return other;
    if (other)
        g->measure = c->tuned ? HEADS_RELATIVE : HEADS_BASE;
    if (!same)
        add_rows(g, c);
    g->flow.of = a;
    g->flow.rows = a ? a->rows : 0;
    g->flow.category = g->category;
    load_flow(g);
    arrange(g);
    g->stamp = c->summary.version + 1;
    return other;
}

bool heads_grid_act(struct heads_grid *g, int action)
{
    switch (action) {
    case ACTION_METRIC:
        g->part = (g->part + 1) % (HEADS_ALL + 1);
        break;
    case ACTION_MODE:
        do
            g->measure = (g->measure + 1) % HEADS_MEASURES;
        while (!heads_grid_can(g, g->measure));
        break;
    case ACTION_SORT:
        g->by_max = !g->by_max;
        break;
    case ACTION_REVERSE:
        g->reversed = !g->reversed;
        break;
    default:
        return false;
    }
    arrange(g);
    return true;
}

bool heads_grid_choose(struct heads_grid *g, const char *name)
{
    unsigned part = 0, measure = 0;

    while (part < HEAD_PARTS && strcmp(name, heads_part_title(part)) != 0)
        part++;
    while (measure < HEADS_MEASURES && strcmp(name, measures[measure].name) != 0)
        measure++;
    if (part < HEAD_PARTS || strcmp(name, "all") == 0)
        g->part = part;
    else if (measure < HEADS_MEASURES && heads_grid_can(g, (enum heads_measure)measure))
        g->measure = (enum heads_measure)measure;
    else
        return false;
    arrange(g);
    return true;
}

guint heads_grid_rank(const struct heads_grid *g, double value, guint *of)
{
    guint rank = 1;

    *of = 0;
    for (guint i = 0; i < g->n_rows; i++)
        for (uint32_t k = 0; k < g->rows[i].n; k++) {
            *of += !isnan(g->rows[i].values[k]);
            rank += g->rows[i].values[k] > value;
        }
    return rank;
}

bool heads_grid_find(const struct heads_grid *g, uint32_t attention, guint *at)
{
    for (guint i = 0; i < g->n_rows; i++)
        if (g->rows[g->shown[i]].attention == attention) {
            *at = i;
            return true;
        }
    return false;
}

const struct heads_row *heads_grid_row(const struct heads_grid *g, guint at)
{
    return at < g->n_rows ? &g->rows[g->shown[at]] : NULL;
}

/* Words. */

const char *heads_measure_name(enum heads_measure measure)
{
    return measures[measure].title;
}

const char *heads_part_title(unsigned part)
{
    return part < HEAD_PARTS ? head_part_name((enum head_part)part) : "q,k,v,o";
}

char *heads_name(const struct heads_row *row, uint32_t head)
{
    return g_strdup_printf("%s.h%u", row->label, head);
}

static void write_flow(const struct activity_head *h, bool pair, FILE *out)
{
    const double *const pairs[] = {h ? h->entropy : NULL,  h ? h->first : NULL,
                                   h ? h->previous : NULL, h ? h->self : NULL,
                                   h ? h->distance : NULL, h ? h->sink : NULL};

    tsv_number(out, h ? h->shift : NAN);
    for (gsize i = 0; i < G_N_ELEMENTS(pairs); i++)
        for (unsigned side = 0; side < ACTIVITY_SIDES; side++)
            tsv_number(out, h && side <= pair ? pairs[i][side] : NAN);
}

void heads_grid_write(const struct heads_grid *g, FILE *out)
{
    fputs("attention\thead\tkv_head\trelative\tfloor", out);
    for (unsigned part = 0; part < HEAD_PARTS; part++)
        for (unsigned i = HEADS_BASE; i < HEADS_SHIFT; i++)
            fprintf(out, "\t%s_%s", heads_part_title(part), measures[i].name);
    if (g->flow.of)
        fputs("\tshift\tbase_entropy\ttuned_entropy\tbase_first\ttuned_first\tbase_previous\t"
              "tuned_previous\tbase_self\ttuned_self\tbase_distance\ttuned_distance\tbase_sink\t"
              "tuned_sink",
              out);
    for (guint i = 0; i < g->n_rows; i++)
        for (uint32_t k = 0; k < heads_grid_row(g, i)->n; k++) {
            const struct heads_row *row = heads_grid_row(g, i);
            const struct head *h = &row->heads[k];

            fprintf(out, "\n%s\t%u\t%u", row->label, h->head, h->kv_head);
            tsv_number(out, h->relative);
            tsv_number(out, h->floor);
            for (unsigned part = 0; part < HEAD_PARTS; part++)
                for (unsigned m = HEADS_BASE; m < HEADS_SHIFT; m++)
                    tsv_number(out, heads_value(h, part, (enum heads_measure)m));
            if (g->flow.of)
                write_flow(row->flow ? &row->flow[k] : NULL, g->flow.of->pair, out);
        }
    fputc('\n', out);
}
