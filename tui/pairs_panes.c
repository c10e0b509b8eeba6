#include "tui/pairs_panes.h"

#include "tui/view_text.h"

#define WIDE 100

/* Rows that each of n stacked panes gets: what it needs, else an equal share. */
static void share_rows(const struct pairs_panes *p, const int *panes, int n, int rows, int *out)
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

static void place(struct pairs_panes *p, int pane, int row, int col, int rows, int cols)
{
    struct pane *at = &p->panes[pane];

    *at = (struct pane){at->list, row, col, MAX(rows, 0), cols};
    list_layout(&at->list, p->rows.pane[pane]->len, at->rows - 1);
}

/* The panes that are stacked; proposals only where there are some. */
static int stack_of(const struct pairs_panes *p, const int *panes, int n, int *out)
{
    int kept = 0;

    for (int i = 0; i < n; i++)
        if (panes[i] != PANE_PROPOSALS || p->rows.pane[PANE_PROPOSALS]->len)
            out[kept++] = panes[i];
    return kept;
}

static void place_wide(struct pairs_panes *p, int rows, int cols)
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

static void place_stacked(struct pairs_panes *p, int rows, int cols)
{
    static const int order[] = {PANE_PROPOSALS, PANE_DIFFERENT, PANE_BASE_ONLY, PANE_TUNED_ONLY,
                                PANE_ASIDE};
    int stacked[PANE_COUNT], got[PANE_COUNT], row = 0;
    int n = stack_of(p, order, G_N_ELEMENTS(order), stacked);

    share_rows(p, stacked, n, rows, got);
    for (int i = 0; i < n; row += got[i++])
        place(p, stacked[i], row, 0, got[i], cols);
}

void pairs_panes_layout(struct pairs_panes *p, int rows, int cols)
{
    place(p, PANE_PROPOSALS, 0, 0, 0, cols);
    if (!p->of->tuned)
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

static void draw_row(const struct pairs_panes *p, const struct surface *s, int row,
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

static char *pane_title(const struct pairs_panes *p, int pane)
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
        return g_strdup_printf("paired, but different or with a remark: %u", n - p->rows.n_rules);
    }
    return g_strdup_printf("aside: %u skipped, %u warnings, %u aliases", p->rows.n_skipped,
                           p->rows.n_warnings, p->rows.n_aliases);
}

static int longest_name(const struct pairs_panes *p, int pane, const struct list *l, int rows)
{
    int longest = 0;

    for (guint i = l->top; i < l->n && i < l->top + (guint)MAX(rows, 0); i++) {
        struct pairs_text t;

        pairs_text_init(&t, &p->rows, p->of,
                        &g_array_index(p->rows.pane[pane], struct pairs_row, i));
        longest = MAX(longest, text_columns(t.name));
        pairs_text_finish(&t);
    }
    return longest;
}

static void draw_pane(const struct pairs_panes *p, const struct surface *s, int pane)
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

void pairs_panes_draw(const struct pairs_panes *p, const struct surface *s)
{
    for (int i = p->of->tuned ? 0 : PANE_ASIDE; i < PANE_COUNT; i++)
        if (p->panes[i].rows > 0)
            draw_pane(p, s, i);
}

/* The row at a place in all lists, one behind the other; NULL: behind the last. */
static const struct pairs_row *row_of_all(const struct pairs_panes *p, guint i, int *pane,
                                          guint *at)
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
    const struct pairs_panes *p = owner;
    const struct pairs_row *r;
    int pane;
    guint at;

    r = row_of_all(p, i, &pane, &at);
    return r && matcher_hit(m, r->entry == PAIR_NONE ? r->path
                                                     : comparison_tensor(p->of, r->entry)->name);
}

guint pairs_panes_search(struct pairs_panes *p, const struct matcher *m, enum list_way way)
{
    struct list all = {.selected = p->panes[p->focus].list.selected, .height = 1};
    guint hits, at;
    int pane;

    for (int i = 0; i < PANE_COUNT; i++) {
        all.n += p->rows.pane[i]->len;
        all.selected += i < p->focus ? p->rows.pane[i]->len : 0;
    }
    hits = list_search(&all, m, hit, p, way);
    if (!hits || !row_of_all(p, all.selected, &pane, &at))
        return hits;
    p->focus = pane;
    p->panes[pane].list.selected = at;
    return hits;
}
