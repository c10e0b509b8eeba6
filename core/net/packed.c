#include "core/net/packed.h"

uint32_t net_batch_rows(const struct net_batch *b)
{
    guint64 rows = 0;

    for (uint32_t i = 0; i < b->n; i++)
        rows += b->sequences[i].n;
    return (uint32_t)MIN(rows, UINT32_MAX);
}

gboolean packed_check(const struct net *n, const struct net_batch *b, GError **error)
{
    for (uint32_t i = 0; i < b->n; i++) {
        const struct net_sequence *q = b->sequences + i;

        if (!pass_check_length(n->w, q->n, error) || !pass_check_ids(n->w, q->ids, q->n, error)) {
            g_prefix_error(error, "sequence %u: ", i + 1);
            return FALSE;
        }
    }
    if (net_batch_rows(b) <= PASS_ROWS)
        return TRUE;
    g_set_error(error, TARE_ERROR, TARE_ERROR_LIMIT, "more than %u tokens at once", PASS_ROWS);
    return FALSE;
}

void packed_finish(struct packed *p)
{
    g_free(p->ids);
    g_free(p->positions);
    g_free(p->spans);
    g_free(p->picked);
}

void packed_init(struct packed *p, const struct net_batch *b, bool losses_alone)
{
    uint32_t at = 0;

    *p = (struct packed){.rows = net_batch_rows(b)};
    p->ids = g_new(uint32_t, p->rows);
    p->positions = g_new(uint32_t, p->rows);
    p->picked = g_new(uint32_t, p->rows);
    p->spans = g_new(struct attention_span, b->n);
    for (uint32_t i = 0; i < b->n; i++) {
        const struct net_sequence *s = b->sequences + i;

        p->spans[i] = (struct attention_span){at, s->n, at, s->n};
        p->longest = MAX(p->longest, s->n);
        for (uint32_t t = 0; t < s->n; t++, at++) {
            p->ids[at] = s->ids[t];
            p->positions[at] = t;
            if (t >= s->first_logit && !(losses_alone && t + 1 == s->n))
                p->picked[p->n_picked++] = at;
        }
    }
}

uint32_t packed_next(const struct packed *p, uint32_t row)
{
    return row + 1 < p->rows && p->positions[row + 1] != 0 ? p->ids[row + 1] : UINT32_MAX;
}

struct pass packed_pass(const struct packed *p, struct net *n, uint32_t sequences)
{
    return (struct pass){.net = n,
                         .rows = p->rows,
                         .ids = p->ids,
                         .positions = p->positions,
                         .spans = p->spans,
                         .n_spans = sequences,
                         .longest = p->longest};
}
