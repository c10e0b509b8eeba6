/* Help made from the tables: keys of the view it was asked for, keys of all views, metrics, flags.
 */
#include <string.h>

#include "core/metric.h"
#include "tui/entry_text.h"
#include "tui/page.h"
#include "tui/view_text.h"

#define WIDE 110
#define KEYS_COLUMNS 18

struct help {
    struct view view;
    struct page page, side; /* side: the right half where there is room */
    bool wide;
    const struct view_ops *made_for;
    int made_cols;
    char *search;
};

static const struct binding bindings[] = {
    {0, ACTION_NONE, NULL, NULL, NULL},
};

static void help_open(struct view *v, struct model *m)
{
    struct help *h = (struct help *)v;

    (void)m;
    page_init(&h->page);
    page_init(&h->side);
}

static void help_close(struct view *v)
{
    struct help *h = (struct help *)v;

    page_finish(&h->page);
    page_finish(&h->side);
    g_free(h->search);
}

static void add_keys(struct page *p, int width, const struct binding *table)
{
    for (const struct binding *b = table; b->action != ACTION_NONE; b++) {
        char *lead;

        if (!b->keys)
            continue;
        lead = g_strdup_printf(" %s", b->keys);
        page_wrap(p, width, KEYS_COLUMNS, lead, PAINT_TEXT, b->help);
        g_free(lead);
    }
}

static void add_view(struct page *p, int width, const struct view_ops *ops)
{
    page_rule(p, ops->title);
    page_wrap(p, width, 1, " ", PAINT_TEXT, ops->help);
    page_print(p, PAINT_TEXT, "%s", "");
    if (ops->bindings->action != ACTION_NONE) {
        page_rule(p, "keys of this view");
        add_keys(p, width, ops->bindings);
    }
    page_rule(p, "keys of all views, where they apply");
    add_keys(p, width, key_table);
}

static void add_views(struct page *p, int width)
{
    page_rule(p, "views");
    for (gsize i = 0; view_table[i]; i++) {
        char *lead = g_strdup_printf(" %" G_GSIZE_FORMAT "  :view %s", i + 1, view_table[i]->name);

        page_wrap(p, width, KEYS_COLUMNS + 8, lead, PAINT_TEXT, view_table[i]->about);
        g_free(lead);
    }
}

static void add_roles(struct page *p, int width)
{
    GString *roles = g_string_new(NULL);

    for (int i = 0; i < ROLE_COUNT; i++) {
        const struct role_info *info = role_info((enum role)i);

        g_string_append_printf(roles, "%s%c %s", i ? "   " : "", info->letter, info->name);
    }
    page_rule(p, "roles");
    page_wrap(p, width, 1, " ", PAINT_TEXT, roles->str);
    g_string_free(roles, TRUE);
}

static void add_tables(struct page *p, int width)
{
    add_views(p, width);
    page_rule(p, "flags");
    for (const struct flag_help *f = flag_table; f->word; f++) {
        char *lead = g_strdup_printf(" %s", f->word);

        page_wrap(p, width, 10, lead, PAINT_TEXT, f->help);
        g_free(lead);
    }
    page_wrap(p, width, 10, " +new:4", PAINT_TEXT, "so many of the group's tensors");
    add_roles(p, width);
    page_rule(p, "metrics");
    for (gsize i = 0; metric_table[i]; i++) {
        const struct metric *m = metric_table[i];

        page_print(p, PAINT_TITLE, " %s  %s%s%s%s", m->name, m->title, *m->unit ? " (" : "",
                   m->unit, *m->unit ? ")" : "");
        page_wrap(p, width, 4, NULL, PAINT_TEXT, m->help);
        page_wrap(p, width, 4, NULL, PAINT_DIM, m->source);
    }
    page_rule(p, "ratios");
    page_wrap(p, width, 1, " ", PAINT_TEXT,
              "rel is pooled: sqrt(sum |delta|^2) / sqrt(sum |base|^2) over the matrices of a "
              "group; biases, gains and state are left out. The storage floor is the rounding "
              "noise of the stored type: below it a change can't be told from rounding. A ratio "
              "whose base is all zero is '-', never 0.");
}

static const struct view_ops *explained(const struct view *v)
{
    return v->model->explained ? v->model->explained : view_table[0];
}

static void help_layout(struct view *v, int rows, int cols)
{
    struct help *h = (struct help *)v;
    const struct view_ops *ops = explained(v);
    int width;

    h->wide = cols >= WIDE;
    width = h->wide ? cols / 2 - 1 : cols;
    if (h->made_for != ops || h->made_cols != cols) {
        page_clear(&h->page);
        page_clear(&h->side);
        add_view(&h->page, width - 1, ops);
        add_tables(h->wide ? &h->side : &h->page, width - 1);
        h->made_for = ops;
        h->made_cols = cols;
    }
    page_layout(&h->page, rows);
    page_layout(&h->side, rows);
}

static void help_draw(const struct view *v, const struct surface *s)
{
    const struct help *h = (const struct help *)v;
    struct surface left = *s, right;

    if (h->wide) {
        left = surface_part(s, 0, 0, s->rows, s->cols / 2 - 1);
        right = surface_part(s, 0, s->cols / 2 + 1, s->rows, s->cols - s->cols / 2 - 1);
        page_draw(&h->side, &right);
    }
    page_draw(&h->page, &left);
    surface_cursor(s, 0, 0);
}

static enum reply help_act(struct view *v, struct app *app, int action)
{
    struct help *h = (struct help *)v;
    bool back = action == ACTION_SEARCH_PREVIOUS;
    guint hits, more;

    if ((back || action == ACTION_SEARCH_NEXT) && h->search) {
        bool found = page_find(&h->page, h->search, back, &hits);

        if (!page_find(&h->side, h->search, back, &more) && !found)
            app_say(app, "nothing matches");
        return REPLY_DONE;
    }
    if (!page_act(&h->page, action))
        return REPLY_IGNORED;
    page_act(&h->side, action);
    return REPLY_DONE;
}

static guint help_search(struct view *v, const char *text)
{
    struct help *h = (struct help *)v;
    guint hits = 0, more = 0;

    g_free(h->search);
    h->search = text && *text ? g_strdup(text) : NULL;
    if (!h->search)
        return 0;
    page_find(&h->page, h->search, false, &hits);
    page_find(&h->side, h->search, false, &more);
    return hits + more;
}

static char *help_status(const struct view *v)
{
    return g_strdup_printf("the %s view, its keys  flags, metrics", explained(v)->name);
}

static void help_write(const struct view *v, FILE *out)
{
    const struct help *h = (const struct help *)v;
    char *text = page_text(&h->page), *side = page_text(&h->side);

    fprintf(out, "%s%s", text, side);
    g_free(text);
    g_free(side);
}

const struct view_ops view_help = {
    .name = "help",
    .title = "Help",
    .brief = "Help",
    .about = "keys and words, of any view",
    .help = "What the view you came from shows, the keys it answers to, the keys of all views, "
            "and what flags and metrics mean.",
    .bindings = bindings,
    .size = sizeof(struct help),
    .open = help_open,
    .close = help_close,
    .layout = help_layout,
    .draw = help_draw,
    .act = help_act,
    .status = help_status,
    .write = help_write,
    .search = help_search,
};
