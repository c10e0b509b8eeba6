#include "io/keras3_order.h"

#include <string.h>
#include "io/keras_class.h"
#include "io/name_order.h"

struct keras3_order {
    const struct listing *listing;
    guint64 *first;       /* one per object: lowest header address of a dataset below it */
    gboolean *by_address; /* one per object: its children follow their addresses */
};

static void note_address(struct keras3_order *order, guint32 object)
{
    const struct listing *l = order->listing;
    guint64 address = listing_object(l, object)->storage;

    for (guint32 at = listing_object(l, object)->parent; at != 0;
         at = listing_object(l, at)->parent)
        order->first[at] = MIN(order->first[at], address);
}

struct child {
    guint32 object;
    char *key; /* by class, then number */
};

static gint compare_children(gconstpointer a, gconstpointer b)
{
    return strcmp(((const struct child *)a)->key, ((const struct child *)b)->key);
}

static gboolean same_class(const struct listing *l, guint32 a, guint32 b)
{
    const char *x = listing_text(l, listing_object(l, a)->name);
    const char *y = listing_text(l, listing_object(l, b)->name);
    gsize stem = keras_group_stem(x);

    return stem == keras_group_stem(y) && strncmp(x, y, stem) == 0;
}

/* Do the numbers of every class ascend with the addresses? children: those with data. */
static gboolean addresses_agree(const struct keras3_order *order, GArray *children)
{
    g_array_sort(children, compare_children);
    for (guint i = 1; i < children->len; i++) {
        guint32 a = g_array_index(children, struct child, i - 1).object;
        guint32 b = g_array_index(children, struct child, i).object;

        if (same_class(order->listing, a, b) && order->first[a] > order->first[b])
            return FALSE;
    }
    return TRUE;
}

static void free_child(gpointer child)
{
    g_free(((struct child *)child)->key);
}

static void add_child(GHashTable *containers, const struct listing *l, guint32 object)
{
    const struct listing_object *o = listing_object(l, object);
    const char *name = listing_text(l, o->name);
    GArray *children = g_hash_table_lookup(containers, GUINT_TO_POINTER(o->parent));
    GString *key = g_string_new(NULL);
    struct child child = {.object = object};

    if (!children) {
        children = g_array_new(FALSE, FALSE, sizeof(struct child));
        g_array_set_clear_func(children, free_child);
        g_hash_table_insert(containers, GUINT_TO_POINTER(o->parent), children);
    }
    name_order_part(key, name, strlen(name));
    child.key = g_string_free(key, FALSE);
    g_array_append_val(children, child);
}

static gboolean is_layer(const struct keras3_order *order, guint32 object)
{
    const struct listing *l = order->listing;
    const struct listing_object *o = listing_object(l, object);
    const char *parent = listing_text(l, listing_object(l, o->parent)->name);

    return o->kind == LISTING_GROUP && order->first[object] != G_MAXUINT64 &&
           (strcmp(parent, "layers") == 0 || strcmp(parent, "_layer_checkpoint_dependencies") == 0);
}

static void destroy_children(gpointer children)
{
    g_array_free(children, TRUE);
}

static void judge_containers(struct keras3_order *order)
{
    GHashTable *containers =
        g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, destroy_children);
    GHashTableIter iter;
    gpointer container, children;

    for (guint32 i = 1; i < order->listing->objects->len; i++)
        if (is_layer(order, i))
            add_child(containers, order->listing, i);
    g_hash_table_iter_init(&iter, containers);
    while (g_hash_table_iter_next(&iter, &container, &children))
        order->by_address[GPOINTER_TO_UINT(container)] = addresses_agree(order, children);
    g_hash_table_destroy(containers);
}

struct keras3_order *keras3_order_create(const struct claims *c)
{
    struct keras3_order *order = g_new0(struct keras3_order, 1);
    guint32 n = c->listing->objects->len;

    order->listing = c->listing;
    order->first = g_new(guint64, n);
    order->by_address = g_new0(gboolean, n);
    for (guint32 i = 0; i < n; i++)
        order->first[i] = G_MAXUINT64;
    for (guint32 i = 1; i < n; i++)
        if (listing_object(c->listing, i)->kind == LISTING_DATASET)
            note_address(order, i);
    judge_containers(order);
    return order;
}

void keras3_order_destroy(struct keras3_order *order)
{
    if (!order)
        return;
    g_free(order->first);
    g_free(order->by_address);
    g_free(order);
}

void keras3_order_append(const struct keras3_order *order, guint32 object,
                         const struct keras_layer *config, const char *shown, GString *key)
{
    const struct listing *l = order->listing;
    const struct listing_object *o = listing_object(l, object);
    const char *name = listing_text(l, o->name);

    if (config)
        g_string_append_printf(key, "A%08u", config->position);
    else if (order->by_address[o->parent])
        g_string_append_printf(key, "B%016" G_GINT64_MODIFIER "x", order->first[object]);
    else {
        GString *rank = g_string_new(NULL);

        name_order_ranked_part(rank, shown, strlen(shown));
        g_string_append_c(key, rank->str[0]);
        name_order_part(key, name, strlen(name));
        g_string_free(rank, TRUE);
    }
}
