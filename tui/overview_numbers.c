/* The pooled numbers of a group: half of overview_rows.h. */
#include <math.h>

#include "tui/entry_text.h"
#include "tui/overview_rows.h"

/* A set without matrices shows its vectors' numbers in the same places. */
static void use_vectors(struct rollup *r)
{
    r->parameters = r->all_parameters;
    r->base_l2 = r->all_base_l2;
    r->tuned_l2 = r->all_tuned_l2;
    r->delta_l2 = r->all_delta_l2;
    r->floor_l2 = r->all_floor_l2;
}

static void count_entry(struct group_numbers *g, const struct comparison *c, uint32_t entry)
{
    const struct entry_summary *e = entry_summary_of(c, entry);

    g->pending += e->state == ENTRY_WAITING || e->state == ENTRY_READING;
    g->failed += e->state == ENTRY_FAILED;
    g->cancelled += e->state == ENTRY_CANCELLED;
    g->unchanged += entry_unchanged(c, entry);
    g->subtracted += entry_has_delta(c, entry);
    switch (c->pairing.entries[entry].state) {
    case PAIR_DIFFERENT:
        g->different++;
        break;
    case PAIR_BASE_ONLY:
        g->base_only++;
        break;
    case PAIR_TUNED_ONLY:
        g->tuned_only++;
        break;
    case PAIR_MATCHED:
        break;
    }
}

static void count_elements(struct group_numbers *g, const struct pair_stats *p)
{
    g->elems_subtracted += p->base.elems;
    g->elems_unchanged += p->unchanged;
    g->elems_flipped += p->sign_flips;
}

static void add_roles(const struct overview_rows *r, const struct group *group,
                      struct group_numbers *g)
{
    struct rollup role[ROLE_COUNT] = {0};
    const struct comparison *c = r->of;

    for (uint32_t i = 0; i < group->n_entries; i++) {
        uint32_t entry = group->entries[i];
        const struct place *place = comparison_place(c, entry);

        if (comparison_copy_of(c, entry) != PAIR_NONE)
            continue;
        rollup_add(&role[place->role], comparison_tensor(c, entry), place,
                   &c->pairing.entries[entry], entry_summary_of(c, entry), entry_floor(c, entry));
    }
    for (int i = 0; i < ROLE_COUNT; i++) {
        if (!role[i].parameters)
            use_vectors(&role[i]);
        g->role[i] = role[i].n_entries && r->order.metric->of_rollup
                         ? r->order.metric->of_rollup(&role[i])
                         : NAN;
        g->role_below[i] = r->order.metric->of_rollup == rollup_relative &&
                           below_floor(g->role[i], rollup_floor(&role[i]));
    }
}

static void compute(const struct overview_rows *r, uint32_t index, struct group_numbers *g)
{
    const struct comparison *c = r->of;
    const struct group *group = &c->groups[index];
    uint64_t all = 0;

    *g = (struct group_numbers){.stamp = c->summary.version + 1};
    comparison_group_rollup(c, index, &g->total);
    g->relative_all = rollup_relative_all(&g->total);
    g->vectors = !g->total.parameters && g->total.all_parameters;
    if (g->vectors)
        use_vectors(&g->total);
    g->floor = rollup_floor(&g->total);
    for (uint32_t i = 0; i < group->n_entries; i++) {
        const struct tensor *t = comparison_tensor(c, group->entries[i]);

        count_entry(g, c, group->entries[i]);
        if (t->kind == TENSOR_WEIGHT && entry_has_delta(c, group->entries[i]))
            count_elements(g, &entry_summary_of(c, group->entries[i])->result.stats);
        if (comparison_copy_of(c, group->entries[i]) != PAIR_NONE)
            continue;
        all += t->elems;
        g->elems += t->kind == TENSOR_WEIGHT ? t->elems : 0;
    }
    if (!g->elems)
        g->elems = all;
    add_roles(r, group, g);
}

const struct group_numbers *overview_rows_numbers(struct overview_rows *r, uint32_t group)
{
    struct group_numbers *g = &r->numbers[group];

    if (g->stamp != r->of->summary.version + 1)
        compute(r, group, g);
    return g;
}
