#include "io/adapter_config.h"

#include <math.h>
#include <string.h>
#include "io/json.h"

struct owned_config {
    struct adapter_config config;
    GArray *alphas; /* struct adapter_alpha */
    GStringChunk *strings;
};

/* A number above 0; 0: something else, or nothing. */
static double positive(JsonObject *o, const char *name)
{
    double value;

    return json_member_number(o, name, &value) && isfinite(value) && value > 0 ? value : 0;
}

/* PEFT takes the keys for regular expressions; dots in them are those of the names. */
static gboolean is_plain(const char *pattern)
{
    return pattern[0] && !strpbrk(pattern, "\\^$*+?()[]{}|");
}

static const char *read_alphas(struct owned_config *c, JsonObject *patterns)
{
    JsonObjectIter iter;
    const char *name;
    JsonNode *node;

    if (!patterns)
        return NULL;
    json_object_iter_init_ordered(&iter, patterns);
    while (json_object_iter_next_ordered(&iter, &name, &node)) {
        struct adapter_alpha a = {NULL, positive(patterns, name)};

        if (!is_plain(name))
            return "alpha_pattern with regular expressions: not supported, --lora-alpha can't "
                   "stand "
                   "for it";
        if (a.alpha == 0)
            return "alpha_pattern with an alpha that is no number above 0";
        a.name = g_string_chunk_insert(c->strings, name);
        g_array_append_val(c->alphas, a);
    }
    return NULL;
}

/* Methods that add more than (alpha / r) B A to a weight. */
static const char *other_method(JsonObject *o)
{
    const char *type = json_member_text(o, "peft_type");

    if (type && strcmp(type, "LORA") != 0)
        return "an adapter of another method than LoRA (peft_type)";
    if (json_member_flag(o, "use_dora", FALSE))
        return "DoRA scales columns beside the low-rank sum: not supported";
    if (json_member_flag(o, "use_qalora", FALSE))
        return "QA-LoRA pools its inputs: not supported";
    if (json_member_list(o, "layer_replication"))
        return "layers of the base are replicated: not supported";
    return NULL;
}

static void read_object(struct owned_config *c, JsonObject *o)
{
    c->config.alpha = positive(o, "lora_alpha");
    c->config.rslora = json_member_flag(o, "use_rslora", FALSE);
    c->config.fan_in_fan_out = json_member_flag(o, "fan_in_fan_out", FALSE);
    c->config.refused = other_method(o);
    if (!c->config.refused)
        c->config.refused = read_alphas(c, json_member_object(o, "alpha_pattern"));
    c->config.alphas = (const struct adapter_alpha *)(const void *)c->alphas->data;
    c->config.n_alphas = c->alphas->len;
}

struct adapter_config *adapter_config_parse(const char *text)
{
    struct owned_config *c;
    JsonParser *parser;

    if (!text)
        return NULL;
    c = g_new0(struct owned_config, 1);
    c->alphas = g_array_new(FALSE, FALSE, sizeof(struct adapter_alpha));
    c->strings = g_string_chunk_new(256);
    parser = json_parse_bounded(text, strlen(text), NULL);
    if (json_root_object(parser))
        read_object(c, json_root_object(parser));
    else
        c->config.refused = "not a JSON object; move it away to take alpha for the rank";
    g_clear_object(&parser);
    return &c->config;
}

void adapter_config_destroy(struct adapter_config *config)
{
    struct owned_config *c = (struct owned_config *)config;

    if (!c)
        return;
    g_array_free(c->alphas, TRUE);
    g_string_chunk_free(c->strings);
    g_free(c);
}
