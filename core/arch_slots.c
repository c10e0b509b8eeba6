#include "core/arch_slots.h"

#include <string.h>

/* A place is its own key. */
static guint part_hash(gconstpointer key)
{
    const struct place *p = key;

    return g_str_hash(p->slot) * 31 + (guint)p->block;
}

static gboolean part_equal(gconstpointer a, gconstpointer b)
{
    const struct place *x = a, *y = b;

    return x->block == y->block && strcmp(x->slot, y->slot) == 0;
}

GHashTable *arch_slots_index(const struct place *places, uint32_t n)
{
    GHashTable *index = g_hash_table_new(part_hash, part_equal);

    for (uint32_t i = 0; i < n; i++)
        if (places[i].slot && !g_hash_table_contains(index, &places[i]))
            g_hash_table_insert(index, (gpointer)&places[i], GUINT_TO_POINTER(i));
    return index;
}

uint32_t arch_slots_find(GHashTable *index, int32_t block, const char *slot)
{
    const struct place key = {.block = block, .slot = slot};
    gpointer found;

    if (!slot || !g_hash_table_lookup_extended(index, &key, NULL, &found))
        return UINT32_MAX;
    return GPOINTER_TO_UINT(found);
}

void arch_slots_drop_twins(struct place *places, uint32_t n)
{
    GHashTable *seen = g_hash_table_new(part_hash, part_equal);

    for (uint32_t i = 0; i < n; i++) {
        if (!places[i].slot)
            continue;
        if (g_hash_table_contains(seen, &places[i]))
            places[i].slot = NULL;
        else
            g_hash_table_add(seen, &places[i]);
    }
    g_hash_table_destroy(seen);
}
