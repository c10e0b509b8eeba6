#include "io/model_config.h"

#include <stddef.h>
#include <string.h>
#include "io/json.h"

/* Beyond this it is no model's number. */
#define MOST (1u << 24)

/* What others call a field; the first that is there counts. */
static const struct {
    const char *name;
    size_t field;
} names[] = {
    {"num_hidden_layers", offsetof(struct model_config, layers)},
    {"n_layer", offsetof(struct model_config, layers)},
    {"num_layers", offsetof(struct model_config, layers)},
    {"hidden_size", offsetof(struct model_config, hidden)},
    {"n_embd", offsetof(struct model_config, hidden)},
    {"d_model", offsetof(struct model_config, hidden)},
    {"dim", offsetof(struct model_config, hidden)},
    {"hidden_dim", offsetof(struct model_config, hidden)},
    {"num_attention_heads", offsetof(struct model_config, heads)},
    {"num_query_heads", offsetof(struct model_config, heads)},
    {"n_head", offsetof(struct model_config, heads)},
    {"n_heads", offsetof(struct model_config, heads)},
    {"num_heads", offsetof(struct model_config, heads)},
    {"num_key_value_heads", offsetof(struct model_config, kv_heads)},
    {"n_kv_heads", offsetof(struct model_config, kv_heads)},
    {"head_dim", offsetof(struct model_config, head_dim)},
    {"d_kv", offsetof(struct model_config, head_dim)},
    {"intermediate_size", offsetof(struct model_config, intermediate)},
    {"intermediate_dim", offsetof(struct model_config, intermediate)},
    {"n_inner", offsetof(struct model_config, intermediate)},
    {"d_ff", offsetof(struct model_config, intermediate)},
    {"vocab_size", offsetof(struct model_config, vocabulary)},
    {"vocabulary_size", offsetof(struct model_config, vocabulary)},
};

static void note(struct model_config *out, size_t field, gint64 value)
{
    uint32_t *at = (uint32_t *)(void *)((char *)out + field);

    if (*at == 0 && value > 0 && value <= MOST)
        *at = (uint32_t)value;
}

static void note_type(struct model_config *out, const char *type)
{
    if (type && !out->type[0])
        g_strlcpy(out->type, type, sizeof out->type);
}

static void read_object(JsonObject *object, struct model_config *out)
{
    note_type(out, json_member_text(object, "model_type"));
    note_type(out, json_member_text(object, "class_name"));
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        JsonNode *node = json_object_get_member(object, names[i].name);

        if (node && JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_INT64)
            note(out, names[i].field, json_node_get_int(node));
    }
    if (out->tied == TIED_UNKNOWN && json_object_has_member(object, "tie_word_embeddings"))
        out->tied = json_member_flag(object, "tie_word_embeddings", FALSE) ? TIED_YES : TIED_NO;
}

void model_config_from_json(const char *text, struct model_config *out)
{
    JsonParser *parser = text ? json_parse_bounded(text, strlen(text), NULL) : NULL;
    JsonNode *root = parser ? json_parser_get_root(parser) : NULL;

    if (root && JSON_NODE_HOLDS_OBJECT(root)) {
        JsonObject *object = json_node_get_object(root);
        JsonObject *inner = json_member_object(object, "config");

        read_object(object, out);
        if (inner && !json_object_has_member(inner, "layers"))
            read_object(inner, out);
    }
    g_clear_object(&parser);
}

void model_config_from_attributes(const struct listing *l, struct model_config *out)
{
    if (l->objects->len == 0)
        return;
    note_type(out, listing_attribute_text(l, 0, "model_type"));
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        const char *text = listing_attribute_text(l, 0, names[i].name);

        if (text)
            note(out, names[i].field, g_ascii_strtoll(text, NULL, 10));
    }
}
