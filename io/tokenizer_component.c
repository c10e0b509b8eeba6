#include "io/tokenizer_component.h"

#include <string.h>

bool component_fail(JsonObject *o, const struct tokenizer_tables *t, GError **error,
                    const char *format, ...)
{
    const char *type = json_member_text(o, "type");
    va_list arguments;
    char *what;

    va_start(arguments, format);
    what = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT, "%s: %s: %s", t->path, type ? type : "part",
                what);
    g_free(what);
    return false;
}

const char *component_insert(JsonObject *o, const char *name, const struct tokenizer_tables *t,
                             GError **error)
{
    const char *text = json_member_text(o, name);

    if (!text)
        component_fail(o, t, error, "its \"%s\" is no text", name);
    else if (strlen(text) > TOKENIZER_INSERT_BYTES)
        component_fail(o, t, error, "its \"%s\" has more than %u bytes", name,
                       TOKENIZER_INSERT_BYTES);
    else
        return text;
    return NULL;
}

bool component_may_add(const GArray *steps, JsonObject *o, const struct tokenizer_tables *t,
                       GError **error)
{
    return steps->len < TOKENIZER_STEPS ||
           component_fail(o, t, error, "more than %u steps", TOKENIZER_STEPS);
}

bool component_read_object(const struct component_table *table, JsonObject *o,
                           struct tokenizer_tables *t, GError **error)
{
    const char *type = json_member_text(o, "type");

    for (gsize i = 0; type && table->rows[i].type; i++)
        if (strcmp(table->rows[i].type, type) == 0)
            return table->rows[i].read(o, t, error);
    g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT,
                "%s: its %s has a part of type \"%s\", which is not supported", t->path,
                table->part, type ? type : "(none)");
    return false;
}

bool component_read_list(const struct component_table *table, JsonArray *list,
                         struct tokenizer_tables *t, GError **error)
{
    guint n = list ? json_array_get_length(list) : 0;

    for (guint i = 0; i < n; i++)
        if (!component_read_object(table, json_element_object(list, i), t, error))
            return false;
    return true;
}

bool component_read(const struct component_table *table, const struct json_part *part,
                    struct tokenizer_tables *t, GError **error)
{
    JsonParser *parser;
    bool ok;

    if (!part->bytes)
        return true;
    parser = json_parse_bounded(part->text, part->bytes, error);
    if (!parser) {
        g_prefix_error(error, "%s: its %s: ", t->path, table->part);
        return false;
    }
    ok = component_read_object(table, json_root_object(parser), t, error);
    g_object_unref(parser);
    return ok;
}
