#include "io/watch_folder.h"

#include <string.h>
#include "io/name_order.h"

static void free_entry(gpointer entry)
{
    struct watch_entry *e = entry;

    g_free(e->name);
    g_free(e->key);
    g_free(e);
}

void watch_folder_init(struct watch_folder *w,
                       void (*renamed)(void *data, const char *from, const char *to), void *data)
{
    *w = (struct watch_folder){.entries = g_ptr_array_new_with_free_func(free_entry),
                               .by_name = g_hash_table_new(g_str_hash, g_str_equal),
                               .renamed = renamed,
                               .data = data};
}

void watch_folder_finish(struct watch_folder *w)
{
    g_hash_table_destroy(w->by_name);
    g_ptr_array_free(w->entries, TRUE);
}

struct watch_entry *watch_folder_find(const struct watch_folder *w, const char *name)
{
    return g_hash_table_lookup(w->by_name, name);
}

static void set_name(struct watch_folder *w, struct watch_entry *e, const char *name)
{
    GString *key = g_string_new(NULL);

    name_order_part(key, name, strlen(name));
    if (e->name)
        g_hash_table_remove(w->by_name, e->name);
    g_free(e->name);
    g_free(e->key);
    e->name = g_strdup(name);
    e->key = g_string_free(key, FALSE);
    g_hash_table_insert(w->by_name, e->name, e);
}

static void drop(struct watch_folder *w, struct watch_entry *e)
{
    if (g_hash_table_lookup(w->by_name, e->name) == e)
        g_hash_table_remove(w->by_name, e->name);
    if (w->shown == e)
        w->shown = NULL;
    g_ptr_array_remove(w->entries, e);
}

/* One that is no longer under its name and is what was seen under another. */
static struct watch_entry *find_moved(const struct watch_folder *w, const struct sight *s)
{
    for (guint i = 0; i < w->entries->len; i++) {
        struct watch_entry *e = g_ptr_array_index(w->entries, i);

        if (!e->listed && sight_same_content(&e->file.seen, s))
            return e;
    }
    return NULL;
}

static void see_entry(struct watch_folder *w, struct watch_entry *e, const struct watch_item *item,
                      gint64 now)
{
    if (w->begun && !sight_same_content(&e->file.seen, &item->sight))
        e->file.recheck = true;
    e->known = item->known;
    e->listed = true;
    watch_file_see(&e->file, &item->sight, now);
}

static struct watch_entry *add(struct watch_folder *w, const char *name)
{
    struct watch_entry *e = g_new0(struct watch_entry, 1);

    g_ptr_array_add(w->entries, e);
    set_name(w, e, name);
    return e;
}

/* The file that is now under that name was known by another: what is known of it goes along. */
static struct watch_entry *move(struct watch_folder *w, struct watch_entry *moved,
                                struct watch_entry *replaced, const char *name)
{
    char *from;

    if (replaced && replaced->file.reading.there)
        return replaced; /* its reading ends under this name */
    from = g_strdup(moved->name);
    if (replaced) {
        bool shown = w->shown == replaced;

        drop(w, replaced);
        if (shown && moved->file.has_good)
            w->shown = moved;
    }
    set_name(w, moved, name);
    w->renamed(w->data, from, name);
    g_free(from);
    return moved;
}

static void see_item(struct watch_folder *w, const struct watch_item *item, gint64 now)
{
    struct watch_entry *e = watch_folder_find(w, item->name), *moved = NULL;

    if (!e || !sight_same_content(&e->file.seen, &item->sight))
        moved = find_moved(w, &item->sight);
    if (moved && moved != e)
        e = move(w, moved, e, item->name);
    else if (!e)
        e = add(w, item->name);
    see_entry(w, e, item, now);
}

/* Those that are gone stay while something was made of them. */
static void see_gone(struct watch_folder *w, gint64 now)
{
    static const struct sight none;

    for (guint i = w->entries->len; i-- > 0;) {
        struct watch_entry *e = g_ptr_array_index(w->entries, i);

        if (e->listed)
            continue;
        watch_file_see(&e->file, &none, now);
        if (!e->file.has_good && !e->file.reading.there)
            drop(w, e);
    }
}

void watch_folder_see(struct watch_folder *w, const struct watch_item *items, guint n, gint64 now)
{
    for (guint i = 0; i < w->entries->len; i++)
        ((struct watch_entry *)g_ptr_array_index(w->entries, i))->listed = false;
    /* Names that are still there are no longer free for what moved. */
    for (guint i = 0; i < n; i++) {
        struct watch_entry *e = watch_folder_find(w, items[i].name);

        if (e)
            e->listed = sight_same_content(&e->file.seen, &items[i].sight);
    }
    for (guint i = 0; i < n; i++)
        see_item(w, &items[i], now);
    see_gone(w, now);
    w->begun = true;
}

static int by_time(const struct watch_entry *a, const struct watch_entry *b)
{
    gint64 x = a->file.seen.mtime_ns, y = b->file.seen.mtime_ns;

    return x < y ? -1 : x > y ? 1 : strcmp(a->key, b->key);
}

/* What was shown keeps its time when it is gone: see_gone left only that it is not there. */
static bool is_newer(const struct watch_folder *w, const struct watch_entry *e)
{
    if (!w->shown || !w->shown->file.seen.there)
        return true;
    return by_time(e, w->shown) > 0;
}

static int urgency(const struct watch_folder *w, const struct watch_entry *e, enum watch_wish wish)
{
    if (wish == WISH_READ)
        return w->in_order ? 1 : e == w->shown || is_newer(w, e) ? 3 : 1;
    return wish == WISH_RECHECK ? 2 : 0;
}

/* Of equal urgency: the newest of the newer ones, of the others the first by name. */
static bool is_before(const struct watch_entry *a, const struct watch_entry *b, int urgency)
{
    return urgency == 3 ? by_time(a, b) > 0 : strcmp(a->key, b->key) < 0;
}

struct watch_entry *watch_folder_next(const struct watch_folder *w, enum watch_wish *wish)
{
    struct watch_entry *best = NULL;
    int most = 0;

    for (guint i = 0; i < w->entries->len; i++) {
        struct watch_entry *e = g_ptr_array_index(w->entries, i);
        enum watch_wish wanted = e->known ? watch_file_wish(&e->file) : WISH_NOTHING;
        int u = urgency(w, e, wanted);

        if (u > most || (u && u == most && is_before(e, best, u))) {
            best = e;
            most = u;
            *wish = wanted;
        }
    }
    return best;
}

gint64 watch_folder_due(const struct watch_folder *w)
{
    gint64 due = G_MAXINT64;

    for (guint i = 0; i < w->entries->len; i++) {
        const struct watch_entry *e = g_ptr_array_index(w->entries, i);

        if (e->known)
            due = MIN(due, watch_file_due(&e->file));
    }
    return due;
}

struct watch_entry *watch_folder_first(const struct watch_folder *w)
{
    struct watch_entry *first = NULL;

    for (guint i = 0; i < w->entries->len; i++) {
        struct watch_entry *e = g_ptr_array_index(w->entries, i);

        if (e->known && watch_file_wish(&e->file) != WISH_NOTHING &&
            (!first || strcmp(e->key, first->key) < 0))
            first = e;
    }
    return first;
}

guint watch_folder_waiting(const struct watch_folder *w)
{
    guint n = 0;

    for (guint i = 0; i < w->entries->len; i++) {
        const struct watch_entry *e = g_ptr_array_index(w->entries, i);

        n += e->known && e->file.seen.there && watch_file_state(&e->file) == WATCH_WRITING;
    }
    return n;
}

bool watch_folder_show(struct watch_folder *w, struct watch_entry *e)
{
    if (e != w->shown && !is_newer(w, e))
        return false;
    w->shown = e;
    e->file.recheck = true;
    return true;
}

/* Writing outweighs stale: it may become good. */
enum watch_state watch_folder_state(const struct watch_folder *w, const struct watch_entry **about)
{
    enum watch_state state = w->shown ? watch_file_state(&w->shown->file) : WATCH_WAITING;
    const struct watch_entry *by = w->shown;

    for (guint i = 0; i < w->entries->len; i++) {
        const struct watch_entry *e = g_ptr_array_index(w->entries, i);
        enum watch_state s = watch_file_state(&e->file);

        if (!e->known || e == w->shown || !e->file.seen.there || !is_newer(w, e))
            continue;
        if (s == WATCH_WRITING || (s == WATCH_STALE && state != WATCH_WRITING)) {
            state = s;
            by = e;
        }
    }
    if (about)
        *about = by;
    return state;
}
