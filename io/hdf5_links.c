#include <string.h>
#include "io/hdf5_internal.h"

/* Soft links and names that one path may lead through. */
#define MOST_LINKS 16u
#define MOST_NAMES 256u

struct resolver {
    struct walk *walk;
    unsigned links;    /* followed so far */
    unsigned names;    /* looked up so far */
    const char *fault; /* why the path ends, if it does */
};

static guint32 find_path(struct resolver *r, guint32 from, const char *path);

static guint32 follow_value(struct resolver *r, guint32 parent, guint32 value)
{
    if (r->links++ < MOST_LINKS)
        return find_path(r, parent, listing_text(r->walk->listing, value));
    r->fault = "too many soft links one after the other";
    return LISTING_NONE;
}

/* Where a soft link listed at `object` leads; LISTING_NONE if nowhere. */
static guint32 follow(struct resolver *r, guint32 object)
{
    GArray *soft = r->walk->soft_links;
    struct listing *l = r->walk->listing;

    if (listing_object(l, object)->kind == LISTING_ALIAS)
        return listing_object(l, object)->target;
    /* Objects are numbered as they are found, so the links are in ascending order. */
    for (guint low = 0, high = soft->len; low < high;) {
        guint middle = low + (high - low) / 2;
        const struct soft_link *link = &g_array_index(soft, struct soft_link, middle);

        if (link->object == object)
            return follow_value(r, listing_object(l, object)->parent, link->value);
        if (link->object < object)
            low = middle + 1;
        else
            high = middle;
    }
    r->fault = "it leads out of what is read of this file";
    return LISTING_NONE;
}

/* The child of a group, links followed. */
static guint32 find_child(struct resolver *r, guint32 group, const char *name, gsize length)
{
    const struct listing *l = r->walk->listing;
    const char *parent = listing_text(l, listing_object(l, group)->path);
    char *path = g_strdup_printf("%s/%.*s", group ? parent : "", (int)length, name);
    guint32 child = listing_find(l, path);

    g_free(path);
    if (child == LISTING_NONE) {
        r->fault = "nothing is there";
        return LISTING_NONE;
    }
    if (listing_object(l, child)->kind == LISTING_ALIAS ||
        listing_object(l, child)->kind == LISTING_REFUSED)
        return follow(r, child);
    return child;
}

/* The listing's text stays where it is meanwhile: nothing is added to it. */
static guint32 find_path(struct resolver *r, guint32 from, const char *path)
{
    guint32 at = *path == '/' ? 0 : from;

    for (gsize length; at != LISTING_NONE && *path; path += length) {
        path += strspn(path, "/");
        length = strcspn(path, "/");
        if (length == 0 || (length == 1 && *path == '.'))
            continue;
        if (r->names++ == MOST_NAMES) {
            r->fault = "its path is too long";
            return LISTING_NONE;
        }
        at = find_child(r, at, path, length);
    }
    return at;
}

static void resolve(struct walk *w, const struct soft_link *link)
{
    struct resolver r = {.walk = w};
    struct listing *l = w->listing;
    guint32 target = follow(&r, link->object);
    struct listing_object *o = &g_array_index(l->objects, struct listing_object, link->object);

    if (target != LISTING_NONE) {
        o->kind = LISTING_ALIAS;
        o->soft = TRUE;
        o->target = target;
        o->storage = listing_object(l, target)->storage;
    } else {
        char *reason =
            g_strdup_printf("soft link to '%s': %s", listing_text(l, link->value), r.fault);

        o->reason = listing_add_text(l, reason);
        g_free(reason);
    }
}

void hdf5_links_resolve(struct walk *w)
{
    for (guint i = 0; i < w->soft_links->len; i++)
        resolve(w, &g_array_index(w->soft_links, struct soft_link, i));
}
