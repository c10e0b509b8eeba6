/* How the two files' tensors were paired, and what was left out. */
#include "core/escape.h"
#include "core/pair_map_text.h"
#include "tui/entry_text.h"
#include "tui/pairs_panes.h"
#include "tui/view_text.h"

struct pairs {
    struct view view;
    struct pairs_panes at;
    struct matcher *filter, *search;
    bool stale;
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
    pairs_rows_init(&((struct pairs *)v)->at.rows);
}

static void pairs_close(struct view *v)
{
    struct pairs *p = (struct pairs *)v;

    pairs_rows_finish(&p->at.rows);
    matcher_destroy(p->filter);
    matcher_destroy(p->search);
}

/* What the selection of each pane is about goes on being selected only within one comparison. */
static void refresh(struct pairs *p, const struct comparison *c)
{
    bool proposed = pairs_rows_propose(&p->at.rows, c);

    if (p->at.of == c && !p->stale && !proposed)
        return;
    p->at.of = c;
    pairs_rows_build(&p->at.rows, c, p->filter);
    p->stale = false;
}

static void pairs_carry(struct view *v, struct view *from)
{
    struct pairs *p = (struct pairs *)v, *f = (struct pairs *)from;

    for (int i = 0; i < PANE_COUNT; i++)
        p->at.panes[i].list = f->at.panes[i].list;
    p->at.focus = f->at.focus;
    p->search = g_steal_pointer(&f->search);
}

static void pairs_layout(struct view *v, int rows, int cols)
{
    struct pairs *p = (struct pairs *)v;
    struct comparison *c = view_comparison(v);

    refresh(p, c);
    if (!c)
        return;
    pairs_panes_layout(&p->at, rows, cols);
}

static void pairs_draw(const struct view *v, const struct surface *s)
{
    const struct pairs *p = (const struct pairs *)v;

    if (view_draw_absent(v, s) || p->at.of != view_comparison(v))
        return;
    pairs_panes_draw(&p->at, s);
}

static const struct pairs_row *selected_row(const struct pairs *p)
{
    const struct pane *at = &p->at.panes[p->at.focus];
    const GArray *rows = p->at.rows.pane[p->at.focus];

    if (!p->at.of || p->at.of != view_comparison(&p->view) || at->list.selected >= rows->len)
        return NULL;
    return &g_array_index(rows, struct pairs_row, at->list.selected);
}

static void next_pane(struct pairs *p)
{
    for (int i = 0; i < PANE_COUNT; i++) {
        p->at.focus = (p->at.focus + 1) % PANE_COUNT;
        if (p->at.rows.pane[p->at.focus]->len)
            return;
    }
}

static const struct proposal *selected_proposal(const struct pairs *p)
{
    const struct pairs_row *r = selected_row(p);

    return r && r->aside == ASIDE_PROPOSAL
               ? &g_array_index(p->at.rows.proposals, struct proposal, r->proposal)
               : NULL;
}

static void open_row(const struct pairs *p, struct app *app)
{
    const struct pairs_row *r = selected_row(p);
    const struct proposal *at = selected_proposal(p);

    if (at)
        app_pair(app, proposal_base_name(p->at.of, at), proposal_tuned_name(p->at.of, at), at->how,
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
        app_pair(app, proposal_base_name(p->at.of, at), proposal_tuned_name(p->at.of, at),
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
    const struct tensor *a = base == PAIR_NONE ? NULL : entry_base(p->at.of, base);
    const struct tensor *b = tuned == PAIR_NONE ? NULL : entry_tuned(p->at.of, tuned);
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

static guint pairs_search(struct view *v, const char *text)
{
    struct pairs *p = (struct pairs *)v;

    matcher_destroy(p->search);
    p->search = text && *text ? matcher_create(text) : NULL;
    if (!p->search || !p->at.of || p->at.of != view_comparison(v) || p->stale)
        return 0;
    return pairs_panes_search(&p->at, p->search, LIST_HERE);
}

static bool search_on(struct pairs *p, struct app *app, int action)
{
    if (!p->search || (action != ACTION_SEARCH_NEXT && action != ACTION_SEARCH_PREVIOUS) ||
        !p->at.of || p->at.of != view_comparison(&p->view) || p->stale)
        return false;
    if (!pairs_panes_search(&p->at, p->search,
                            action == ACTION_SEARCH_NEXT ? LIST_NEXT : LIST_PREVIOUS))
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
             !list_act(&p->at.panes[p->at.focus].list, action))
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
        for (int i = 0; i < LIST_WHEEL_ROWS; i++)
            pairs_act(v, app, key == KEY_WHEEL_UP ? ACTION_UP : ACTION_DOWN);
        return REPLY_DONE;
    }
    for (int i = 0; i < PANE_COUNT && key == KEY_MOUSE_CLICK; i++) {
        struct pane *at = &p->at.panes[i];
        guint index = at->list.top + (guint)MAX(row - at->row - 1, 0);

        if (row <= at->row || row >= at->row + at->rows || col < at->col ||
            col >= at->col + at->cols || index >= at->list.n)
            continue;
        if (p->at.focus == i && at->list.selected == index)
            return pairs_act(v, app, ACTION_OPEN);
        p->at.focus = i;
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
    return pairs_rows_build(&p->at.rows, view_comparison(v), p->filter);
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
    pairs_text_init(&t, &p->at.rows, p->at.of, r);
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

    if (!p->at.of || p->at.of != view_comparison(v))
        return;
    fprintf(out, "# base\ttuned\thow\trule\n");
    map = pair_map_text(p->at.of->map);
    fputs(map, out);
    g_free(map);
    fprintf(out, "#\n# kind\tname\tshape\twhy\n");
    for (int i = 0; i < PANE_COUNT; i++)
        for (guint k = 0; k < p->at.rows.pane[i]->len; k++) {
            struct pairs_text t;

            pairs_text_init(&t, &p->at.rows, p->at.of,
                            &g_array_index(p->at.rows.pane[i], struct pairs_row, k));
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
    .carry = pairs_carry,
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
