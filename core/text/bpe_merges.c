#include "core/text/bpe_merges.h"

#include "core/text/tokenizer.h"

void bpe_merges_init(struct bpe_merges *m, uint32_t n)
{
    m->slots = 16;
    while (m->slots < 2 * n)
        m->slots *= 2;
    m->slot = g_new(struct bpe_merge, m->slots);
    for (uint32_t i = 0; i < m->slots; i++)
        m->slot[i].id = TOKEN_NONE;
}

void bpe_merges_finish(struct bpe_merges *m)
{
    g_free(m->slot);
}

static struct bpe_merge *find_slot(const struct bpe_merges *m, uint64_t pair)
{
    uint32_t at = (uint32_t)((pair * 0x9e3779b97f4a7c15u) >> 32) & (m->slots - 1);

    while (m->slot[at].id != TOKEN_NONE && m->slot[at].pair != pair)
        at = (at + 1) & (m->slots - 1);
    return &m->slot[at];
}

void bpe_merges_put(struct bpe_merges *m, uint32_t left, uint32_t right, uint32_t rank, uint32_t id)
{
    uint64_t pair = (uint64_t)left << 32 | right;

    *find_slot(m, pair) = (struct bpe_merge){pair, rank, id};
}

/* NULL: the pair stays. */
static const struct bpe_merge *find(const struct bpe_merges *m, uint32_t left, uint32_t right)
{
    const struct bpe_merge *found = find_slot(m, (uint64_t)left << 32 | right);

    return found->id == TOKEN_NONE ? NULL : found;
}

/* A merge that waits: of the symbol at `at` with the one after it. */
struct candidate {
    uint32_t rank, at, id;
};

/* A heap, the lowest rank first, of equal ones the leftmost. */
struct queue {
    struct candidate *item;
    uint32_t n;
};

static bool before(const struct candidate *a, const struct candidate *b)
{
    return a->rank < b->rank || (a->rank == b->rank && a->at < b->at);
}

static void push(struct queue *q, struct candidate c)
{
    uint32_t i = q->n++;

    for (; i > 0 && before(&c, &q->item[(i - 1) / 2]); i = (i - 1) / 2)
        q->item[i] = q->item[(i - 1) / 2];
    q->item[i] = c;
}

static struct candidate pop(struct queue *q)
{
    struct candidate top = q->item[0], last = q->item[--q->n];
    uint32_t i = 0;

    for (uint32_t child = 1; child < q->n; child = 2 * i + 1) {
        if (child + 1 < q->n && before(&q->item[child + 1], &q->item[child]))
            child++;
        if (!before(&q->item[child], &last))
            break;
        q->item[i] = q->item[child];
        i = child;
    }
    q->item[i] = last;
    return top;
}

static void consider(const struct bpe_merges *m, const struct bpe_symbol *symbol, uint32_t at,
                     struct queue *q)
{
    const struct bpe_merge *found;

    if (at == TOKEN_NONE || symbol[at].after == TOKEN_NONE)
        return;
    found = find(m, symbol[at].id, symbol[symbol[at].after].id);
    if (found)
        push(q, (struct candidate){found->rank, at, found->id});
}

/* The symbols may have changed since the candidate was put. */
static bool still_there(const struct bpe_merges *m, const struct bpe_symbol *symbol,
                        const struct candidate *c)
{
    const struct bpe_symbol *left = &symbol[c->at];
    const struct bpe_merge *found;

    if (left->id == TOKEN_NONE || left->after == TOKEN_NONE)
        return false;
    found = find(m, left->id, symbol[left->after].id);
    return found && found->id == c->id;
}

static void merge(struct bpe_symbol *symbol, const struct candidate *c)
{
    struct bpe_symbol *left = &symbol[c->at], *right = &symbol[left->after];

    left->id = c->id;
    left->to = right->to;
    left->after = right->after;
    right->id = TOKEN_NONE;
    if (left->after != TOKEN_NONE)
        symbol[left->after].before = c->at;
}

void bpe_merges_apply(const struct bpe_merges *m, struct bpe_symbol *symbol, uint32_t n)
{
    struct candidate few[192];
    struct queue q = {few, 0};

    /* A merge takes one candidate and puts at most two, and there are fewer than n merges. */
    if (3 * (gsize)n > G_N_ELEMENTS(few))
        q.item = g_new(struct candidate, 3 * (gsize)n);
    for (uint32_t i = 0; i < n; i++) {
        symbol[i].before = i ? i - 1 : TOKEN_NONE;
        symbol[i].after = i + 1 < n ? i + 1 : TOKEN_NONE;
    }
    for (uint32_t i = 0; i < n; i++)
        consider(m, symbol, i, &q);
    while (q.n) {
        struct candidate c = pop(&q);

        if (!still_there(m, symbol, &c))
            continue;
        merge(symbol, &c);
        consider(m, symbol, symbol[c.at].before, &q);
        consider(m, symbol, c.at, &q);
    }
    if (q.item != few)
        g_free(q.item);
}
