#include <string.h>
#include "io/hdf5_internal.h"
#include "io/limits.h"

/* Paths and link targets together: 200,000 objects need not bring 800 MB of names. */
#define MOST_PATH_BYTES (128u << 20)

/* A link as its group holds it; strings in the group's chunk. */
struct link {
    const char *name;
    H5L_type_t type;
    guint64 address;   /* hard */
    const char *value; /* soft, external: where to, as text */
};

/* The links of one group, copied out so that no iteration of the library is under way while its
 * children are walked. */
struct links {
    struct walk *walk;
    GArray *of; /* struct link */
    GStringChunk *strings;
    gsize bytes; /* of strings */
    char *path;
};

static void walk_group(struct walk *w, hid_t group, guint32 self, unsigned depth);

void hdf5_walk_cut(struct walk *w, const char *format, ...)
{
    char *reason;
    va_list args;

    if (w->listing->cut)
        return;
    va_start(args, format);
    reason = g_strdup_vprintf(format, args);
    va_end(args);
    w->listing->cut = TRUE;
    w->listing->cut_reason = listing_add_text(w->listing, reason);
    g_free(reason);
}

static void cut_by_size(struct walk *w)
{
    hdf5_walk_cut(w, "more than %u objects or %u bytes of paths: the rest is left out",
                  LIMIT_OBJECTS, MOST_PATH_BYTES);
}

static gboolean is_cancelled(const struct walk *w)
{
    return w->watch && g_atomic_int_get(&w->watch->cancelled);
}

/* "'other.h5', object '/x'" of an external link, or NULL. */
static char *external_value(const char *value, gsize bytes)
{
    const char *file, *object;
    unsigned flags;

    if (H5Lunpack_elink_val(value, bytes, &flags, &file, &object) < 0)
        return NULL;
    return g_strdup_printf("'%s', object '%s'", file, object);
}

static const char *link_value(struct links *l, hid_t group, const char *name,
                              const H5L_info_t *info)
{
    gsize bytes = info->u.val_size;
    const char *value = NULL;
    char *data, *text;

    if (bytes == 0 || bytes > 2 * LIMIT_PATH_BYTES)
        return NULL;
    data = g_malloc0(bytes + 1);
    if (H5Lget_val(group, name, data, bytes, H5P_DEFAULT) >= 0) {
        text = info->type == H5L_TYPE_EXTERNAL ? external_value(data, bytes) : g_strdup(data);
        value = text ? g_string_chunk_insert(l->strings, text) : NULL;
        g_free(text);
    }
    g_free(data);
    return value;
}

static herr_t collect(hid_t group, const char *name, const H5L_info_t *info, void *data)
{
    struct links *l = data;
    struct walk *w = l->walk;
    struct link link = {.type = info->type};
    gsize length = strlen(name);

    if (w->listing->objects->len + l->of->len >= LIMIT_OBJECTS ||
        w->path_bytes + l->bytes > MOST_PATH_BYTES) {
        cut_by_size(w);
        return 1;
    }
    if (length > LIMIT_NAME_BYTES || strlen(l->path) + 1 + length > LIMIT_PATH_BYTES) {
        hdf5_walk_cut(w, "%s: names of more than %u bytes or paths of more than %u are left out",
                      l->path, LIMIT_NAME_BYTES, LIMIT_PATH_BYTES);
        return 0;
    }
    if (info->type == H5L_TYPE_HARD)
        link.address = info->u.address;
    else if (info->type == H5L_TYPE_SOFT || info->type == H5L_TYPE_EXTERNAL)
        link.value = link_value(l, group, name, info);
    link.name = g_string_chunk_insert(l->strings, name);
    l->bytes += length + (link.value ? strlen(link.value) : 0);
    g_array_append_val(l->of, link);
    return 0;
}

/* LISTING_NONE if there is no room for more. */
static guint32 add_object(struct walk *w, guint32 parent, const char *name, enum listing_kind kind)
{
    struct listing *l = w->listing;
    struct listing_object o = {.parent = parent,
                               .kind = kind,
                               .path = l->text->len,
                               .target = LISTING_NONE,
                               .dataset = LISTING_NONE};
    guint32 above = listing_object(l, parent)->path;
    gsize length = parent ? strlen(listing_text(l, above)) : 0, bytes = strlen(name) + 1;

    if (l->objects->len >= LIMIT_OBJECTS || w->path_bytes + length + bytes > MOST_PATH_BYTES) {
        cut_by_size(w);
        return LISTING_NONE;
    }
    w->path_bytes += length + 1 + bytes;
    g_byte_array_set_size(l->text, (guint)(o.path + length + 1 + bytes));
    memcpy(l->text->data + o.path, l->text->data + above, length);
    l->text->data[o.path + length] = '/';
    memcpy(l->text->data + o.path + length + 1, name, bytes);
    o.name = (guint32)(o.path + length + 1);
    g_array_append_val(l->objects, o);
    if (w->watch)
        g_atomic_int_inc(&w->watch->objects);
    return l->objects->len - 1;
}

G_GNUC_PRINTF(4, 5)
static void add_refused(struct walk *w, guint32 parent, const char *name, const char *format, ...)
{
    guint32 at = add_object(w, parent, name, LISTING_REFUSED);
    char *reason;
    va_list args;

    if (at == LISTING_NONE)
        return;
    va_start(args, format);
    reason = g_strdup_vprintf(format, args);
    va_end(args);
    w->path_bytes += strlen(reason);
    g_array_index(w->listing->objects, struct listing_object, at).reason =
        listing_add_text(w->listing, reason);
    g_free(reason);
}

static void remember(struct walk *w, guint64 address, guint32 object)
{
    gint64 *key = g_new(gint64, 1);

    *key = (gint64)address;
    g_hash_table_insert(w->seen, key, GUINT_TO_POINTER(object));
    g_array_index(w->listing->objects, struct listing_object, object).storage = address;
}

static void add_alias(struct walk *w, guint32 parent, const char *name, guint32 target)
{
    guint32 at = add_object(w, parent, name, LISTING_ALIAS);
    struct listing_object *o;

    if (at == LISTING_NONE)
        return;
    o = &g_array_index(w->listing->objects, struct listing_object, at);
    o->target = target;
    o->storage = listing_object(w->listing, target)->storage;
}

static void walk_object(struct walk *w, guint32 parent, const struct link *link, hid_t id,
                        unsigned depth)
{
    H5I_type_t type = H5Iget_type(id);
    guint32 at;

    if (type != H5I_GROUP && type != H5I_DATASET) {
        add_refused(w, parent, link->name, "named datatype, not weights");
        return;
    }
    at = add_object(w, parent, link->name, type == H5I_GROUP ? LISTING_GROUP : LISTING_DATASET);
    if (at == LISTING_NONE)
        return;
    remember(w, link->address, at);
    hdf5_attributes_list(w, id, at);
    if (type == H5I_DATASET) {
        hdf5_strings_list(w, id, at);
        hdf5_dataset_list(w, id, at);
    } else {
        walk_group(w, id, at, depth + 1);
    }
}

static void walk_hard(struct walk *w, guint32 parent, const struct link *link, unsigned depth)
{
    gint64 address = (gint64)link->address;
    gpointer target;
    hid_t id;

    if (g_hash_table_lookup_extended(w->seen, &address, NULL, &target)) {
        add_alias(w, parent, link->name, GPOINTER_TO_UINT(target));
        return;
    }
    id = H5Oopen_by_addr(w->id, link->address);
    if (id < 0) {
        char *detail = hdf5_error_detail();

        add_refused(w, parent, link->name, "unreadable: %s", detail);
        g_free(detail);
        return;
    }
    walk_object(w, parent, link, id, depth);
    H5Oclose(id);
}

static void walk_soft(struct walk *w, guint32 parent, const struct link *link)
{
    struct soft_link soft;

    if (!link->value) {
        add_refused(w, parent, link->name, "soft link with an unreadable target");
        return;
    }
    soft.object = add_object(w, parent, link->name, LISTING_REFUSED);
    if (soft.object == LISTING_NONE)
        return;
    w->path_bytes += strlen(link->value);
    soft.value = listing_add_text(w->listing, link->value);
    g_array_append_val(w->soft_links, soft);
}

static void walk_link(struct walk *w, guint32 parent, const struct link *link, unsigned depth)
{
    if (link->type == H5L_TYPE_HARD)
        walk_hard(w, parent, link, depth);
    else if (link->type == H5L_TYPE_SOFT)
        walk_soft(w, parent, link);
    else if (link->type == H5L_TYPE_EXTERNAL)
        add_refused(w, parent, link->name, "external link to file %s: never followed",
                    link->value ? link->value : "(unreadable)");
    else
        add_refused(w, parent, link->name, "user-defined link of type %d: never followed",
                    (int)link->type);
}

/* Recursion ends at LIMIT_DEPTH. */
static void walk_group(struct walk *w, hid_t group, guint32 self, unsigned depth)
{
    struct links links = {.walk = w};
    struct listing_object *o = &g_array_index(w->listing->objects, struct listing_object, self);

    if (depth > LIMIT_DEPTH) {
        hdf5_walk_cut(w, "groups nested deeper than %u: the rest is left out", LIMIT_DEPTH);
        o->kind = LISTING_REFUSED;
        o->reason = listing_add_text(w->listing, "nested too deep: its content is left out");
        return;
    }
    links.path = g_strdup(listing_text(w->listing, o->path));
    links.of = g_array_new(FALSE, FALSE, sizeof(struct link));
    links.strings = g_string_chunk_new(1024);
    if (H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, NULL, collect, &links) < 0) {
        char *detail = hdf5_error_detail();

        hdf5_walk_cut(w, "%s: its list of links is damaged: %s", links.path, detail);
        g_free(detail);
    }
    for (guint i = 0; i < links.of->len && !is_cancelled(w); i++)
        walk_link(w, self, &g_array_index(links.of, struct link, i), depth);
    g_array_free(links.of, TRUE);
    g_string_chunk_free(links.strings);
    g_free(links.path);
}

static gboolean walk_root(struct walk *w)
{
    struct listing_object root = {.parent = LISTING_NONE,
                                  .kind = LISTING_GROUP,
                                  .target = LISTING_NONE,
                                  .dataset = LISTING_NONE};
    hid_t id = H5Gopen2(w->id, "/", H5P_DEFAULT);
    H5O_info_t info;

    if (id < 0)
        return FALSE;
    root.path = listing_add_text(w->listing, "/");
    root.name = root.path + 1;
    g_array_append_val(w->listing->objects, root);
    if (H5Oget_info2(id, &info, H5O_INFO_BASIC) >= 0)
        remember(w, info.addr, 0);
    hdf5_attributes_list(w, id, 0);
    walk_group(w, id, 0, 0);
    H5Gclose(id);
    return TRUE;
}

static gboolean walk_file(struct walk *w, GError **error)
{
    gboolean walked;

    if (!hdf5_open(w, error))
        return FALSE;
    walked = walk_root(w);
    if (!walked)
        hdf5_open_fail(w, error);
    H5Fclose(w->id);
    if (walked && is_cancelled(w)) {
        g_set_error(error, TARE_ERROR, TARE_ERROR_CANCELLED, "%s: stopped", w->file->path);
        return FALSE;
    }
    return walked;
}

struct listing *hdf5_walk(const struct file *f, struct open_watch *watch, GError **error)
{
    struct walk w = {.file = f, .watch = watch, .listing = listing_create()};
    gboolean walked;

    w.listing->file_bytes = f->size;
    w.seen = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    w.soft_links = g_array_new(FALSE, FALSE, sizeof(struct soft_link));
    hdf5_lock();
    walked = walk_file(&w, error);
    hdf5_unlock();
    if (walked) {
        listing_index(w.listing);
        hdf5_links_resolve(&w);
    } else {
        g_clear_pointer(&w.listing, listing_destroy);
    }
    g_array_free(w.soft_links, TRUE);
    g_hash_table_destroy(w.seen);
    return w.listing;
}
