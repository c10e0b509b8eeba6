/* Which entries of a comparison belong together: those of a block, or of a layer. */
#include "core/comparison_groups.h"

#include <string.h>

/* What a group is called: the block's part of the name, or the layer's, without the variable. */
static char *group_label(const struct tensor *t, const struct place *place)
{
    const char *dot;

    if (t->kind >= TENSOR_OPTIMIZER)
        return g_strdup(tensor_kind_name(t->kind));
    if (place->block >= 0)
        return g_strdup_printf("L%d", place->block);
    dot = strrchr(t->name, '.');
    return dot ? g_strndup(t->name, (gsize)(dot - t->name)) : g_strdup(t->name);
}

struct grouping {
    struct comparison *c;
    GHashTable *by_label;
    GArray *groups; /* struct group; entries still NULL */
};

static void put_in_group(struct grouping *g, uint32_t entry)
{
    const struct place *place = comparison_place(g->c, entry);
    const struct tensor *t = comparison_tensor(g->c, entry);
    char *label = group_label(t, place);
    gpointer found;
    guint number;

    if (g_hash_table_lookup_extended(g->by_label, label, NULL, &found)) {
        number = GPOINTER_TO_UINT(found);
        g_free(label);
    } else {
        struct group group = {.label = label,
                              .block = t->kind >= TENSOR_OPTIMIZER ? -1 : place->block};

        number = g->groups->len;
        g_array_append_val(g->groups, group);
        g_hash_table_insert(g->by_label, label, GUINT_TO_POINTER(number));
    }
    g->c->group_of[entry] = number;
    g_array_index(g->groups, struct group, number).n_entries++;
}

static void fill_groups(struct comparison *c)
{
    for (uint32_t i = 0; i < c->n_groups; i++) {
        c->groups[i].entries = g_new(uint32_t, c->groups[i].n_entries);
        c->groups[i].n_entries = 0;
    }
    for (uint32_t i = 0; i < c->pairing.n_entries; i++) {
        struct group *g = &c->groups[c->group_of[i]];

        g->entries[g->n_entries++] = i;
    }
}

void comparison_make_groups(struct comparison *c)
{
    struct grouping g = {c, g_hash_table_new(g_str_hash, g_str_equal),
                         g_array_new(FALSE, TRUE, sizeof(struct group))};

    c->group_of = g_new0(uint32_t, c->pairing.n_entries);
    for (uint32_t i = 0; i < c->pairing.n_entries; i++)
        if (comparison_tensor(c, i)->kind < TENSOR_OPTIMIZER)
            put_in_group(&g, i);
    for (uint32_t i = 0; i < c->pairing.n_entries; i++)
        if (comparison_tensor(c, i)->kind >= TENSOR_OPTIMIZER)
            put_in_group(&g, i);
    c->n_groups = g.groups->len;
    c->groups = (struct group *)(void *)g_array_free(g.groups, FALSE);
    g_hash_table_destroy(g.by_label);
    fill_groups(c);
}
