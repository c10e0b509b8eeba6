/* An object a line (jsonlines.org). */
#include <string.h>
#include "io/examples_forms.h"
#include "io/json.h"
#include "io/limits.h"

/* What a line's fields are borrowed from while the example is made. */
struct line {
    JsonObject *object;
    GPtrArray *texts; /* of numbers */
    char *wrong;
};

static JsonNode *value_of(const struct line *l, const char *name)
{
    JsonNode *node = json_object_get_member(l->object, name);

    return node && !JSON_NODE_HOLDS_NULL(node) ? node : NULL;
}

static void complain(struct line *l, const char *name, const char *what)
{
    if (!l->wrong)
        l->wrong = g_strdup_printf("%s is %s", name, what);
}

/* A number names a category or an example as well as a text does. */
static const char *text_of(struct line *l, const char *name, bool numbers)
{
    JsonNode *node = value_of(l, name);
    GType type = node && JSON_NODE_HOLDS_VALUE(node) ? json_node_get_value_type(node) : 0;
    char *text;

    if (!node)
        return NULL;
    if (type == G_TYPE_STRING)
        return json_node_get_string(node);
    if (type != G_TYPE_INT64 || !numbers) {
        complain(l, name, "no text");
        return NULL;
    }
    text = g_strdup_printf("%" G_GINT64_FORMAT, json_node_get_int(node));
    g_ptr_array_add(l->texts, text);
    return text;
}

static bool integer_of(JsonNode *node, gint64 most, gint64 *out)
{
    if (!JSON_NODE_HOLDS_VALUE(node) || json_node_get_value_type(node) != G_TYPE_INT64)
        return false;
    *out = json_node_get_int(node);
    return *out >= 0 && *out <= most;
}

/* Owned by the caller. */
static uint32_t *ids_of(struct line *l, const char *name, uint32_t *n)
{
    JsonNode *node = value_of(l, name);
    JsonArray *list = node && JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;
    uint32_t *ids;

    *n = 0;
    if (!node)
        return NULL;
    if (!list) {
        complain(l, name, "no list of token ids");
        return NULL;
    }
    ids = g_new(uint32_t, json_array_get_length(list));
    for (guint i = 0; i < json_array_get_length(list); i++) {
        gint64 id;

        if (!integer_of(json_array_get_element(list, i), UINT32_MAX, &id)) {
            complain(l, name, "no list of token ids");
            break;
        }
        ids[(*n)++] = (uint32_t)id;
    }
    return ids;
}

static int64_t prompt_of(struct line *l)
{
    JsonNode *node = value_of(l, "n_prompt");
    gint64 n;

    if (!node)
        return -1;
    if (integer_of(node, UINT32_MAX, &n))
        return n;
    complain(l, "n_prompt", "no number of tokens");
    return -1;
}

static void add_object(struct examples_builder *b, uint32_t number, JsonObject *object)
{
    struct line l = {.object = object, .texts = g_ptr_array_new_with_free_func(g_free)};
    struct example_fields f = {.id = text_of(&l, "id", true),
                               .category = text_of(&l, "category", true),
                               .split = text_of(&l, "split", false),
                               .pair = text_of(&l, "pair", true),
                               .text = text_of(&l, "text", false),
                               .prompt = text_of(&l, "prompt", false),
                               .completion = text_of(&l, "completion", false),
                               .n_prompt = prompt_of(&l)};
    uint32_t *ids = ids_of(&l, "ids", &f.n_ids);
    uint32_t *prompt_ids = ids_of(&l, "prompt_ids", &f.n_prompt_ids);

    f.ids = ids;
    f.prompt_ids = prompt_ids;
    if (l.wrong)
        examples_builder_bad(b, number, l.wrong);
    else
        examples_builder_add(b, number, &f);
    g_ptr_array_free(l.texts, TRUE);
    g_free(ids);
    g_free(prompt_ids);
}

/* A text would end there, unnoticed. */
static bool has_nul(const char *line, gsize bytes)
{
    for (gsize i = 0; i + 5 < bytes; i++)
        if (line[i] == '\\' && strncmp(&line[++i], "u0000", 5) == 0)
            return true;
    return memchr(line, '\0', bytes) != NULL;
}

static void add_line(struct examples_builder *b, uint32_t number, const char *line, gsize bytes)
{
    GError *error = NULL;
    JsonParser *parser;
    JsonObject *object;

    if (bytes > LIMIT_EXAMPLE_BYTES) {
        examples_builder_bad(b, number,
                             g_strdup_printf("longer than %u bytes", LIMIT_EXAMPLE_BYTES));
        return;
    }
    if (has_nul(line, bytes)) {
        examples_builder_bad(b, number, g_strdup("a character 0 in it"));
        return;
    }
    parser = json_parse_bounded(line, bytes, &error);
    object = json_root_object(parser);
    if (object)
        add_object(b, number, object);
    else
        examples_builder_bad(b, number, g_strdup(error ? error->message : "no JSON object"));
    g_clear_error(&error);
    g_clear_object(&parser);
}

static bool blank(const char *line, gsize bytes)
{
    while (bytes && g_ascii_isspace(line[bytes - 1]))
        bytes--;
    return bytes == 0;
}

void examples_jsonl(struct examples_builder *b, const char *text, gsize bytes)
{
    const char *end = text + bytes;
    uint32_t number = 1;

    for (const char *line = text; line < end; number++) {
        const char *stop = memchr(line, '\n', (gsize)(end - line));

        if (!stop)
            stop = end;
        if (!blank(line, (gsize)(stop - line)))
            add_line(b, number, line, (gsize)(stop - line));
        line = stop + 1;
    }
}
