#include "tui/list.h"

#include <string.h>

#include "tui/keys.h"

void list_layout(struct list *l, guint n, int height)
{
    guint rows = (guint)MAX(height, 1);

    l->n = n;
    l->height = height;
    l->selected = n ? MIN(l->selected, n - 1) : 0;
    l->top = MIN(l->top, n > rows ? n - rows : 0);
    if (l->selected < l->top)
        l->top = l->selected;
    else if (l->selected >= l->top + rows)
        l->top = l->selected - rows + 1;
}

static void list_move(struct list *l, gint64 by)
{
    gint64 to = (gint64)l->selected + by;

    if (l->n)
        l->selected = (guint)CLAMP(to, 0, (gint64)l->n - 1);
}

bool list_act(struct list *l, int action)
{
    gint64 page = MAX(l->height - 1, 1), half = MAX(l->height / 2, 1);

    switch (action) {
    case ACTION_UP:
        list_move(l, -1);
        break;
    case ACTION_DOWN:
        list_move(l, 1);
        break;
    case ACTION_PAGE_UP:
        list_move(l, -page);
        break;
    case ACTION_PAGE_DOWN:
        list_move(l, page);
        break;
    case ACTION_HALF_UP:
        list_move(l, -half);
        break;
    case ACTION_HALF_DOWN:
        list_move(l, half);
        break;
    case ACTION_HOME:
        list_move(l, -(gint64)l->n);
        break;
    case ACTION_END:
        list_move(l, l->n);
        break;
    default:
        return false;
    }
    list_layout(l, l->n, l->height);
    return true;
}

bool list_wheel(struct list *l, int key)
{
    if (key != KEY_WHEEL_UP && key != KEY_WHEEL_DOWN)
        return false;
    for (int i = 0; i < LIST_WHEEL_ROWS; i++)
        list_act(l, key == KEY_WHEEL_UP ? ACTION_UP : ACTION_DOWN);
    return true;
}

struct matcher {
    GRegex *regex; /* NULL: plain text */
    char *text;
};

/* Bounds the time of one name whatever was typed: "(a+)+$" must not stop the keys. */
#define MATCH_LIMIT "(*LIMIT_MATCH=20000)"

struct matcher *matcher_create(const char *text)
{
    struct matcher *m = g_new0(struct matcher, 1);
    char *pattern = g_strconcat(MATCH_LIMIT, text, NULL);

    m->text = g_strdup(text);
    /* Names are raw bytes, perhaps no UTF-8. */
    m->regex = g_regex_new(pattern, G_REGEX_RAW | G_REGEX_CASELESS, 0, NULL);
    g_free(pattern);
    return m;
}

void matcher_destroy(struct matcher *m)
{
    if (!m)
        return;
    if (m->regex)
        g_regex_unref(m->regex);
    g_free(m->text);
    g_free(m);
}

bool matcher_hit(const struct matcher *m, const char *name)
{
    if (!*m->text)
        return true;
    if (m->regex)
        return g_regex_match_full(m->regex, name, -1, 0, 0, NULL, NULL);
    return strcasestr(name, m->text) != NULL;
}

guint list_search(struct list *l, const struct matcher *m, list_hit *hit, const void *owner,
                  enum list_way way)
{
    guint hits = 0, to = l->selected, first = way == LIST_HERE ? 0 : 1;

    for (guint k = first; m && k < l->n + first; k++) {
        guint i = (l->selected + (way == LIST_PREVIOUS ? l->n - k : k)) % l->n;

        if (!hit(owner, m, i))
            continue;
        if (!hits++)
            to = i;
    }
    l->selected = to;
    list_layout(l, l->n, l->height);
    return hits;
}
