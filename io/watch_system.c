#include "io/watch_system.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>
#include "io/checkpoint_name.h"
#include "io/format.h"
#include "io/limits.h"

#define EVENTS                                                                                     \
    (IN_MODIFY | IN_CLOSE_WRITE | IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_ONLYDIR)

/* What was seen of a name the last time: probed again only when it is another. */
struct probed {
    struct sight sight;
    bool known;
};

struct watch_system {
    char *folder, *name; /* name: of the one file; NULL: the folder is watched */
    int inotify;
    GHashTable *prefixes; /* watch descriptor -> "" or "checkpoint-5/" */
    GHashTable *probed;   /* name -> struct probed */
    GArray *items;        /* struct watch_item, names owned by `names` */
    GStringChunk *names;
};

struct watch_system *watch_system_create(const char *path)
{
    struct watch_system *s = g_new0(struct watch_system, 1);

    s->folder = g_strdup(path);
    s->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    s->prefixes = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    s->probed = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    s->items = g_array_new(FALSE, TRUE, sizeof(struct watch_item));
    s->names = g_string_chunk_new(4096);
    return s;
}

void watch_system_destroy(struct watch_system *s)
{
    if (s->inotify >= 0)
        close(s->inotify);
    g_hash_table_destroy(s->prefixes);
    g_hash_table_destroy(s->probed);
    g_array_free(s->items, TRUE);
    g_string_chunk_free(s->names);
    g_free(s->folder);
    g_free(s->name);
    g_free(s);
}

int watch_system_fd(const struct watch_system *s)
{
    return s->inotify;
}

bool watch_system_is_file(const struct watch_system *s)
{
    return s->name != NULL;
}

char *watch_system_path(const struct watch_system *s, const char *name)
{
    return g_build_filename(s->folder, name, NULL);
}

/* The path is a file: what is watched is the folder it lies in. */
static void become_file(struct watch_system *s)
{
    char *path = s->folder;

    s->folder = g_path_get_dirname(path);
    s->name = g_path_get_basename(path);
    g_free(path);
}

/* Adding a folder that is watched already changes nothing. */
static void watch_for_events(struct watch_system *s, const char *prefix)
{
    char *path = g_build_filename(s->folder, prefix, NULL);
    int wd = s->inotify < 0 ? -1 : inotify_add_watch(s->inotify, path, EVENTS);

    if (wd >= 0)
        g_hash_table_insert(s->prefixes, GINT_TO_POINTER(wd), g_strdup(prefix));
    g_free(path);
}

static bool probe(const struct watch_system *s, const char *name)
{
    char *path = watch_system_path(s, name);
    struct file f;
    bool known = file_open(&f, path, NULL);

    if (known) {
        known = format_find(&f) != NULL;
        file_close(&f);
    }
    g_free(path);
    return known;
}

/* A file that is named is taken for weights: what is wrong with it is said when it is read. */
static bool is_known(struct watch_system *s, const char *name, const struct sight *sight)
{
    struct probed *p;

    if (s->name)
        return true;
    p = g_hash_table_lookup(s->probed, name);
    if (!p) {
        p = g_new0(struct probed, 1);
        g_hash_table_insert(s->probed, g_strdup(name), p);
    }
    if (!sight_same_content(&p->sight, sight)) {
        p->sight = *sight;
        p->known = probe(s, name);
    }
    return p->known;
}

bool watch_system_look(struct watch_system *s, const char *name, struct watch_item *out)
{
    char *path = watch_system_path(s, name);
    struct stat st;
    bool there = stat(path, &st) == 0 && S_ISREG(st.st_mode);

    if (there) {
        sight_of(&out->sight, &st);
        out->name = name;
        out->known = is_known(s, name, &out->sight);
    }
    g_free(path);
    return there;
}

static void list_folder(struct watch_system *s, const char *prefix);

static void list_name(struct watch_system *s, int at, const char *prefix, const char *name)
{
    struct watch_item item;
    struct stat st;
    char *full;

    if (checkpoint_name_is_temporary(name) || s->items->len >= LIMIT_WATCHED_FILES ||
        fstatat(at, name, &st, 0) != 0)
        return;
    if (S_ISREG(st.st_mode)) {
        full = g_strconcat(prefix, name, NULL);
        item.name = g_string_chunk_insert(s->names, full);
        sight_of(&item.sight, &st);
        item.known = is_known(s, full, &item.sight);
        g_array_append_val(s->items, item);
        g_free(full);
    } else if (S_ISDIR(st.st_mode) && !*prefix) {
        full = g_strconcat(name, "/", NULL);
        list_folder(s, full);
        g_free(full);
    }
}

static void list_folder(struct watch_system *s, const char *prefix)
{
    char *path = g_build_filename(s->folder, prefix, NULL);
    DIR *dir = opendir(path);
    struct dirent *d;

    if (dir) {
        watch_for_events(s, prefix);
        while ((d = readdir(dir)))
            list_name(s, dirfd(dir), prefix, d->d_name);
        closedir(dir);
    }
    g_free(path);
}

static bool list_file(struct watch_system *s)
{
    struct watch_item item;

    watch_for_events(s, "");
    if (!watch_system_look(s, s->name, &item))
        return false;
    g_array_append_val(s->items, item);
    return true;
}

bool watch_system_list(struct watch_system *s, const struct watch_item **items, guint *n)
{
    struct stat st;
    bool there;

    g_array_set_size(s->items, 0);
    g_string_chunk_clear(s->names);
    there = stat(s->folder, &st) == 0;
    if (there && !s->name && !S_ISDIR(st.st_mode))
        become_file(s);
    if (s->name)
        there = list_file(s);
    else if (there)
        list_folder(s, "");
    *items = (const struct watch_item *)(const void *)s->items->data;
    *n = s->items->len;
    return there;
}

/* True: what was told may have changed the list. */
static bool take_event(struct watch_system *s, const struct inotify_event *e,
                       void (*touched)(void *data, const char *name), void *data)
{
    const char *prefix = g_hash_table_lookup(s->prefixes, GINT_TO_POINTER(e->wd));
    char *name;

    if (e->mask & IN_IGNORED)
        g_hash_table_remove(s->prefixes, GINT_TO_POINTER(e->wd));
    if (e->mask & (IN_IGNORED | IN_Q_OVERFLOW))
        return true;
    if (!prefix || !e->len || (s->name && strcmp(e->name, s->name) != 0) ||
        checkpoint_name_is_temporary(e->name))
        return false;
    if (e->mask & IN_MODIFY) {
        name = g_strconcat(prefix, e->name, NULL);
        touched(data, name);
        g_free(name);
    }
    return (e->mask & ~(uint32_t)IN_MODIFY) != 0;
}

bool watch_system_drain(struct watch_system *s, void (*touched)(void *data, const char *name),
                        void *data)
{
    char buffer[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
    bool changed = false;
    ssize_t n;

    while (s->inotify >= 0 && (n = read(s->inotify, buffer, sizeof buffer)) > 0) {
        for (const char *p = buffer; p < buffer + n;) {
            const struct inotify_event *e = (const struct inotify_event *)(const void *)p;

            changed |= take_event(s, e, touched, data);
            p += sizeof *e + e->len;
        }
    }
    return changed;
}
