#include "tui/stream_grid.h"

#include <math.h>

#include "core/escape.h"
#include "tui/plot.h"
#include "tui/units.h"

#define LABEL 12
#define CELL 3
#define LOW 1e-3 /* the scale of changes: a thousandth to all of it */

const char *stream_measure_name(enum stream_measure measure)
{
    return measure == STREAM_SHIFT ? "|h1 - h0| / |h0|" : "1 - cos(h0, h1)";
}

static const struct hidden_state *state_at(const struct token_states *t, uint32_t token,
                                           uint32_t layer)
{
    return &t->states[(gsize)token * t->layers + layer];
}

double stream_value(const struct token_states *t, enum stream_measure measure, uint32_t token,
                    uint32_t layer)
{
    const struct hidden_state *h = state_at(t, token, layer);

    if (!t->pair)
        return h->norm[ACTIVITY_BASE];
    return measure == STREAM_SHIFT ? h->shift : MAX(1 - h->cosine, 0);
}

void stream_layer_name(const struct token_states *t, uint32_t layer, char out[static 16])
{
    if (layer == 0)
        g_strlcpy(out, "embedded", 16);
    else if (layer + 1 == t->layers)
        g_strlcpy(out, "final", 16);
    else
        g_snprintf(out, 16, "L%u", layer - 1);
}

static uint32_t follow(uint32_t first, uint32_t at, uint32_t room)
{
    room = MAX(room, 1);
    return CLAMP(first, at + 1 > room ? at + 1 - room : 0, at);
}

void stream_grid_layout(struct stream_grid *g, const struct token_states *t, uint32_t token,
                        int rows, int cols)
{
    g->layer = MIN(g->layer, t->layers - 1);
    g->top = follow(g->top, token, (uint32_t)MAX(rows - 2, 1));
    g->left = follow(g->left, g->layer, (uint32_t)MAX((cols - LABEL) / CELL, 1));
}

static void draw_heading(const struct stream_grid *g, const struct token_states *t,
                         const struct surface *s)
{
    for (uint32_t i = g->left; i < t->layers && LABEL + (int)(i - g->left + 1) * CELL <= s->cols; i++) {
        char name[16];

        if (i == 0 || i + 1 == t->layers)
            g_strlcpy(name, i ? "fn" : "in", sizeof name);
        else
            g_snprintf(name, sizeof name, "%u", i - 1);
        surface_field(s, 0, LABEL + (int)(i - g->left) * CELL, CELL - 1, true, CUT_END,
                      style_of(i == g->layer ? PAINT_TITLE : PAINT_DIM), name);
    }
}

struct scale {
    double low, high;
};

/* Of one model: from the smallest norm to the largest. */
static struct scale scale_of(const struct token_states *t)
{
    struct scale scale = {t->pair ? LOW : INFINITY, t->pair ? 1 : 0};

    for (gsize i = 0; !t->pair && i < (gsize)t->n * t->layers; i++) {
        double norm = t->states[i].norm[ACTIVITY_BASE];

        scale.high = MAX(scale.high, norm);
        if (norm > 0)
            scale.low = MIN(scale.low, norm);
    }
    return scale;
}

static void draw_row(const struct stream_grid *g, const struct token_states *t,
                     const struct scale *scale, const char *text, uint32_t token, bool here,
                     int row, const struct surface *s)
{
    surface_field(s, row, 0, LABEL - 1, false, CUT_END, style_of(here ? PAINT_TITLE : PAINT_TEXT),
                  text);
    for (uint32_t i = g->left; i < t->layers && LABEL + (int)(i - g->left + 1) * CELL <= s->cols; i++) {
        int col = LABEL + (int)(i - g->left) * CELL + 1;

        plot_heat(s, row, col, stream_value(t, g->measure, token, i), scale->low,
                  scale->high);
        if (!here || i != g->layer)
            continue;
        surface_tint(s, row, col, 1, style_of(PAINT_CURSOR));
        surface_cursor(s, row, col);
    }
}

static void draw_readout(const struct stream_grid *g, const struct token_states *t, uint32_t token,
                         const struct surface *s)
{
    const struct hidden_state *h = state_at(t, token, g->layer);
    char layer[16], base[UNIT_BYTES], tuned[UNIT_BYTES], shift[UNIT_BYTES], cosine[UNIT_BYTES];

    stream_layer_name(t, g->layer, layer);
    unit_value(base, h->norm[ACTIVITY_BASE], 7);
    if (!t->pair)
        surface_print(s, s->rows - 1, 0, style_of(PAINT_TEXT), "token %u at %s: |h| %s", token, layer,
                      base);
    else
        surface_print(s, s->rows - 1, 0, style_of(PAINT_TEXT),
                      "token %u at %s: shift %s  1-cos %s  |h| %s > %s", token, layer,
                      unit_value(shift, h->shift, 7), unit_value(cosine, MAX(1 - h->cosine, 0), 7),
                      base, unit_value(tuned, h->norm[ACTIVITY_TUNED], 7));
}

void stream_grid_draw(const struct stream_grid *g, const struct token_states *t,
                      const GPtrArray *texts, uint32_t token, const struct surface *s)
{
    const struct scale scale = scale_of(t);

    draw_heading(g, t, s);
    for (int row = 1; row + 1 < s->rows; row++) {
        uint32_t i = g->top + (uint32_t)row - 1;

        if (i < t->n && i < texts->len)
            draw_row(g, t, &scale, texts->pdata[i], i, i == token, row, s);
    }
    if (token < t->n)
        draw_readout(g, t, token, s);
}

void stream_grid_pane(const struct stream_grid *g, const struct token_states *t, const char *error,
                      const GPtrArray *texts, uint32_t token, const struct surface *s)
{
    struct surface grid = surface_part(s, 1, 1, s->rows - 1, s->cols - 1);
    char *title = t && !t->pair ? g_strdup("residual stream: |h|")
                                : g_strdup_printf("residual streams: %s, . 0.001 to @ 1%s",
                                                  stream_measure_name(g->measure),
                                                  error ? ": " : t ? "" : ": being computed");
    char *safe = escape_text(error), *whole = g_strconcat(title, safe, NULL);

    surface_rule(s, 0, whole);
    if (t)
        stream_grid_draw(g, t, texts, token, &grid);
    g_free(whole);
    g_free(safe);
    g_free(title);
}
