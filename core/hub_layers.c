#include "core/hub_layers.h"

#include <string.h>
#include "core/hub_classes.h"
#include "core/pair.h"

#define MAX_DEPTH 16

/* A group of the file with weights in it. */
struct node {
    char *name; /* last part of the path */
    char *path;
    GPtrArray *children;    /* in the order of the source */
    uint32_t kernel, first; /* tensors; PAIR_NONE: no variable of its own */
};

static struct node *node_create(struct node *parent, const char *name, gsize n, uint32_t first)
{
    struct node *node = g_new0(struct node, 1);

    node->name = g_strndup(name, n);
    node->path = parent ? g_strconcat(parent->path, "/", node->name, NULL) : g_strdup("");
    node->children = g_ptr_array_new();
    node->kernel = PAIR_NONE;
    node->first = first;
    if (parent)
        g_ptr_array_add(parent->children, node);
    return node;
}

static void node_destroy(struct node *node)
{
    for (guint i = 0; i < node->children->len; i++)
        node_destroy(g_ptr_array_index(node->children, i));
    g_ptr_array_free(node->children, TRUE);
    g_free(node->path);
    g_free(node->name);
    g_free(node);
}

/* "/layers/a/vars/0" puts variable 0 into the node of /layers/a; nodes: by their paths. */
static void add_tensor(struct node *root, GHashTable *nodes, const struct source *s, uint32_t index)
{
    const char *path = s->tensors[index].path, *at = path, *vars = g_strrstr(path, "/vars/");
    struct node *node = root;

    if (!vars || s->tensors[index].kind == TENSOR_OPTIMIZER)
        return;
    for (unsigned depth = 0; at < vars && depth < MAX_DEPTH; depth++) {
        gsize n = strcspn(at + 1, "/");
        char *here = g_strndup(path, (gsize)(at + 1 - path) + n);
        struct node *child = g_hash_table_lookup(nodes, here);

        if (!child) {
            child = node_create(node, at + 1, n, index);
            g_hash_table_insert(nodes, child->path, child);
        }
        g_free(here);
        node = child;
        at += n + 1;
    }
    if (at == vars && strcmp(vars, "/vars/0") == 0)
        node->kernel = index;
}

static struct node *child_named(const struct node *node, const char *name)
{
    for (guint i = 0; i < node->children->len; i++) {
        struct node *child = g_ptr_array_index(node->children, i);

        if (strcmp(child->name, name) == 0)
            return child;
    }
    return NULL;
}

static guint64 number_of(const char *name)
{
    gsize n = hub_class_length(name);

    return name[n] ? g_ascii_strtoull(name + n + 1, NULL, 10) : 0;
}

static bool is_block(const struct node *node)
{
    const struct hub_class *row = hub_class_of(node->name, true);

    return row && row->block;
}

static gboolean unknown_order(const struct node *node, GError **error)
{
    g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT,
                "the order in which %s makes its sublayers is not known, so its layers can't be "
                "counted; compare with the merged weights instead",
                node->path);
    return FALSE;
}

static void append(GArray *out, const struct node *node)
{
    struct hub_layer layer = {g_strdup(node->path), node->kernel};

    g_array_append_val(out, layer);
}

/* A layer, then its sublayers from the last made to the first. */
static gboolean flatten(const struct node *node, bool numbered, GArray *out, GError **error)
{
    const struct hub_class *row = hub_class_of(node->name, numbered);
    const struct node *made[G_N_ELEMENTS(row->sublayers)] = {NULL};

    append(out, node);
    for (guint i = 0; i < node->children->len; i++) {
        const struct node *child = g_ptr_array_index(node->children, i);
        int place = row ? hub_class_sublayer(row, child->name) : -1;

        if (place < 0 || made[place])
            return unknown_order(node, error);
        made[place] = child;
    }
    for (size_t i = G_N_ELEMENTS(made); i-- > 0;)
        if (made[i] && !flatten(made[i], false, out, error))
            return FALSE;
    return TRUE;
}

/* The list of layers that holds the blocks; NULL: there is none, or more than one. */
static struct node *find_blocks(struct node *node, guint *found)
{
    struct node *list = NULL, *here = child_named(node, "layers");

    for (guint i = 0; here && i < here->children->len; i++) {
        struct node *child = g_ptr_array_index(here->children, i), *inner;

        if (is_block(child)) {
            *found += list != here;
            list = here;
        } else if ((inner = find_blocks(child, found))) {
            list = inner;
        }
    }
    return list;
}

/* Embeddings and their norms come before the blocks, what else there is after them: by name, since
 * a file that was repacked lies in another order; without the user's names by that order. */
static bool leads(const struct source *s, const struct node *node, uint32_t first_block)
{
    const char *name = s->tensors[node->first].name;
    gsize n = strlen(node->name);

    if (strstr(node->name, "embedding") || strstr(name, "embedding"))
        return true;
    if (strncmp(name, node->name, n) == 0 && name[n] == '.')
        return node->first < first_block;
    return false;
}

static gint compare_numbers(gconstpointer x, gconstpointer y)
{
    const struct node *a = *(struct node *const *)x, *b = *(struct node *const *)y;
    guint64 i = number_of(a->name), k = number_of(b->name);

    return (i > k) - (i < k);
}

/* All blocks in the order of their numbers; NULL: they are of two classes. */
static GPtrArray *sort_blocks(const struct node *list, GError **error)
{
    GPtrArray *blocks = g_ptr_array_new();
    const struct node *first = NULL;

    for (guint i = 0; i < list->children->len; i++) {
        struct node *child = g_ptr_array_index(list->children, i);

        if (!is_block(child))
            continue;
        g_ptr_array_add(blocks, child);
        first = first ? first : child;
        if (hub_class_of(child->name, true) != hub_class_of(first->name, true)) {
            g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT,
                        "it has blocks of two kinds (%s, %s), and which come first is not known",
                        first->path, child->path);
            g_ptr_array_free(blocks, TRUE);
            return NULL;
        }
    }
    g_ptr_array_sort(blocks, compare_numbers);
    return blocks;
}

static gboolean flatten_others(const struct source *s, const struct node *list, bool leading,
                               uint32_t first_block, GArray *out, GError **error)
{
    for (guint i = 0; i < list->children->len; i++) {
        const struct node *child = g_ptr_array_index(list->children, i);

        if (!is_block(child) && leads(s, child, first_block) == leading &&
            !flatten(child, true, out, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean flatten_list(const struct source *s, const struct node *list, GArray *out,
                             GError **error)
{
    GPtrArray *blocks = sort_blocks(list, error);
    uint32_t first = PAIR_NONE;
    gboolean ok = blocks != NULL;

    for (guint i = 0; ok && i < blocks->len; i++)
        first = MIN(first, ((struct node *)g_ptr_array_index(blocks, i))->first);
    ok = ok && flatten_others(s, list, true, first, out, error);
    for (guint i = 0; ok && i < blocks->len; i++)
        ok = flatten(g_ptr_array_index(blocks, i), true, out, error);
    ok = ok && flatten_others(s, list, false, first, out, error);
    if (blocks)
        g_ptr_array_free(blocks, TRUE);
    return ok;
}

static void clear_layer(gpointer layer)
{
    g_free(((struct hub_layer *)layer)->path);
}

struct hub_layers *hub_layers_create(const struct source *s, GError **error)
{
    struct node *root = node_create(NULL, "", 0, 0), *list;
    GArray *out = g_array_new(FALSE, FALSE, sizeof(struct hub_layer));
    GHashTable *nodes = g_hash_table_new(g_str_hash, g_str_equal);
    struct hub_layers *layers = NULL;
    guint found = 0;

    for (uint32_t i = 0; i < s->n_tensors; i++)
        add_tensor(root, nodes, s, i);
    g_hash_table_destroy(nodes);
    list = find_blocks(root, &found);
    if (found != 1)
        g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT,
                    found ? "it holds more than one backbone"
                          : "it has no list of transformer blocks as KerasHub writes them, and the "
                            "adapter names its layers by their number only");
    else if (flatten_list(s, list, out, error))
        layers = g_new0(struct hub_layers, 1);
    node_destroy(root);
    if (layers) {
        layers->n = out->len;
        layers->layers = (struct hub_layer *)(void *)g_array_free(out, FALSE);
        return layers;
    }
    g_array_set_clear_func(out, clear_layer);
    g_array_free(out, TRUE);
    return NULL;
}

void hub_layers_destroy(struct hub_layers *l)
{
    if (!l)
        return;
    for (uint32_t i = 0; i < l->n; i++)
        g_free(l->layers[i].path);
    g_free(l->layers);
    g_free(l);
}
