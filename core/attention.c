#include "core/attention.h"

#include <stdlib.h>
#include <string.h>
#include "core/comparison.h"

static guint key_hash(gconstpointer key)
{
    const struct attention *a = key;

    return g_str_hash(a->name) * 31 + (guint)a->block;
}

static gboolean key_equal(gconstpointer a, gconstpointer b)
{
    const struct attention *x = a, *y = b;

    return x->block == y->block && strcmp(x->name, y->name) == 0;
}

static struct attention *one_of(GHashTable *known, GPtrArray *order, const struct place *p)
{
    const struct attention key = {.block = p->block, .name = p->attention ? p->attention : ""};
    struct attention *found = g_hash_table_lookup(known, &key);

    if (found)
        return found;
    found = g_memdup2(&key, sizeof key);
    memset(found->entry, 0xff, sizeof found->entry);
    found->heads = p->heads;
    found->kv_heads = p->kv_heads ? p->kv_heads : p->heads;
    g_hash_table_add(known, found);
    g_ptr_array_add(order, found);
    return found;
}

static void note_parts(struct attention *a, enum role role, uint32_t entry)
{
    static const enum role roles[HEAD_PARTS] = {ROLE_QUERY, ROLE_KEY, ROLE_VALUE, ROLE_ATTN_OUTPUT};

    for (unsigned part = 0; part < HEAD_PARTS; part++)
        if (a->entry[part] == PAIR_NONE &&
            (role == roles[part] || (role == ROLE_QKV && part != HEAD_OUTPUT)))
            a->entry[part] = entry;
}

static GPtrArray *collect(const struct comparison *c)
{
    GHashTable *known = g_hash_table_new(key_hash, key_equal);
    GPtrArray *order = g_ptr_array_new_with_free_func(g_free);

    for (uint32_t i = 0; i < c->pairing.n_entries; i++) {
        const struct place *p = comparison_place(c, i);

        if (p->matrix && p->heads > 0 && p->head_axis != HEAD_AXIS_NONE)
            note_parts(one_of(known, order, p), p->role, i);
    }
    g_hash_table_destroy(known);
    return order;
}

static bool is_cross(const struct attention *a)
{
    return strcmp(a->name, "cross") == 0;
}

static uint32_t first_entry(const struct attention *a)
{
    uint32_t first = PAIR_NONE;

    for (unsigned part = 0; part < HEAD_PARTS; part++)
        first = MIN(first, a->entry[part]);
    return first;
}

/* In a block the one to itself goes before the one to another stack. */
static int in_order(const void *a, const void *b)
{
    const struct attention *x = a, *y = b;

    if ((x->block < 0) != (y->block < 0))
        return x->block < 0 ? 1 : -1;
    if (x->block != y->block)
        return x->block < y->block ? -1 : 1;
    if (is_cross(x) != is_cross(y))
        return is_cross(x) ? 1 : -1;
    return (first_entry(x) > first_entry(y)) - (first_entry(x) < first_entry(y));
}

/* The first of a block bears the block's name alone. */
static char *label_of(const struct attention *a, bool first)
{
    const char *last = strrchr(a->name, '.');

    if (a->block < 0)
        return g_strdup(*a->name ? a->name : "attention");
    if (first && !is_cross(a))
        return g_strdup_printf("L%d", a->block);
    return g_strdup_printf("L%d.%s", a->block, last ? last + 1 : a->name);
}

void attentions_find(struct attentions *out, const struct comparison *c)
{
    GPtrArray *order = collect(c);

    *out = (struct attentions){g_new(struct attention, order->len), order->len, 0};
    for (uint32_t i = 0; i < out->n; i++)
        out->items[i] = *(struct attention *)g_ptr_array_index(order, i);
    g_ptr_array_free(order, TRUE);
    if (out->n)
        qsort(out->items, out->n, sizeof *out->items, in_order);
    for (uint32_t i = 0; i < out->n; i++) {
        struct attention *a = &out->items[i];

        a->label = label_of(a, i == 0 || out->items[i - 1].block != a->block);
        out->most = MAX(out->most, a->heads);
    }
}

void attentions_finish(struct attentions *a)
{
    for (uint32_t i = 0; i < a->n; i++)
        g_free(a->items[i].label);
    g_free(a->items);
    *a = (struct attentions){0};
}

static bool has_entry(const struct attention *a, uint32_t entry)
{
    for (unsigned part = 0; part < HEAD_PARTS; part++)
        if (a->entry[part] == entry)
            return true;
    return false;
}

uint32_t attentions_of_entry(const struct attentions *a, uint32_t entry)
{
    for (uint32_t i = 0; i < a->n; i++)
        if (has_entry(&a->items[i], entry))
            return i;
    return UINT32_MAX;
}
