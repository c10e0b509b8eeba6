/* What both models go on with: a prompt of an example or one that is typed, side by side. */
#include <string.h>

#include "core/escape.h"
#include "tui/continuation_ask.h"
#include "tui/continuation_pane.h"
#include "tui/page.h"
#include "tui/study_text.h"
#include "tui/tsv.h"
#include "tui/view_text.h"

#define SAMPLED 0.8 /* the temperature that the key begins with */
#define READOUT (1 + TOKEN_CHOICES)

struct continuations_view {
    struct view view;
    struct continuation_pane panes[ACTIVITY_SIDES];
    unsigned side; /* keys move in it */
    uint32_t at;
    bool moved; /* by the user; else the last token is in sight */
    struct continuation_ask asked;
    int prompt_rows, readout;
    const struct continuation *answer; /* of this frame; NULL: not there */
    const char *error;
};

enum { ACTION_SAMPLE = ACTION_VIEW, ACTION_SEED, ACTION_EXAMPLE_BEFORE, ACTION_EXAMPLE_AFTER };

static const struct binding bindings[] = {
    {'\r', ACTION_OPEN, "Enter", "prompt", "Type a prompt (:prompt TEXT)"},
    {'\n', ACTION_OPEN, NULL, NULL, NULL},
    {',', ACTION_EXAMPLE_BEFORE, ". ,", "example", "The prompt of the example before, the next one"},
    {'.', ACTION_EXAMPLE_AFTER, NULL, NULL, NULL},
    {'t', ACTION_SAMPLE, "t", "sample", "The likeliest token each time, or drawn at random"},
    {'n', ACTION_SEED, "n", "again", "Draw others (the next seed)"},
    {'\t', ACTION_NEXT_PANE, "Tab", NULL, "From the base's tokens to the tuned model's and back"},
    {0, ACTION_NONE, NULL, NULL, NULL},
};

static struct continuations_view *self(struct view *v)
{
    return (struct continuations_view *)v;
}

static const struct continuations_view *seen(const struct view *v)
{
    return (const struct continuations_view *)v;
}

static void continuations_open(struct view *v, struct model *m)
{
    (void)m;
    for (unsigned i = 0; i < ACTIVITY_SIDES; i++)
        continuation_pane_init(&self(v)->panes[i], i);
}

static void continuations_close(struct view *v)
{
    for (unsigned i = 0; i < ACTIVITY_SIDES; i++)
        continuation_pane_finish(&self(v)->panes[i]);
}

static bool is_there(const struct view *v)
{
    const struct study *of = view_study(v);

    return of && study_blocks(of) && study_examples(of);
}

/* What is asked now: as set, of the example that is looked at unless a prompt was typed. */
static void find_ask(const struct view *v, struct continuation_ask *ask)
{
    const struct examples *e = study_examples(view_study(v));

    *ask = v->model->ask;
    if (!continuation_typed(ask))
        ask->example = v->model->example < e->n ? v->model->example : 0;
}

/* Layout. */

static void ask(struct continuations_view *d)
{
    struct continuation_ask now;

    memset(&now, 0, sizeof now);
    find_ask(&d->view, &now);
    if (memcmp(&now, &d->asked, sizeof now) != 0)
        d->moved = false;
    d->asked = now;
    if (study_examples(view_study(&d->view))->n || continuation_typed(&now))
        d->answer = study_continue(view_study(&d->view), &now, &d->error);
    if (!d->moved)
        d->at = UINT32_MAX;
}

static void continuations_layout(struct view *v, int rows, int cols)
{
    struct continuations_view *d = self(v);
    unsigned sides = is_there(v) ? study_sides(view_study(v)) : 0;
    uint32_t most;

    d->answer = NULL;
    d->error = NULL;
    if (!is_there(v))
        return;
    ask(d);
    d->prompt_rows = rows >= 20 ? 4 : rows >= 12 ? 2 : 1;
    d->readout = rows >= 16 ? READOUT : rows >= 10 ? 1 : 0;
    d->side = MIN(d->side, sides - 1);
    most = MAX(continuation_said(d->answer, 0), continuation_said(d->answer, 1));
    d->at = MIN(d->at, most ? most - 1 : 0);
    for (unsigned i = 0; i < sides; i++)
        continuation_pane_layout(&d->panes[i], v, d->answer, d->at,
                                 rows - d->prompt_rows - 1 - d->readout, cols / (int)sides - 2);
}

/* Drawing. */

/* As the models are given it; owned. */
static char *prompt_text(const struct continuations_view *d)
{
    bool has_text = study_tokenizer(view_study(&d->view)) != NULL;
    GString *text = g_string_new(NULL);

    for (guint i = 0; d->answer && i < d->answer->prompt->len; i++) {
        char *label = token_label(&d->view, g_array_index(d->answer->prompt, uint32_t, i));

        g_string_append_printf(text, "%s%s", has_text || !i ? "" : " ", label);
        g_free(label);
    }
    return g_string_free(text, FALSE);
}

static char *prompt_title(const struct continuations_view *d)
{
    return continuation_typed(&d->asked) ? g_strdup("typed")
                                         : example_label(&d->view, d->asked.example);
}

/* Its end matters most: the lines that fit. */
static void draw_prompt(const struct continuations_view *d, const struct surface *s)
{
    char *title = prompt_title(d), *text = prompt_text(d), *lead = g_strdup_printf(" %s: ", title);
    struct page p;

    page_init(&p);
    page_wrap(&p, s->cols - 1, 3, lead, PAINT_TEXT, text);
    page_layout(&p, s->rows);
    p.top = p.lines->len > (guint)s->rows ? p.lines->len - (guint)s->rows : 0;
    page_draw(&p, s);
    if (p.top)
        surface_glyph(s, 0, 0, style_of(PAINT_DIM), '~');
    page_finish(&p);
    g_free(lead);
    g_free(text);
    g_free(title);
}

static void draw_error(const struct continuations_view *d, const struct surface *s)
{
    char *safe = escape_text(d->error);

    surface_text(s, 0, 1, style_of(PAINT_BAD), safe);
    surface_cursor(s, 0, 0);
    g_free(safe);
}

static void continuations_draw(const struct view *v, const struct surface *s)
{
    const struct continuations_view *d = seen(v);
    struct surface prompt = surface_part(s, 0, 0, d->prompt_rows, s->cols);
    unsigned sides;

    if (study_draw_absent(v, s, is_there(v), "continuations"))
        return;
    if (d->error) {
        draw_error(d, s);
        return;
    }
    sides = study_sides(view_study(v));
    surface_cursor(s, 0, 0);
    draw_prompt(d, &prompt);
    for (unsigned i = 0; i < sides; i++) {
        int width = s->cols / (int)sides;
        struct surface pane = surface_part(s, d->prompt_rows, (int)i * width,
                                           s->rows - d->prompt_rows, width - (i + 1 < sides));

        continuation_pane_draw(&d->panes[i], v, d->answer, d->at, d->readout, i == d->side, &pane);
    }
}

/* Keys. */

static bool move(struct continuations_view *d, int action)
{
    const struct token_flow *f = &d->panes[d->side].flow;
    uint32_t n = f->texts->len, at = MIN(d->at, n ? n - 1 : 0);

    if (action == ACTION_LEFT)
        at -= at > 0;
    else if (action == ACTION_RIGHT)
        at += at + 1 < n;
    else if (action == ACTION_UP || action == ACTION_DOWN)
        at = token_flow_step(f, at, action == ACTION_UP ? -1 : 1);
    else if (action == ACTION_HOME || action == ACTION_END)
        at = action == ACTION_HOME || !n ? 0 : n - 1;
    else
        return false;
    d->at = at;
    d->moved = true;
    return true;
}

static void turn_example(struct continuations_view *d, int step)
{
    struct model *m = d->view.model;
    uint32_t n = study_examples(view_study(&d->view))->n;
    uint32_t at = m->example < n ? m->example : 0;

    if (continuation_typed(&m->ask))
        continuation_prompt(&m->ask, NULL);
    else if (n)
        m->example = step < 0 ? at - (at > 0) : at + (at + 1 < n);
}

static bool change(struct continuations_view *d, int action)
{
    struct net_sampling *how = &d->view.model->ask.sampling;

    if (action == ACTION_EXAMPLE_BEFORE || action == ACTION_EXAMPLE_AFTER)
        turn_example(d, action == ACTION_EXAMPLE_BEFORE ? -1 : 1);
    else if (action == ACTION_SAMPLE)
        how->temperature = how->temperature > 0 ? 0 : SAMPLED;
    else if (action == ACTION_SEED && how->temperature > 0)
        how->seed++;
    else if (action == ACTION_SEED)
        how->temperature = SAMPLED;
    else if (action == ACTION_NEXT_PANE)
        d->side = study_sides(view_study(&d->view)) > 1 ? 1 - d->side : 0;
    else
        return false;
    return true;
}

static enum reply continuations_act(struct view *v, struct app *app, int action)
{
    struct continuations_view *d = self(v);

    continuations_layout(v, v->rows, v->cols);
    if (!is_there(v))
        return REPLY_IGNORED;
    if (action == ACTION_OPEN) {
        app_ask(app, "prompt ");
        return REPLY_DONE;
    }
    return change(d, action) || move(d, action) ? REPLY_DONE : REPLY_IGNORED;
}

/* Tokens before the two part; UINT32_MAX: they have not, so far. */
static uint32_t in_common(const struct continuation *c)
{
    uint32_t n = MIN(continuation_said(c, 0), continuation_said(c, 1));

    for (uint32_t i = 0; i < n; i++)
        if (continuation_at(c, 0, i)->id != continuation_at(c, 1, i)->id)
            return i;
    return UINT32_MAX;
}

static char *continuations_status(const struct view *v)
{
    const struct continuations_view *d = seen(v);
    uint32_t same;
    char *how, *line;

    if (!view_comparison(v) || !is_there(v))
        return view_absent_status(v);
    how = continuation_text(&v->model->ask);
    same = d->answer ? in_common(d->answer) : UINT32_MAX;
    if (study_sides(view_study(v)) < 2 || !d->answer)
        line = g_strdup_printf("%s, length %u", how, v->model->ask.most);
    else if (same == UINT32_MAX)
        line = g_strdup_printf("%s, length %u  the same so far", how, v->model->ask.most);
    else
        line = g_strdup_printf("%s, length %u  they part at token %u", how, v->model->ask.most,
                               same + 1);
    g_free(how);
    return line;
}

static char *continuations_copy(const struct view *v)
{
    const struct continuations_view *d = seen(v);
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < d->panes[d->side].flow.texts->len; i++)
        g_string_append(text, d->panes[d->side].flow.texts->pdata[i]);
    return g_string_free(text, !text->len);
}

static void continuations_write(const struct view *v, FILE *out)
{
    const struct continuations_view *d = seen(v);

    fputs("model\ttoken\tid\ttext\tprobability\trank\n", out);
    for (unsigned side = 0; side < ACTIVITY_SIDES; side++)
        for (uint32_t i = 0; i < continuation_said(d->answer, side); i++) {
            const struct continued *x = continuation_at(d->answer, side, i);
            char *text = token_label(v, x->id);

            fprintf(out, "%s\t%u\t%u\t%s", side ? "tuned" : "base", i + 1, x->id, text);
            tsv_number(out, (double)x->probability);
            fprintf(out, "\t%u\n", x->rank);
            g_free(text);
        }
}

const struct view_ops view_continuations = {
    .name = "continuations",
    .title = "Continuations",
    .brief = "GoOn",
    .about = "what both models go on with, from an example's prompt or one of yours",
    .help = "Both models go on with the same prompt, token by token, side by side: that of the "
            "example the views look at ('.' and ',' turn to others) or one that you type (Enter, "
            "or :prompt TEXT; :prompt alone goes back). The likeliest token each time, or (t) "
            "drawn at random: :set temperature, top_k, top_p, seed and length; the same seed draws "
            "the same. Above each side the mean of what its tokens cost it, in nats (end: of the text; "
            "cut: the model's positions end, or ^C stopped it); under each token the same in whole "
            "nats. Below: the selected token's probability and rank, and what else was likely, both "
            "before temperature and cuts.",
    .bindings = bindings,
    .size = sizeof(struct continuations_view),
    .open = continuations_open,
    .close = continuations_close,
    .layout = continuations_layout,
    .draw = continuations_draw,
    .act = continuations_act,
    .status = continuations_status,
    .copy = continuations_copy,
    .write = continuations_write,
};
