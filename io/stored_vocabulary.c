#include "io/stored_vocabulary.h"

#include <string.h>
#include "io/json.h"
#include "io/limits.h"

#define NAME "vocabulary"
#define MAX_DEPTH 16

static struct token_texts *make(GPtrArray *tokens, const char *path, const char *where)
{
    struct token_texts *t;

    if (tokens->len == 0 || tokens->len > LIMIT_TOKENS) {
        g_ptr_array_free(tokens, TRUE);
        return NULL;
    }
    t = token_texts_create(tokens, g_strdup_printf("%s:%s", path, where));
    t->words = true;
    return t;
}

static void add_list(GPtrArray *tokens, JsonArray *list)
{
    for (guint i = 0; i < json_array_get_length(list) && i <= LIMIT_TOKENS; i++) {
        JsonNode *node = json_array_get_element(list, i);

        g_ptr_array_add(tokens, JSON_NODE_HOLDS_VALUE(node) ? json_node_dup_string(node) : NULL);
    }
}

/* One string: a JSON list, else a token a line. */
static void add_text(GPtrArray *tokens, const char *text)
{
    JsonParser *parser = *text == '[' ? json_parse_bounded(text, strlen(text), NULL) : NULL;

    if (parser && JSON_NODE_HOLDS_ARRAY(json_parser_get_root(parser))) {
        add_list(tokens, json_node_get_array(json_parser_get_root(parser)));
    } else if (strchr(text, '\n')) { /* a single word is no vocabulary: a size, a file's name */
        while (*text && tokens->len <= LIMIT_TOKENS) {
            gsize n = strcspn(text, "\n");

            g_ptr_array_add(tokens, g_strndup(text, n && text[n - 1] == '\r' ? n - 1 : n));
            text += n + (text[n] == '\n');
        }
    }
    if (parser)
        g_object_unref(parser);
}

static bool add_attribute(GPtrArray *tokens, const struct listing *l, guint32 object,
                          const char *name)
{
    guint32 count;
    const guint32 *strings = listing_attribute_strings(l, object, name, &count);

    if (!strings)
        return false;
    if (count == 1)
        add_text(tokens, listing_text(l, strings[0]));
    for (guint32 i = 0; count > 1 && i < count && tokens->len <= LIMIT_TOKENS; i++)
        g_ptr_array_add(tokens, g_strdup(listing_text(l, strings[i])));
    return true;
}

/* Whole, or in pieces. */
static struct token_texts *of_object(const struct listing *l, guint32 object, const char *path)
{
    GPtrArray *tokens = g_ptr_array_new_with_free_func(g_free);
    bool more = !add_attribute(tokens, l, object, NAME);

    for (guint i = 0; more; i++) {
        char *name = g_strdup_printf(NAME "%u", i);

        more = add_attribute(tokens, l, object, name);
        g_free(name);
    }
    return make(tokens, path, listing_text(l, listing_object(l, object)->path));
}

/* Ids before the list: of the mask, of the unknown; a list that begins with them has them. */
static void add_reserved(GPtrArray *tokens, JsonObject *config, bool text, JsonArray *list)
{
    const char *mask = text ? "" : json_member_text(config, "mask_token");
    const char *unknown = json_member_text(config, "oov_token");
    gint64 unknowns =
        text ? 1 : json_object_get_int_member_with_default(config, "num_oov_indices", 1);
    const char *begins = json_element_text(list, 0);

    unknown = unknown ? unknown : "[UNK]";
    if (begins && (strcmp(begins, unknown) == 0 || (mask && strcmp(begins, mask) == 0)))
        return;
    if (mask)
        g_ptr_array_add(tokens, g_strdup(mask));
    for (gint64 i = 0; i < CLAMP(unknowns, 0, 1000); i++)
        g_ptr_array_add(tokens, g_strdup(unknown));
}

/* The list of a layer, or of the first below it that has one. */
static bool add_layer(GPtrArray *tokens, JsonObject *layer, unsigned depth)
{
    const char *class_name = json_member_text(layer, "class_name");
    JsonObject *config = json_member_object(layer, "config");
    bool text = g_strcmp0(class_name, "TextVectorization") == 0;
    JsonArray *list = json_member_list(config, NAME), *layers = json_member_list(config, "layers");

    if (list && (text || g_strcmp0(class_name, "StringLookup") == 0)) {
        add_reserved(tokens, config, text, list);
        add_list(tokens, list);
        return true;
    }
    for (guint i = 0; layers && depth < MAX_DEPTH && i < json_array_get_length(layers); i++) {
        JsonObject *child = json_element_object(layers, i);

        if (child && add_layer(tokens, child, depth + 1))
            return true;
    }
    return false;
}

static struct token_texts *of_config(const char *config, const char *path)
{
    GPtrArray *tokens = g_ptr_array_new_with_free_func(g_free);
    JsonParser *parser =
        config && strstr(config, NAME) ? json_parse_bounded(config, strlen(config), NULL) : NULL;

    if (json_root_object(parser))
        add_layer(tokens, json_root_object(parser), 0);
    g_clear_object(&parser);
    return make(tokens, path, "configuration");
}

struct token_texts *stored_vocabulary_read(const struct listing *l, const char *config,
                                           const char *path)
{
    for (guint32 i = 0; i < l->objects->len; i++) {
        const struct listing_object *o = listing_object(l, i);
        struct token_texts *t;

        if (o->n_attributes && (t = of_object(l, i, path)))
            return t;
    }
    return of_config(config, path);
}
