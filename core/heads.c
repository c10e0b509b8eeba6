#include "core/heads.h"

#include <math.h>
#include <string.h>

/* In heads, how far into a fused matrix's axis a part begins; -1: the role has no such part. */
static int64_t part_start(const struct place *p, enum head_part part, uint32_t head)
{
    static const enum role roles[HEAD_PARTS] = {ROLE_QUERY, ROLE_KEY, ROLE_VALUE, ROLE_ATTN_OUTPUT};
    uint32_t kv = p->kv_heads ? p->kv_heads : p->heads;
    bool shared = part == HEAD_KEY || part == HEAD_VALUE;
    uint32_t group = p->heads / kv;

    if (head >= (shared ? kv : p->heads))
        return -1;
    if (p->role == roles[part])
        return head;
    if (p->role != ROLE_QKV || part == HEAD_OUTPUT)
        return -1;
    if (!p->head_interleaved)
        return head + (part == HEAD_KEY ? p->heads : part == HEAD_VALUE ? p->heads + kv : 0);
    /* The queries that share a key, their key, their value; then the next. */
    if (!shared)
        return head / group * (group + 2) + head % group;
    return head * (group + 2) + group + (part == HEAD_VALUE);
}

static uint64_t axis_length(const struct place *p, const struct tensor *t)
{
    bool rows = p->head_axis == HEAD_AXIS_ROWS;
    uint64_t n = 1;

    for (unsigned i = rows ? 0 : p->row_axes; i < (rows ? p->row_axes : t->rank); i++)
        n *= t->dim[i];
    return n;
}

bool head_stretch(const struct place *p, const struct tensor *t, enum head_part part, uint32_t head,
                  uint64_t *first, uint64_t *n)
{
    uint64_t step = p->head_step ? p->head_step : p->head_dim;
    int64_t start;

    if (p->heads == 0 || p->kv_heads > p->heads || step == 0 || p->head_axis == HEAD_AXIS_NONE ||
        p->row_axes == 0 || p->row_axes >= t->rank)
        return false;
    start = part_start(p, part, head);
    if (start < 0)
        return false;
    *first = (uint64_t)start * step;
    *n = step;
    return *first + *n <= axis_length(p, t);
}

static const struct group *block_group(const struct comparison *c, uint32_t block)
{
    for (uint32_t i = 0; i < c->n_groups; i++)
        if (c->groups[i].block == (int32_t)block)
            return &c->groups[i];
    return NULL;
}

static bool is_cross(const struct place *p)
{
    return p->slot && strstr(p->slot, "cross");
}

/* The first matrix of the block that is split into heads; NULL: none. */
static const struct place *split_place(const struct comparison *c, uint32_t block)
{
    const struct group *g = block_group(c, block);

    for (uint32_t i = 0; g && i < g->n_entries; i++) {
        const struct place *p = comparison_place(c, g->entries[i]);

        if (p->matrix && p->heads > 0 && p->head_axis != HEAD_AXIS_NONE && !is_cross(p))
            return p;
    }
    return NULL;
}

uint32_t heads_count(const struct comparison *c, uint32_t block)
{
    const struct place *p = split_place(c, block);

    return p ? p->heads : 0;
}

uint32_t heads_kv_count(const struct comparison *c, uint32_t block)
{
    const struct place *p = split_place(c, block);

    if (!p)
        return 0;
    return p->kv_heads ? p->kv_heads : p->heads;
}

uint32_t heads_most(const struct comparison *c)
{
    uint32_t most = 0;

    for (uint32_t block = 0; block < comparison_blocks(c); block++)
        most = MAX(most, heads_count(c, block));
    return most;
}

static bool is_attention(enum role role)
{
    return role == ROLE_QUERY || role == ROLE_KEY || role == ROLE_VALUE || role == ROLE_QKV ||
           role == ROLE_ATTN_OUTPUT;
}

const char *heads_unknown(const struct comparison *c)
{
    bool attention = false, counted = false;

    if (heads_most(c) > 0)
        return NULL;
    for (uint32_t i = 0; i < c->pairing.n_entries; i++) {
        const struct place *p = comparison_place(c, i);

        if (!p->matrix || !is_attention(p->role))
            continue;
        attention = true;
        counted |= p->heads > 0;
    }
    if (!attention)
        return NULL;
    if (counted)
        return "how the heads lie in these matrices is not known for this architecture";
    return "the number of heads is not in the files and not beside them; --heads N sets it";
}

/* sqrt of the sum of a stretch; NAN if the side is not there. */
static double stretch_l2(const double *energies, uint64_t first, uint64_t n)
{
    double sum = 0;

    if (!energies)
        return NAN;
    for (uint64_t i = 0; i < n; i++)
        sum += energies[first + i];
    return sqrt(sum);
}

static bool read_part(const struct comparison *c, uint32_t entry, enum head_part part,
                      uint32_t head, struct head_norms *out)
{
    const struct place *p = comparison_place(c, entry);
    const struct entry_summary *s = &c->summary.entries[entry];
    const struct energy *e = &s->result.energy;
    uint64_t first, n;

    if (!p->matrix || is_cross(p) || s->state != ENTRY_DONE || e->shape.rows == 0 ||
        !head_stretch(p, comparison_tensor(c, entry), part, head, &first, &n))
        return false;

    double *const *energies = p->head_axis == HEAD_AXIS_ROWS ? e->row : e->col;

    out->known = true;
    out->base_l2 = stretch_l2(energies[ENERGY_BASE], first, n);
    out->tuned_l2 = stretch_l2(energies[ENERGY_TUNED], first, n);
    out->delta_l2 = stretch_l2(energies[ENERGY_DELTA], first, n);
    out->floor = energies[ENERGY_DELTA] ? comparison_floor(c, entry) : NAN;
    return true;
}

static void find_part(const struct comparison *c, const struct group *g, enum head_part part,
                      uint32_t head, struct head_norms *out)
{
    *out = (struct head_norms){false, NAN, NAN, NAN, NAN};
    for (uint32_t i = 0; i < g->n_entries; i++)
        if (read_part(c, g->entries[i], part, head, out))
            return;
}

void head_of(const struct comparison *c, uint32_t block, uint32_t head, struct head *out)
{
    uint32_t heads = heads_count(c, block), kv_heads = heads_kv_count(c, block);
    uint32_t kv_head = head * kv_heads / heads;
    const struct group *g = block_group(c, block);
    double base = 0, delta = 0, floor = 0;

    *out = (struct head){.block = block, .head = head, .kv_head = kv_head};
    for (unsigned part = 0; part < HEAD_PARTS; part++) {
        bool shared = part == HEAD_KEY || part == HEAD_VALUE;
        struct head_norms *n = &out->part[part];

        find_part(c, g, (enum head_part)part, shared ? kv_head : head, n);
        if (isnan(n->delta_l2))
            continue;
        base = hypot(base, n->base_l2);
        delta = hypot(delta, n->delta_l2);
        floor = hypot(floor, n->floor * n->base_l2);
    }
    out->relative = base > 0 ? delta / base : NAN;
    out->floor = base > 0 ? floor / base : NAN;
}

double head_part_relative(const struct head_norms *n)
{
    return n->base_l2 > 0 ? n->delta_l2 / n->base_l2 : NAN;
}

const char *head_part_name(enum head_part part)
{
    static const char *const names[HEAD_PARTS] = {"query", "key", "value", "output"};

    return names[part];
}
