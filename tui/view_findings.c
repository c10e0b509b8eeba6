/* What the rules found: a list, and below it what the selected one means and what to do. */
#include <math.h>

#include "core/escape.h"
#include "tui/list.h"
#include "tui/page.h"
#include "tui/units.h"
#include "tui/view_text.h"

#define WHERE_COLUMN 10

struct findings {
    struct view view;
    struct list list;
    struct page detail;
    struct matcher *search;
    int list_rows;
};

static const struct binding bindings[] = {
    {KEY_RETURN, ACTION_OPEN, "Enter", "open", "Open the tensor that the finding points at"},
    {'\n', ACTION_OPEN, NULL, NULL, NULL},
    {0, ACTION_NONE, NULL, NULL, NULL},
};

static const GArray *all(const struct view *v)
{
    return view_comparison(v) ? v->model->findings : NULL;
}

static const struct finding *at(const struct view *v, guint i)
{
    const GArray *found = all(v);

    return found && i < found->len ? &g_array_index(found, struct finding, i) : NULL;
}

static void findings_open(struct view *v, struct model *m)
{
    (void)m;
    page_init(&((struct findings *)v)->detail);
}

static void findings_close(struct view *v)
{
    struct findings *d = (struct findings *)v;

    page_finish(&d->detail);
    matcher_destroy(d->search);
}

static char *evidence_text(const struct finding *f)
{
    GString *out = g_string_new(NULL);
    char buf[UNIT_BYTES];

    for (unsigned i = 0; i < f->n_evidence; i++)
        g_string_append_printf(out, "%s%s %s", i ? "   " : "", f->evidence[i].name,
                               unit_value(buf, f->evidence[i].value, 10));
    return g_string_free(out, FALSE);
}

static void make_detail(struct findings *d, int cols)
{
    const struct finding *f = at(&d->view, d->list.selected);
    char *where, *what, *evidence;

    page_clear(&d->detail);
    if (!f)
        return;
    where = escape_text(f->where);
    what = escape_text(f->what);
    evidence = evidence_text(f);
    page_rule(&d->detail, f->rule->title);
    page_wrap(&d->detail, cols, WHERE_COLUMN, " where", PAINT_TEXT, where);
    page_wrap(&d->detail, cols, WHERE_COLUMN, " what", PAINT_TEXT, what);
    page_wrap(&d->detail, cols, WHERE_COLUMN, " means", PAINT_TEXT, f->rule->meaning);
    page_wrap(&d->detail, cols, WHERE_COLUMN, " do", PAINT_TEXT, f->rule->advice);
    page_wrap(&d->detail, cols, WHERE_COLUMN, " numbers", PAINT_TEXT, evidence);
    page_wrap(&d->detail, cols, WHERE_COLUMN, " after", PAINT_DIM, f->rule->source);
    g_free(where);
    g_free(what);
    g_free(evidence);
}

static void findings_layout(struct view *v, int rows, int cols)
{
    struct findings *d = (struct findings *)v;
    guint n = all(v) ? all(v)->len : 0;
    int detail;

    d->list.selected = MIN(d->list.selected, n ? n - 1 : 0);
    make_detail(d, cols);
    detail = MIN((int)d->detail.lines->len, rows / 2);
    if (rows < 6)
        detail = 0;
    d->list_rows = MAX(rows - detail, 0);
    list_layout(&d->list, n, d->list_rows);
    page_layout(&d->detail, detail);
}

static enum paint severity_paint(enum severity s)
{
    return s == SEVERITY_ERROR ? PAINT_BAD : s == SEVERITY_WARNING ? PAINT_WARN : PAINT_TEXT;
}

static void draw_finding(const struct surface *s, int row, const struct finding *f, bool selected)
{
    char *where = escape_text(f->where), *what = escape_text(f->what);
    int wide = CLAMP(s->cols / 3, 0, 40);

    surface_glyph(s, row, 0, style_of(PAINT_TEXT), selected ? '>' : ' ');
    surface_field(s, row, 2, 7, false, CUT_END, style_of(severity_paint(f->severity)),
                  severity_name(f->severity));
    surface_field(s, row, 10, wide, false, CUT_MIDDLE, style_of(PAINT_TEXT), where);
    surface_field(s, row, 11 + wide, s->cols - 11 - wide, false, CUT_END, style_of(PAINT_TEXT),
                  what);
    if (selected) {
        surface_tint(s, row, 0, s->cols, style_of(PAINT_CURSOR));
        surface_cursor(s, row, 0);
    }
    g_free(where);
    g_free(what);
}

/* Which rules looked, where they found nothing. */
static void draw_rules(const struct surface *s, const struct comparison *c)
{
    surface_text(s, 0, 1, style_of(PAINT_TEXT),
                 c->summary.n_finished < c->summary.n ? "nothing found so far; still scanning"
                                                      : "nothing found; looked for:");
    for (int i = 0; rule_table[i]; i++)
        surface_text(s, 1 + i, 3, style_of(PAINT_DIM), rule_table[i]->title);
    surface_cursor(s, 0, 0);
}

static void findings_draw(const struct view *v, const struct surface *s)
{
    const struct findings *d = (const struct findings *)v;
    struct surface list = surface_part(s, 0, 0, d->list_rows, s->cols);
    struct surface detail = surface_part(s, d->list_rows, 0, s->rows - d->list_rows, s->cols);
    const struct comparison *c = view_comparison(v);

    if (view_draw_absent(v, s))
        return;
    for (guint i = 0; i < (guint)list.rows && d->list.top + i < d->list.n; i++)
        draw_finding(&list, (int)i, at(v, d->list.top + i), d->list.top + i == d->list.selected);
    if (!d->list.n)
        draw_rules(&list, c);
    page_draw(&d->detail, &detail);
}

static bool hit(const void *owner, const struct matcher *m, guint i)
{
    const struct finding *f = at(owner, i);

    return f && (matcher_hit(m, f->where) || matcher_hit(m, f->what) ||
                 matcher_hit(m, f->rule->title) || matcher_hit(m, severity_name(f->severity)));
}

static guint findings_search(struct view *v, const char *text)
{
    struct findings *d = (struct findings *)v;

    matcher_destroy(d->search);
    d->search = text && *text ? matcher_create(text) : NULL;
    return all(v) ? list_search(&d->list, d->search, hit, v, LIST_HERE) : 0;
}

static enum reply findings_mouse(struct view *v, struct app *app, int row, int col, int key)
{
    struct findings *d = (struct findings *)v;
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

static enum reply findings_act(struct view *v, struct app *app, int action)
{
    struct findings *d = (struct findings *)v;
    const struct finding *f = at(v, d->list.selected);

    if (d->search && (action == ACTION_SEARCH_NEXT || action == ACTION_SEARCH_PREVIOUS)) {
        if (!list_search(&d->list, d->search, hit, v,
                         action == ACTION_SEARCH_NEXT ? LIST_NEXT : LIST_PREVIOUS))
            app_say(app, "nothing matches");
        return REPLY_DONE;
    }
    if (action == ACTION_OPEN && f) {
        if (f->entry == PAIR_NONE)
            app_say(app, "this finding is about no single tensor");
        else
            app_open_view(app, view_find("tensor"), f->entry);
        return REPLY_DONE;
    }
    return list_act(&d->list, action) ? REPLY_DONE : REPLY_IGNORED;
}

static char *findings_status(const struct view *v)
{
    guint n[SEVERITY_ERROR + 1] = {0};

    if (!view_comparison(v))
        return view_absent_status(v);
    for (guint i = 0; at(v, i); i++)
        n[at(v, i)->severity]++;
    return g_strdup_printf("errors %u  warnings %u  info %u", n[SEVERITY_ERROR],
                           n[SEVERITY_WARNING], n[SEVERITY_INFO]);
}

static char *findings_copy(const struct view *v)
{
    const struct finding *f = at(v, ((const struct findings *)v)->list.selected);
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

static void findings_write(const struct view *v, FILE *out)
{
    fprintf(out, "rule\tseverity\twhere\twhat\n");
    for (guint i = 0; at(v, i); i++) {
        const struct finding *f = at(v, i);
        char *where = escape_text(f->where), *what = escape_text(f->what);

        fprintf(out, "%s\t%s\t%s\t%s\n", f->rule->id, severity_name(f->severity), where, what);
        g_free(where);
        g_free(what);
    }
}

const struct view_ops view_findings = {
    .name = "findings",
    .title = "Findings",
    .help = "What the rules found in the numbers so far: how serious, where, what. Below the list: "
            "what the selected one means, what to do, the numbers behind it and where the "
            "threshold comes from. Rules look at finished tensors only and run again as more "
            "come in.",
    .bindings = bindings,
    .size = sizeof(struct findings),
    .open = findings_open,
    .close = findings_close,
    .layout = findings_layout,
    .draw = findings_draw,
    .act = findings_act,
    .status = findings_status,
    .copy = findings_copy,
    .write = findings_write,
    .search = findings_search,
    .mouse = findings_mouse,
};
