/* Pairs that the user decides: kept in a map, and the files are paired anew with it. */
#include <string.h>
#include "core/escape.h"
#include "core/pair_content.h"
#include "tui/app_state.h"

static struct pair_map *map_of(struct app *app)
{
    if (!app->map)
        app->map = pair_map_create();
    return app->map;
}

/* The comparison that is there sees what was set aside at once. */
static void share_map(struct app *app)
{
    struct comparison *c = app->model.comparison;

    pair_map_destroy(c->map);
    c->map = pair_map_copy(app->map);
    c->summary.version++;
    app->changed = true;
}

static bool can_pair(struct app *app)
{
    if (app_is_held(app))
        return false;
    if (!app->model.comparison || !app->model.comparison->tuned)
        app_say(app, "one file: nothing to pair");
    else
        return true;
    return false;
}

void app_pair(struct app *app, const char *base, const char *tuned, enum pair_how how,
              const char *rule)
{
    char *a, *b;

    if (!can_pair(app))
        return;
    pair_map_destroy(app->map_before);
    app->map_before = pair_map_copy(map_of(app));
    pair_map_add(app->map, base, tuned, how, rule);
    if (how == PAIR_HOW_NEVER) {
        share_map(app);
        app_say(app, "set aside, u brings it back");
        return;
    }
    a = escape_text(base);
    b = escape_text(tuned);
    app_say(app, "paired %s with %s, u undoes; scanning again", a, b);
    g_free(a);
    g_free(b);
    app_open_again(app);
}

void app_pair_undo(struct app *app)
{
    bool never;

    if (!can_pair(app))
        return;
    if (!app->map || app->map->items->len == 0) {
        app_say(app, "nothing to undo");
        return;
    }
    never = g_array_index(app->map->items, struct pair_map_item, app->map->items->len - 1).how ==
            PAIR_HOW_NEVER;
    pair_map_undo(app->map);
    if (never)
        share_map(app);
    else
        app_open_again(app);
    app_say(app, never ? "brought back" : "undone; scanning again");
}

void app_pair_settled(struct app *app, bool opened)
{
    if (!opened && app->map_before) {
        pair_map_destroy(app->map);
        app->map = g_steal_pointer(&app->map_before);
    }
    g_clear_pointer(&app->map_before, pair_map_destroy);
}

void app_pair_by_content(struct app *app)
{
    const struct comparison *c = app->model.comparison;
    GArray *proposals;
    guint n;

    if (!app->by_content || app->loading || comparison_scan_running(c) ||
        c->summary.n_finished < c->summary.n)
        return;
    app->by_content = false;
    proposals = proposals_find(c);
    n = proposals_accept(c, proposals, map_of(app));
    proposals_free(proposals);
    if (n == 0)
        return;
    app_say(app, "%u pairs by content; scanning again", n);
    app_open_again(app);
}

/* ":pair BASE TUNED [HOW]". */
void app_pair_command(struct app *app, const char *base, const char *tuned, const char *how)
{
    enum pair_how known = PAIR_HOW_AUTO;

    if (how && !pair_how_find(how, &known))
        app_say(app, "pair BASE TUNED, and perhaps auto, plain, transposed or never");
    else
        app_pair(app, base, tuned, known, pair_rule_map);
}
