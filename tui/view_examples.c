/* The user's examples, those that lost most first, and what each of their tokens cost. */
#include <math.h>
#include <string.h>

#include "core/escape.h"
#include "tui/list.h"
#include "tui/stream_grid.h"
#include "tui/study_text.h"
#include "tui/token_choices.h"
#include "tui/token_flow.h"
#include "tui/tsv.h"
#include "tui/units.h"
#include "tui/view_text.h"

#define NUMBER 9
#define WIDE 90

enum order { BY_CHANGE, BY_LOSS, BY_FILE, ORDERS };

struct examples_view {
    struct view view;
    struct list list;
    uint32_t *shown; /* [n_shown] examples */
    guint n_shown;
    struct matcher *filter;
    uint64_t version;
    bool one_category; /* only the category that the views look at */
    uint32_t category; /* that shown is of */
    enum order order;
    bool reversed;
    enum token_measure measure;
    bool in_text; /* keys move in the text */
    uint32_t token;
    struct token_flow flow;
    uint32_t flow_of; /* the example the flow is of */
    int top;          /* first line of the text on the screen */
    int list_rows, text_rows;
    bool streams; /* in the text's place: where its residual streams part */
    struct stream_grid grid;
    const struct token_losses *tokens; /* of this frame; NULL: not there */
    const struct token_states *states; /* the same */
    const char *error;
};

enum { ACTION_CATEGORY = ACTION_VIEW, ACTION_STREAMS };

static const struct binding bindings[] = {
    {'\t', ACTION_NEXT_PANE, "Tab", "text", "From the list to the text and back"},
    {'d', ACTION_MODE, "d", "mode",
     "Marks: change of the loss, loss after, loss before; of the streams: relative shift, 1 - cos"},
    {'x', ACTION_STREAMS, "x", "streams",
     "The text, or a map of where its residual streams part: tokens by blocks"},
    {'a', ACTION_CATEGORY, "a", "category", "All categories, or the selected one alone"},
    {'s', ACTION_SORT, "s", "sort", "By change of the loss, by loss, in the file's order"},
    {'r', ACTION_REVERSE, "r", NULL, "Reverse the order"},
    {'\r', ACTION_OPEN, "Enter", "attention", "What its tokens look at"},
    {'\n', ACTION_OPEN, NULL, NULL, NULL},
    {0, ACTION_NONE, NULL, NULL, NULL},
};

static struct examples_view *self(struct view *v)
{
    return (struct examples_view *)v;
}

static const struct examples_view *seen(const struct view *v)
{
    return (const struct examples_view *)v;
}

static void examples_open(struct view *v, struct model *m)
{
    (void)m;
    token_flow_init(&self(v)->flow);
    self(v)->flow_of = UINT32_MAX;
}

static void examples_close(struct view *v)
{
    token_flow_finish(&self(v)->flow);
    matcher_destroy(self(v)->filter);
    g_free(self(v)->shown);
}

static bool is_there(const struct study *of)
{
    return of && study_examples(of) && !study_is_recorded(of);
}

/* Rows. */

static double value_of(const struct examples_view *d, uint32_t example)
{
    const struct study *of = view_study(&d->view);
    const struct evaluated *r = study_results(of);

    if (!r)
        return NAN;
    r += example;
    if (d->order == BY_CHANGE && study_sides(of) > 1)
        return r->nll[EVALUATION_TUNED] - r->nll[EVALUATION_BASE];
    return r->nll[study_sides(of) - 1];
}

static gint compare(gconstpointer a, gconstpointer b, gpointer data)
{
    const struct examples_view *d = data;
    uint32_t i = *(const uint32_t *)a, k = *(const uint32_t *)b;
    double x = value_of(d, i), y = value_of(d, k);
    int order = 0;

    if (d->order != BY_FILE && isnan(x) != isnan(y))
        return isnan(x) ? 1 : -1;
    if (d->order != BY_FILE && x != y && !isnan(x))
        order = x < y ? 1 : -1;
    if (!order)
        order = (i > k) - (i < k);
    return d->reversed ? -order : order;
}

static bool passes(const struct examples_view *d, const struct examples *e, uint32_t i)
{
    const struct example *x = &e->examples[i];

    if (x->split == SPLIT_TRAIN || (d->one_category && x->category != d->category))
        return false;
    return !d->filter || matcher_hit(d->filter, e->categories[x->category]) ||
           matcher_hit(d->filter, x->id) || (x->text && matcher_hit(d->filter, x->text));
}

static void arrange(struct examples_view *d)
{
    const struct examples *e = study_examples(view_study(&d->view));
    uint32_t kept = d->view.model->example;

    d->category = d->view.model->category;
    d->shown = g_renew(uint32_t, d->shown, e->n + 1);
    d->n_shown = 0;
    for (uint32_t i = 0; i < e->n; i++)
        if (passes(d, e, i))
            d->shown[d->n_shown++] = i;
    if (d->n_shown)
        g_qsort_with_data(d->shown, (gint)d->n_shown, sizeof *d->shown, compare, d);
    for (guint i = 0; i < d->n_shown; i++)
        if (d->shown[i] == kept)
            d->list.selected = i;
}

/* Layout. */

static void flow_example(struct examples_view *d, uint32_t example)
{
    const struct example *x = &study_examples(view_study(&d->view))->examples[example];
    char **texts;

    if (d->flow_of == example)
        return;
    texts = g_new0(char *, x->n_ids + 1);
    for (uint32_t i = 0; i < x->n_ids; i++) {
        char *text = token_label(&d->view, x->ids[i]);

        texts[i] = study_tokenizer(view_study(&d->view)) ? text : g_strconcat(text, " ", NULL);
        if (texts[i] != text)
            g_free(text);
    }
    token_flow_set(&d->flow, texts, x->n_ids);
    g_free(texts);
    d->flow_of = example;
    d->token = MIN(x->n_prompt, x->n_ids ? x->n_ids - 1 : 0);
    d->top = 0;
}

static bool has_choices(int cols)
{
    return cols >= WIDE;
}

static void keep_in_sight(struct examples_view *d)
{
    int line = d->token < d->flow.rows->len ? g_array_index(d->flow.rows, int, d->token) : 0;
    int lines = MAX(d->text_rows / 2, 1);

    d->top = CLAMP(d->top, MAX(line - lines + 1, 0), line);
}

static void layout_streams(struct examples_view *d, int cols)
{
    struct study *of = view_study(&d->view);

    if (study_activity(of))
        d->states = study_states(of, d->view.model->example, &d->error);
    if (d->states)
        stream_grid_layout(&d->grid, d->states, d->token, d->text_rows - 1, cols - 1);
}

static void examples_layout(struct view *v, int rows, int cols)
{
    struct examples_view *d = self(v);
    struct study *of = view_study(v);
    int width = cols - 2 - (has_choices(cols) ? TOKEN_CHOICES_COLUMNS + 1 : 0);

    d->tokens = NULL;
    d->states = NULL;
    d->error = NULL;
    if (!is_there(of))
        return;
    if (d->version != study_version(of) || d->category != v->model->category || !d->shown)
        arrange(d);
    d->version = study_version(of);
    d->text_rows = rows >= 12 ? rows / 2 : 0;
    d->list_rows = rows - d->text_rows - 1;
    list_layout(&d->list, d->n_shown, MAX(d->list_rows, 1));
    if (!d->n_shown)
        return;
    v->model->example = d->shown[d->list.selected];
    flow_example(d, v->model->example);
    token_flow_layout(&d->flow, MAX(width, 1));
    keep_in_sight(d);
    if (study_results(of))
        d->tokens = study_tokens(of, v->model->example, &d->error);
    if (d->streams)
        layout_streams(d, cols);
}

/* Drawing. */

static void draw_heading(const struct examples_view *d, const struct surface *s)
{
    bool pair = study_sides(view_study(&d->view)) > 1;
    int col = s->cols - 3 * NUMBER - 1;

    surface_text(s, 0, 1, style_of(PAINT_DIM), "example");
    surface_field(s, 0, col, NUMBER, true, CUT_END, style_of(PAINT_DIM), pair ? "base" : "loss");
    if (!pair)
        return;
    surface_field(s, 0, col + NUMBER, NUMBER, true, CUT_END, style_of(PAINT_DIM), "tuned");
    surface_field(s, 0, col + 2 * NUMBER, NUMBER, true, CUT_END, style_of(PAINT_DIM), "change");
}

/* The text as far as it goes: what tells examples apart. */
static char *summary_of(const struct examples_view *d, uint32_t example)
{
    const struct example *x = &study_examples(view_study(&d->view))->examples[example];
    char *category = category_label(&d->view, x->category), *id = escape_text(x->id), *text, *line;

    text = x->prompt && *x->prompt ? escape_text(x->prompt) : x->text ? escape_text(x->text) : g_strdup("");
    line = g_strdup_printf("%s  %s%s  %s", id, category,
                           x->split == SPLIT_GENERAL ? " (general)" : "", text);
    g_free(category);
    g_free(id);
    g_free(text);
    return line;
}

static void draw_row(const struct examples_view *d, const struct surface *s, int row, guint at)
{
    uint32_t example = d->shown[at];
    const struct evaluated *all = study_results(view_study(&d->view)), *r = all ? all + example : NULL;
    bool here = at == d->list.selected, pair = study_sides(view_study(&d->view)) > 1;
    int col = s->cols - 3 * NUMBER - 1;
    char *line = summary_of(d, example), text[UNIT_BYTES];

    surface_glyph(s, row, 0, style_of(PAINT_TITLE), here ? '>' : ' ');
    surface_field(s, row, 1, col - 1, false, CUT_END,
                  style_of(here ? PAINT_TITLE : PAINT_TEXT), line);
    g_free(line);
    if (here && !d->in_text)
        surface_cursor(s, row, 1);
    if (!r)
        return;
    if (r->skipped) {
        surface_field(s, row, col, 3 * NUMBER, true, CUT_END, style_of(PAINT_WARN), r->skipped);
        return;
    }
    for (unsigned i = 0; i < (pair ? 2u : 1u); i++)
        surface_field(s, row, col + (int)i * NUMBER, NUMBER, true, CUT_END, style_of(PAINT_TEXT),
                      unit_value(text, r->nll[i], 7));
    if (pair) {
        double change = r->nll[EVALUATION_TUNED] - r->nll[EVALUATION_BASE];

        g_snprintf(text, sizeof text, isnan(change) ? "-" : "%+.3f", change);
        surface_field(s, row, col + 2 * NUMBER, NUMBER, true, CUT_END,
                      style_of(change > 0 ? PAINT_BAD : PAINT_GOOD), text);
    }
}

static void draw_text(const struct examples_view *d, const struct surface *s)
{
    const struct example *x =
        &study_examples(view_study(&d->view))->examples[d->view.model->example];
    bool choices = has_choices(s->cols);
    struct surface text = surface_part(s, 1, 1, s->rows - 1,
                                       s->cols - 1 - (choices ? TOKEN_CHOICES_COLUMNS + 1 : 0));
    struct surface side = surface_part(s, 1, s->cols - TOKEN_CHOICES_COLUMNS, s->rows - 1, TOKEN_CHOICES_COLUMNS);
    char *title = g_strdup_printf("%s a token, nats%s", token_measure_name(d->measure),
                                  d->error ? ": " : d->tokens ? "" : ": being computed");
    char *safe = escape_text(d->error), *whole = g_strconcat(title, safe, NULL);

    surface_rule(s, 0, whole);
    token_flow_draw(&d->flow, d->tokens, d->measure, x->n_prompt, d->in_text ? d->token : UINT32_MAX,
                    d->top, &text);
    if (choices && d->tokens && d->token < d->tokens->n)
        token_choices_draw(&d->view, d->tokens, d->token, &side);
    g_free(whole);
    g_free(safe);
    g_free(title);
}

static void examples_draw(const struct view *v, const struct surface *s)
{
    const struct examples_view *d = seen(v);
    struct surface below = surface_part(s, s->rows - d->text_rows, 0, d->text_rows, s->cols);
    const struct study *of = view_study(v);

    if (study_draw_absent(v, s, is_there(of), "examples"))
        return;
    draw_heading(d, s);
    for (int i = 0; i < d->list.height && d->list.top + (guint)i < d->n_shown; i++)
        draw_row(d, s, 1 + i, d->list.top + (guint)i);
    if (!d->n_shown)
        surface_text(s, 1, 1, style_of(PAINT_DIM), "no example here");
    else if (d->text_rows && d->streams)
        stream_grid_pane(&d->grid, d->states, d->error, d->flow.texts, d->token, &below);
    else if (d->text_rows)
        draw_text(d, &below);
}

/* Keys. */

static bool move_in_text(struct examples_view *d, int action)
{
    guint n = d->flow.texts->len;

    if (action == ACTION_LEFT)
        d->token -= d->token > 0;
    else if (action == ACTION_RIGHT)
        d->token += d->token + 1 < n;
    else if (action == ACTION_UP || action == ACTION_DOWN)
        d->token = token_flow_step(&d->flow, d->token, action == ACTION_UP ? -1 : 1);
    else if (action == ACTION_HOME || action == ACTION_END)
        d->token = action == ACTION_HOME || !n ? 0 : n - 1;
    else
        return false;
    return true;
}

/* A token a row, a layer a column. */
static bool move_in_streams(struct examples_view *d, int action)
{
    guint n = d->flow.texts->len;

    if (action == ACTION_LEFT)
        d->grid.layer -= d->grid.layer > 0;
    else if (action == ACTION_RIGHT)
        d->grid.layer += d->grid.layer < study_blocks(view_study(&d->view)) + 1;
    else if (action == ACTION_UP)
        d->token -= d->token > 0;
    else if (action == ACTION_DOWN)
        d->token += d->token + 1 < n;
    else
        return false;
    return true;
}

static bool move_below(struct examples_view *d, int action)
{
    return d->in_text && ((d->streams && move_in_streams(d, action)) || move_in_text(d, action));
}

static bool change(struct examples_view *d, int action)
{
    if (action == ACTION_NEXT_PANE)
        d->in_text = !d->in_text && d->text_rows;
    else if (action == ACTION_STREAMS)
        d->streams = !d->streams;
    else if (action == ACTION_MODE && d->streams)
        d->grid.measure = (enum stream_measure)((d->grid.measure + 1) % STREAM_MEASURES);
    else if (action == ACTION_MODE)
        d->measure = (enum token_measure)((d->measure + 1) % TOKEN_MEASURES);
    else if (action == ACTION_CATEGORY)
        d->one_category = !d->one_category;
    else if (action == ACTION_SORT)
        d->order = (enum order)((d->order + 1) % ORDERS);
    else if (action == ACTION_REVERSE)
        d->reversed = !d->reversed;
    else
        return false;
    arrange(d);
    return true;
}

static enum reply examples_act(struct view *v, struct app *app, int action)
{
    struct examples_view *d = self(v);
    const struct study *of = view_study(v);

    examples_layout(v, v->rows, v->cols);
    if (!is_there(of))
        return REPLY_IGNORED;
    if (action == ACTION_OPEN && d->n_shown) {
        app_open_view(app, view_find("attention"), PAIR_NONE);
        return REPLY_DONE;
    }
    if (change(d, action) || move_below(d, action))
        return REPLY_DONE;
    if (!list_act(&d->list, action))
        return REPLY_IGNORED;
    if (d->n_shown)
        v->model->example = d->shown[d->list.selected];
    return REPLY_DONE;
}

static guint examples_filter(struct view *v, const char *text)
{
    struct examples_view *d = self(v);
    const struct study *of = view_study(v);

    matcher_destroy(d->filter);
    d->filter = text && *text ? matcher_create(text) : NULL;
    if (!is_there(of))
        return 0;
    arrange(d);
    return d->n_shown;
}

static char *examples_status(const struct view *v)
{
    static const char *const orders[] = {"change", "loss", "file"};
    const struct examples_view *d = seen(v);
    const struct study *of = view_study(v);
    char *category = NULL, *line;

    if (!view_comparison(v) || !is_there(of))
        return view_absent_status(v);
    if (d->one_category)
        category = category_label(v, d->category);
    line = g_strdup_printf("%u examples  %s%ssort %s%s  %s", d->n_shown, category ? category : "",
                           category ? "  " : "", orders[d->order], d->reversed ? " reversed" : "",
                           token_measure_name(d->measure));
    g_free(category);
    return line;
}

static char *examples_copy(const struct view *v)
{
    return seen(v)->n_shown ? summary_of(seen(v), v->model->example) : NULL;
}

static void examples_write(const struct view *v, FILE *out)
{
    const struct examples_view *d = seen(v);
    const struct evaluated *r = view_study(v) ? study_results(view_study(v)) : NULL;

    if (!r)
        return;
    fputs("id\tcategory\ttokens\tbase_nll\ttuned_nll\n", out);
    for (guint i = 0; i < d->n_shown; i++) {
        const struct example *x = &study_examples(view_study(v))->examples[d->shown[i]];
        char *id = escape_text(x->id), *category = category_label(v, x->category);

        fprintf(out, "%s\t%s\t%u", id, category, x->n_ids);
        for (int k = 0; k < 2; k++)
            tsv_number(out, r[d->shown[i]].nll[k]);
        fputc('\n', out);
        g_free(id);
        g_free(category);
    }
}

const struct view_ops view_examples = {
    .name = "examples",
    .title = "Examples",
    .brief = "Exampl",
    .about = "your examples, what each token cost before and after",
    .help = "Your test and general examples, those that got worse most first: mean loss before and "
            "after, nats per predicted token. Below is the selected one, token by token (Tab goes "
            "there): under each token its mark. Of the change: '-' at least half a nat less, '.' "
            "about as before, a digit so many nats more. Of a loss: whole nats. The prompt is grey: "
            "it is given, not predicted. For the selected token: what each model would have said. x "
            "shows in its place where the two residual streams part: a token a row, the embedding, "
            "each block and the last norm a column, a darker mark the further.",
    .bindings = bindings,
    .size = sizeof(struct examples_view),
    .open = examples_open,
    .close = examples_close,
    .layout = examples_layout,
    .draw = examples_draw,
    .act = examples_act,
    .status = examples_status,
    .copy = examples_copy,
    .write = examples_write,
    .filter = examples_filter,
};
