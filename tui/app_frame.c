#include <math.h>
#include <string.h>

#include "core/adapter.h"
#include "core/escape.h"
#include "tui/app_state.h"
#include "tui/ignored.h"
#include "tui/plot.h"
#include "tui/units.h"

#define MAX_TABS 9

static const struct style plain = {PAINT_TEXT, PAINT_TEXT, 0};

/* How much of the tabs there is room for. */
enum tabs { TABS_TITLES, TABS_BRIEF, TABS_DIGITS, TABS_CURRENT };

/* "1 Overview [2 Tensor] 3 Pairs", "1 Over [2 Tensor] 3 Pairs", "1 [2 Tensor] 3", "[2 Tensor]". */
static char *tabs_text(const struct app *app, enum tabs how)
{
    GString *tabs = g_string_new(NULL);

    for (guint i = 0; i < app->n_views && i < MAX_TABS; i++) {
        const char *gap = tabs->len ? " " : "";

        if (view_table[i] == app_top(app))
            g_string_append_printf(tabs, "%s[%u %s]", gap, i + 1, view_table[i]->title);
        else if (how == TABS_TITLES)
            g_string_append_printf(tabs, "%s%u %s", gap, i + 1, view_table[i]->title);
        else if (how == TABS_BRIEF)
            g_string_append_printf(tabs, "%s%u %s", gap, i + 1, view_table[i]->brief);
        else if (how == TABS_DIGITS)
            g_string_append_printf(tabs, "%s%u", gap, i + 1);
    }
    if (!tabs->len)
        g_string_append_printf(tabs, "[%s]", app_top(app)->title);
    return g_string_free(tabs, FALSE);
}

/* Bytes of the folders that both paths start with. */
static gsize shared_folders(const char *a, const char *b)
{
    gsize shared = 0;

    for (gsize i = 0; a[i] && a[i] == b[i]; i++)
        if (a[i] == '/')
            shared = i + 1;
    return shared;
}

/* Both end with the same file name, in folders of different names: those tell them apart. */
static void drop_shared_ends(char *a, char *b)
{
    char *a_end = strrchr(a, '/'), *b_end = strrchr(b, '/');

    if (!a_end || !b_end || a_end == a || b_end == b || strcmp(a_end, b_end) != 0)
        return;
    *a_end = *b_end = '\0';
}

/* The names of the files without the folders that they share; escaped and owned. */
static void name_files(const struct model *m, char **left, char **right)
{
    gsize shared = m->tuned_path ? shared_folders(m->base_path, m->tuned_path) : 0;

    *left = escape_text(m->base_path + shared);
    *right = escape_text(m->tuned_path ? m->tuned_path + shared : NULL);
}

/* Columns that the names would like. */
static int names_columns(const struct model *m)
{
    char *left, *right;
    int columns;

    name_files(m, &left, &right);
    drop_shared_ends(left, right);
    columns = text_columns(left) + text_columns(right) + (m->tuned_path ? 3 : 0);
    g_free(left);
    g_free(right);
    return columns;
}

static void draw_names(const struct model *m, const struct surface *s)
{
    const char *tuned = m->tuned_path;
    int room = s->cols - (tuned ? 3 : 0), left_cols, right_cols, col;
    char *left, *right;

    name_files(m, &left, &right);
    if (text_columns(left) + text_columns(right) > room)
        drop_shared_ends(left, right);
    left_cols = text_columns(left);
    right_cols = text_columns(right);
    if (left_cols + right_cols > room) {
        left_cols = MAX(room / 2, room - right_cols);
        right_cols = room - left_cols;
    }
    surface_field(s, 0, 0, left_cols, false, CUT_MIDDLE, style_of(PAINT_BASE), left);
    if (tuned) {
        col = surface_text(s, 0, left_cols, style_of(PAINT_DIM), " > ");
        surface_field(s, 0, col, right_cols, false, CUT_MIDDLE, style_of(PAINT_TUNED), right);
    }
    g_free(left);
    g_free(right);
}

static void draw_title(const struct app *app, const struct surface *s)
{
    char *tabs = tabs_text(app, TABS_TITLES);
    int cols = text_columns(tabs), col, room = MIN(names_columns(&app->model), s->cols * 2 / 3);
    struct surface names;

    /* The names of the files come first. */
    for (enum tabs how = TABS_BRIEF; how <= TABS_CURRENT && cols + room + 17 > s->cols; how++) {
        g_free(tabs);
        tabs = tabs_text(app, how);
        cols = text_columns(tabs);
    }
    col = s->cols - cols - 7;
    surface_text(s, 0, 1, style_of(PAINT_TITLE), "tare");
    names = surface_part(s, 0, 7, 1, col - 9);
    draw_names(&app->model, &names);
    surface_text(s, 0, col, style_of(PAINT_TITLE), tabs);
    surface_text(s, 0, s->cols - 6, style_of(PAINT_KEY), "?");
    surface_text(s, 0, s->cols - 5, plain, "help");
    g_free(tabs);
}

static void append_findings(const struct model *m, GString *to)
{
    guint n = 0, warnings = 0;

    for (guint i = 0; m->findings && i < m->findings->len; i++) {
        const struct finding *f = &g_array_index(m->findings, struct finding, i);

        if (ignored_has(m, f))
            continue;
        n++;
        warnings += f->severity > SEVERITY_INFO;
    }
    if (n)
        g_string_append_printf(to, "  %u finding%s", n, n == 1 ? "" : "s");
    if (warnings)
        g_string_append_printf(to, " %u!", warnings);
}

static void append_pairs(const struct comparison *c, GString *to)
{
    const struct adapter *a = c->tuned->source->applied;
    char *text = a ? adapter_brief(a) : NULL;

    if (a)
        g_string_append_printf(to, "adapter %s", text);
    else
        g_string_append_printf(to, "paired %u/%u", c->pairing.n_matched, c->pairing.n_entries);
    g_free(text);
}

/* What every view says about the pairing. */
static char *counts_text(const struct model *m)
{
    GString *text = g_string_new(NULL);
    const struct pairing *p;

    if (!m->comparison)
        return g_string_free(text, FALSE);
    p = &m->comparison->pairing;
    if (m->comparison->tuned)
        append_pairs(m->comparison, text);
    else
        g_string_append_printf(text, "%u tensors", p->n_entries);
    if (m->comparison->tuned && p->n_base_only)
        g_string_append_printf(text, "  base-only %u", p->n_base_only);
    if (m->comparison->tuned && p->n_tuned_only)
        g_string_append_printf(text, "  tuned-only %u", p->n_tuned_only);
    if (p->n_different)
        g_string_append_printf(text, "  differ %u", p->n_different);
    append_findings(m, text);
    return g_string_free(text, FALSE);
}

static void draw_status(const struct app *app, const struct view *v, const struct surface *s)
{
    char *all = counts_text(&app->model), *counts = text_fit(all, "  ", s->cols * 3 / 4);
    char *status = v && v->ops->status ? v->ops->status(v) : g_strdup(""), *shown;
    const char *filter = app->filters[app->stack[app->n_stack - 1]];
    int right = s->cols - 1 - text_columns(counts), col = 1;

    if (filter && app->prompt.kind != PROMPT_FILTER) {
        char *safe = escape_text(filter), *text = g_strconcat("filter:", safe, NULL);
        int width = MIN(text_columns(text), right - 2 - col);

        surface_field(s, 0, col, width, false, CUT_END, style_of(PAINT_MATCH), text);
        col += width + 2;
        g_free(text);
        g_free(safe);
    }
    shown = text_fit(status, "  ", right - 2 - col);
    surface_text(s, 0, col, plain, shown);
    surface_text(s, 0, right, plain, counts);
    g_free(shown);
    g_free(status);
    g_free(counts);
    g_free(all);
}

/* Wrapped by columns, so that nothing of a message is lost; returns the row after it. */
static int draw_wrapped(const struct surface *s, int row, struct style style, const char *text)
{
    while (*text && row < s->rows) {
        struct surface line = surface_part(s, row, 1, 1, s->cols - 2);
        const char *end = text, *space = NULL;
        char *piece;

        for (int col = 0; *end && col < line.cols; end = g_utf8_next_char(end)) {
            gunichar c = g_utf8_get_char(end);

            if (c == ' ')
                space = end;
            col += g_unichar_iszerowidth(c) ? 0 : g_unichar_iswide(c) ? 2 : 1;
        }
        if (*end && space)
            end = space + 1;
        if (end == text)
            break;
        piece = g_strndup(text, (gsize)(end - text));
        surface_text(&line, 0, 0, style, piece);
        g_free(piece);
        text = end;
        row++;
    }
    return row;
}

/* Nothing that is watched could be read yet. */
static void draw_waiting(const struct app *app, const struct surface *s, int row)
{
    char *safe = escape_text(app->model.base_path);

    row = draw_wrapped(s, row, style_of(PAINT_TUNED), safe);
    g_free(safe);
    row = draw_wrapped(s, row + 1, plain, "waiting for a checkpoint that can be read");
    if (app->watched.reason) {
        safe = escape_text(app->watched.reason);
        draw_wrapped(s, row + 1, style_of(PAINT_DIM), safe);
        g_free(safe);
    }
}

/* What stands in the body while there is no comparison. */
static void draw_empty(const struct app *app, const struct surface *s)
{
    int row = s->rows > 8 ? 2 : 0;
    char *safe;

    if (app->watching && app->model.state == LOAD_READING) {
        draw_waiting(app, s, row);
        return;
    }
    if (app->model.state == LOAD_READING) {
        safe = escape_text(app->model.base_path);
        row = draw_wrapped(s, row, style_of(PAINT_BASE), safe);
        g_free(safe);
        safe = escape_text(app->model.tuned_path);
        row = draw_wrapped(s, row, style_of(PAINT_TUNED), safe);
        g_free(safe);
        surface_print(s, row + 1, 1, plain, "reading the structure: %d objects",
                      app->model.objects);
        return;
    }
    safe = escape_text(app->model.error);
    row = draw_wrapped(s, row, style_of(PAINT_BAD), safe);
    g_free(safe);
    draw_wrapped(s, row + 1, plain,
                 "q leaves   R tries again   :open BASE [TUNED] opens other files");
}

static void draw_menu(const struct app *app, const struct surface *body)
{
    int width = MIN(body->cols, 72), height = MIN(body->rows, (int)app->n_views + 2);
    struct surface box =
        surface_part(body, (body->rows - height) / 2, (body->cols - width) / 2, height, width);

    surface_fill(&box, 0, 0, height, width, plain, ' ');
    surface_rule(&box, 0, "views");
    surface_rule(&box, height - 1, NULL);
    for (int i = 0; i < height - 2 && app->menu.top + (guint)i < app->n_views; i++) {
        guint view = app->menu.top + (guint)i;
        bool current = view == app->menu.selected;

        surface_print(&box, 1 + i, 1, plain, "%s", current ? ">" : " ");
        if (view < MAX_TABS)
            surface_print(&box, 1 + i, 3, style_of(PAINT_KEY), "%u", view + 1);
        surface_text(&box, 1 + i, 5, plain, view_table[view]->title);
        surface_text(&box, 1 + i, 19, style_of(PAINT_DIM), view_table[view]->about);
        if (!current)
            continue;
        surface_tint(&box, 1 + i, 0, width, style_of(PAINT_CURSOR));
        surface_cursor(&box, 1 + i, 1);
    }
}

static void draw_running(const struct surface *s, const struct progress *p)
{
    double share = p->bytes_total ? (double)p->bytes_done / (double)p->bytes_total : 0;
    char text[UNIT_BYTES], *hint;
    int col = CLAMP(s->cols / 6, 8, 20);

    surface_glyph(s, 0, 1, plain, '[');
    plot_bar(s, 0, 2, col, style_of(PAINT_GOOD), share);
    col = surface_print(s, 0, col + 2, plain, "] %3.0f %%", share * 100);
    if (!isnan(p->seconds_left))
        col = surface_print(s, 0, col, plain, "  %s left", unit_seconds(text, p->seconds_left));
    col = surface_print(s, 0, col, plain, "  %s/s", unit_bytes(text, p->bytes_per_second));
    col = surface_print(s, 0, col, plain, "  %u/%u tensors", p->tensors_done, p->tensors_total);
    hint = text_fit("^C cancels  finished rows stay", "  ", s->cols - col - 3);
    surface_text(s, 0, col + 3, style_of(PAINT_DIM), hint);
    g_free(hint);
}

static void draw_ended(const struct app *app, const struct surface *s, const struct progress *p)
{
    char bytes[UNIT_BYTES], seconds[UNIT_BYTES];
    guint failed = app->model.comparison->summary.n_failed;
    int col =
        surface_print(s, 0, 1, plain, "%s%u/%u tensors, %s, %s", p->cancelled ? "cancelled: " : "",
                      p->tensors_done, p->tensors_total, unit_bytes(bytes, (double)p->bytes_done),
                      unit_seconds(seconds, p->seconds));

    if (failed)
        col = surface_print(s, 0, col, style_of(PAINT_BAD), ", %u could not be read", failed);
    if (p->cancelled)
        surface_text(s, 0, col, style_of(PAINT_DIM), "   c goes on");
}

/* How far the examples are, behind how far the scan is. */
static void draw_study(const struct app *app, const struct surface *s)
{
    const struct study *of = app->model.study;
    struct study_progress p;
    GString *text = g_string_new(study_is_recorded(of) ? "recording: " : "examples: ");
    char number[UNIT_BYTES];
    int columns;

    study_progress(of, &p);
    g_string_append(text, study_phase_name(of));
    if (p.tokens_total && p.phase == STUDY_RUNNING) {
        g_string_append_printf(text, " %.0f %%",
                               100.0 * (double)p.tokens_done / (double)p.tokens_total);
        if (p.tokens_per_second > 0)
            g_string_append_printf(text, "  %.0f %s/s", p.tokens_per_second,
                                   study_is_recorded(of) ? "rows" : "tokens");
        if (!isnan(p.seconds_left))
            g_string_append_printf(text, "  %s left", unit_seconds(number, p.seconds_left));
    } else if (p.busy && p.phase >= STUDY_STOPPED) {
        g_string_append(text, ", answering");
    }
    columns = text_columns(text->str);
    if (columns + 2 < s->cols / 2)
        surface_text(s, 0, s->cols - columns - 1, style_of(PAINT_DIM), text->str);
    g_string_free(text, TRUE);
}

static void draw_saving(const struct app *app, const struct surface *s)
{
    char *text = app_save_text(app);

    surface_field(s, 0, 1, s->cols - 2, false, CUT_MIDDLE, plain, text);
    g_free(text);
}

/* How what is shown stands to what is there. */
static void draw_watched(const struct app *app, const struct surface *s)
{
    static const enum paint paints[] = {
        [WATCH_WAITING] = PAINT_DIM,  [WATCH_LIVE] = PAINT_TEXT,  [WATCH_WRITING] = PAINT_WARN,
        [WATCH_SETTLED] = PAINT_GOOD, [WATCH_STALE] = PAINT_BAD, [WATCH_GONE] = PAINT_BAD};
    char *text = app_watch_text(app);
    const char *rest = text + strcspn(text, " ");
    char *state = g_strndup(text, (gsize)(rest - text));
    int col = surface_text(s, 0, 1, style_of(paints[app->watched.state]), state);

    surface_field(s, 0, col, s->cols - col - 1, false, CUT_END, plain, rest);
    if (app->model.study)
        draw_study(app, s);
    g_free(state);
    g_free(text);
}

static void draw_job(const struct app *app, const struct surface *s)
{
    struct progress p;

    if (app->message) {
        surface_field(s, 0, 1, s->cols - 2, false, CUT_END, style_of(PAINT_TITLE), app->message);
    } else if (app->saving) {
        draw_saving(app, s);
    } else if (app->loading) {
        surface_print(s, 0, 1, plain, "reading the structure: %d objects",
                      loading_objects(app->loading));
    } else if (app->watching) {
        draw_watched(app, s);
    } else if (app->model.comparison) {
        comparison_progress(app->model.comparison, &p);
        if (p.running)
            draw_running(s, &p);
        else
            draw_ended(app, s, &p);
        if (app->model.study)
            draw_study(app, s);
    }
}

/* The end of the text stays in sight, with the cursor after it. */
static void draw_prompt(const struct app *app, const struct surface *s)
{
    const struct prompt *p = &app->prompt;
    int col = surface_text(s, 0, 1, style_of(PAINT_KEY), prompt_label(p)), over;
    const char *text = p->text->str;
    char *hits = p->kind == PROMPT_FILTER && p->text->len ? g_strdup_printf("  [%u]", p->hits)
                                                          : g_strdup("");

    over = text_columns(text) - (s->cols - col - 2 - (int)strlen(hits));
    while (over > 0 && *text) {
        over -= g_unichar_iswide(g_utf8_get_char(text)) ? 2 : 1;
        text = g_utf8_next_char(text);
    }
    col = surface_text(s, 0, col, plain, text);
    surface_cursor(s, 0, col);
    surface_text(s, 0, col, style_of(PAINT_DIM), hits);
    g_free(hits);
}

/* "key brief  " if it fits before `end`; the column after it. */
static int draw_hint(const struct surface *s, int col, int end, const struct binding *b)
{
    char *key = g_strndup(b->keys, 1 + strcspn(b->keys + 1, ","));
    int width = text_columns(key) + 1 + text_columns(b->brief);

    if (col + width <= end) {
        surface_text(s, 0, col, style_of(PAINT_KEY), key);
        surface_text(s, 0, col + width - text_columns(b->brief), plain, b->brief);
        col += width + 2;
    }
    g_free(key);
    return col;
}

/* What the view has no use for is not hinted. */
static bool is_able(const struct view *v, int action)
{
    if (!v)
        return action == ACTION_MENU || action == ACTION_HELP || action == ACTION_BACK;
    if (v->ops->able && !v->ops->able(v, action))
        return false;
    return action == ACTION_SEARCH   ? v->ops->search != NULL
           : action == ACTION_FILTER ? v->ops->filter != NULL
           : action == ACTION_COPY   ? v->ops->copy != NULL
           : action == ACTION_WRITE  ? v->ops->write != NULL
                                     : true;
}

static int draw_hints_of(const struct view *v, const struct surface *s, int col, int end,
                         const struct binding *table, bool last)
{
    for (const struct binding *b = table; b && b->action != ACTION_NONE; b++) {
        bool is_last = b->action == ACTION_HELP || b->action == ACTION_BACK;

        if (b->keys && b->brief && is_last == last && is_able(v, b->action))
            col = draw_hint(s, col, end, b);
    }
    return col;
}

/* How to get help and how to leave always fit. */
static void draw_hints(const struct view *v, const struct surface *s)
{
    const int reserved = (int)strlen("? help  q back");
    int col = 1;

    if (v)
        col = draw_hints_of(v, s, col, s->cols - reserved - 2, v->ops->bindings, false);
    col = draw_hints_of(v, s, col, s->cols - reserved - 2, key_table, false);
    draw_hints_of(v, s, col, s->cols, key_table, true);
}

static void draw_small(const struct surface *s)
{
    char *text = g_strdup_printf("tare needs %dx%d, this is %dx%d", FRAME_MIN_COLS, FRAME_MIN_ROWS,
                                 s->cols, s->rows);
    struct surface room = *s;

    /* Wrapped into what there is, without a margin. */
    for (int row = 0, at = 0; row < room.rows && at < (int)strlen(text) && room.cols > 0; row++) {
        surface_text(&room, row, 0, plain, text + at);
        at += room.cols;
    }
    g_free(text);
}

static void draw_frame(struct app *app, const struct surface *s)
{
    struct view *v = app_view(app);
    struct surface title = surface_part(s, 0, 0, 1, s->cols);
    struct surface status = surface_part(s, 1, 0, 1, s->cols);
    struct surface body =
        surface_part(s, FRAME_ABOVE, 0, s->rows - FRAME_ABOVE - FRAME_BELOW, s->cols);
    struct surface job = surface_part(s, s->rows - 2, 0, 1, s->cols);
    struct surface hints = surface_part(s, s->rows - 1, 0, 1, s->cols);

    if (v) {
        app_lay_out(v, body.rows, body.cols);
        v->ops->draw(v, &body);
    } else {
        draw_empty(app, &body);
    }
    draw_title(app, &title);
    draw_status(app, v, &status);
    if (app->menu_open) {
        list_layout(&app->menu, app->n_views, body.rows - 2);
        draw_menu(app, &body);
    }
    draw_job(app, &job);
    if (app->prompt.kind != PROMPT_NONE)
        draw_prompt(app, &hints);
    else
        draw_hints(v, &hints);
}

void app_draw(struct app *app)
{
    struct surface s;
    int rows, cols;

    term_size(app->term, &rows, &cols);
    if (!app->canvas || app->canvas->rows != rows || app->canvas->cols != cols) {
        canvas_destroy(app->canvas);
        app->canvas = canvas_create(rows, cols, term_ascii(app->term));
    }
    canvas_clear(app->canvas);
    s = canvas_surface(app->canvas);
    if (app->loading)
        app->model.objects = loading_objects(app->loading);
    if (rows < FRAME_MIN_ROWS || cols < FRAME_MIN_COLS)
        draw_small(&s);
    else
        draw_frame(app, &s);
    term_show(app->term, app->canvas);
}
