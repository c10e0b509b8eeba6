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
    l->by_path = g_array_new(FALSE, FALSE, sizeof(guint32));
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
    g_array_free(l->by_path, TRUE);
    g_free(l);
}

guint32 listing_add_text(struct listing *l, const char *text)
{
    guint32 at = l->text->len;

    g_byte_array_append(l->text, (const guint8 *)text, (guint)strlen(text) + 1);
    return at;
}

/* Open addressing in a power of two at least twice the number of objects: the slot that holds the
 * path, or the free one where it belongs. */
static guint32 *find_slot(const struct listing *l, const char *path)
{
    guint mask = l->by_path->len - 1;

    for (guint i = g_str_hash(path) & mask;; i = (i + 1) & mask) {
        guint32 *slot = &g_array_index(l->by_path, guint32, i);

        if (*slot == LISTING_NONE ||
            strcmp(listing_text(l, listing_object(l, *slot)->path), path) == 0)
            return slot;
    }
}

void listing_index(struct listing *l)
{
    guint slots = 16;

    while (slots < 2 * l->objects->len)
        slots *= 2;
    g_array_set_size(l->by_path, slots);
    memset(l->by_path->data, 0xff, slots * sizeof(guint32));
    for (guint32 i = 0; i < l->objects->len; i++) {
        guint32 *slot = find_slot(l, listing_text(l, listing_object(l, i)->path));

        if (*slot == LISTING_NONE)
            *slot = i;
    }
}

guint32 listing_find(const struct listing *l, const char *path)
{
    if (l->by_path->len)
        return *find_slot(l, path);
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
