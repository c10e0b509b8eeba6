#include "core/pair_map.h"

#include <string.h>

static void clear_item(gpointer data)
{
    struct pair_map_item *i = data;

    g_free(i->base);
    g_free(i->tuned);
}

struct pair_map *pair_map_create(void)
{
    struct pair_map *m = g_new0(struct pair_map, 1);

    m->items = g_array_new(FALSE, TRUE, sizeof(struct pair_map_item));
    g_array_set_clear_func(m->items, clear_item);
    return m;
}

struct pair_map *pair_map_copy(const struct pair_map *m)
{
    struct pair_map *copy;

    if (!m)
        return NULL;
    copy = pair_map_create();
    copy->path = g_strdup(m->path);
    for (guint i = 0; i < m->items->len; i++) {
        struct pair_map_item item = g_array_index(m->items, struct pair_map_item, i);

        item.base = g_strdup(item.base);
        item.tuned = g_strdup(item.tuned);
        g_array_append_val(copy->items, item);
    }
    return copy;
}

void pair_map_destroy(struct pair_map *m)
{
    if (!m)
        return;
    g_array_free(m->items, TRUE);
    g_free(m->path);
    g_free(m);
}

void pair_map_append(struct pair_map *m, const char *base, const char *tuned, enum pair_how how,
                     const char *rule, uint32_t line)
{
    struct pair_map_item item = {g_strdup(base), g_strdup(tuned), how, rule, line};

    g_array_append_val(m->items, item);
}

void pair_map_add(struct pair_map *m, const char *base, const char *tuned, enum pair_how how,
                  const char *rule)
{
    for (guint i = m->items->len; i-- > 0;) {
        const struct pair_map_item *old = &g_array_index(m->items, struct pair_map_item, i);
        bool same_base = strcmp(old->base, base) == 0, same_tuned = strcmp(old->tuned, tuned) == 0;

        if ((same_base && same_tuned) ||
            (how != PAIR_HOW_NEVER && old->how != PAIR_HOW_NEVER && (same_base || same_tuned)))
            g_array_remove_index(m->items, i);
    }
    pair_map_append(m, base, tuned, how, rule, 0);
}

bool pair_map_undo(struct pair_map *m)
{
    if (m->items->len == 0)
        return false;
    g_array_set_size(m->items, m->items->len - 1);
    return true;
}

bool pair_map_forbids(const struct pair_map *m, const char *base, const char *tuned)
{
    for (guint i = 0; m && i < m->items->len; i++) {
        const struct pair_map_item *item = &g_array_index(m->items, struct pair_map_item, i);

        if (item->how == PAIR_HOW_NEVER && strcmp(item->base, base) == 0 &&
            strcmp(item->tuned, tuned) == 0)
            return true;
    }
    return false;
}

static const char *const how_names[PAIR_HOW_COUNT] = {"auto", "plain", "transposed", "never"};

const char *pair_how_name(enum pair_how how)
{
    return how_names[how];
}

bool pair_how_find(const char *name, enum pair_how *out)
{
    for (int i = 0; i < PAIR_HOW_COUNT; i++)
        if (strcmp(how_names[i], name) == 0) {
            *out = (enum pair_how)i;
            return true;
        }
    return false;
}

static bool has_name(GHashTable *names, const char *name, const char **missing)
{
    bool found = g_hash_table_contains(names, name);

    if (!found)
        *missing = name;
    return found;
}

static GHashTable *names_of(const struct source *s)
{
    GHashTable *names = g_hash_table_new(g_str_hash, g_str_equal);

    for (uint32_t i = 0; i < s->n_tensors; i++)
        g_hash_table_add(names, (gpointer)s->tensors[i].name);
    return names;
}

static void say_missing(const struct pair_map *m, const struct pair_map_item *item,
                        const char *name, const char *path, GError **error)
{
    const char *file = m->path && item->line ? m->path : "pair map";

    if (item->line)
        g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT, "%s:%u: %s has no tensor '%s'", file,
                    item->line, path, name);
    else
        g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT, "%s: %s has no tensor '%s'", file, path,
                    name);
}

gboolean pair_map_check(const struct pair_map *m, const struct source *base,
                        const struct source *tuned, GError **error)
{
    GHashTable *in_base = names_of(base), *in_tuned = names_of(tuned);
    const char *missing = NULL;
    gboolean ok = TRUE;

    for (guint i = 0; i < m->items->len && ok; i++) {
        const struct pair_map_item *item = &g_array_index(m->items, struct pair_map_item, i);
        bool known = has_name(in_base, item->base, &missing);

        ok = known && has_name(in_tuned, item->tuned, &missing);
        if (!ok)
            say_missing(m, item, missing, known ? tuned->path : base->path, error);
    }
    g_hash_table_destroy(in_base);
    g_hash_table_destroy(in_tuned);
    return ok;
}
