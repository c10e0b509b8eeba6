#include "io/model_config.h"

#include <math.h>
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
    {"n_layers", offsetof(struct model_config, layers)},
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
    {"max_position_embeddings", offsetof(struct model_config, positions)},
    {"n_positions", offsetof(struct model_config, positions)},
    {"n_ctx", offsetof(struct model_config, positions)},
    {"block_size", offsetof(struct model_config, positions)},
    {"max_sequence_length", offsetof(struct model_config, positions)},
    {"sliding_window", offsetof(struct model_config, window)},
    {"original_max_position_embeddings", offsetof(struct model_config, rope.original)},
    {"rope_pretraining_sequence_length", offsetof(struct model_config, rope.original)},
};

/* Fractions. */
static const struct {
    const char *name;
    size_t field;
} reals[] = {
    {"layer_norm_eps", offsetof(struct model_config, norm_epsilon)},
    {"layer_norm_epsilon", offsetof(struct model_config, norm_epsilon)},
    {"rms_norm_eps", offsetof(struct model_config, norm_epsilon)},
    {"rope_theta", offsetof(struct model_config, rope.base)},
    {"rope_max_wavelength", offsetof(struct model_config, rope.base)},
    {"rope_frequency_adjustment_factor", offsetof(struct model_config, rope.factor)},
    {"rope_scaling_factor", offsetof(struct model_config, rope.factor)},
    {"rope_low_freq_factor", offsetof(struct model_config, rope.low)},
    {"rope_high_freq_factor", offsetof(struct model_config, rope.high)},
};

/* Members of an object of their own, "rope_parameters" or "rope_scaling". */
static const struct {
    const char *name;
    size_t field;
} rope_reals[] = {
    {"rope_theta", offsetof(struct model_config, rope.base)},
    {"factor", offsetof(struct model_config, rope.factor)},
    {"low_freq_factor", offsetof(struct model_config, rope.low)},
    {"high_freq_factor", offsetof(struct model_config, rope.high)},
};

static const struct {
    const char *name;
    size_t field;
    gsize bytes;
} words[] = {
    {"hidden_activation", offsetof(struct model_config, activation), MODEL_WORD_BYTES},
    {"hidden_act", offsetof(struct model_config, activation), MODEL_WORD_BYTES},
    {"activation_function", offsetof(struct model_config, activation), MODEL_WORD_BYTES},
    {"activation", offsetof(struct model_config, activation), MODEL_WORD_BYTES},
};

/* Settings that change what a model computes, and their value in nearly all models. */
static const struct {
    const char *name;
    const char *usual; /* a word, or the value in %g */
} settings[] = {
    {"scale_attn_weights", "true"},
    {"scale_attn_by_inverse_layer_idx", "false"},
    {"position_embedding_type", "absolute"},
    {"add_cross_attention", "false"},
    {"attn_logit_softcapping", ""},
    {"final_logit_softcapping", ""},
    {"attention_logit_soft_cap", ""},
    {"final_logit_soft_cap", ""},
    {"partial_rotary_factor", "1"},
    {"use_bidirectional_attention", "false"},
    {"use_sliding_window_attention", "false"},
    {"use_post_attention_norm", "false"},
    {"use_post_ffw_norm", "false"},
    {"rope_scaling_type", ""},
    {"rope_position_scaling_factor", "1"}, /* some versions of KerasHub use it, others don't */
    {"use_parallel_residual", "false"},
};

static void note_odd(struct model_config *out, const char *name, const char *value)
{
    if (!out->odd[0])
        g_snprintf(out->odd, sizeof out->odd, "%s %s", name, value);
}

static void note(struct model_config *out, size_t field, const char *name, gint64 value)
{
    uint32_t *at = (uint32_t *)(void *)((char *)out + field);
    char text[32];

    if (value < 0 || value > MOST) {
        g_snprintf(text, sizeof text, "%" G_GINT64_FORMAT, value);
        note_odd(out, name, text);
    } else if (*at == 0) {
        *at = (uint32_t)value;
    }
}

static void note_real(struct model_config *out, size_t field, const char *name, double value)
{
    double *at = (double *)(void *)((char *)out + field);
    char text[G_ASCII_DTOSTR_BUF_SIZE];

    if (!isfinite(value) || value < 0)
        note_odd(out, name, g_ascii_formatd(text, sizeof text, "%g", value));
    else if (*at == 0)
        *at = value;
}

static void note_word(char *at, gsize bytes, const char *text)
{
    if (text && !at[0])
        g_strlcpy(at, text, bytes);
}

static void note_type(struct model_config *out, const char *type)
{
    note_word(out->type, sizeof out->type, type);
}

static void read_numbers(JsonObject *object, struct model_config *out)
{
    double value;

    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        JsonNode *node = json_object_get_member(object, names[i].name);

        if (node && JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_INT64)
            note(out, names[i].field, names[i].name, json_node_get_int(node));
    }
    for (gsize i = 0; i < G_N_ELEMENTS(reals); i++)
        if (json_member_number(object, reals[i].name, &value))
            note_real(out, reals[i].field, reals[i].name, value);
    for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
        note_word((char *)out + words[i].field, words[i].bytes,
                  json_member_text(object, words[i].name));
}

static void read_rope(JsonObject *rope, struct model_config *out)
{
    double value;

    if (!rope)
        return;
    for (gsize i = 0; i < G_N_ELEMENTS(rope_reals); i++)
        if (json_member_number(rope, rope_reals[i].name, &value))
            note_real(out, rope_reals[i].field, rope_reals[i].name, value);
    if (json_member_number(rope, "original_max_position_embeddings", &value) && value >= 0 && value <= MOST)
        out->rope.original = (uint32_t)value;
    if (json_member_number(rope, "partial_rotary_factor", &value) && value != 1)
        note_odd(out, "partial_rotary_factor", "other than 1");
    note_word(out->rope.scaling, sizeof out->rope.scaling, json_member_text(rope, "rope_type"));
    note_word(out->rope.scaling, sizeof out->rope.scaling, json_member_text(rope, "type"));
    if (json_member_object(rope, "full_attention") || json_member_object(rope, "sliding_attention"))
        note_odd(out, "rope_parameters", "that differ by layer");
}

/* KerasHub has no word for it: what is there tells. */
static void name_scaling(JsonObject *object, struct model_config *out)
{
    double value;

    if (out->rope.scaling[0])
        return;
    if (json_member_number(object, "rope_frequency_adjustment_factor", &value))
        note_word(out->rope.scaling, sizeof out->rope.scaling, "llama3");
    else if (out->rope.factor > 0 && out->rope.factor != 1)
        note_word(out->rope.scaling, sizeof out->rope.scaling, "linear");
}

/* A window that is told but not used, or by some layers only. */
static void read_window(JsonObject *object, struct model_config *out)
{
    JsonArray *layers = json_member_list(object, "layer_types");
    guint n = layers ? json_array_get_length(layers) : 0, sliding = 0;

    for (guint i = 0; i < n; i++)
        sliding += g_strcmp0(json_element_text(layers, i), "sliding_attention") == 0;
    if (!json_member_flag(object, "use_sliding_window", TRUE) || (n && !sliding))
        out->window = 0;
    else if (n)
        out->window_in_some = sliding < n;
    else if (json_object_has_member(object, "max_window_layers"))
        out->window_in_some = true;
}

static void setting_text(JsonNode *node, char *text, gsize bytes)
{
    GType type = JSON_NODE_HOLDS_VALUE(node) ? json_node_get_value_type(node) : G_TYPE_INVALID;
    char number[G_ASCII_DTOSTR_BUF_SIZE];

    text[0] = 0;
    if (type == G_TYPE_STRING)
        g_strlcpy(text, json_node_get_string(node), bytes);
    else if (type == G_TYPE_BOOLEAN)
        g_strlcpy(text, json_node_get_boolean(node) ? "true" : "false", bytes);
    else if (type != G_TYPE_INVALID)
        g_strlcpy(text, g_ascii_formatd(number, sizeof number, "%g", json_node_get_double(node)),
                  bytes);
}

static void read_settings(JsonObject *object, struct model_config *out)
{
    char text[MODEL_WORD_BYTES];

    for (gsize i = 0; i < G_N_ELEMENTS(settings); i++) {
        JsonNode *node = json_object_get_member(object, settings[i].name);

        if (!node || JSON_NODE_HOLDS_NULL(node))
            continue;
        setting_text(node, text, sizeof text);
        if (strcmp(text, settings[i].usual) != 0)
            note_odd(out, settings[i].name, text);
    }
}

static void read_object(JsonObject *object, struct model_config *out)
{
    note_type(out, json_member_text(object, "model_type"));
    note_type(out, json_member_text(object, "class_name"));
    read_rope(json_member_object(object, "rope_parameters"), out);
    read_rope(json_member_object(object, "rope_scaling"), out);
    read_numbers(object, out);
    name_scaling(object, out);
    read_window(object, out);
    read_settings(object, out);
    if (out->tied == TIED_UNKNOWN && json_object_has_member(object, "tie_word_embeddings"))
        out->tied = json_member_flag(object, "tie_word_embeddings", FALSE) ? TIED_YES : TIED_NO;
}

void model_config_from_json(const char *text, struct model_config *out)
{
    JsonParser *parser = text ? json_parse_bounded(text, strlen(text), NULL) : NULL;
    JsonObject *object = json_root_object(parser);

    if (object) {
        JsonObject *inner = json_member_object(object, "config");

        read_object(object, out);
        if (inner && !json_object_has_member(inner, "layers"))
            read_object(inner, out);
    }
    g_clear_object(&parser);
}

static void tie_by_attribute(const char *text, struct model_config *out)
{
    if (text && out->tied == TIED_UNKNOWN)
        out->tied = strcmp(text, "true") == 0 || strcmp(text, "1") == 0 ? TIED_YES : TIED_NO;
}

void model_config_from_attributes(const struct listing *l, struct model_config *out)
{
    if (l->objects->len == 0)
        return;
    tie_by_attribute(listing_attribute_text(l, 0, "tie_word_embeddings"), out);
    note_type(out, listing_attribute_text(l, 0, "model_type"));
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        const char *text = listing_attribute_text(l, 0, names[i].name);

        if (text)
            note(out, names[i].field, names[i].name, g_ascii_strtoll(text, NULL, 10));
    }
    for (gsize i = 0; i < G_N_ELEMENTS(reals); i++) {
        const char *text = listing_attribute_text(l, 0, reals[i].name);

        if (text)
            note_real(out, reals[i].field, reals[i].name, g_ascii_strtod(text, NULL));
    }
    for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
        note_word((char *)out + words[i].field, words[i].bytes,
                  listing_attribute_text(l, 0, words[i].name));
}
