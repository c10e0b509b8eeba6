#include "core/escape.h"
#include "tui/app_state.h"

static guint top_index(const struct app *app)
{
    return app->stack[app->n_stack - 1];
}

const struct view_ops *app_top(const struct app *app)
{
    return view_table[top_index(app)];
}

static bool can_show(const struct app *app, const struct view_ops *ops)
{
    return app->model.state == LOAD_READY || ops == view_find("help");
}

static void apply_filter(struct app *app, struct view *v)
{
    if (v->ops->filter)
        app->prompt.hits = v->ops->filter(v, app->filters[top_index(app)]);
}

static struct view *open_view(struct app *app, guint i)
{
    struct view *v = g_malloc0(view_table[i]->size);

    v->ops = view_table[i];
    v->model = &app->model;
    v->ops->open(v, &app->model);
    app->views[i] = v;
    return v;
}

void app_lay_out(struct view *v, int rows, int cols)
{
    v->rows = rows;
    v->cols = cols;
    v->ops->layout(v, rows, cols);
}

/* Keys may come before the frame that would have done it, and where there is no room for one. */
static void lay_out_new(struct app *app, struct view *v)
{
    int rows, cols;

    if (v->cols > 0)
        return;
    term_size(app->term, &rows, &cols);
    app_lay_out(v, MAX(rows - FRAME_ABOVE - FRAME_BELOW, 1), MAX(cols, 1));
}

struct view *app_view(struct app *app)
{
    struct view **v = &app->views[top_index(app)];

    if (!can_show(app, app_top(app)))
        return NULL;
    if (!*v) {
        open_view(app, top_index(app));
        if (app->filters[top_index(app)])
            apply_filter(app, *v);
    }
    lay_out_new(app, *v);
    return *v;
}

static void free_view(struct view *v)
{
    if (v && v->ops->close)
        v->ops->close(v);
    g_free(v);
}

static void close_view(struct app *app, guint i)
{
    free_view(g_steal_pointer(&app->views[i]));
}

struct view **app_put_views_aside(struct app *app)
{
    struct view **aside = app->views;

    app->views = g_new0(struct view *, app->n_views);
    return aside;
}

void app_carry_views(struct app *app, struct view **aside)
{
    for (guint i = 0; i < app->n_views; i++) {
        struct view *v = aside[i];

        if (v && v->ops->carry) {
            v->ops->carry(open_view(app, i), v);
            if (app->filters[i])
                v->ops->filter(app->views[i], app->filters[i]);
        }
        free_view(v);
    }
    g_free(aside);
}

void app_close_views(struct app *app)
{
    for (guint i = 0; i < app->n_views; i++)
        close_view(app, i);
}

/* Help is opened anew for every view it is asked from. */
static void explain(struct app *app, guint view)
{
    if (view_table[view] != view_find("help"))
        return;
    app->model.explained = app_top(app);
    close_view(app, view);
}

void app_go(struct app *app, guint view)
{
    for (guint i = 0; i < app->n_stack; i++) {
        if (app->stack[i] == view) {
            app->n_stack = i + 1;
            return;
        }
    }
    explain(app, view);
    app->stack[app->n_stack++] = view;
}

void app_go_to(struct app *app, const struct view_ops *ops)
{
    for (guint i = 0; i < app->n_views; i++)
        if (view_table[i] == ops)
            app_go(app, i);
}

void app_back(struct app *app)
{
    if (app->n_stack > 1)
        app->n_stack--;
    else
        app->leave = true;
}

void app_filter(struct app *app, const char *text)
{
    char **kept = &app->filters[top_index(app)];
    char *filter = text && *text ? g_strdup(text) : NULL;
    struct view *v;

    g_free(*kept); /* perhaps text itself */
    *kept = filter;
    v = app_view(app);
    if (v)
        apply_filter(app, v);
}

static void search(struct app *app, const char *text)
{
    struct view *v = app_view(app);
    guint hits = v->ops->search(v, *text ? text : NULL);
    char *safe = escape_text(text);

    if (*text && hits)
        app_say(app, "%u hit%s for %s: n next, N before", hits, hits == 1 ? "" : "s", safe);
    else if (*text)
        app_say(app, "no hit for %s", safe);
    g_free(safe);
}

/* Clears the filter, else goes back; stays in the program. */
static void escape(struct app *app)
{
    if (app->filters[top_index(app)])
        app_filter(app, NULL);
    else if (app->n_stack > 1)
        app_back(app);
    else
        app_say(app, "q leaves");
}

static void cancel(struct app *app)
{
    struct comparison *c = app->model.comparison;

    if (app->saving) {
        app_save_cancel(app);
        app_say(app, "stopping the save");
    } else if (app_run_moves(app)) {
        app_run_ask(app, RUN_PAUSE, 0);
    } else if (c && comparison_scan_running(c)) {
        comparison_scan_cancel(c);
        app_say(app, "cancelled; finished rows stay, c goes on");
    } else if (c && comparison_spectrum_cancel(c)) {
        app_say(app, "cancelled; c computes it");
    } else if (app->model.study && study_stop_question(app->model.study)) {
        app_say(app, "stopped answering");
    } else if (app->model.study && study_stop(app->model.study)) {
        app_say(app, "stopped; what was run stays, c goes on");
    } else if (app->leave_on_next) {
        app->leave = true;
    } else {
        app->leave_on_next = true;
        app_say(app, "press ^C again to quit");
    }
}

static void resume(struct app *app)
{
    struct comparison *c = app->model.comparison;
    struct progress p = {0};

    if (c)
        comparison_progress(c, &p);
    if (p.cancelled && !p.running)
        comparison_scan_resume(c);
    else if ((!c || !comparison_spectrum_resume(c)) &&
             (!app->model.study || !study_resume(app->model.study)))
        app_say(app, p.cancelled ? "still stopping" : "nothing was cancelled");
}

static void copy(struct app *app)
{
    struct view *v = app_view(app);
    char *text = v && v->ops->copy ? v->ops->copy(v) : NULL;
    char *safe = escape_text(text);

    if (!text)
        app_say(app, "nothing to copy here");
    else if (term_clipboard(app->term, text))
        app_say(app, "copied: %s", safe);
    else
        app_say(app, "this terminal has no clipboard (OSC 52)");
    g_free(safe);
    g_free(text);
}

static void open_prompt(struct app *app, enum prompt_kind kind, const char *text)
{
    struct view *v = app_view(app);
    bool able = kind == PROMPT_COMMAND || (v && (kind == PROMPT_SEARCH   ? v->ops->search != NULL
                                                 : kind == PROMPT_FILTER ? v->ops->filter != NULL
                                                                         : v->ops->write != NULL));

    if (!able) {
        app_say(app, "the %s view has nothing to %s", app_top(app)->name,
                kind == PROMPT_WRITE    ? "write"
                : kind == PROMPT_SEARCH ? "search"
                                        : "filter");
        return;
    }
    prompt_open(&app->prompt, kind, text);
    if (kind == PROMPT_FILTER)
        app_filter(app, app->filters[top_index(app)]); /* counts */
}

void app_ask(struct app *app, const char *command)
{
    open_prompt(app, PROMPT_COMMAND, command);
}

static void open_write_prompt(struct app *app)
{
    char *name = g_strconcat(app_top(app)->name, ".tsv", NULL);

    open_prompt(app, PROMPT_WRITE, name);
    g_free(name);
}

static void open_menu(struct app *app)
{
    app->menu = (struct list){.selected = top_index(app)};
    app->menu_open = true;
}

static void reload(struct app *app)
{
    if (!app_is_held(app))
        app_open_again(app);
}

static void toggle_mouse(struct app *app)
{
    term_mouse(app->term, !term_has_mouse(app->term));
    app_say(app, term_has_mouse(app->term)
                     ? "mouse on: click and wheel; %% gives selection back to the terminal"
                     : "mouse off");
}

/* True if the action was one of the app's. */
static bool app_act(struct app *app, int action)
{
    switch (action) {
    case ACTION_BACK:
        app_back(app);
        return true;
    case ACTION_ESCAPE:
        escape(app);
        return true;
    case ACTION_QUIT:
        app->leave = true;
        return true;
    case ACTION_CANCEL:
        cancel(app);
        return true;
    case ACTION_RESUME:
        resume(app);
        return true;
    case ACTION_SEARCH:
        open_prompt(app, PROMPT_SEARCH, "");
        return true;
    case ACTION_FILTER:
        open_prompt(app, PROMPT_FILTER, app->filters[top_index(app)]);
        return true;
    case ACTION_COMMAND:
        open_prompt(app, PROMPT_COMMAND, "");
        return true;
    case ACTION_MENU:
        open_menu(app);
        return true;
    case ACTION_HELP:
        app_go_to(app, view_find("help"));
        return true;
    case ACTION_COPY:
        copy(app);
        return true;
    case ACTION_WRITE:
        open_write_prompt(app);
        return true;
    case ACTION_RELOAD:
        reload(app);
        return true;
    case ACTION_REDRAW:
        term_redraw(app->term);
        return true;
    case ACTION_SUSPEND:
        term_suspend(app->term);
        return true;
    case ACTION_MOUSE:
        toggle_mouse(app);
        return true;
    default:
        return false;
    }
}

static void menu_key(struct app *app, gunichar key)
{
    int action = key_action(NULL, key);

    if (action == ACTION_QUIT)
        app->leave = true;
    if (action == ACTION_OPEN)
        app_go(app, app->menu.selected);
    if (action >= ACTION_VIEW_1 && action < ACTION_VIEW_1 + (int)app->n_views &&
        action <= ACTION_VIEW_9)
        app_go(app, (guint)(action - ACTION_VIEW_1));
    if (key != KEY_SIZE_CHANGED && !list_act(&app->menu, action))
        app->menu_open = false;
}

/* False: Enter again overwrites. */
static bool write_file(struct app *app, const struct prompt *p)
{
    if (p->kind == PROMPT_SAVE)
        return app_save(app, p->text->str, p->confirmed);
    return p->kind != PROMPT_WRITE || app_write(app, p->text->str, p->confirmed);
}

static void accept_prompt(struct app *app)
{
    struct prompt *p = &app->prompt;
    char *text = g_strdup(p->text->str);
    enum prompt_kind kind = p->kind;

    if (*text && !write_file(app, p)) {
        p->confirmed = true; /* stays open */
        g_free(text);
        return;
    }
    prompt_close(p);
    if (kind == PROMPT_SEARCH)
        search(app, text);
    else if (kind == PROMPT_COMMAND)
        app_command(app, text);
    g_free(text);
}

static void prompt_input(struct app *app, gunichar key)
{
    bool filtering = app->prompt.kind == PROMPT_FILTER;
    struct view *v;

    switch (prompt_key(&app->prompt, key)) {
    case PROMPT_ACCEPTED:
        accept_prompt(app);
        break;
    case PROMPT_CLOSED:
        prompt_close(&app->prompt);
        if (filtering)
            app_filter(app, NULL);
        break;
    case PROMPT_EDITED:
        if (filtering)
            app_filter(app, app->prompt.text->str);
        break;
    case PROMPT_IGNORED: /* the arrows move in what is filtered */
        v = app_view(app);
        if (v && key > KEY_NONE_PRESSED && key_action(NULL, key) < ACTION_OPEN)
            v->ops->act(v, app, key_action(NULL, key));
        break;
    }
}

static void mouse_input(struct app *app, gunichar key, int row, int col)
{
    struct view *v = app_view(app);

    if (!v || !v->ops->mouse)
        return;
    row -= FRAME_ABOVE;
    if (row >= 0 && row < v->rows)
        v->ops->mouse(v, app, row, col, (int)key);
}

static void action_key(struct app *app, gunichar key)
{
    struct view *v = app_view(app);
    int action = key_action(v ? v->ops->bindings : NULL, key);

    if (action >= ACTION_VIEW_1 && action <= ACTION_VIEW_9) {
        if (action - ACTION_VIEW_1 < (int)app->n_views)
            app_go(app, (guint)(action - ACTION_VIEW_1));
    } else if (!app_act(app, action) && v) {
        v->ops->act(v, app, action);
    }
}

/* What was asked for or learned is not given up without a word. */
static void hold_leaving(struct app *app)
{
    if (!app->leave || !(app->saving || app_run_unsaved(app)) || app->leave_anyway) {
        app->leave_anyway = false;
        return;
    }
    app->leave = false;
    app->leave_anyway = true;
    app_say(app, app->saving ? "a file is being saved: the same again stops that and leaves"
                             : "the run is not saved: the same again leaves, :save FILE saves");
}

void app_key(struct app *app, gunichar key, int mouse_row, int mouse_col)
{
    if (key == KEY_SIZE_CHANGED)
        return; /* the next frame has the new size */
    g_clear_pointer(&app->message, g_free);
    if (key != KEY_CTRL('c'))
        app->leave_on_next = false;
    if (key == KEY_CTRL('z'))
        term_suspend(app->term);
    else if (app->menu_open)
        menu_key(app, key);
    else if (app->prompt.kind != PROMPT_NONE)
        prompt_input(app, key);
    else if (key == KEY_MOUSE_CLICK || key == KEY_WHEEL_UP || key == KEY_WHEEL_DOWN)
        mouse_input(app, key, mouse_row, mouse_col);
    else
        action_key(app, key);
    hold_leaving(app);
}
