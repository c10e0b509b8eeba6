#include "core/vocabulary.h"

#include <math.h>
#include <string.h>

/* Tables of fewer rows are no vocabularies: token types, small sets of labels. */
#define ROWS_LEAST 16
/* How many storage floors of the row's norm one rounding may leave at right angles. */
#define FLOORS 4
/* Or which share of the delta: n steps of decay that are each rounded leave about rounding / (lr
 * wd) of it, 2 % in float32 at lr wd = 1e-6; no gradient of any width points so exactly against the
 * row. */
#define SHARE 0.1
/* Relative error of a difference of sums of squares of float64. */
#define CANCELLATION 1e-15

const char *row_state_name(enum row_state s)
{
    static const char *const names[ROW_STATES] = {"moved", "unmoved", "decayed", "zero", "unknown"};

    return names[s];
}

const char *vocabulary_caveat_text(enum vocabulary_caveat c)
{
    static const char *const texts[] = {
        [VOCABULARY_FROZEN] = "no row moved: the table was frozen, its rows say nothing of training",
        [VOCABULARY_TIED] = "tied to the output head: every row gets a gradient, untouched or not",
        [VOCABULARY_HEAD] = "output head: every row gets a gradient; an unused word is pushed down",
        [VOCABULARY_NO_DELTA] = "nothing to subtract: norms only",
        [VOCABULARY_CODES] = "one side is quantised: norms only, and no row is judged",
    };

    return texts[c];
}

bool vocabulary_is_judged(const struct vocabulary *v)
{
    return v->caveat != VOCABULARY_NO_DELTA && v->caveat != VOCABULARY_CODES;
}

const char *vocabulary_name(const struct vocabulary *v)
{
    return v->head ? "head" : "embedding";
}

/* Rows. */
enum row_state vocabulary_row_state(double base2, double tuned2, double delta2, double floor,
                                    double *decay)
{
    double along, tangential2, rounding2;

    *decay = NAN;
    if (base2 == 0 && tuned2 == 0)
        return ROW_ZERO;
    if (!(base2 > 0))
        return ROW_MOVED;
    along = (tuned2 - base2 - delta2) / 2; /* <w0, delta> */
    *decay = 1 + along / base2;
    if (delta2 == 0)
        return ROW_UNMOVED;
    tangential2 = delta2 - along * along / base2;
    rounding2 =
        FLOORS * FLOORS * floor * floor * base2 + CANCELLATION * (delta2 + sqrt(delta2 * base2));
    if (*decay > 0 && *decay < 1 && tangential2 <= delta2 / 2 &&
        tangential2 <= fmax(rounding2, SHARE * SHARE * delta2))
        return ROW_DECAYED;
    return ROW_MOVED;
}

static const struct energy *energy_of(const struct comparison *c, uint32_t entry)
{
    return &c->summary.entries[entry].result.energy;
}

static const double *side_of(const struct comparison *c, const struct vocabulary *v,
                             enum energy_side side)
{
    const struct energy *e = energy_of(c, v->entry);

    return v->columns ? e->col[side] : e->row[side];
}

struct sides {
    const double *base, *tuned, *delta;
    double floor;
};

static struct sides sides_of(const struct comparison *c, const struct vocabulary *v)
{
    struct sides s = {side_of(c, v, ENERGY_BASE), side_of(c, v, ENERGY_TUNED),
                      side_of(c, v, ENERGY_DELTA), 0};

    if (s.delta)
        s.floor = comparison_floor(c, v->entry);
    return s;
}

static void fill_row(const struct sides *s, uint32_t id, struct vocabulary_row *out)
{
    *out = (struct vocabulary_row){.id = id,
                                   .base_l2 = s->base ? sqrt(s->base[id]) : NAN,
                                   .tuned_l2 = s->tuned ? sqrt(s->tuned[id]) : NAN,
                                   .delta_l2 = s->delta ? sqrt(s->delta[id]) : NAN,
                                   .relative = NAN,
                                   .state = ROW_UNKNOWN,
                                   .decay = NAN};
    if (!s->delta)
        return;
    if (out->base_l2 > 0)
        out->relative = out->delta_l2 / out->base_l2;
    out->state =
        vocabulary_row_state(s->base[id], s->tuned[id], s->delta[id], s->floor, &out->decay);
}

void vocabulary_rows(const struct comparison *c, const struct vocabulary *v,
                     struct vocabulary_row *out)
{
    struct sides s = sides_of(c, v);

    for (uint32_t i = 0; i < v->rows; i++)
        fill_row(&s, i, &out[i]);
}

/* Tables. */
static uint32_t said_rows(const struct comparison *c)
{
    uint32_t tuned = c->tuned ? c->tuned->source->config.vocabulary : 0;

    return c->base->source->config.vocabulary ? c->base->source->config.vocabulary : tuned;
}

/* A scanned table of that role with its tokens along one axis; rows 0: that it has enough of. */
static bool table_of(const struct comparison *c, uint32_t entry, bool head, uint32_t rows,
                     struct vocabulary *out)
{
    const struct place *place = comparison_place(c, entry);
    const struct energy_shape shape = energy_of(c, entry)->shape;
    bool columns;
    uint64_t n;

    if (place->role != (head ? ROLE_HEAD : ROLE_EMBEDDING) || !place->matrix ||
        c->summary.entries[entry].state != ENTRY_DONE || !shape.rows ||
        comparison_copy_of(c, entry) != PAIR_NONE)
        return false;
    /* Where the orientation is not known, the number of tokens is. */
    columns = head && (place->orientation == ORIENTATION_IN_OUT ||
                       (place->orientation == ORIENTATION_NONE && shape.cols == rows));
    n = columns ? shape.cols : shape.rows;
    *out =
        (struct vocabulary){.entry = entry, .rows = (uint32_t)n, .head = head, .columns = columns};
    return n >= ROWS_LEAST && n <= UINT32_MAX && (!rows || n == rows);
}

/* As the configuration says, or the largest. */
static bool is_main(const struct vocabulary *v, const struct vocabulary *before, uint32_t said)
{
    if (!before)
        return true;
    return said && (v->rows == said) != (before->rows == said) ? v->rows == said
                                                               : v->rows > before->rows;
}

static void add_embeddings(const struct comparison *c, GArray *tables)
{
    uint32_t said = said_rows(c);
    struct vocabulary v;

    for (uint32_t i = 0; i < c->pairing.n_entries; i++) {
        if (!table_of(c, i, false, 0, &v))
            continue;
        if (is_main(&v, tables->len ? &g_array_index(tables, struct vocabulary, 0) : NULL, said))
            g_array_prepend_val(tables, v);
        else
            g_array_append_val(tables, v);
    }
}

static void add_heads(const struct comparison *c, GArray *tables)
{
    uint32_t rows = tables->len ? g_array_index(tables, struct vocabulary, 0).rows : said_rows(c);
    struct vocabulary v;

    for (uint32_t i = 0; rows && i < c->pairing.n_entries; i++)
        if (table_of(c, i, true, rows, &v))
            g_array_append_val(tables, v);
}

static void count_rows(const struct comparison *c, struct vocabulary *v)
{
    struct sides s = sides_of(c, v);

    for (uint32_t i = 0; i < v->rows; i++) {
        struct vocabulary_row row;

        fill_row(&s, i, &row);
        v->n[row.state]++;
    }
    v->floor = s.delta ? s.floor : NAN;
}

/* Caveats. */

static bool copy_is_head(const struct comparison *c, uint32_t entry)
{
    for (uint32_t i = entry; (i = comparison_next_copy(c, i)) != PAIR_NONE;)
        if (comparison_place(c, i)->role == ROLE_HEAD)
            return true;
    return false;
}

static bool alias_is_head(const struct comparison *c, uint32_t entry)
{
    const struct tensor *t = comparison_tensor(c, entry);

    if (copy_is_head(c, entry))
        return true;
    for (const char *const *alias = t->aliases; *alias; alias++) {
        struct tensor other = *t;

        other.name = *alias;
        if (role_of(&other) == ROLE_HEAD)
            return true;
    }
    return false;
}

static bool same_numbers(const double *a, const double *b, uint32_t n)
{
    if (!a || !b)
        return a == b;
    /* Along another axis the same squares add up in another order. */
    for (uint32_t i = 0; i < n; i++)
        if (fabs(a[i] - b[i]) > 1e-12 * fmax(fabs(a[i]), fabs(b[i])))
            return false;
    return true;
}

/* All norms of all rows of both: a copy, though nothing says so. */
static bool same_content(const struct comparison *c, const struct vocabulary *a,
                         const struct vocabulary *b)
{
    struct sides x = sides_of(c, a), y = sides_of(c, b);

    return a->rows == b->rows && same_numbers(x.base, y.base, a->rows) &&
           same_numbers(x.tuned, y.tuned, a->rows) && same_numbers(x.delta, y.delta, a->rows);
}

/* What the model's kind or configuration says, where there is no head to compare with. */
static bool said_tied(const struct comparison *c)
{
    enum tied tied = c->base->source->config.tied;

    return tied == TIED_YES || (tied == TIED_UNKNOWN && strcmp(c->base->arch->name, "gpt2") == 0);
}

static bool is_tied(const struct comparison *c, const GArray *tables, guint at)
{
    const struct vocabulary *v = &g_array_index(tables, struct vocabulary, at);
    bool heads = false;

    for (guint i = 0; i < tables->len; i++) {
        const struct vocabulary *other = &g_array_index(tables, struct vocabulary, i);

        heads |= other->head;
        if (other->head != v->head && same_content(c, v, other))
            return true;
    }
    return !v->head && (alias_is_head(c, v->entry) || (!heads && at == 0 && said_tied(c)));
}

static enum vocabulary_caveat caveat_of(const struct comparison *c, const GArray *tables, guint at)
{
    const struct vocabulary *v = &g_array_index(tables, struct vocabulary, at);

    if (comparison_holds_codes(c, v->entry))
        return VOCABULARY_CODES;
    if (v->n[ROW_UNKNOWN])
        return VOCABULARY_NO_DELTA;
    if (!v->n[ROW_MOVED] && !v->n[ROW_DECAYED])
        return VOCABULARY_FROZEN;
    if (is_tied(c, tables, at))
        return VOCABULARY_TIED;
    return v->head ? VOCABULARY_HEAD : VOCABULARY_OK;
}

GArray *vocabulary_tables(const struct comparison *c)
{
    GArray *tables = g_array_new(FALSE, FALSE, sizeof(struct vocabulary));

    add_embeddings(c, tables);
    add_heads(c, tables);
    for (guint i = 0; i < tables->len; i++)
        count_rows(c, &g_array_index(tables, struct vocabulary, i));
    for (guint i = 0; i < tables->len; i++)
        g_array_index(tables, struct vocabulary, i).caveat = caveat_of(c, tables, i);
    return tables;
}
