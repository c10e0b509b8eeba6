#include "io/listing.h"

#include <string.h>

struct listing *listing_create(void)
{
    struct listing *l = g_new0(struct listing, 1);

    l->objects = g_array_new(FALSE, TRUE, sizeof(struct listing_object));
    l->datasets = g_array_new(FALSE, TRUE, sizeof(struct listing_dataset));
    l->chunks = g_array_new(FALSE, TRUE, sizeof(struct listing_chunk));
    l->attributes = g_array_new(FALSE, TRUE, sizeof(struct listing_attribute));
    l->strings = g_array_new(FALSE, TRUE, sizeof(guint32));
    l->numbers = g_array_new(FALSE, TRUE, sizeof(guint64));
    l->text = g_byte_array_new();
    l->blob = g_byte_array_new();
    listing_add_text(l, "");
    return l;
}

void listing_destroy(struct listing *l)
{
    if (!l)
        return;
    g_array_free(l->objects, TRUE);
    g_array_free(l->datasets, TRUE);
    g_array_free(l->chunks, TRUE);
    g_array_free(l->attributes, TRUE);
    g_array_free(l->strings, TRUE);
    g_array_free(l->numbers, TRUE);
    g_byte_array_free(l->text, TRUE);
    g_byte_array_free(l->blob, TRUE);
    g_free(l);
}

guint32 listing_add_text(struct listing *l, const char *text)
{
    guint32 at = l->text->len;

    g_byte_array_append(l->text, (const guint8 *)text, (guint)strlen(text) + 1);
    return at;
}

guint32 listing_find(const struct listing *l, const char *path)
{
    for (guint32 i = 0; i < l->objects->len; i++)
        if (strcmp(listing_text(l, listing_object(l, i)->path), path) == 0)
            return i;
    return LISTING_NONE;
}

const guint32 *listing_attribute_strings(const struct listing *l, guint32 object, const char *name,
                                         guint32 *count)
{
    const struct listing_object *o = listing_object(l, object);

    for (guint32 i = 0; i < o->n_attributes; i++) {
        const struct listing_attribute *a =
            &g_array_index(l->attributes, struct listing_attribute, o->first_attribute + i);

        if (strcmp(listing_text(l, a->name), name) != 0)
            continue;
        *count = a->count;
        return (const guint32 *)(const void *)l->strings->data + a->first;
    }
    *count = 0;
    return NULL;
}

const char *listing_attribute_text(const struct listing *l, guint32 object, const char *name)
{
    guint32 count;
    const guint32 *strings = listing_attribute_strings(l, object, name, &count);

    return strings && count ? listing_text(l, strings[0]) : NULL;
}
