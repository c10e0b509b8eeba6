/* What is put around a text, and how ids become text again. */
#include <string.h>
#include "io/tokenizer_component.h"
#include "io/tokenizer_steps.h"

/* Nobody puts more than a few around a text. */
#define TEMPLATE_TOKENS 16u

/* Element i of a list, if it is a number. */
static gint64 number_at(JsonArray *list, guint i)
{
    JsonNode *node =
        list && i < json_array_get_length(list) ? json_array_get_element(list, i) : NULL;

    return node && JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_INT64
               ? json_node_get_int(node)
               : -1;
}

/* The id is what the library puts; the token has to be of that id. */
static bool put_id(JsonObject *o, const char *token, gint64 stated, GArray *ids,
                   struct tokenizer_tables *t, GError **error)
{
    uint32_t id = token ? tokenizer_tables_find(t, token, strlen(token)) : TOKEN_NONE;

    if (id == TOKEN_NONE || id != stated)
        return component_fail(
            o, t, error, "\"%s\" with the id %" G_GINT64_FORMAT " is no token of its vocabulary",
            token ? token : "(none)", stated);
    if (ids->len >= TEMPLATE_TOKENS)
        return component_fail(o, t, error, "more than %u tokens around a text", TEMPLATE_TOKENS);
    g_array_append_val(ids, id);
    return true;
}

/* The tokens that a special token of a template stands for: itself, as a rule. */
static bool put_special(JsonObject *o, const char *name, GArray *ids, struct tokenizer_tables *t,
                        GError **error)
{
    JsonObject *special = json_member_object(json_member_object(o, "special_tokens"), name);
    JsonArray *tokens = json_member_list(special, "tokens");
    JsonArray *numbers = json_member_list(special, "ids");
    guint n = numbers ? json_array_get_length(numbers) : 0;

    if (!numbers)
        return component_fail(o, t, error, "its template has \"%s\", its special_tokens do not",
                              name);
    for (guint i = 0; i < n; i++)
        if (!put_id(o, json_element_text(tokens, i), number_at(numbers, i), ids, t, error))
            return false;
    return true;
}

/* "single": special tokens before and after the one sequence A. */
static bool read_template(JsonObject *o, struct tokenizer_tables *t, GError **error)
{
    JsonArray *single = json_member_list(o, "single");
    guint n = single ? json_array_get_length(single) : 0, sequences = 0;

    for (guint i = 0; i < n; i++) {
        JsonObject *piece = json_element_object(single, i);
        JsonObject *special = json_member_object(piece, "SpecialToken");
        const char *id = json_member_text(special, "id");

        if (!special && json_member_object(piece, "Sequence"))
            sequences++;
        else if (!id)
            return component_fail(o, t, error, "piece %u of its template is not supported", i + 1);
        else if (!put_special(o, id, sequences ? t->after : t->before, t, error))
            return false;
    }
    return sequences == 1 ||
           component_fail(o, t, error, "its template has %u sequences, not one", sequences);
}

/* "sep": ["[SEP]", 102] */
static bool put_pair(JsonObject *o, const char *name, GArray *ids, struct tokenizer_tables *t,
                     GError **error)
{
    JsonArray *pair = json_member_list(o, name);

    return put_id(o, json_element_text(pair, 0), number_at(pair, 1), ids, t, error);
}

static bool read_around(JsonObject *o, struct tokenizer_tables *t, GError **error)
{
    return put_pair(o, "cls", t->before, t, error) && put_pair(o, "sep", t->after, t, error);
}

/* It trims spans, which always hold their space here. */
static bool read_nothing(JsonObject *o, struct tokenizer_tables *t, GError **error)
{
    (void)o;
    (void)t;
    (void)error;
    return true;
}

static bool read_processors(JsonObject *o, struct tokenizer_tables *t, GError **error);

static const struct component_reader post_rows[] = {
    {"TemplateProcessing", read_template}, {"BertProcessing", read_around},
    {"RobertaProcessing", read_around},    {"ByteLevel", read_nothing},
    {"Sequence", read_processors},         {NULL, NULL}};
static const struct component_table post_table = {"post_processor", post_rows};

static bool read_processors(JsonObject *o, struct tokenizer_tables *t, GError **error)
{
    return component_read_list(&post_table, json_member_list(o, "processors"), t, error);
}

bool tokenizer_read_post_processor(const struct json_part *part, struct tokenizer_tables *t,
                                   GError **error)
{
    return component_read(&post_table, part, t, error);
}

static bool read_wordpiece(JsonObject *o, struct tokenizer_tables *t, GError **error)
{
    (void)error;
    t->model.cleanup = json_member_flag(o, "cleanup", TRUE);
    return true;
}

static bool read_metaspace(JsonObject *o, struct tokenizer_tables *t, GError **error)
{
    const char *scheme = json_member_text(o, "prepend_scheme");

    (void)error;
    t->model.strip_first =
        scheme ? strcmp(scheme, "never") != 0 : json_member_flag(o, "add_prefix_space", TRUE);
    return true;
}

/* SentencePiece's: one space off the beginning. */
static bool read_strip(JsonObject *o, struct tokenizer_tables *t, GError **error)
{
    const char *content = json_member_text(o, "content");

    if (g_strcmp0(content, " ") != 0)
        return component_fail(o, t, error, "it strips \"%s\", only a space can be",
                              content ? content : "");
    t->model.strip_first = true;
    return true;
}

static bool read_replace(JsonObject *o, struct tokenizer_tables *t, GError **error)
{
    const char *from = json_member_text(json_member_object(o, "pattern"), "String");
    const char *to = json_member_text(o, "content");

    if (g_strcmp0(from, "\xe2\x96\x81") != 0 || g_strcmp0(to, " ") != 0)
        return component_fail(o, t, error, "it replaces something else than U+2581 by a space");
    return true;
}

static bool read_suffix(JsonObject *o, struct tokenizer_tables *t, GError **error)
{
    const char *suffix = json_member_text(o, "suffix");

    return g_strcmp0(suffix, t->model.suffix) == 0 ||
           component_fail(o, t, error, "its suffix \"%s\" is not the model's",
                          suffix ? suffix : "");
}

static bool read_decoders(JsonObject *o, struct tokenizer_tables *t, GError **error);

static const struct component_reader decoder_rows[] = {
    {"ByteLevel", read_nothing},   {"WordPiece", read_wordpiece},
    {"Metaspace", read_metaspace}, {"Strip", read_strip},
    {"Replace", read_replace},     {"ByteFallback", read_nothing},
    {"Fuse", read_nothing},        {"BPEDecoder", read_suffix},
    {"Sequence", read_decoders},   {NULL, NULL}};
static const struct component_table decoder_table = {"decoder", decoder_rows};

static bool read_decoders(JsonObject *o, struct tokenizer_tables *t, GError **error)
{
    return component_read_list(&decoder_table, json_member_list(o, "decoders"), t, error);
}

bool tokenizer_read_decoder(const struct json_part *part, struct tokenizer_tables *t,
                            GError **error)
{
    return component_read(&decoder_table, part, t, error);
}
