#include "io/keras_config.h"

#include <string.h>
#include "core/error.h"
#include "io/json.h"

void keras_layer_destroy(struct keras_layer *layer)
{
    if (!layer)
        return;
    g_ptr_array_free(layer->layers, TRUE);
    g_clear_pointer(&layer->by_name, g_hash_table_destroy);
    g_clear_pointer(&layer->by_group, g_hash_table_destroy);
    g_free(layer->name);
    g_free(layer->class_name);
    g_free(layer);
}

static void destroy_element(gpointer layer)
{
    keras_layer_destroy(layer);
}

/* An underscore goes before text[i] by one of the two rules of Keras:
 * (.)([A-Z][a-z]+) and ([a-z])([A-Z]). */
static gboolean starts_word(const char *text, gsize i)
{
    return i && g_ascii_isupper(text[i]) &&
           (g_ascii_islower(text[i + 1]) || g_ascii_islower(text[i - 1]));
}

char *keras_snake_case(const char *class_name)
{
    GString *plain = g_string_new(NULL), *snake = g_string_new(NULL);

    for (const char *p = class_name; *p; p++)
        if (g_ascii_isalnum(*p) || *p == '_')
            g_string_append_c(plain, *p);
    for (gsize i = 0; i < plain->len; i++) {
        if (starts_word(plain->str, i))
            g_string_append_c(snake, '_');
        g_string_append_c(snake, g_ascii_tolower(plain->str[i]));
    }
    g_string_free(plain, TRUE);
    return g_string_free(snake, FALSE);
}

static struct keras_layer *parse_layer(JsonObject *object);

static void add_child(struct keras_layer *parent, JsonObject *object, gboolean wrapped)
{
    struct keras_layer *child = parse_layer(object);

    child->position = parent->layers->len;
    child->wrapped = wrapped;
    g_ptr_array_add(parent->layers, child);
    if (!parent->by_name)
        parent->by_name = g_hash_table_new(g_str_hash, g_str_equal);
    if (child->name[0] && !g_hash_table_contains(parent->by_name, child->name))
        g_hash_table_insert(parent->by_name, child->name, child);
}

/* Group names: the class in snake case, numbered in the order of the list. Sequential models do
 * not store their InputLayer. */
static void name_groups(struct keras_layer *parent)
{
    gboolean sequential = strcmp(parent->class_name, "Sequential") == 0;
    GHashTable *used;

    if (!parent->layers->len)
        return;
    used = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    parent->by_group = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (guint i = 0; i < parent->layers->len; i++) {
        struct keras_layer *child = g_ptr_array_index(parent->layers, i);
        char *snake;
        guint n;

        if (child->wrapped || (sequential && strcmp(child->class_name, "InputLayer") == 0))
            continue;
        snake = keras_snake_case(child->class_name);
        n = GPOINTER_TO_UINT(g_hash_table_lookup(used, snake));
        g_hash_table_insert(parent->by_group,
                            n ? g_strdup_printf("%s_%u", snake, n) : g_strdup(snake), child);
        g_hash_table_insert(used, snake, GUINT_TO_POINTER(n + 1));
    }
    g_hash_table_destroy(used);
}

static void parse_list(struct keras_layer *parent, JsonArray *list)
{
    for (guint i = 0; list && i < json_array_get_length(list); i++) {
        JsonObject *element = json_element_object(list, i);

        if (element)
            add_child(parent, element, FALSE);
    }
}

static void parse_children(struct keras_layer *layer, JsonObject *object)
{
    static const char *const wrapped[] = {"layer", "backward_layer"};
    JsonObject *config = json_member_object(object, "config");

    /* Sequential of Keras up to 2.2.2: the list itself is the config. */
    parse_list(layer,
               config ? json_member_list(config, "layers") : json_member_list(object, "config"));
    name_groups(layer);
    for (gsize i = 0; i < G_N_ELEMENTS(wrapped); i++) {
        JsonObject *inner = json_member_object(config, wrapped[i]);

        if (inner)
            add_child(layer, inner, TRUE);
    }
}

static struct keras_layer *parse_layer(JsonObject *object)
{
    struct keras_layer *layer = g_new0(struct keras_layer, 1);
    JsonObject *config = json_member_object(object, "config");
    const char *name = json_member_text(config, "name");
    const char *class_name = json_member_text(object, "class_name");

    layer->name = g_strdup(name ? name : "");
    layer->class_name = g_strdup(class_name ? class_name : "");
    layer->use_bias = json_member_flag(config, "use_bias", TRUE);
    layer->center = json_member_flag(config, "center", TRUE);
    layer->scale = json_member_flag(config, "scale", TRUE);
    layer->layers = g_ptr_array_new_with_free_func(destroy_element);
    parse_children(layer, object);
    return layer;
}

struct keras_layer *keras_config_parse(const char *text, GError **error)
{
    JsonParser *parser = json_parse_bounded(text, strlen(text), error);
    struct keras_layer *model = NULL;

    if (!parser)
        return NULL;
    if (json_member_text(json_root_object(parser), "class_name"))
        model = parse_layer(json_root_object(parser));
    else
        g_set_error_literal(error, TARE_ERROR, TARE_ERROR_INPUT, "not a Keras configuration");
    g_object_unref(parser);
    return model;
}

const struct keras_layer *keras_layer_named(const struct keras_layer *parent, const char *name)
{
    return parent && parent->by_name ? g_hash_table_lookup(parent->by_name, name) : NULL;
}

const struct keras_layer *keras_layer_grouped(const struct keras_layer *parent, const char *group)
{
    return parent && parent->by_group ? g_hash_table_lookup(parent->by_group, group) : NULL;
}

const struct keras_layer *keras_layer_along(const struct keras_layer *model, const char *path)
{
    const struct keras_layer *at = model;
    char **parts = g_strsplit(path, "/", -1);

    for (guint i = 0; at && parts[i]; i++) {
        const struct keras_layer *next = keras_layer_named(at, parts[i]);

        at = next ? next : at;
    }
    g_strfreev(parts);
    return at == model ? NULL : at;
}
