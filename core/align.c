#include "core/align.h"

#include <string.h>
#include "core/align_fused.h"
#include "core/align_view.h"
#include "core/arch_slots.h"

static void add_map(struct matching *m, struct align *a, const struct pair_map *map)
{
    GHashTable *base = g_hash_table_new(g_str_hash, g_str_equal);
    GHashTable *tuned = g_hash_table_new(g_str_hash, g_str_equal);

    for (uint32_t i = m->base->n_tensors; i-- > 0;)
        g_hash_table_insert(base, (gpointer)m->base->tensors[i].name, GUINT_TO_POINTER(i));
    for (uint32_t i = m->tuned->n_tensors; i-- > 0;)
        g_hash_table_insert(tuned, (gpointer)m->tuned->tensors[i].name, GUINT_TO_POINTER(i));
    for (guint i = 0; map && i < map->items->len; i++) {
        const struct pair_map_item *item = &g_array_index(map->items, struct pair_map_item, i);
        uint32_t b = GPOINTER_TO_UINT(g_hash_table_lookup(base, item->base));
        uint32_t t = GPOINTER_TO_UINT(g_hash_table_lookup(tuned, item->tuned));

        if (item->how == PAIR_HOW_NEVER || m->tuned_of_base[b] != PAIR_NONE || m->tuned_taken[t])
            continue;
        matching_add(m, b, t, item->rule);
        a->recipes[b] = (struct recipe){
            .kind = RECIPE_WHOLE, .how = item->how, .rule = item->rule, .tuned = {t}};
    }
    g_hash_table_destroy(base);
    g_hash_table_destroy(tuned);
}

/* What was matched since and has no recipe yet. */
static void add_whole(const struct matching *m, struct align *a, bool by_name)
{
    for (uint32_t i = 0; i < m->base->n_tensors; i++)
        if (m->tuned_of_base[i] != PAIR_NONE && a->recipes[i].kind == RECIPE_NONE)
            a->recipes[i] = (struct recipe){.kind = RECIPE_WHOLE,
                                            .rule = m->rule_of_base[i],
                                            .by_name = by_name,
                                            .tuned = {m->tuned_of_base[i]}};
}

/* The same part of the same block: only where one row of the architecture table knows both. */
static void match_parts(struct matching *m, const struct align *a, GHashTable *tuned)
{
    for (uint32_t i = 0; i < m->base->n_tensors; i++) {
        uint32_t other;

        if (m->tuned_of_base[i] != PAIR_NONE)
            continue;
        other = arch_slots_find(tuned, a->base->places[i].block, a->base->places[i].slot);
        if (other != PAIR_NONE && !m->tuned_taken[other])
            matching_add(m, i, other, pair_rule_parts);
    }
}

static void match_by_rules(struct matching *m, struct align *a)
{
    GHashTable *in_base, *in_tuned;

    matching_equal(m);
    matching_wrappers(m);
    add_whole(m, a, true);
    matching_variables(m);
    if (a->base->arch != a->tuned->arch) {
        add_whole(m, a, false);
        return;
    }
    in_base = arch_slots_index(a->base->places, m->base->n_tensors);
    in_tuned = arch_slots_index(a->tuned->places, m->tuned->n_tensors);
    match_parts(m, a, in_tuned);
    add_whole(m, a, false);
    align_fused(m, a, in_base, in_tuned);
    g_hash_table_destroy(in_base);
    g_hash_table_destroy(in_tuned);
}

gboolean align_checkpoints(struct checkpoint *base, struct checkpoint *tuned, bool use_rules,
                           const struct pair_map *map, GError **error)
{
    struct align a = {base, tuned, NULL};
    struct matching m;

    if (map && !pair_map_check(map, base->source, tuned->source, error))
        return FALSE;
    if (!use_rules && !map)
        return TRUE;
    a.recipes = g_new0(struct recipe, base->source->n_tensors);
    matching_init(&m, base->source, tuned->source);
    add_map(&m, &a, map);
    if (use_rules)
        match_by_rules(&m, &a);
    align_views_present(&a);
    matching_finish(&m);
    g_free(a.recipes);
    return TRUE;
}
