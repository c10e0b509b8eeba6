/* Expected numbers: lines of "case field value" made by a script of tests/oracle. */
#ifndef TARE_TESTS_SUPPORT_ORACLE_H
#define TARE_TESTS_SUPPORT_ORACLE_H

#include <glib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static inline GHashTable *oracle_load(const char *name)
{
    GHashTable *table = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    char *path = g_build_filename(g_getenv("TARE_ORACLE"), name, NULL), *text;

    if (!g_file_get_contents(path, &text, NULL, NULL))
        g_error("no oracle %s", path);

    char **lines = g_strsplit(text, "\n", -1);

    for (char **line = lines; *line; line++) {
        char *value = strrchr(*line, ' ');

        if (value) {
            *value = '\0';
            g_hash_table_insert(table, g_strdup(*line), g_strdup(value + 1));
        }
    }
    g_strfreev(lines);
    g_free(text);
    g_free(path);
    return table;
}

/* NAN: the oracle has no such number. */
static inline double oracle_get(GHashTable *table, const char *name, const char *field)
{
    char *key = g_strdup_printf("%s %s", name, field);
    const char *value = g_hash_table_lookup(table, key);

    g_free(key);
    return value ? g_ascii_strtod(value, NULL) : NAN;
}

#endif
