#include "io/json.h"

#include <string.h>
#include "core/error.h"
#include "io/limits.h"

#define JSON_VALUES (1u << 20)

static gboolean check_size(const char *text, gsize bytes, GError **error)
{
    if (bytes > LIMIT_JSON_BYTES) {
        g_set_error(error, TARE_ERROR, TARE_ERROR_LIMIT,
                    "JSON of %" G_GSIZE_FORMAT " bytes, the limit is %u", bytes, LIMIT_JSON_BYTES);
        return FALSE;
    }
    if (!g_utf8_validate_len(text, bytes, NULL)) {
        g_set_error_literal(error, TARE_ERROR, TARE_ERROR_INPUT, "JSON that is not UTF-8");
        return FALSE;
    }
    return TRUE;
}

/* End of the string that starts after text[i], which is a quote. */
static gsize skip_string(const char *text, gsize bytes, gsize i)
{
    for (i++; i < bytes && text[i] != '"'; i++)
        if (text[i] == '\\')
            i++;
    return i;
}

/* json-glib also takes comments, in which a quote would hide nesting from the count below. */
static gboolean check_alphabet(char c, GError **error)
{
    if (g_ascii_isalnum(c) || g_ascii_isspace(c) || strchr("+-.,:[]{}\"", c))
        return TRUE;
    g_set_error_literal(error, TARE_ERROR, TARE_ERROR_INPUT, "not valid JSON");
    return FALSE;
}

static gboolean check_shape(const char *text, gsize bytes, GError **error)
{
    guint depth = 0, values = 1;

    for (gsize i = 0; i < bytes; i++) {
        char c = text[i];

        if (!check_alphabet(c, error))
            return FALSE;
        if (c == '"')
            i = skip_string(text, bytes, i);
        else if (c == '[' || c == '{')
            depth++;
        else if ((c == ']' || c == '}') && depth)
            depth--;
        values += c == ',' || c == '[' || c == '{';
        if (depth > LIMIT_JSON_DEPTH || values > JSON_VALUES) {
            g_set_error(error, TARE_ERROR, TARE_ERROR_LIMIT,
                        depth > LIMIT_JSON_DEPTH ? "JSON nested deeper than %u"
                                                 : "JSON of more than %u values",
                        depth > LIMIT_JSON_DEPTH ? LIMIT_JSON_DEPTH : JSON_VALUES);
            return FALSE;
        }
    }
    return TRUE;
}

JsonParser *json_parse_bounded(const char *text, gsize bytes, GError **error)
{
    JsonParser *parser;
    GError *why = NULL;

    if (!check_size(text, bytes, error) || !check_shape(text, bytes, error))
        return NULL;
    parser = json_parser_new_immutable();
    if (json_parser_load_from_data(parser, text, (gssize)bytes, &why) &&
        json_parser_get_root(parser))
        return parser;
    g_set_error_literal(error, TARE_ERROR, TARE_ERROR_INPUT, "not valid JSON");
    g_clear_error(&why);
    g_object_unref(parser);
    return NULL;
}

static JsonObject *object_of(JsonNode *node)
{
    return node && JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
}

static GType value_type(JsonNode *node)
{
    return node && JSON_NODE_HOLDS_VALUE(node) ? json_node_get_value_type(node) : G_TYPE_INVALID;
}

static const char *text_of(JsonNode *node)
{
    return value_type(node) == G_TYPE_STRING ? json_node_get_string(node) : NULL;
}

JsonObject *json_root_object(JsonParser *parser)
{
    return parser ? object_of(json_parser_get_root(parser)) : NULL;
}

static JsonNode *member(JsonObject *object, const char *name)
{
    return object ? json_object_get_member(object, name) : NULL;
}

const char *json_member_text(JsonObject *object, const char *name)
{
    return text_of(member(object, name));
}

JsonObject *json_member_object(JsonObject *object, const char *name)
{
    return object_of(member(object, name));
}

JsonArray *json_member_list(JsonObject *object, const char *name)
{
    JsonNode *node = member(object, name);

    return node && JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;
}

gboolean json_member_flag(JsonObject *object, const char *name, gboolean otherwise)
{
    JsonNode *node = member(object, name);

    return value_type(node) == G_TYPE_BOOLEAN ? json_node_get_boolean(node) : otherwise;
}

gboolean json_member_number(JsonObject *object, const char *name, double *out)
{
    JsonNode *node = member(object, name);
    GType type = value_type(node);

    if (type != G_TYPE_INT64 && type != G_TYPE_DOUBLE)
        return FALSE;
    *out = json_node_get_double(node);
    return TRUE;
}

static JsonNode *element(JsonArray *list, guint i)
{
    return list && i < json_array_get_length(list) ? json_array_get_element(list, i) : NULL;
}

JsonObject *json_element_object(JsonArray *list, guint i)
{
    return object_of(element(list, i));
}

const char *json_element_text(JsonArray *list, guint i)
{
    return text_of(element(list, i));
}
