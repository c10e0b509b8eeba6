/* From a comparison to what the depth rule judges: stacks of transformer blocks and their norms. */
#include <math.h>
#include <string.h>
#include "core/depth.h"
#include "core/metric.h"

struct stretch {
    uint32_t first, n;
    const char *name; /* of a tensor in its first block */
};

/* The part of a name before the number in which it differs from the next block's. */
static size_t stem_of(const char *a, const char *b)
{
    size_t n = 0;

    while (a[n] && a[n] == b[n])
        n++;
    while (n > 0 && g_ascii_isdigit(a[n - 1]))
        n--;
    return n;
}

/* Two blocks in a row are of one stack if their names differ in a number that counts on. Keras
 * leaves the number off the first of a kind: "block" before "block_1". */
static bool counts_on(const char *a, const char *b)
{
    size_t n = stem_of(a, b);

    if (g_ascii_isdigit(a[n]) && g_ascii_isdigit(b[n]))
        return g_ascii_strtoull(a + n, NULL, 10) + 1 == g_ascii_strtoull(b + n, NULL, 10);
    return g_str_has_prefix(b + n, "_1") && !g_ascii_isdigit(b[n + 2]);
}

/* names[block]: of its first tensor; NULL: the block has none. Owned by the caller, not the texts.
 */
static const char **first_names(const struct comparison *c)
{
    const char **names = g_new0(const char *, comparison_blocks(c) + 1);

    for (uint32_t g = c->n_groups; g-- > 0;)
        if (c->groups[g].block >= 0 && (uint32_t)c->groups[g].block < comparison_blocks(c))
            names[c->groups[g].block] = comparison_tensor(c, c->groups[g].entries[0])->name;
    return names;
}

/* Array of struct stretch. */
static GArray *find_stacks(const struct comparison *c)
{
    GArray *stacks = g_array_new(FALSE, TRUE, sizeof(struct stretch));
    const char **names = first_names(c);

    for (uint32_t b = 0; b < comparison_blocks(c); b++) {
        struct stretch new = {b, 0, names[b]};

        if (b == 0 || (names[b] && names[b - 1] && !counts_on(names[b - 1], names[b])))
            g_array_append_val(stacks, new);
        g_array_index(stacks, struct stretch, stacks->len - 1).n++;
    }
    g_free(names);
    return stacks;
}

uint32_t depth_stacks(const struct comparison *c)
{
    GArray *stacks = find_stacks(c);
    uint32_t n = stacks->len;

    g_array_free(stacks, TRUE);
    return n;
}

const char *depth_stack_name(const struct comparison *c, uint32_t stack)
{
    GArray *stacks = find_stacks(c);
    const char *name = "stack", *text = g_array_index(stacks, struct stretch, stack).name;

    if (stacks->len == 1)
        name = NULL;
    else if (text && strstr(text, "encoder"))
        name = "encoder";
    else if (text && strstr(text, "decoder"))
        name = "decoder";
    g_array_free(stacks, TRUE);
    return name;
}

/* What was found in the blocks of a stack. */
struct gathered {
    struct depth_block *block; /* [n] */
    uint32_t first, n;
    bool transformer, waiting, failed;
};

static bool is_transformer(enum role role)
{
    return (role >= ROLE_QUERY && role <= ROLE_DOWN);
}

static void gather_entry(const struct comparison *c, uint32_t i, struct gathered *g,
                         struct depth_block *b)
{
    const struct place *place = comparison_place(c, i);
    const struct entry_summary *e = &c->summary.entries[i];
    double base;

    if (comparison_tensor(c, i)->kind != TENSOR_WEIGHT || !place->matrix)
        return;
    g->transformer |= is_transformer(place->role);
    if (c->pairing.entries[i].state != PAIR_MATCHED || comparison_copy_of(c, i) != PAIR_NONE)
        return;
    g->waiting |= e->state < ENTRY_DONE;
    g->failed |= e->state > ENTRY_DONE;
    if (e->state != ENTRY_DONE || !e->result.has_delta)
        return;
    base = stats_l2(&e->result.stats.base);
    b->base_l2 = hypot(b->base_l2, base);
    b->delta_l2 = hypot(b->delta_l2, stats_l2(&e->result.stats.delta));
    b->floor = hypot(b->floor, base * comparison_floor(c, i));
}

static void gather(const struct comparison *c, struct gathered *g)
{
    for (uint32_t k = 0; k < c->n_groups; k++) {
        const struct group *group = &c->groups[k];
        struct depth_block *b;

        if (group->block < (int32_t)g->first || group->block >= (int32_t)(g->first + g->n))
            continue;
        b = &g->block[group->block - (int32_t)g->first];
        for (uint32_t i = 0; i < group->n_entries; i++)
            gather_entry(c, group->entries[i], g, b);
    }
    for (uint32_t i = 0; i < g->n; i++) {
        struct depth_block *b = &g->block[i];

        b->block = g->first + i;
        b->floor = b->base_l2 > 0 ? b->floor / b->base_l2 : 0;
    }
}

/* Why there is nothing to judge, NULL: there is. */
static const char *refusal(const struct comparison *c, const struct gathered *g)
{
    if (!c->tuned)
        return "one file: nothing changed";
    if (g->n && !g->transformer)
        return "no transformer blocks: the rule is about those";
    if (g->failed)
        return "some of the blocks were not read to the end";
    return g->waiting ? "still reading" : NULL;
}

void depth_of(const struct comparison *c, uint32_t stack, struct depth *out)
{
    struct depth_context context = {.quantised = comparison_quantised(c, NULL) > 0};
    GArray *stacks = find_stacks(c);
    struct stretch at = {0};
    struct gathered g = {0};
    struct rollup model;
    const char *reason;

    if (stack < stacks->len)
        at = g_array_index(stacks, struct stretch, stack);
    g = (struct gathered){.block = g_new0(struct depth_block, at.n), .first = at.first, .n = at.n};
    comparison_model_rollup(c, &model);
    context.model_relative = rollup_relative(&model);
    context.model_cosine = 1 - metric_cosine.of_rollup(&model);
    gather(c, &g);
    depth_judge(g.block, g.n, &context, &c->thresholds, out);
    reason = refusal(c, &g);
    if (reason) {
        out->verdict.class = DEPTH_NONE;
        out->reason = reason;
    }
    g_free(g.block);
    g_array_free(stacks, TRUE);
}
