#include "tui/ignored.h"

#include <string.h>

static char *key_of(const struct finding *f)
{
    return g_strconcat(f->rule->id, "\n", f->where, NULL);
}

void ignored_add(struct model *m, const struct finding *f)
{
    if (!m->ignored)
        m->ignored = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(m->ignored, key_of(f));
}

bool ignored_undo(struct model *m)
{
    if (!ignored_count(m))
        return false;
    g_ptr_array_set_size(m->ignored, (gint)m->ignored->len - 1);
    return true;
}

bool ignored_has(const struct model *m, const struct finding *f)
{
    bool found = false;
    char *key;

    if (!ignored_count(m))
        return false;
    key = key_of(f);
    for (guint i = 0; i < m->ignored->len && !found; i++)
        found = strcmp(g_ptr_array_index(m->ignored, i), key) == 0;
    g_free(key);
    return found;
}

guint ignored_count(const struct model *m)
{
    return m->ignored ? m->ignored->len : 0;
}

void ignored_finish(struct model *m)
{
    if (m->ignored)
        g_ptr_array_free(m->ignored, TRUE);
    m->ignored = NULL;
}
