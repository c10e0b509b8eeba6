#include "tests/support/listing_builder.h"

#include <stdarg.h>
#include <string.h>

static guint32 add_object(struct listing *l, const char *path, enum listing_kind kind)
{
    struct listing_object o = {.kind = kind, .parent = LISTING_NONE};
    const char *slash = strrchr(path, '/');

    if (slash && path[1]) {
        char *parent = g_strndup(path, (gsize)(slash - path));

        o.parent = listing_builder_group(l, parent[0] ? parent : "/");
        g_free(parent);
    }
    o.path = listing_add_text(l, path);
    o.name = listing_add_text(l, slash ? slash + 1 : path);
    o.storage = 1000 + 100 * (guint64)l->objects->len;
    g_array_append_val(l->objects, o);
    return l->objects->len - 1;
}

static struct listing_object *object(struct listing *l, guint32 i)
{
    return &g_array_index(l->objects, struct listing_object, i);
}

struct listing *listing_builder_create(void)
{
    struct listing *l = listing_create();

    add_object(l, "/", LISTING_GROUP);
    return l;
}

guint32 listing_builder_group(struct listing *l, const char *path)
{
    guint32 found = listing_find(l, path);

    return found != LISTING_NONE ? found : add_object(l, path, LISTING_GROUP);
}

guint32 listing_builder_dataset(struct listing *l, const char *path, enum dtype dtype, ...)
{
    struct listing_dataset d = {.readable = TRUE,
                                .numeric = TRUE,
                                .dtype = dtype,
                                .dims = l->numbers->len,
                                .elems = 1,
                                .layout = LAYOUT_NONE};
    guint32 i = add_object(l, path, LISTING_DATASET);
    va_list dims;

    va_start(dims, dtype);
    for (int n; (n = va_arg(dims, int)) >= 0; d.rank++) {
        guint64 dim = (guint64)n;

        g_array_append_val(l->numbers, dim);
        d.elems *= dim;
    }
    va_end(dims);
    object(l, i)->dataset = l->datasets->len;
    g_array_append_val(l->datasets, d);
    return i;
}

guint32 listing_builder_alias(struct listing *l, const char *path, guint32 target, gboolean soft)
{
    guint32 i = add_object(l, path, LISTING_ALIAS);

    object(l, i)->target = target;
    object(l, i)->soft = soft;
    return i;
}

void listing_builder_strings(struct listing *l, guint32 i, const char *name,
                             const char *const *strings)
{
    struct listing_attribute a = {.name = listing_add_text(l, name), .first = l->strings->len};

    for (; strings[a.count]; a.count++) {
        guint32 at = listing_add_text(l, strings[a.count]);

        g_array_append_val(l->strings, at);
    }
    if (!object(l, i)->n_attributes++)
        object(l, i)->first_attribute = l->attributes->len;
    g_array_append_val(l->attributes, a);
}

void listing_builder_text(struct listing *l, guint32 i, const char *name, const char *text)
{
    listing_builder_strings(l, i, name, (const char *const[]){text, NULL});
}
