/* What the rules found: a list, and below it what the selected one means, what to do, and the
 * numbers behind it. */
#include <math.h>

#include "core/escape.h"
#include "tui/diagnosis_page.h"
#include "tui/ignored.h"
#include "tui/list.h"
#include "tui/page.h"
#include "tui/units.h"
#include "tui/view_text.h"

#define WIDE 140   /* from here on the evidence stands beside the words */
#define FEW_ROWS 6 /* no room for words */
#define TITLE_WIDTH 30

enum { ACTION_EXPLAIN = ACTION_VIEW, ACTION_IGNORE, ACTION_UNDO };

struct diagnosis {
    struct view view;
    struct list list;
    GArray *shown; /* guint: into the model's findings, gravest first, ignored ones left out */
    struct page detail, evidence; /* evidence: used where it is beside */
    struct matcher *search;
    int list_rows;
    bool explain; /* the rule, not the finding */
    bool reading; /* the keys scroll the words */
};

static const struct binding bindings[] = {
    {KEY_RETURN, ACTION_OPEN, "Enter", "evidence", "Go to what the finding is about"},
    {'\n', ACTION_OPEN, NULL, NULL, NULL},
    {'\t', ACTION_NEXT_PANE, "Tab", "scroll", "Scroll the words below, or move in the list again"},
    {KEY_BACK_TAB, ACTION_NEXT_PANE, NULL, NULL, NULL},
    {'e', ACTION_EXPLAIN, "e", "explain",
     "Explain the rule and its thresholds; again: the finding"},
    {'i', ACTION_IGNORE, "i", "ignore", "Set the finding aside: it is in no list and no count"},
    {'u', ACTION_UNDO, "u", NULL, "Bring back what was set aside last"},
    {0, ACTION_NONE, NULL, NULL, NULL},
};

static const struct finding *at(const struct view *v, guint i)
{
    const struct diagnosis *d = (const struct diagnosis *)v;
    const GArray *found = view_comparison(v) ? v->model->findings : NULL;

    if (!found || i >= d->shown->len)
        return NULL;
    i = g_array_index(d->shown, guint, i);
    return i < found->len ? &g_array_index(found, struct finding, i) : NULL;
}

static void diagnosis_open(struct view *v, struct model *m)
{
    struct diagnosis *d = (struct diagnosis *)v;

    (void)m;
    d->shown = g_array_new(FALSE, FALSE, sizeof(guint));
    page_init(&d->detail);
    page_init(&d->evidence);
}

static void diagnosis_close(struct view *v)
{
    struct diagnosis *d = (struct diagnosis *)v;

    g_array_free(d->shown, TRUE);
    page_finish(&d->detail);
    page_finish(&d->evidence);
    matcher_destroy(d->search);
}

static void diagnosis_carry(struct view *v, struct view *from)
{
    struct diagnosis *d = (struct diagnosis *)v, *f = (struct diagnosis *)from;

    d->list = f->list;
    d->detail.top = f->detail.top;
    d->evidence.top = f->evidence.top;
    d->explain = f->explain;
    d->reading = f->reading;
    d->search = g_steal_pointer(&f->search);
}

/* In the rules' order within a severity. */
static void list_findings(struct diagnosis *d)
{
    const struct model *m = d->view.model;
    const GArray *found = view_comparison(&d->view) ? m->findings : NULL;

    g_array_set_size(d->shown, 0);
    for (int severity = SEVERITY_ERROR; found && severity >= SEVERITY_INFO; severity--)
        for (guint i = 0; i < found->len; i++) {
            const struct finding *f = &g_array_index(found, struct finding, i);

            if ((int)f->severity == severity && !ignored_has(m, f))
                g_array_append_val(d->shown, i);
        }
}

static void write_pages(struct diagnosis *d, int cols)
{
    const struct comparison *c = view_comparison(&d->view);
    const struct finding *f = at(&d->view, d->list.selected);
    bool beside;

    page_clear(&d->detail);
    page_clear(&d->evidence);
    if (!f)
        return;
    beside = cols >= WIDE;
    if (!beside && !d->explain) /* what the eye wants first */
        diagnosis_depth(&d->detail, c, f, cols);
    if (d->explain)
        diagnosis_rule(&d->detail, c, f->rule, beside ? cols / 2 : cols);
    else
        diagnosis_finding(&d->detail, c, f, beside ? cols / 2 : cols);
    if (beside)
        diagnosis_depth(&d->evidence, c, f, cols - cols / 2);
}

static void diagnosis_layout(struct view *v, int rows, int cols)
{
    struct diagnosis *d = (struct diagnosis *)v;
    int detail, wanted;

    list_findings(d);
    d->list.selected = MIN(d->list.selected, d->shown->len ? d->shown->len - 1 : 0);
    write_pages(d, cols);
    wanted = (int)MAX(d->detail.lines->len, d->evidence.lines->len);
    detail = MIN(wanted, MAX(rows - (int)d->shown->len, rows * 2 / 3));
    if (rows < FEW_ROWS || !d->shown->len)
        detail = 0;
    d->reading = d->reading && detail > 0;
    d->list_rows = MAX(rows - detail, 0);
    list_layout(&d->list, d->shown->len, d->list_rows);
    page_layout(&d->detail, detail);
    page_layout(&d->evidence, detail);
}

static enum paint severity_paint(enum severity s)
{
    return s == SEVERITY_ERROR ? PAINT_BAD : s == SEVERITY_WARNING ? PAINT_WARN : PAINT_TEXT;
}

static void draw_finding(const struct surface *s, int row, const struct finding *f, bool selected)
{
    char *where = escape_text(f->where), *what = escape_text(f->what);
    int wide = CLAMP(s->cols / 4, 0, 40), title = s->cols >= WIDE ? TITLE_WIDTH : 0;
    int col = 10 + wide + 1;

    surface_glyph(s, row, 0, style_of(PAINT_TEXT), selected ? '>' : ' ');
    surface_field(s, row, 2, 7, false, CUT_END, style_of(severity_paint(f->severity)),
                  severity_name(f->severity));
    surface_field(s, row, 10, wide, false, CUT_MIDDLE, style_of(PAINT_TEXT), where);
    if (title)
        surface_field(s, row, col, title, false, CUT_END, style_of(PAINT_TEXT), f->rule->title);
    col += title ? title + 1 : 0;
    surface_field(s, row, col, s->cols - col, false, CUT_END, style_of(PAINT_TEXT), what);
    if (selected) {
        surface_tint(s, row, 0, s->cols, style_of(PAINT_CURSOR));
        surface_cursor(s, row, 0);
    }
    g_free(where);
    g_free(what);
}

/* Which rules looked, where they found nothing. */
static void draw_rules(const struct surface *s, const struct model *m)
{
    const struct comparison *c = m->comparison;
    bool scanning = c->summary.n_finished < c->summary.n;
    int columns = MAX(s->cols / 40, 1), rows = ((int)rule_count() + columns - 1) / columns;

    surface_print(s, 0, 1, style_of(PAINT_TEXT), "checks run %u/%u; %s", rule_count(), rule_count(),
                  scanning           ? "nothing found so far; still scanning, looking for:"
                  : ignored_count(m) ? "nothing but what was set aside (u brings it back); "
                                       "looked for:"
                                     : "nothing found; looked for:");
    for (int i = 0; i < (int)rule_count(); i++)
        surface_field(s, 1 + i % rows, 3 + i / rows * 40, 38, false, CUT_END, style_of(PAINT_DIM),
                      rule_table[i]->title);
    surface_cursor(s, 0, 0);
}

static void diagnosis_draw(const struct view *v, const struct surface *s)
{
    const struct diagnosis *d = (const struct diagnosis *)v;
    bool beside = s->cols >= WIDE && d->evidence.lines->len;
    int half = beside ? s->cols / 2 : s->cols, below = s->rows - d->list_rows;
    struct surface list = surface_part(s, 0, 0, d->list_rows, s->cols);
    struct surface detail = surface_part(s, d->list_rows, 0, below, half);
    struct surface evidence = surface_part(s, d->list_rows, half, below, s->cols - half);

    if (view_draw_absent(v, s))
        return;
    for (guint i = 0; i < (guint)list.rows && d->list.top + i < d->list.n; i++)
        draw_finding(&list, (int)i, at(v, d->list.top + i), d->list.top + i == d->list.selected);
    if (!d->list.n)
        draw_rules(&list, v->model);
    page_draw(&d->detail, &detail);
    if (beside)
        page_draw(&d->evidence, &evidence);
}

static bool hit(const void *owner, const struct matcher *m, guint i)
{
    const struct finding *f = at(owner, i);

    return f && (matcher_hit(m, f->where) || matcher_hit(m, f->what) ||
                 matcher_hit(m, f->rule->title) || matcher_hit(m, severity_name(f->severity)));
}

static guint diagnosis_search(struct view *v, const char *text)
{
    struct diagnosis *d = (struct diagnosis *)v;

    matcher_destroy(d->search);
    d->search = text && *text ? matcher_create(text) : NULL;
    return view_comparison(v) ? list_search(&d->list, d->search, hit, v, LIST_HERE) : 0;
}

static enum reply diagnosis_mouse(struct view *v, struct app *app, int row, int col, int key)
{
    struct diagnosis *d = (struct diagnosis *)v;
    guint i = d->list.top + (guint)MAX(row, 0);

    (void)col;
    if (key != KEY_MOUSE_CLICK) {
        list_act(&d->list, key == KEY_WHEEL_UP ? ACTION_UP : ACTION_DOWN);
        return REPLY_DONE;
    }
    if (row >= d->list_rows || i >= d->list.n)
        return REPLY_IGNORED;
    if (i == d->list.selected)
        return v->ops->act(v, app, ACTION_OPEN);
    d->list.selected = i;
    return REPLY_DONE;
}

/* The view that shows it, looking at the same tensor and head. */
static void go_to_evidence(struct view *v, struct app *app, const struct finding *f)
{
    const struct view_ops *ops;

    if (!f)
        return;
    ops = f->view ? view_find(f->view) : NULL;
    if (!ops && f->entry != PAIR_NONE)
        ops = view_find("tensor");
    if (!ops) {
        app_say(app, "this finding is about no single place");
        return;
    }
    if (f->head >= 0)
        v->model->head = (uint32_t)f->head;
    if (f->layer != UINT32_MAX)
        v->model->layer = f->layer;
    if (f->category != UINT32_MAX)
        v->model->category = f->category;
    app_open_view(app, ops, f->entry);
}

/* The list moves, or the words do. */
static bool scroll(struct diagnosis *d, int action)
{
    guint before = d->list.selected;

    if (d->reading) {
        page_act(&d->evidence, action);
        return page_act(&d->detail, action);
    }
    if (!list_act(&d->list, action))
        return false;
    if (d->list.selected != before)
        d->detail.top = d->evidence.top = 0;
    return true;
}

static enum reply diagnosis_act(struct view *v, struct app *app, int action)
{
    struct diagnosis *d = (struct diagnosis *)v;
    const struct finding *f = at(v, d->list.selected);

    if (d->search && view_search_on(app, action, &d->list, d->search, hit, v))
        return REPLY_DONE;
    switch (action) {
    case ACTION_OPEN:
        go_to_evidence(v, app, f);
        return REPLY_DONE;
    case ACTION_NEXT_PANE:
        d->reading = !d->reading;
        return REPLY_DONE;
    case ACTION_EXPLAIN:
        d->explain = !d->explain;
        return REPLY_DONE;
    case ACTION_IGNORE:
        if (f)
            ignored_add(v->model, f);
        return REPLY_DONE;
    case ACTION_UNDO:
        if (!ignored_undo(v->model))
            app_say(app, "nothing was set aside");
        return REPLY_DONE;
    }
    return scroll(d, action) ? REPLY_DONE : REPLY_IGNORED;
}

static char *diagnosis_status(const struct view *v)
{
    const struct comparison *c = view_comparison(v);
    guint n[SEVERITY_ERROR + 1] = {0}, changed;
    GString *text;

    if (!c)
        return view_absent_status(v);
    for (guint i = 0; at(v, i); i++)
        n[at(v, i)->severity]++;
    changed = thresholds_changed(&c->thresholds);
    text = g_string_new(NULL);
    g_string_printf(text, "E %u W %u I %u  checks %u/%u", n[SEVERITY_ERROR], n[SEVERITY_WARNING],
                    n[SEVERITY_INFO], rule_count(), rule_count());
    if (ignored_count(v->model))
        g_string_append_printf(text, "  ignored %u", ignored_count(v->model));
    if (changed)
        g_string_append_printf(text, "  %u threshold%s set", changed, changed == 1 ? "" : "s");
    else
        g_string_append(text, "  thresholds default");
    return g_string_free(text, FALSE);
}

static char *diagnosis_copy(const struct view *v)
{
    const struct finding *f = at(v, ((const struct diagnosis *)v)->list.selected);
    char *where, *what, *line;

    if (!f)
        return NULL;
    where = escape_text(f->where);
    what = escape_text(f->what);
    line = g_strdup_printf("%s  %s  %s", severity_name(f->severity), where, what);
    g_free(where);
    g_free(what);
    return line;
}

static void diagnosis_write(const struct view *v, FILE *out)
{
    fprintf(out, "rule\tseverity\twhere\twhat\tevidence\n");
    for (guint i = 0; at(v, i); i++) {
        const struct finding *f = at(v, i);
        char *where = escape_text(f->where), *what = escape_text(f->what);

        fprintf(out, "%s\t%s\t%s\t%s\t", f->rule->id, severity_name(f->severity), where, what);
        for (unsigned k = 0; k < f->n_evidence; k++)
            fprintf(out, "%s%s=%.17g", k ? " " : "", f->evidence[k].name, f->evidence[k].value);
        fputc('\n', out);
        g_free(where);
        g_free(what);
    }
}

const struct view_ops view_diagnosis = {
    .name = "diagnosis",
    .title = "Diagnosis",
    .brief = "Diag",
    .about = "what the rules found, and what to do",
    .help = "What the rules found in the numbers so far, gravest first: how serious, where, what. "
            "Below the list: why it matters, what to do, the numbers against the thresholds, what "
            "the finding can't tell and where it comes from. A depth profile stands there with a "
            "bar a block and every input of its rule. Enter goes to the evidence, e explains the "
            "rule, ':set NAME VALUE' changes a threshold and checks again at once. Rules look at "
            "finished tensors only and run again as more come in.",
    .bindings = bindings,
    .size = sizeof(struct diagnosis),
    .open = diagnosis_open,
    .close = diagnosis_close,
    .carry = diagnosis_carry,
    .layout = diagnosis_layout,
    .draw = diagnosis_draw,
    .act = diagnosis_act,
    .status = diagnosis_status,
    .copy = diagnosis_copy,
    .write = diagnosis_write,
    .search = diagnosis_search,
    .mouse = diagnosis_mouse,
};
