/* How the two files' tensors were paired, and what was left out. */
#include "core/escape.h"
#include "core/pair_map_text.h"
#include "tui/entry_text.h"
#include "tui/pairs_rows.h"
#include "tui/view_text.h"

#define WIDE 100
#define WHEEL_ROWS 3

struct pane {
    struct list list;
    int row, col, rows, cols; /* with its title row; rows 0: not shown */
};

struct pairs {
    struct view view;
    struct pairs_rows rows;
    const struct comparison *of;
    struct matcher *filter, *search;
    bool stale;
    struct pane panes[PANE_COUNT];
    int focus;
};

enum { ACTION_UNDO = ACTION_VIEW, ACTION_IGNORE, ACTION_EDIT };

static const struct binding bindings[] = {
    {'\t', ACTION_NEXT_PANE, "Tab", "next list", "Go to the next list"},
    {KEY_BACK_TAB, ACTION_NEXT_PANE, NULL, NULL, NULL},
    {KEY_RETURN, ACTION_OPEN, "Enter", "open", "Accept the proposal, or open the tensor"},
    {'\n', ACTION_OPEN, NULL, NULL, NULL},
    {'u', ACTION_UNDO, "u", "undo", "Take the last decision on a pair back"},
    {'i', ACTION_IGNORE, "i", NULL, "Set the proposal aside"},
    {'e', ACTION_EDIT, "e", "edit", "Pair the tensor with another one: names on the command line"},
    {0, ACTION_NONE, NULL, NULL, NULL},
};

static void pairs_open(struct view *v, struct model *m)
{
    (void)m;
    pairs_rows_init(&((struct pairs *)v)->rows);
}

static void pairs_close(struct view *v)
{
    struct pairs *p = (struct pairs *)v;

    pairs_rows_finish(&p->rows);
    matcher_destroy(p->filter);
    matcher_destroy(p->search);
}

/* Rows that each of n stacked panes gets: what it needs, else an equal share. */
static void share_rows(const struct pairs *p, const int *panes, int n, int rows, int *out)
{
    int left = rows;

    for (int i = 0; i < n; i++) {
        int needs = 1 + MAX((int)p->rows.pane[panes[i]]->len, 1);
        int later = 0;

        for (int k = i + 1; k < n; k++)
            later += MIN(1 + MAX((int)p->rows.pane[panes[k]]->len, 1), left / (n - i));
        out[i] = CLAMP(needs, 0, MAX(left - later, 0));
        left -= out[i];
    }
}

static void place(struct pairs *p, int pane, int row, int col, int rows, int cols)
{
    struct pane *at = &p->panes[pane];

    *at = (struct pane){at->list, row, col, MAX(rows, 0), cols};
    list_layout(&at->list, p->rows.pane[pane]->len, at->rows - 1);
}

/* The panes that are stacked; proposals only where there are some. */
static int stack_of(const struct pairs *p, const int *panes, int n, int *out)
{
    int kept = 0;

    for (int i = 0; i < n; i++)
        if (panes[i] != PANE_PROPOSALS || p->rows.pane[PANE_PROPOSALS]->len)
            out[kept++] = panes[i];
    return kept;
}

static void place_wide(struct pairs *p, int rows, int cols)
{
    static const int order[] = {PANE_BASE_ONLY, PANE_PROPOSALS, PANE_DIFFERENT, PANE_ASIDE};
    int stacked[PANE_COUNT], got[PANE_COUNT], half = cols / 2, row;
    int n = stack_of(p, order, G_N_ELEMENTS(order), stacked);

    if (p->rows.pane[PANE_TUNED_ONLY]->len > p->rows.pane[PANE_BASE_ONLY]->len)
        stacked[0] = PANE_TUNED_ONLY;
    share_rows(p, stacked, n, rows, got);
    place(p, PANE_BASE_ONLY, 0, 0, got[0], half - 1);
    place(p, PANE_TUNED_ONLY, 0, half, got[0], cols - half);
    row = got[0];
    for (int i = 1; i < n; row += got[i++])
        place(p, stacked[i], row, 0, got[i], cols);
}

static void place_stacked(struct pairs *p, int rows, int cols)
{
    static const int order[] = {PANE_PROPOSALS, PANE_DIFFERENT, PANE_BASE_ONLY, PANE_TUNED_ONLY,
                                PANE_ASIDE};
    int stacked[PANE_COUNT], got[PANE_COUNT], row = 0;
    int n = stack_of(p, order, G_N_ELEMENTS(order), stacked);

    share_rows(p, stacked, n, rows, got);
    for (int i = 0; i < n; row += got[i++])
        place(p, stacked[i], row, 0, got[i], cols);
}

/* What the selection of each pane is about goes on being selected only within one comparison. */
static void refresh(struct pairs *p, const struct comparison *c)
{
    bool proposed = pairs_rows_propose(&p->rows, c);

    if (p->of == c && !p->stale && !proposed)
        return;
    p->of = c;
    pairs_rows_build(&p->rows, c, p->filter);
    p->stale = false;
}

static void pairs_layout(struct view *v, int rows, int cols)
{
    struct pairs *p = (struct pairs *)v;
    struct comparison *c = view_comparison(v);

    refresh(p, c);
    if (!c)
        return;
    place(p, PANE_PROPOSALS, 0, 0, 0, cols);
    if (!c->tuned)
        place(p, PANE_ASIDE, 0, 0, rows, cols);
    else if (cols >= WIDE)
        place_wide(p, rows, cols);
    else
        place_stacked(p, rows, cols);
    for (int i = 0; i < PANE_COUNT && !p->rows.pane[p->focus]->len; i++)
        p->focus = (p->focus + 1) % PANE_COUNT;
}

/* Not a shape, but a word or two. */
static bool is_short(const struct pairs_row *r)
{
    return r->entry == PAIR_NONE && r->aside != ASIDE_PROPOSAL;
}

static enum paint paint_of(const struct pairs_row *r)
{
    if (r->aside == ASIDE_ALIAS || r->aside == ASIDE_RULE)
        return PAINT_DIM;
    return r->aside == ASIDE_PROPOSAL ? PAINT_TEXT : PAINT_WARN;
}

static void draw_row(const struct pairs *p, const struct surface *s, int row,
                     const struct pairs_row *r, int longest, bool selected)
{
    struct pairs_text t;
    int cols = s->cols - 2, shape = MIN(is_short(r) ? 14 : 22, cols / 3), name, col;

    pairs_text_init(&t, &p->rows, p->of, r);
    if (!is_short(r) && text_columns(t.shape) > shape)
        shape = MIN(text_columns(t.shape), cols / 2);
    name = cols - shape - 1;
    if (*t.why)
        name = CLAMP(longest, 8, MAX(name / 2, 8));
    surface_glyph(s, row, 0, style_of(PAINT_TEXT), selected ? '>' : ' ');
    surface_field(s, row, 1, name, false, CUT_MIDDLE, style_of(PAINT_TEXT), t.name);
    col = 2 + name;
    surface_field(s, row, col, shape, !*t.why, CUT_END, style_of(PAINT_DIM), t.shape);
    if (*t.why)
        surface_field(s, row, col + shape + 1, s->cols - col - shape - 1, false, CUT_END,
                      style_of(paint_of(r)), t.why);
    if (selected) {
        surface_tint(s, row, 0, s->cols, style_of(PAINT_CURSOR));
        surface_cursor(s, row, 0);
    }
    pairs_text_finish(&t);
}

static char *pane_title(const struct pairs *p, int pane)
{
    guint n = p->rows.pane[pane]->len;

    switch (pane) {
    case PANE_BASE_ONLY:
        return g_strdup_printf("only in base: %u", n);
    case PANE_TUNED_ONLY:
        return g_strdup_printf("only in tuned: %u", n);
    case PANE_PROPOSALS:
        return g_strdup_printf("proposals by content, best first: %u (Enter accepts, i sets aside)",
                               n);
    case PANE_DIFFERENT:
        return g_strdup_printf("paired, but different or with a remark: %u",
                               n - p->rows.n_rules);
    }
    return g_strdup_printf("aside: %u skipped, %u warnings, %u aliases", p->rows.n_skipped,
                           p->rows.n_warnings, p->rows.n_aliases);
}

static int longest_name(const struct pairs *p, int pane, const struct list *l, int rows)
{
    int longest = 0;

    for (guint i = l->top; i < l->n && i < l->top + (guint)MAX(rows, 0); i++) {
        struct pairs_text t;

        pairs_text_init(&t, &p->rows, p->of, &g_array_index(p->rows.pane[pane], struct pairs_row, i));
        longest = MAX(longest, text_columns(t.name));
        pairs_text_finish(&t);
    }
    return longest;
}

static void draw_pane(const struct pairs *p, const struct surface *s, int pane)
{
    const struct pane *at = &p->panes[pane];
    int longest;
    struct surface part = surface_part(s, at->row, at->col, at->rows, at->cols);
    struct surface list = surface_part(&part, 1, 0, part.rows - 1, part.cols);
    char *title = pane_title(p, pane);

    surface_rule(&part, 0, title);
    g_free(title);
    longest = longest_name(p, pane, &at->list, list.rows);
    for (guint i = 0; i < (guint)list.rows && at->list.top + i < at->list.n; i++)
        draw_row(p, &list, (int)i,
                 &g_array_index(p->rows.pane[pane], struct pairs_row, at->list.top + i), longest,
                 pane == p->focus && at->list.top + i == at->list.selected);
    if (!at->list.n)
        surface_text(&list, 0, 1, style_of(PAINT_DIM), "none");
}

static void pairs_draw(const struct view *v, const struct surface *s)
{
    const struct pairs *p = (const struct pairs *)v;

    if (view_draw_absent(v, s) || p->of != view_comparison(v))
        return;
    for (int i = p->of->tuned ? 0 : PANE_ASIDE; i < PANE_COUNT; i++)
        if (p->panes[i].rows > 0)
            draw_pane(p, s, i);
}

static const struct pairs_row *selected_row(const struct pairs *p)
{
    const struct pane *at = &p->panes[p->focus];
    const GArray *rows = p->rows.pane[p->focus];

    if (!p->of || p->of != view_comparison(&p->view) || at->list.selected >= rows->len)
        return NULL;
    return &g_array_index(rows, struct pairs_row, at->list.selected);
}

static void next_pane(struct pairs *p)
{
    for (int i = 0; i < PANE_COUNT; i++) {
        p->focus = (p->focus + 1) % PANE_COUNT;
        if (p->rows.pane[p->focus]->len)
            return;
    }
}

static const struct proposal *selected_proposal(const struct pairs *p)
{
    const struct pairs_row *r = selected_row(p);

    return r && r->aside == ASIDE_PROPOSAL
               ? &g_array_index(p->rows.proposals, struct proposal, r->proposal)
               : NULL;
}

static void open_row(const struct pairs *p, struct app *app)
{
    const struct pairs_row *r = selected_row(p);
    const struct proposal *at = selected_proposal(p);

    if (at)
        app_pair(app, proposal_base_name(p->of, at), proposal_tuned_name(p->of, at), at->how,
                 pair_rule_content);
    else if (r && r->entry != PAIR_NONE)
        app_open_view(app, view_find("tensor"), r->entry);
    else
        app_say(app, "this is no tensor with numbers");
}

static void ignore_row(const struct pairs *p, struct app *app)
{
    const struct proposal *at = selected_proposal(p);

    if (at)
        app_pair(app, proposal_base_name(p->of, at), proposal_tuned_name(p->of, at),
                 PAIR_HOW_NEVER, pair_rule_content);
    else
        app_say(app, "only a proposal can be set aside");
}

/* Both names, as far as they are known, for the command line. */
static void edit_row(const struct pairs *p, struct app *app)
{
    const struct pairs_row *r = selected_row(p);
    const struct proposal *at = selected_proposal(p);
    uint32_t base = at ? at->base : r ? r->entry : PAIR_NONE;
    uint32_t tuned = at ? at->tuned : base;
    const struct tensor *a = base == PAIR_NONE ? NULL : entry_base(p->of, base);
    const struct tensor *b = tuned == PAIR_NONE ? NULL : entry_tuned(p->of, tuned);
    char *first = a ? g_shell_quote(tensor_stored_name(a)) : g_strdup("BASE");
    char *second = b ? g_shell_quote(tensor_stored_name(b)) : g_strdup("");
    char *command = g_strdup_printf("pair %s %s", first, second);

    if (!a && !b)
        app_say(app, "no tensor is selected");
    else if (g_utf8_validate(command, -1, NULL))
        app_ask(app, command);
    else
        app_say(app, "this name can't be typed: write it into a pair map");
    g_free(first);
    g_free(second);
    g_free(command);
}

static bool decide(const struct pairs *p, struct app *app, int action)
{
    if (action == ACTION_UNDO)
        app_pair_undo(app);
    else if (action == ACTION_IGNORE)
        ignore_row(p, app);
    else if (action == ACTION_EDIT)
        edit_row(p, app);
    else
        return false;
    return true;
}

/* The row at a place in all lists, one behind the other; NULL: behind the last. */
static const struct pairs_row *row_of_all(const struct pairs *p, guint i, int *pane, guint *at)
{
    for (*pane = 0; *pane < PANE_COUNT; i -= p->rows.pane[(*pane)++]->len) {
        *at = i;
        if (i < p->rows.pane[*pane]->len)
            return &g_array_index(p->rows.pane[*pane], struct pairs_row, i);
    }
    return NULL;
}

static bool hit(const void *owner, const struct matcher *m, guint i)
{
    const struct pairs *p = owner;
    const struct pairs_row *r;
    int pane;
    guint at;

    r = row_of_all(p, i, &pane, &at);
    return r && matcher_hit(m, r->entry == PAIR_NONE ? r->path
                                                     : comparison_tensor(p->of, r->entry)->name);
}

/* In all lists; the one with the hit gets the keys. */
static guint search_all(struct pairs *p, enum list_way way)
{
    struct list all = {.selected = p->panes[p->focus].list.selected, .height = 1};
    guint hits, at;
    int pane;

    for (int i = 0; i < PANE_COUNT; i++) {
        all.n += p->rows.pane[i]->len;
        all.selected += i < p->focus ? p->rows.pane[i]->len : 0;
    }
    hits = list_search(&all, p->search, hit, p, way);
    if (!hits || !row_of_all(p, all.selected, &pane, &at))
        return hits;
    p->focus = pane;
    p->panes[pane].list.selected = at;
    return hits;
}

static guint pairs_search(struct view *v, const char *text)
{
    struct pairs *p = (struct pairs *)v;

    matcher_destroy(p->search);
    p->search = text && *text ? matcher_create(text) : NULL;
    if (!p->search || !p->of || p->of != view_comparison(v) || p->stale)
        return 0;
    return search_all(p, LIST_HERE);
}

static bool search_on(struct pairs *p, struct app *app, int action)
{
    if (!p->search || (action != ACTION_SEARCH_NEXT && action != ACTION_SEARCH_PREVIOUS) ||
        !p->of || p->of != view_comparison(&p->view) || p->stale)
        return false;
    if (!search_all(p, action == ACTION_SEARCH_NEXT ? LIST_NEXT : LIST_PREVIOUS))
        app_say(app, "nothing matches");
    return true;
}

static enum reply pairs_act(struct view *v, struct app *app, int action)
{
    struct pairs *p = (struct pairs *)v;
    const struct pairs_row *r;

    if (action == ACTION_NEXT_PANE)
        next_pane(p);
    else if (action == ACTION_OPEN)
        open_row(p, app);
    else if (!decide(p, app, action) && !search_on(p, app, action) &&
             !list_act(&p->panes[p->focus].list, action))
        return REPLY_IGNORED;
    r = selected_row(p);
    if (r && r->entry != PAIR_NONE)
        view_set_entry(v, r->entry);
    return REPLY_DONE;
}

static enum reply pairs_mouse(struct view *v, struct app *app, int row, int col, int key)
{
    struct pairs *p = (struct pairs *)v;

    if (key == KEY_WHEEL_UP || key == KEY_WHEEL_DOWN) {
        for (int i = 0; i < WHEEL_ROWS; i++)
            pairs_act(v, app, key == KEY_WHEEL_UP ? ACTION_UP : ACTION_DOWN);
        return REPLY_DONE;
    }
    for (int i = 0; i < PANE_COUNT && key == KEY_MOUSE_CLICK; i++) {
        struct pane *at = &p->panes[i];
        guint index = at->list.top + (guint)MAX(row - at->row - 1, 0);

        if (row <= at->row || row >= at->row + at->rows || col < at->col ||
            col >= at->col + at->cols || index >= at->list.n)
            continue;
        if (p->focus == i && at->list.selected == index)
            return pairs_act(v, app, ACTION_OPEN);
        p->focus = i;
        at->list.selected = index;
        return REPLY_DONE;
    }
    return REPLY_IGNORED;
}

static guint pairs_filter(struct view *v, const char *text)
{
    struct pairs *p = (struct pairs *)v;

    matcher_destroy(p->filter);
    p->filter = text && *text ? matcher_create(text) : NULL;
    p->stale = true;
    return pairs_rows_build(&p->rows, view_comparison(v), p->filter);
}

static char *pairs_status(const struct view *v)
{
    const struct comparison *c = view_comparison(v);

    if (!c)
        return view_absent_status(v);
    if (!c->tuned)
        return g_strdup("one file: nothing to pair");
    return g_strdup_printf("base %u tensors, tuned %u", c->base->n_stored,
                           c->tuned->n_stored);
}

static char *pairs_copy(const struct view *v)
{
    const struct pairs *p = (const struct pairs *)v;
    const struct pairs_row *r = selected_row(p);
    struct pairs_text t;
    char *line;

    if (!r)
        return NULL;
    pairs_text_init(&t, &p->rows, p->of, r);
    line = g_strjoin("  ", t.name, t.shape, t.why, NULL);
    pairs_text_finish(&t);
    return line;
}

/* A pair map that --pair-map reads, and as remarks everything else that is listed. */
static void pairs_write(const struct view *v, FILE *out)
{
    static const char *const kinds[PANE_COUNT] = {"base_only", "tuned_only", "proposal",
                                                  "different", "aside"};
    const struct pairs *p = (const struct pairs *)v;
    char *map;

    if (!p->of || p->of != view_comparison(v))
        return;
    fprintf(out, "# base\ttuned\thow\trule\n");
    map = pair_map_text(p->of->map);
    fputs(map, out);
    g_free(map);
    fprintf(out, "#\n# kind\tname\tshape\twhy\n");
    for (int i = 0; i < PANE_COUNT; i++)
        for (guint k = 0; k < p->rows.pane[i]->len; k++) {
            struct pairs_text t;

            pairs_text_init(&t, &p->rows, p->of,
                            &g_array_index(p->rows.pane[i], struct pairs_row, k));
            fprintf(out, "# %s\t%s\t%s\t%s\n", kinds[i], t.name, t.shape, t.why);
            pairs_text_finish(&t);
        }
}

const struct view_ops view_pairs = {
    .name = "pairs",
    .title = "Pairs",
    .brief = "Pairs",
    .about = "which tensor is which of the other file",
    .help = "How the two files' tensors were paired: those that only one file has; when the scan has "
            "ended, proposals by content with a score from 0 to 1 and what it rests on; the rules "
            "at work, and pairs that can't be subtracted or deserve a remark (another shape or "
            "type, another framework's name, layout or fusion); and what is aside: objects that "
            "are no readable weights with the reason, warnings, and further names of the same "
            "storage, which count once. Nothing is proposed into a pair without Enter. w writes "
            "the pairs that were decided as a map that --pair-map reads.",
    .bindings = bindings,
    .size = sizeof(struct pairs),
    .open = pairs_open,
    .close = pairs_close,
    .layout = pairs_layout,
    .draw = pairs_draw,
    .act = pairs_act,
    .status = pairs_status,
    .copy = pairs_copy,
    .write = pairs_write,
    .search = pairs_search,
    .filter = pairs_filter,
    .mouse = pairs_mouse,
};
