#include "core/arch_likeness.h"

#include <glib.h>

struct likeness {
    GHashTable *numbers; /* set */
    GHashTable *rests;   /* rest -> how many numbers have it */
    uint32_t names, largest;
};

struct likeness *likeness_create(void)
{
    struct likeness *l = g_new0(struct likeness, 1);

    l->numbers = g_hash_table_new(NULL, NULL);
    l->rests = g_hash_table_new(g_str_hash, g_str_equal);
    return l;
}

void likeness_destroy(struct likeness *l)
{
    if (!l)
        return;
    g_hash_table_destroy(l->numbers);
    g_hash_table_destroy(l->rests);
    g_free(l);
}

void likeness_add(struct likeness *l, uint32_t number, const char *rest)
{
    guint before = GPOINTER_TO_UINT(g_hash_table_lookup(l->rests, rest));

    g_hash_table_add(l->numbers, GUINT_TO_POINTER(number));
    g_hash_table_insert(l->rests, (gpointer)rest, GUINT_TO_POINTER(before + 1));
    l->names++;
    l->largest = MAX(l->largest, number);
}

bool likeness_is_stack(const struct likeness *l)
{
    guint n = g_hash_table_size(l->numbers);
    uint32_t common = 0;
    GHashTableIter at;
    gpointer count;

    if (n < 2 || l->largest != n - 1)
        return false;
    g_hash_table_iter_init(&at, l->rests);
    while (g_hash_table_iter_next(&at, NULL, &count))
        if (2 * GPOINTER_TO_UINT(count) >= n + 1)
            common += GPOINTER_TO_UINT(count);
    return 2 * (uint64_t)common >= l->names;
}
