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

static bool is_attention(enum role role)
{
    return role == ROLE_QUERY || role == ROLE_KEY || role == ROLE_VALUE || role == ROLE_QKV ||
           role == ROLE_ATTN_OUTPUT;
}

const char *heads_unknown(const struct comparison *c)
{
    bool attention = false, counted = false;

    if (c->attentions.n > 0)
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

/* Where shapes and configuration agree, the configuration is named. */
const char *heads_origin(const struct comparison *c)
{
    if (c->attentions.n == 0)
        return NULL;
    if (c->attentions.items[0].heads != c->base->source->config.heads)
        return "from the shapes";
    return c->heads_set ? "as set" : "from the configuration";
}

bool heads_parse(const char *text, uint16_t *heads, uint16_t *kv_heads)
{
    char *end;
    guint64 n = g_ascii_strtoull(text, &end, 10), kv = 0;

    if (end != text && *end == ':') {
        const char *second = end + 1;

        kv = g_ascii_strtoull(second, &end, 10);
        if (end == second || kv == 0 || n % kv != 0)
            return false;
    }
    if (*end || n == 0 || n > UINT16_MAX)
        return false;
    *heads = (uint16_t)n;
    *kv_heads = (uint16_t)kv;
    return true;
}

static void read_part(const struct comparison *c, uint32_t entry, enum head_part part,
                      uint32_t head, struct head_norms *out)
{
    const struct place *p = comparison_place(c, entry);
    const struct entry_summary *s = &c->summary.entries[entry];
    const struct energy *e = &s->result.energy;
    uint64_t first, n;

    if (s->state != ENTRY_DONE || e->shape.rows == 0 ||
        !head_stretch(p, comparison_tensor(c, entry), part, head, &first, &n))
        return;

    double *const *energies = p->head_axis == HEAD_AXIS_ROWS ? e->row : e->col;

    out->known = true;
    out->base_l2 = energy_norm(energies[ENERGY_BASE], first, n);
    out->tuned_l2 = energy_norm(energies[ENERGY_TUNED], first, n);
    out->delta_l2 = energy_norm(energies[ENERGY_DELTA], first, n);
    out->floor = energies[ENERGY_DELTA] ? comparison_floor(c, entry) : NAN;
}

void head_of(const struct comparison *c, uint32_t attention, uint32_t head, struct head *out)
{
    const struct attention *a = &c->attentions.items[attention];
    uint32_t kv_head = (uint32_t)((uint64_t)head * a->kv_heads / a->heads);
    double base = 0, delta = 0, floor = 0;

    *out = (struct head){.attention = attention, .head = head, .kv_head = kv_head};
    for (unsigned part = 0; part < HEAD_PARTS; part++) {
        bool shared = part == HEAD_KEY || part == HEAD_VALUE;
        struct head_norms *n = &out->part[part];

        *n = (struct head_norms){false, NAN, NAN, NAN, NAN};
        if (a->entry[part] != PAIR_NONE)
            read_part(c, a->entry[part], (enum head_part)part, shared ? kv_head : head, n);
        if (isnan(n->delta_l2))
            continue;
        base = hypot(base, n->base_l2);
        delta = hypot(delta, n->delta_l2);
        floor = hypot(floor, n->floor * n->base_l2);
    }
    out->relative = base > 0 ? delta / base : NAN;
    out->floor = base > 0 ? floor / base : NAN;
}

char *head_label(const struct comparison *c, const struct head *h)
{
    return g_strdup_printf("%s.h%u", c->attentions.items[h->attention].label, h->head);
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
