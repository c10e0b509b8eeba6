/* Tokens by how far their rows moved, and the words of a list by category. */
#include "core/escape.h"
#include "tui/token_page.h"
#include "tui/units.h"
#include "tui/view_text.h"
#include "tui/vocabulary_view.h"

enum { ACTION_TABLE = ACTION_VIEW, ACTION_STATE, ACTION_LISTED };

static const struct binding bindings[] = {
    {'t', ACTION_TABLE, "t", "table", "Go on to the next table: embedding, output head"},
    {'\t', ACTION_NEXT_PANE, "Tab", "categories",
     "Tokens, or the words of the word list by category (:words FILE loads one)"},
    {KEY_BACK_TAB, ACTION_NEXT_PANE, NULL, NULL, NULL},
    {'x', ACTION_STATE, "x", "state", "Show all rows, or only those that moved, did not, decayed"},
    {'o', ACTION_LISTED, "o", NULL, "Show only tokens of the word list, or all"},
    {'s', ACTION_SORT, "s", "sort", "Sort by relative delta, norm, id"},
    {'r', ACTION_REVERSE, "r", NULL, "Reverse the order"},
    {0, ACTION_NONE, NULL, NULL, NULL},
};

static struct vocabulary_view *self(struct view *v)
{
    return (struct vocabulary_view *)v;
}

static void vocabulary_open(struct view *v, struct model *m)
{
    (void)m;
    token_rows_init(&self(v)->rows);
    page_init(&self(v)->page);
}

static void vocabulary_close(struct view *v)
{
    token_rows_finish(&self(v)->rows);
    page_finish(&self(v)->page);
    matcher_destroy(self(v)->search);
}

bool vocabulary_ready(const struct vocabulary_view *d)
{
    return d->rows.of && d->rows.of == view_comparison(&d->view) &&
           d->rows.words_version == d->view.model->words_version && token_rows_table(&d->rows);
}

guint vocabulary_categories(const struct vocabulary_view *d)
{
    return d->rows.coverage ? d->rows.words->n_categories : 0;
}

static void vocabulary_carry(struct view *v, struct view *from)
{
    struct vocabulary_view *d = self(v), *f = self(from);

    d->rows.sort = f->rows.sort;
    d->rows.reversed = f->rows.reversed;
    d->rows.only_listed = f->rows.only_listed;
    d->rows.only_state = f->rows.only_state;
    d->rows.table = f->rows.table;
    d->tokens = f->tokens;
    d->categories = f->categories;
    d->page.top = f->page.top;
    d->by_category = f->by_category;
    d->search = g_steal_pointer(&f->search);
}

static void lay_out_categories(struct vocabulary_view *d, int rows, int cols)
{
    guint n = vocabulary_categories(d);
    int room = MAX(rows - d->above, 0), list = MIN((int)n, MAX(room / 2, 1));

    d->categories.selected = MIN(d->categories.selected, n ? n - 1 : 0);
    token_page_category(&d->page, &d->rows, d->categories.selected, cols);
    d->list_rows = list;
    list_layout(&d->categories, n, list);
    page_layout(&d->page, room - list);
}

static void vocabulary_layout(struct view *v, int rows, int cols)
{
    struct vocabulary_view *d = self(v);
    struct comparison *c = view_comparison(v);

    if (!c)
        return;
    token_rows_update(&d->rows, c, v->model->words, v->model->words_version);
    d->above = rows < 6 ? 0 : 3;
    if (d->by_category) {
        lay_out_categories(d, rows, cols);
        return;
    }
    d->list_rows = MAX(rows - d->above, 0);
    list_layout(&d->tokens, d->rows.n_shown, d->list_rows);
}

/* Keys. */

static bool hit(const void *owner, const struct matcher *m, guint i)
{
    const struct vocabulary_view *d = owner;
    const char *text;

    if (d->by_category)
        return matcher_hit(m, d->rows.words->categories[i]);
    text = token_texts_get(d->rows.texts, d->rows.shown[i]);
    return text && matcher_hit(m, text);
}

static struct list *list_of(struct vocabulary_view *d)
{
    return d->by_category ? &d->categories : &d->tokens;
}

/* Keys come in bursts, without a layout between them. */
static bool catch_up(struct view *v)
{
    if (!vocabulary_ready(self(v)))
        vocabulary_layout(v, v->rows, v->cols);
    return vocabulary_ready(self(v));
}

static guint vocabulary_search(struct view *v, const char *text)
{
    struct vocabulary_view *d = self(v);

    matcher_destroy(d->search);
    d->search = text && *text ? matcher_create(text) : NULL;
    return catch_up(v) ? list_search(list_of(d), d->search, hit, d, LIST_HERE) : 0;
}

static guint vocabulary_filter(struct view *v, const char *text)
{
    struct vocabulary_view *d = self(v);

    matcher_destroy(d->rows.filter);
    d->rows.filter = text && *text ? matcher_create(text) : NULL;
    if (vocabulary_ready(d))
        token_rows_arrange(&d->rows);
    return d->rows.n_shown;
}

static void next_state(struct token_rows *r)
{
    const struct vocabulary *v = token_rows_table(r);

    do
        r->only_state = r->only_state + 1 == ROW_STATES ? -1 : r->only_state + 1;
    while (r->only_state >= 0 && !v->n[r->only_state]);
}

/* What changes which rows are listed, or how; false: no such action. */
static bool change_rows(struct vocabulary_view *d, struct app *app, int action)
{
    struct token_rows *r = &d->rows;

    if (action == ACTION_SORT) {
        r->sort = (r->sort + 1) % TOKEN_SORTS;
    } else if (action == ACTION_REVERSE) {
        r->reversed = !r->reversed;
    } else if (action == ACTION_STATE) {
        next_state(r);
    } else if (action == ACTION_LISTED) {
        if (!r->coverage)
            app_say(app, ":words FILE loads a word list first");
        r->only_listed = r->coverage && !r->only_listed;
    } else {
        return false;
    }
    token_rows_arrange(r);
    d->tokens.selected = 0;
    return true;
}

static void next_table(struct vocabulary_view *d, struct app *app)
{
    if (d->rows.tables->len < 2)
        app_say(app, "there is one table of tokens");
    d->rows.table = (d->rows.table + 1) % d->rows.tables->len;
    token_rows_load(&d->rows);
}

static enum reply vocabulary_act(struct view *v, struct app *app, int action)
{
    struct vocabulary_view *d = self(v);

    if (action == ACTION_NEXT_PANE) {
        d->by_category = !d->by_category;
        vocabulary_layout(v, v->rows, v->cols);
        return REPLY_DONE;
    }
    if (!catch_up(v))
        return REPLY_IGNORED;
    if (action == ACTION_TABLE) {
        next_table(d, app);
    } else if (action == ACTION_OPEN) {
        app_open_view(app, view_find("tensor"), token_rows_table(&d->rows)->entry);
        return REPLY_DONE;
    } else if (!view_search_on(app, action, list_of(d), d->search, hit, d) &&
               !change_rows(d, app, action) && !list_act(list_of(d), action)) {
        return REPLY_IGNORED;
    }
    view_set_entry(v, token_rows_table(&d->rows)->entry);
    return REPLY_DONE;
}

static enum reply vocabulary_mouse(struct view *v, struct app *app, int row, int col, int key)
{
    struct vocabulary_view *d = self(v);
    struct list *list = list_of(d);
    guint at = list->top + (guint)MAX(row - d->above, 0);

    (void)col;
    (void)app;
    if (list_wheel(list, key))
        return REPLY_DONE;
    if (row < d->above || row >= d->above + d->list_rows || at >= list->n)
        return REPLY_IGNORED;
    list->selected = at;
    return REPLY_DONE;
}

static char *vocabulary_status(const struct view *v)
{
    const struct vocabulary_view *d = (const struct vocabulary_view *)v;
    const struct token_rows *r = &d->rows;
    char *path, *line;

    if (!view_comparison(v) || !vocabulary_ready(d))
        return view_absent_status(v);
    path = escape_text(r->texts ? r->texts->path : r->texts_error ? "none" : "reading");
    line = g_strdup_printf("%s %u/%u  sort %s%s  texts %s  shown %u of %u%s%s%s",
                           vocabulary_name(token_rows_table(r)), r->table + 1, r->tables->len,
                           token_sort_name(r->sort), r->reversed ? " reversed" : "", path,
                           r->n_shown, r->n_rows, r->only_state >= 0 ? "  only " : "",
                           r->only_state >= 0 ? row_state_name((enum row_state)r->only_state) : "",
                           r->only_listed ? "  listed words" : "");
    g_free(path);
    return line;
}

static char *vocabulary_copy(const struct view *v)
{
    const struct vocabulary_view *d = (const struct vocabulary_view *)v;
    char relative[UNIT_BYTES], *token, *line;
    const struct vocabulary_row *row;

    if (!vocabulary_ready(d))
        return NULL;
    if (d->by_category)
        return token_page_copy(&d->rows, d->categories.selected);
    if (d->tokens.selected >= d->rows.n_shown)
        return NULL;
    row = &d->rows.rows[d->rows.shown[d->tokens.selected]];
    token = token_rows_text(&d->rows, row->id);
    line = g_strdup_printf("%u  %s  %s  %s", row->id, token, row_state_name(row->state),
                           unit_relative(relative, row->relative, token_rows_table(&d->rows)->floor));
    g_free(token);
    return line;
}

static void vocabulary_write(const struct view *v, FILE *out)
{
    const struct vocabulary_view *d = (const struct vocabulary_view *)v;

    if (!vocabulary_ready(d))
        return;
    if (d->by_category)
        token_page_write_words(&d->rows, out);
    else
        token_page_write_rows(&d->rows, out);
}

const struct view_ops view_vocabulary = {
    .name = "vocabulary",
    .title = "Vocabulary",
    .brief = "Vocab",
    .about = "tokens: which rows moved, which never did",
    .help =
        "The rows of the embedding or of the output head, a token each, with the token's text "
        "where a tokenizer lies beside the file or the file carries its vocabulary. A row that is "
        "bit for bit what it was, or only shrank by a factor (weight decay), was in no batch of "
        "the training - unless the table was frozen or is tied to the output head, which the "
        "second line says. :words FILE loads a list of words (a word a line, or category,word); "
        "Tab shows by category which "
        "of them the training never touched. A word of several tokens is shown with them: one that "
        "did not move (!) proves that no text held the word so spelled; if all moved, other words "
        "may have moved them. Absent are words that no tokens spell.",
    .bindings = bindings,
    .size = sizeof(struct vocabulary_view),
    .open = vocabulary_open,
    .close = vocabulary_close,
    .carry = vocabulary_carry,
    .layout = vocabulary_layout,
    .draw = vocabulary_draw,
    .act = vocabulary_act,
    .status = vocabulary_status,
    .copy = vocabulary_copy,
    .write = vocabulary_write,
    .search = vocabulary_search,
    .filter = vocabulary_filter,
    .mouse = vocabulary_mouse,
};
