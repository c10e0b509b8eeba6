#include "tui/continuation_pane.h"

#include <math.h>

#include "tui/study_text.h"
#include "tui/units.h"

void continuation_pane_init(struct continuation_pane *p, unsigned side)
{
    *p = (struct continuation_pane){.side = side};
    token_flow_init(&p->flow);
}

void continuation_pane_finish(struct continuation_pane *p)
{
    token_flow_finish(&p->flow);
    g_free(p->losses.tokens);
}

uint32_t continuation_said(const struct continuation *c, unsigned side)
{
    return c ? c->said[side]->len : 0;
}

const struct continued *continuation_at(const struct continuation *c, unsigned side, uint32_t i)
{
    return &g_array_index(c->said[side], struct continued, i);
}

static double nats(const struct continued *x)
{
    return -log((double)x->probability);
}

/* Texts and losses of what has been said; ids have a space between them. */
static void take(struct continuation_pane *p, const struct view *v, const struct continuation *c)
{
    uint32_t n = continuation_said(c, p->side);
    bool has_text = study_tokenizer(view_study(v)) != NULL;
    char **texts = g_new0(char *, n + 1);

    p->losses.n = n;
    p->losses.tokens = g_renew(struct token_loss, p->losses.tokens, n + 1);
    for (uint32_t i = 0; i < n; i++) {
        const struct continued *x = continuation_at(c, p->side, i);
        char *text = token_label(v, x->id);

        texts[i] = has_text ? g_steal_pointer(&text) : g_strconcat(text, " ", NULL);
        g_free(text);
        p->losses.tokens[i].nll[p->side] = nats(x);
    }
    token_flow_set(&p->flow, texts, n);
    g_free(texts);
}

void continuation_pane_layout(struct continuation_pane *p, const struct view *v,
                              const struct continuation *c, uint32_t at, int rows, int cols)
{
    int line = 0, lines = MAX(rows / 2, 1);

    take(p, v, c);
    token_flow_layout(&p->flow, MAX(cols, 1));
    if (at < p->flow.rows->len)
        line = g_array_index(p->flow.rows, int, at);
    p->top = CLAMP(p->top, MAX(line - lines + 1, 0), line);
}

static double mean_nats(const struct continuation_pane *p)
{
    double sum = 0;

    for (uint32_t i = 0; i < p->losses.n; i++)
        sum += p->losses.tokens[i].nll[p->side];
    return sum / p->losses.n;
}

static void draw_title(const struct continuation_pane *p, const struct continuation *c,
                       const struct surface *s)
{
    const char *state = "";
    char *title, number[UNIT_BYTES];

    if (!c || !c->done)
        state = " ...";
    else if (c->ended[p->side])
        state = ", end";
    else if (p->losses.n < c->ask.most)
        state = ", cut"; /* the model's positions end, or the user stopped it */

    title = g_strdup_printf("%s %u tokens%s%s%s%s", p->side ? "tuned" : "base", p->losses.n,
                            p->losses.n ? ", " : "",
                            p->losses.n ? unit_value(number, mean_nats(p), 4) : "",
                            p->losses.n ? " nats" : "", state);
    surface_rule(s, 0, title);
    g_free(title);
}

static void draw_readout(const struct continuation_pane *p, const struct view *v,
                         const struct continuation *c, uint32_t at, const struct surface *s)
{
    const struct continued *x;

    if (at >= continuation_said(c, p->side))
        return;
    x = continuation_at(c, p->side, at);
    surface_print(s, 0, 0, style_of(p->side ? PAINT_TUNED : PAINT_BASE), "token %u  p %.3f  rank %u",
                  at + 1, (double)x->probability, x->rank);
    for (int i = 0; i < TOKEN_CHOICES && x->choices[i].id != UINT32_MAX; i++) {
        char *choice = token_label(v, x->choices[i].id);
        bool said = x->choices[i].id == x->id;

        surface_glyph(s, 1 + i, 0, style_of(PAINT_TITLE), said ? '>' : ' ');
        surface_print(s, 1 + i, 1, style_of(PAINT_DIM), "%.3f", (double)x->choices[i].probability);
        surface_text(s, 1 + i, 7, style_of(said ? PAINT_TITLE : PAINT_TEXT), choice);
        g_free(choice);
    }
}

void continuation_pane_draw(const struct continuation_pane *p, const struct view *v,
                            const struct continuation *c, uint32_t at, int readout, bool here,
                            const struct surface *s)
{
    struct surface text = surface_part(s, 1, 1, s->rows - 1 - readout, s->cols - 1);
    struct surface below = surface_part(s, s->rows - readout, 1, readout, s->cols - 1);

    draw_title(p, c, s);
    token_flow_draw(&p->flow, &p->losses, p->side ? TOKEN_TUNED : TOKEN_BASE, 0,
                    here ? at : UINT32_MAX, p->top, &text);
    if (!here && at < p->flow.rows->len) /* where the other one is */
        surface_tint(&text, 2 * (g_array_index(p->flow.rows, int, at) - p->top),
                     g_array_index(p->flow.cols, int, at), 1, style_of(PAINT_TITLE));
    draw_readout(p, v, c, at, &below);
}
