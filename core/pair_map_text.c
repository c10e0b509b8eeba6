#include "core/pair_map_text.h"

#include <string.h>

/* A name as one field; owned by the caller. */
static char *field_of(const char *name)
{
    char high[129], *text;

    /* What is not ASCII passes as it is. */
    for (int i = 0; i < 128; i++)
        high[i] = (char)(i + 128);
    high[128] = 0;
    text = g_strescape(name, high);
    if (text[0] == '#') {
        char *safe = g_strconcat("\\043", text + 1, NULL);

        g_free(text);
        text = safe;
    }
    return text;
}

char *pair_map_text(const struct pair_map *m)
{
    GString *s = g_string_new(NULL);

    for (guint i = 0; m && i < m->items->len; i++) {
        const struct pair_map_item *item = &g_array_index(m->items, struct pair_map_item, i);
        char *base = field_of(item->base), *tuned = field_of(item->tuned);

        g_string_append_printf(s, "%s\t%s\t%s\t%s\n", base, tuned, pair_how_name(item->how),
                               item->rule);
        g_free(base);
        g_free(tuned);
    }
    return g_string_free(s, FALSE);
}

static bool parse_rule(const char *text, const char **out)
{
    *out = strcmp(text, pair_rule_content) == 0 ? pair_rule_content : pair_rule_map;
    return strcmp(text, *out) == 0;
}

/* NULL: it was taken; else what is wrong with it. */
static const char *add_line(struct pair_map *m, char **field, guint n, guint number)
{
    enum pair_how how = PAIR_HOW_AUTO;
    const char *rule = pair_rule_map;
    char *base, *tuned;

    if (n < 2 || n > 4 || !field[0][0] || !field[1][0])
        return "a pair is: base name, tab, tuned name, and perhaps how and by what rule";
    if (n > 2 && !pair_how_find(field[2], &how))
        return "the third field is auto, plain, transposed or never";
    if (n > 3 && !parse_rule(field[3], &rule))
        return "the fourth field is map or content";
    base = g_strcompress(field[0]);
    tuned = g_strcompress(field[1]);
    pair_map_append(m, base, tuned, how, rule, number);
    g_free(base);
    g_free(tuned);
    return NULL;
}

static const char *parse_line(struct pair_map *m, char *line, guint number)
{
    size_t n = strlen(line);
    const char *wrong;
    char **field;

    if (n > 0 && line[n - 1] == '\r')
        line[n - 1] = 0;
    if (!*line || *line == '#')
        return NULL;
    if (number > PAIR_MAP_MOST)
        return "too many pairs";
    if (line[strlen(line) - 1] == '\\')
        return "a name ends in a lone backslash";
    field = g_strsplit(line, "\t", 6);
    wrong = add_line(m, field, g_strv_length(field), number);
    g_strfreev(field);
    return wrong;
}

struct pair_map *pair_map_parse(const char *text, const char *path, GError **error)
{
    struct pair_map *m = pair_map_create();
    char *copy = g_strdup(text);
    guint number = 1;

    m->path = g_strdup(path);
    for (char *line = copy; line; number++) {
        char *end = strchr(line, '\n');
        const char *wrong;

        if (end)
            *end++ = 0;
        wrong = parse_line(m, line, number);
        if (wrong) {
            g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT, "%s:%u: %s", path, number, wrong);
            g_clear_pointer(&m, pair_map_destroy);
            break;
        }
        line = end;
    }
    g_free(copy);
    return m;
}
