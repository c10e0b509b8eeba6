/* Keras 2 layout (.h5): layer groups, with their names and order in attributes. */
#include "io/dialects.h"

#include <string.h>
#include "io/kind.h"
#include "io/keras_config.h"
#include "io/name_order.h"

struct legacy {
    struct claims *claims;
    guint32 root;
    const char *prefix; /* path of the root, without a final slash */
    struct keras_layer *config;
    char *(*name_of)(const char *layer, const char *weight);
    gboolean *done; /* one per object: the lists of this group were followed */
    guint next;     /* place of the next weight */
    guint ignored;  /* entries of the lists that name nothing */
};

guint32 legacy_root(const struct claims *c)
{
    static const char *const names[] = {"layer_names", "layer_names0"};
    guint32 root = claims_find(c, "/model_weights"), count;

    if (root != LISTING_NONE && listing_object(c->listing, root)->kind == LISTING_GROUP)
        return root;
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
        if (listing_attribute_strings(c->listing, 0, names[i], &count))
            return 0;
    return LISTING_NONE;
}

static const char *path_of(const struct claims *c, guint32 object)
{
    return listing_text(c->listing, listing_object(c->listing, object)->path);
}

static void set_class(struct legacy *w, struct claim *claim, const char *layer, const char *weight)
{
    char *path = g_strconcat(layer, "/", weight, NULL);
    const struct keras_layer *found = keras_layer_along(w->config, path);

    if (found && found->class_name[0])
        claim->layer_class = g_string_chunk_insert_const(w->claims->strings, found->class_name);
    g_free(path);
}

/* FALSE if there is no such dataset, or a previous entry had it. */
static gboolean claim_weight(struct legacy *w, guint32 object, const char *layer,
                             const char *weight, const char *key)
{
    char *name;
    struct claim *claim;

    if (object == LISTING_NONE)
        return FALSE;
    name = w->name_of(layer, weight);
    claim = claims_name(w->claims, object, name, key);
    if (claim)
        set_class(w, claim, layer, weight);
    g_free(name);
    return claim != NULL;
}

/* Place of a weight: where its innermost layer is first named, then its own. Lists put the moving
 * statistics of a nested model behind all that is trained. */
static char *listed_key(struct legacy *w, GHashTable *layers, const char *weight)
{
    const char *slash = strrchr(weight, '/');
    char *layer = slash ? g_strndup(weight, (gsize)(slash - weight)) : g_strdup("");
    guint at = w->next++, first = GPOINTER_TO_UINT(g_hash_table_lookup(layers, layer));

    if (!first)
        g_hash_table_insert(layers, g_strdup(layer), GUINT_TO_POINTER(first = at + 1));
    g_free(layer);
    return g_strdup_printf("%010u%010u", first, at);
}

static void claim_listed(struct legacy *w, guint32 group, const char *layer)
{
    GHashTable *layers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    GPtrArray *weights = g_ptr_array_new();

    claims_strings(w->claims, group, "weight_names", weights);
    for (guint i = 0; i < weights->len; i++) {
        const char *weight = g_ptr_array_index(weights, i);
        char *path = g_strconcat(path_of(w->claims, group), "/", weight, NULL);
        char *key = listed_key(w, layers, weight);

        if (!claims_path_is_plain(weight) ||
            !claim_weight(w, claims_find(w->claims, path), layer, weight, key))
            w->ignored++;
        g_free(key);
        g_free(path);
    }
    g_ptr_array_free(weights, TRUE);
    g_hash_table_destroy(layers);
}

static void claim_layers(struct legacy *w)
{
    GPtrArray *layers = g_ptr_array_new();

    claims_strings(w->claims, w->root, "layer_names", layers);
    g_ptr_array_add(layers, (gpointer) "top_level_model_weights");
    for (guint i = 0; i < layers->len; i++) {
        const char *layer = g_ptr_array_index(layers, i);
        char *path = g_strconcat(w->prefix, "/", layer, NULL);
        guint32 group = claims_path_is_plain(layer) ? claims_find(w->claims, path) : LISTING_NONE;

        if (group != LISTING_NONE && group != w->root &&
            listing_object(w->claims->listing, group)->kind == LISTING_GROUP) {
            if (!w->done[group])
                claim_listed(w, group, layer);
            w->done[group] = TRUE;
        } else if (i + 1 < layers->len) {
            w->ignored++;
        }
        g_free(path);
    }
    g_ptr_array_free(layers, TRUE);
}

/* The rest under the root: same names, after the listed ones. */
static void claim_unlisted(struct legacy *w)
{
    const struct listing *l = w->claims->listing;
    gsize prefix = strlen(w->prefix);

    for (guint32 i = 0; i < l->objects->len; i++) {
        const char *path = path_of(w->claims, i);
        const char *layer = path + prefix + 1, *slash;
        GString *key;
        char *group;

        if (listing_object(l, i)->kind != LISTING_DATASET || w->claims->of[i].name ||
            strncmp(path, w->prefix, prefix) != 0 || path[prefix] != '/' ||
            !(slash = strchr(layer, '/')) || kind_of(path, path) == TENSOR_OPTIMIZER)
            continue;
        key = g_string_new("u");
        name_order_key(key, layer);
        group = g_strndup(layer, (gsize)(slash - layer));
        claim_weight(w, i, group, slash + 1, key->str);
        g_free(group);
        g_string_free(key, TRUE);
    }
}

/* /optimizer_weights has a list of its own. */
static void claim_optimizer(struct legacy *w)
{
    guint32 group = claims_find(w->claims, "/optimizer_weights");

    if (group != LISTING_NONE && listing_object(w->claims->listing, group)->kind == LISTING_GROUP)
        claim_listed(w, group, "optimizer_weights");
}

void legacy_claim(struct claims *c, guint32 root,
                  char *(*name_of)(const char *layer, const char *weight))
{
    struct legacy w = {.claims = c, .root = root, .name_of = name_of};
    GError *error = NULL;

    w.prefix = root ? path_of(c, root) : "";
    if (c->config && !(w.config = keras_config_parse(c->config, &error))) {
        if (listing_attribute_text(c->listing, 0, "model_config"))
            claims_warn(c, "model_config ignored: %s", error->message);
        g_clear_error(&error);
    }
    w.done = g_new0(gboolean, c->listing->objects->len);
    claim_layers(&w);
    claim_optimizer(&w);
    claim_unlisted(&w);
    if (w.ignored)
        claims_warn(c,
                    "%u entries of layer_names and weight_names ignored: they name no weight "
                    "in the file",
                    w.ignored);
    keras_layer_destroy(w.config);
    g_free(w.done);
}

/* "kernel:0" -> "kernel" */
static void drop_output_number(char *name)
{
    char *colon = strrchr(name, ':');

    if (colon && colon[1] && strspn(colon + 1, "0123456789") == strlen(colon + 1) &&
        !strchr(colon, '/'))
        *colon = '\0';
}

/* Weight names repeat the layer's name or not: "conv_a" and "conv_a/kernel:0", "conv2d/kernel:0"
 * of a nested model, and in Keras 1 "dense_1_W". */
static char *keras2_name(const char *layer, const char *weight)
{
    gsize bytes = strlen(layer);
    const char *rest = weight;
    char *name;

    if (strncmp(weight, layer, bytes) == 0 && weight[bytes] == '/')
        rest = weight + bytes + 1;
    else if (!strchr(weight, '/') && strncmp(weight, layer, bytes) == 0 && weight[bytes] == '_' &&
             weight[bytes + 1])
        rest = weight + bytes + 1;
    name = g_strconcat(layer, "/", rest, NULL);
    drop_output_number(name);
    return g_strdelimit(name, "/", '.');
}

static gboolean keras2_match(const struct claims *c)
{
    return legacy_root(c) != LISTING_NONE ||
           listing_attribute_text(c->listing, 0, "model_config") != NULL;
}

static void keras2_claim(struct claims *c)
{
    guint32 root = legacy_root(c);

    legacy_claim(c, root == LISTING_NONE ? 0 : root, keras2_name);
}

const struct dialect dialect_keras2 = {"keras2", keras2_match, keras2_claim};
