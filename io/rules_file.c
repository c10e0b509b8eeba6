#include "io/rules_file.h"

#include <string.h>
#include "io/text_file.h"

#define OFF (SEVERITY_ERROR + 1)

struct reading {
    const char *path, *text;
    GKeyFile *file;
    struct thresholds *thresholds;
    struct rule_levels *levels;
};

void rule_levels_init(struct rule_levels *l)
{
    l->from = g_new(int, rule_count());
    for (guint i = 0; i < rule_count(); i++)
        l->from[i] = SEVERITY_WARNING;
}

void rule_levels_finish(struct rule_levels *l)
{
    g_clear_pointer(&l->from, g_free);
}

static guint index_of(const struct rule *rule)
{
    guint i = 0;

    while (rule_table[i] != rule)
        i++;
    return i;
}

bool rule_levels_violated(const struct rule_levels *l, const struct finding *f)
{
    return (int)f->severity >= l->from[index_of(f->rule)];
}

/* The line of a group ("[rules]") or, behind it, of a key; 0: not found. */
static guint line_of(const struct reading *r, const char *group, const char *key)
{
    char **lines = g_strsplit(r->text, "\n", -1), *heading = g_strdup_printf("[%s]", group);
    bool inside = false;
    guint found = 0;

    for (guint i = 0; lines[i] && !found; i++) {
        char *line = g_strstrip(lines[i]);
        gsize n = key ? strlen(key) : 0;

        if (line[0] == '[')
            inside = g_str_has_prefix(line, heading);
        if (inside && (!key || (strncmp(line, key, n) == 0 && strchr("= \t", line[n]))))
            found = i + 1;
    }
    g_free(heading);
    g_strfreev(lines);
    return found;
}

static gboolean wrong(const struct reading *r, const char *group, const char *key, GError **error,
                      const char *what)
{
    g_set_error(error, TARE_ERROR, TARE_ERROR_USAGE, "%s:%u: %s", r->path, line_of(r, group, key),
                what);
    return FALSE;
}

static gboolean set_threshold(const struct reading *r, const char *key, const char *value,
                              GError **error)
{
    char *assignment = g_strdup_printf("%s=%s", key, value);
    GError *inner = NULL;
    gboolean ok = thresholds_set(r->thresholds, assignment, &inner);

    if (!ok) {
        wrong(r, "thresholds", key, error, inner->message);
        g_error_free(inner);
    }
    g_free(assignment);
    return ok;
}

static gboolean set_level(const struct reading *r, const char *key, const char *value,
                          GError **error)
{
    const struct rule *rule = rule_find(key);
    int level = SEVERITY_INFO;

    while (level < OFF && strcmp(severity_name((enum severity)level), value) != 0)
        level++;
    if (!rule)
        return wrong(r, "rules", key, error, "no such rule; the names are in tare check --list");
    if (level == OFF && strcmp(value, "off") != 0)
        return wrong(r, "rules", key, error, "a rule is error, warning, info or off");
    r->levels->from[index_of(rule)] = level;
    return TRUE;
}

static gboolean read_group(const struct reading *r, const char *group, GError **error)
{
    bool thresholds = strcmp(group, "thresholds") == 0;
    char **keys;
    gboolean ok = TRUE;

    if (!thresholds && strcmp(group, "rules") != 0)
        return wrong(r, group, NULL, error, "the sections are [thresholds] and [rules]");
    keys = g_key_file_get_keys(r->file, group, NULL, NULL);
    for (gsize i = 0; ok && keys && keys[i]; i++) {
        char *value = g_key_file_get_value(r->file, group, keys[i], NULL);

        g_strstrip(value);
        ok = thresholds ? set_threshold(r, keys[i], value, error)
                        : set_level(r, keys[i], value, error);
        g_free(value);
    }
    g_strfreev(keys);
    return ok;
}

/* GLib names the line's text; nothing of it is lost. */
static gboolean read_text(const struct reading *r, gsize n, GError **error)
{
    GError *inner = NULL;
    char **groups;
    gboolean ok = TRUE;

    if (!g_key_file_load_from_data(r->file, r->text, n, G_KEY_FILE_NONE, &inner)) {
        g_set_error(error, TARE_ERROR, TARE_ERROR_USAGE, "%s: %s", r->path, inner->message);
        g_error_free(inner);
        return FALSE;
    }
    groups = g_key_file_get_groups(r->file, NULL);
    for (gsize i = 0; ok && groups[i]; i++)
        ok = read_group(r, groups[i], error);
    g_strfreev(groups);
    return ok;
}

gboolean rules_file_load(const char *path, struct thresholds *t, struct rule_levels *l,
                         GError **error)
{
    gsize n = 0;
    char *text =
        text_file_stream(path, "rules file", RULES_FILE_BYTES, TARE_ERROR_USAGE, &n, error);
    struct reading r = {path, text, NULL, t, l};
    gboolean ok;

    if (!text)
        return FALSE;
    r.file = g_key_file_new();
    ok = read_text(&r, n, error);
    g_key_file_free(r.file);
    g_free(text);
    return ok;
}
