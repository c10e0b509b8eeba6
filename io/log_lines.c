#include "io/log_lines.h"

#include <math.h>
#include <string.h>
#include "io/json.h"

/* In this order. */
static const char *const step_names[] = {"step", "global_step", "_step",        "iteration",
                                         "iter", "steps",       "current_step", "batch"};

struct field {
    char *name;
    double value;
};

static void clear_field(gpointer field)
{
    g_free(((struct field *)field)->name);
}

static GArray *fields_create(void)
{
    GArray *fields = g_array_new(FALSE, FALSE, sizeof(struct field));

    g_array_set_clear_func(fields, clear_field);
    return fields;
}

static void add_field(GArray *fields, const char *prefix, const char *name, double value)
{
    struct field f = {*prefix ? g_strconcat(prefix, "/", name, NULL) : g_strdup(name), value};

    g_array_append_val(fields, f);
}

void log_lines_init(struct log_lines *l)
{
    *l = (struct log_lines){0};
}

void log_lines_finish(struct log_lines *l)
{
    g_strfreev(l->heading);
    *l = (struct log_lines){0};
}

static const struct field *find(const GArray *fields, const char *name)
{
    for (guint i = 0; i < fields->len; i++) {
        const struct field *f = &g_array_index(fields, struct field, i);

        if (g_ascii_strcasecmp(f->name, name) == 0)
            return f;
    }
    return NULL;
}

static const struct field *find_step(const GArray *fields)
{
    for (guint i = 0; i < G_N_ELEMENTS(step_names); i++) {
        const struct field *f = find(fields, step_names[i]);

        if (f && f->value >= 0 && f->value < 9e15)
            return f;
    }
    return NULL;
}

/* Keras counts epochs from 0 in its logs and from 1 in names of checkpoints. */
static uint64_t step_by_epoch(struct log_lines *l, const GArray *fields)
{
    const struct field *epoch = find(fields, "epoch");

    if (!epoch || epoch->value < 0 || epoch->value > 9e15 || epoch->value != floor(epoch->value))
        return l->records;
    if (l->records == 1)
        l->from_zero = epoch->value == 0;
    return (uint64_t)epoch->value + l->from_zero;
}

static void take_fields(struct log_lines *l, const GArray *fields, struct metric_log *out)
{
    const struct field *step = find_step(fields);
    uint64_t at;

    if (fields->len < 2 && (step || find(fields, "epoch")))
        return;
    l->records += fields->len > 0;
    at = step ? (uint64_t)step->value : step_by_epoch(l, fields);
    for (guint i = 0; i < fields->len; i++) {
        const struct field *f = &g_array_index(fields, struct field, i);

        if (f != step && g_ascii_strcasecmp(f->name, "epoch") != 0)
            metric_log_add(out, f->name, at, f->value);
    }
}

/* Objects. */

static void take_members(JsonObject *object, const char *prefix, bool deeper, GArray *out)
{
    JsonObjectIter iter;
    const char *name;
    JsonNode *node;

    json_object_iter_init(&iter, object);
    while (json_object_iter_next(&iter, &name, &node)) {
        double number;

        if (json_member_number(object, name, &number))
            add_field(out, prefix, name, number);
        else if (deeper && JSON_NODE_HOLDS_OBJECT(node))
            take_members(json_node_get_object(node), name, false, out);
    }
}

static void replace_word(GString *text, const char *word, const char *by)
{
    g_string_replace(text, word, by, 0);
}

/* What Python writes and JSON has not: quotes, None, nan. Names are plain words. */
static char *as_json(const char *line, gsize bytes)
{
    GString *text = g_string_new_len(line, (gssize)bytes);
    const char *colon = memchr(line, '\'', bytes);

    if (colon && !memchr(line, '"', bytes))
        g_strdelimit(text->str, "'", '"');
    replace_word(text, ": NaN", ": null");
    replace_word(text, ": nan", ": null");
    replace_word(text, ": Infinity", ": null");
    replace_word(text, ": -Infinity", ": null");
    replace_word(text, ": inf", ": null");
    replace_word(text, ": None", ": null");
    replace_word(text, ": True", ": true");
    replace_word(text, ": False", ": false");
    return g_string_free(text, FALSE);
}

static void take_object(struct log_lines *l, const char *line, gsize bytes, struct metric_log *out)
{
    char *text = as_json(line, bytes);
    JsonParser *parser = json_parse_bounded(text, strlen(text), NULL);
    JsonObject *object = json_root_object(parser);
    GArray *fields = fields_create();

    if (object) {
        take_members(object, "", true, fields);
        take_fields(l, fields, out);
    }
    g_array_unref(fields);
    g_clear_object(&parser);
    g_free(text);
}

bool log_history_take(const char *text, gsize bytes, struct metric_log *out)
{
    JsonParser *parser = json_parse_bounded(text, bytes, NULL);
    JsonArray *list = json_member_list(json_root_object(parser), "log_history");
    struct log_lines l = {0};

    for (guint i = 0; list && i < json_array_get_length(list); i++) {
        JsonObject *object = json_element_object(list, i);
        GArray *fields = fields_create();

        if (object)
            take_members(object, "", false, fields);
        take_fields(&l, fields, out);
        g_array_unref(fields);
    }
    g_clear_object(&parser);
    return list != NULL;
}

/* CSV. */

/* Fields in quotes keep delimiters; quotes go. */
static char **split(const char *line, gsize bytes, char delimiter)
{
    GPtrArray *fields = g_ptr_array_new();
    GString *field = g_string_new(NULL);
    bool quoted = false;

    for (gsize i = 0; i <= bytes; i++) {
        if (i == bytes || (line[i] == delimiter && !quoted)) {
            g_strstrip(field->str);
            g_ptr_array_add(fields, g_strdup(field->str));
            g_string_truncate(field, 0);
        } else if (line[i] == '"') {
            quoted = !quoted;
        } else if (line[i]) {
            g_string_append_c(field, line[i]);
        }
    }
    g_string_free(field, TRUE);
    g_ptr_array_add(fields, NULL);
    return (char **)g_ptr_array_free(fields, FALSE);
}

static bool is_number(const char *text, double *out)
{
    char *end;

    *out = g_ascii_strtod(text, &end);
    return end != text && !*end;
}

static char delimiter_of(const char *line, gsize bytes)
{
    for (gsize i = 0; i < bytes; i++)
        if (line[i] == ',' || line[i] == ';' || line[i] == '\t')
            return line[i];
    return ',';
}

static void take_row(struct log_lines *l, const char *line, gsize bytes, struct metric_log *out)
{
    char **row = split(line, bytes, l->delimiter);
    GArray *fields = fields_create();

    if (g_strv_length(row) == g_strv_length(l->heading))
        for (guint i = 0; row[i]; i++) {
            double value;

            if (is_number(row[i], &value))
                add_field(fields, "", l->heading[i], value);
        }
    take_fields(l, fields, out);
    g_array_unref(fields);
    g_strfreev(row);
}

static void begin(struct log_lines *l, const char *line, gsize bytes)
{
    l->begun = true;
    if (line[0] == '{')
        return;
    l->delimiter = delimiter_of(line, bytes);
    l->heading = split(line, bytes, l->delimiter);
}

void log_lines_take(struct log_lines *l, const char *line, gsize bytes, struct metric_log *out)
{
    bool first = !l->begun;

    while (bytes && g_ascii_isspace(line[bytes - 1]))
        bytes--;
    while (bytes && g_ascii_isspace(*line)) {
        line++;
        bytes--;
    }
    if (!bytes || !g_utf8_validate_len(line, bytes, NULL))
        return;
    if (first)
        begin(l, line, bytes);
    if (line[0] == '{')
        take_object(l, line, bytes, out);
    else if (l->heading && !first)
        take_row(l, line, bytes, out);
}
