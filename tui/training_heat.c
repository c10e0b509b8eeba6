#include "tui/training_heat.h"

#include <math.h>
#include "tui/plot.h"
#include "tui/training_curves.h"
#include "tui/units.h"

static double plain(double now, double start)
{
    (void)start;
    return now;
}

static double growth(double now, double start)
{
    (void)start;
    return fabs(now - 1);
}

static double newly(double now, double start)
{
    return now - start;
}

static double fall(double now, double start)
{
    return start > 0 ? 1 - now / start : NAN;
}

static const struct metric_row {
    const char *name, *title;
    double low, high; /* of the scale; of updates it is what alarms allow */
    bool outside;     /* what is outside the blocks has a row */
    double (*number)(double now, double start);
} metrics[HEAT_METRICS] = {
    [HEAT_UPDATE] = {"update", "update |dW|/|W|", NAN, NAN, true, plain},
    [HEAT_RELATIVE] = {"relative", "change |W-W0|/|W0|", 1e-4, 1, true, plain},
    [HEAT_NORM] = {"norm", "norm ||W|/|W0| - 1|", 1e-4, 1, true, growth},
    [HEAT_DEAD] = {"dead", "newly dead MLP units", 1, 1000, false, newly},
    [HEAT_ENTROPY] = {"entropy", "lost entropy 1 - H/H0", 0.01, 1, false, fall},
};

const char *heat_metric_name(enum heat_metric m)
{
    return metrics[m].name;
}

uint32_t heat_blocks(const struct timeline *t, enum heat_metric m)
{
    return t->n_blocks + metrics[m].outside;
}

static const GArray *numbers_of(const struct timeline *t, enum heat_metric m)
{
    return m == HEAT_UPDATE     ? t->update
           : m == HEAT_RELATIVE ? t->relative
           : m == HEAT_NORM     ? t->norm
           : m == HEAT_DEAD     ? t->block_dead
                                : t->entropy;
}

static double number_at(const struct timeline *t, enum heat_metric m, guint row, uint32_t block)
{
    const GArray *a = numbers_of(t, m);
    uint32_t width = heat_blocks(t, m);

    return metrics[m].number(g_array_index(a, double, row *width + block),
                             g_array_index(a, double, block));
}

double training_heat_value(const struct timeline *t, enum heat_metric m, uint32_t block,
                           uint64_t step)
{
    guint i;

    if (m != HEAT_UPDATE) {
        int look = training_look_at(t, step);

        /* A watched run logs losses between its checkpoints. */
        while (look > 0 && isnan(number_at(t, m, (guint)look, block)))
            look--;
        return look < 0 ? NAN : number_at(t, m, (guint)look, block);
    }
    i = training_first_step(t, step);
    if (i == t->steps->len || g_array_index(t->steps, struct step_record, i).step != step)
        return NAN;
    return number_at(t, m, i, block);
}

/* NAN only where all are. */
static double larger(double a, double b)
{
    return isnan(a) || b > a ? b : a;
}

/* The largest of some blocks over the steps of a column. */
static double largest(const struct timeline *t, enum heat_metric m, uint32_t block, uint32_t blocks,
                      uint64_t from, uint64_t to)
{
    double most = NAN;
    int look = training_look_at(t, to);

    if (m != HEAT_UPDATE) {
        for (uint32_t b = block; look >= 0 && b < block + blocks; b++)
            most = larger(most, number_at(t, m, (guint)look, b));
        return most;
    }
    for (guint i = training_first_step(t, from);
         i < t->steps->len && g_array_index(t->steps, struct step_record, i).step <= to; i++)
        for (uint32_t b = block; b < block + blocks; b++)
            most = larger(most, number_at(t, m, i, b));
    return most;
}

static void draw_cell(const struct surface *s, int row, int col, double value, enum heat_metric m,
                      const struct thresholds *limits)
{
    double low = metrics[m].low, high = metrics[m].high;

    if (m == HEAT_UPDATE) {
        low = limits->value[THRESHOLD_RUN_UPDATE_LOW];
        high = limits->value[THRESHOLD_RUN_UPDATE_HIGH];
        if (value > high || value < low) {
            surface_glyph(s, row, col, style_of(value > high ? PAINT_BAD : PAINT_DIM),
                          value > high ? '!' : '_');
            return;
        }
    }
    plot_heat(s, row, col, value, low, high);
}

static char *label_of(const struct timeline *t, uint32_t block, uint32_t blocks)
{
    if (block >= t->n_blocks)
        return g_strdup("rest");
    blocks = MIN(blocks, t->n_blocks - block);
    return blocks > 1 ? g_strdup_printf("L%u-%u", block, block + blocks - 1)
                      : g_strdup_printf("L%u", block);
}

static void draw_title(const struct surface *s, enum heat_metric m, const struct thresholds *limits)
{
    const struct metric_row *r = &metrics[m];
    char *title = m == HEAT_UPDATE
                      ? g_strdup_printf("%s, log . %.0e @ %.0e  ! above _ below", r->title,
                                        limits->value[THRESHOLD_RUN_UPDATE_LOW],
                                        limits->value[THRESHOLD_RUN_UPDATE_HIGH])
                      : g_strdup_printf("%s, log . %g @ %g", r->title, r->low, r->high);

    surface_rule(s, 0, title);
    g_free(title);
}

/* Blocks that share a row, where there are so many rows; what is outside has one of its own. */
static uint32_t blocks_a_row(const struct timeline *t, enum heat_metric m, int rows)
{
    uint32_t room = (uint32_t)MAX(rows - metrics[m].outside, 1);

    return MAX((t->n_blocks + room - 1) / room, 1);
}

int training_heat_rows(const struct timeline *t, enum heat_metric m, int rows)
{
    uint32_t each = blocks_a_row(t, m, rows - 1);

    return MIN(1 + (int)((t->n_blocks + each - 1) / each) + metrics[m].outside, rows);
}

static void draw_row(const struct surface *s, int row, const struct timeline *t, enum heat_metric m,
                     const struct time_axis *a, const struct thresholds *limits, uint32_t block,
                     uint32_t blocks)
{
    struct surface cells = surface_part(s, row, TRAINING_LEFT, 1, a->cols);
    char *label = label_of(t, block, blocks), text[UNIT_BYTES];

    surface_field(s, row, 1, TRAINING_LEFT - 3, false, CUT_END, style_of(PAINT_TEXT), label);
    surface_glyph(s, row, TRAINING_LEFT - 2, style_of(PAINT_DIM), '|');
    for (int col = 0; col < a->cols; col++) {
        uint64_t from, to;

        time_axis_steps(a, col, &from, &to);
        draw_cell(&cells, 0, col, largest(t, m, block, blocks, from, to), m, limits);
    }
    surface_text(
        s, row, s->cols - TRAINING_RIGHT + 1, style_of(PAINT_TEXT),
        unit_value(text, largest(t, m, block, blocks, a->cursor, a->cursor), TRAINING_RIGHT - 2));
    g_free(label);
}

void training_heat_draw(const struct surface *s, const struct timeline *t, enum heat_metric m,
                        const struct time_axis *a, const struct thresholds *limits, uint32_t block)
{
    uint32_t n = heat_blocks(t, m), room = (uint32_t)MAX(s->rows - 1, 0);
    uint32_t each = blocks_a_row(t, m, s->rows - 1);

    draw_title(s, m, limits);
    for (uint32_t b = 0, row = 1; b < n; row++) {
        /* What is outside the blocks is no block's neighbour. */
        uint32_t blocks = b < t->n_blocks ? MIN(each, t->n_blocks - b) : 1;

        if (row > room)
            break;
        draw_row(s, (int)row, t, m, a, limits, b, blocks);
        if (block >= b && block < b + blocks) {
            surface_glyph(s, (int)row, 0, style_of(PAINT_TITLE), '>');
            surface_cursor(s, (int)row, MAX(time_axis_column(a, a->cursor), 0) + TRAINING_LEFT);
        }
        b += blocks;
    }
}
