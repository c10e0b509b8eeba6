#include "core/net/net.h"

#include <math.h>
#include <string.h>
#include "core/net/op_loss.h"
#include "core/net/pass.h"

#define NO_TARGET UINT32_MAX

/* What a batch is to a pass. */
struct packed {
    uint32_t rows, longest;
    uint32_t *ids, *positions; /* [rows] */
    struct attention_span *spans;
    uint32_t *picked; /* [n_picked] rows that get logits */
    uint32_t n_picked;
};

struct net *net_create(const struct net_weights *w, guint threads, GError **error)
{
    const char *cpu = g_getenv("TARE_CPU");
    const struct net_kernels *kernels = net_kernels_choose(cpu && *cpu ? cpu : NULL);
    struct net *n;

    if (!kernels) {
        g_set_error(error, TARE_ERROR, TARE_ERROR_USAGE,
                    "TARE_CPU=%s: not a kernel variant of this processor; use scalar, avx2 or "
                    "avx512, or unset it",
                    cpu);
        return NULL;
    }
    n = g_new0(struct net, 1);
    n->w = w;
    n->run.team = team_create(threads);
    n->run.kernels = kernels;
    n->scratch = g_new0(struct net_buffer, team_threads(n->run.team));
    n->run.scratch = g_new0(float *, team_threads(n->run.team));
    return n;
}

void net_destroy(struct net *n)
{
    if (!n)
        return;
    for (guint i = 0; i < team_threads(n->run.team); i++)
        g_free(n->scratch[i].values);
    for (guint i = 0; i < SPACES; i++)
        g_free(n->space[i].values);
    team_destroy(n->run.team);
    g_free(n->scratch);
    g_free(n->run.scratch);
    g_free(n->cosine.values);
    g_free(n->sine.values);
    g_free(n);
}

const struct net_weights *net_weights(const struct net *n)
{
    return n->w;
}

uint32_t net_batch_rows(const struct net_batch *b)
{
    guint64 rows = 0;

    for (uint32_t i = 0; i < b->n; i++)
        rows += b->sequences[i].n;
    return (uint32_t)MIN(rows, UINT32_MAX);
}

/* A length or an id that the model does not have, with the sequence that has it. */
static gboolean check_batch(const struct net *n, const struct net_batch *b, GError **error)
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

static void packed_finish(struct packed *p)
{
    g_free(p->ids);
    g_free(p->positions);
    g_free(p->spans);
    g_free(p->picked);
}

/* Rows of a sequence get logits from first_logit on; where only losses are wanted, the last one,
 * which predicts nothing, gets none. */
static void pack(struct packed *p, const struct net_batch *b, bool losses_alone)
{
    uint32_t at = 0;

    p->rows = net_batch_rows(b);
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

static gboolean run_blocks(const struct pass *p, const struct net_batch *b, const gint *cancelled,
                           GError **error)
{
    const struct net_spec *s = &p->net->w->spec;
    float *residual = p->net->space[SPACE_RESIDUAL].values;

    if (b->residual)
        memcpy(residual, b->residual, (gsize)p->rows * s->hidden * sizeof *residual);
    else
        pass_embed(p);
    if (!b->residual || b->first_block == 0)
        pass_show(p->probe, &(struct net_seen){.site = NET_EMBEDDED,
                                               .rows = p->rows,
                                               .columns = s->hidden,
                                               .values = residual});
    for (uint32_t i = b->residual ? b->first_block : 0; i < s->layers; i++) {
        if (error_is_cancelled(cancelled, error))
            return FALSE;
        pass_block(p, i);
    }
    return !error_is_cancelled(cancelled, error);
}

/* Logits of picked rows first .. first + n - 1, run by run of rows that lie together. */
static void show_logits(const struct packed *rows, uint32_t first, uint32_t n, uint32_t vocabulary,
                        const float *logits, const struct net_probe *probe)
{
    const uint32_t *row = rows->picked + first;

    for (uint32_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && row[end] == row[end - 1] + 1; end++)
            ;
        pass_show(probe, &(struct net_seen){.site = NET_LOGITS,
                                            .first = row[i],
                                            .rows = end - i,
                                            .columns = vocabulary,
                                            .values = logits + (gsize)i * vocabulary});
    }
}

/* The token behind a packed row, NO_TARGET at the end of its sequence. */
static uint32_t target_of(const struct packed *p, uint32_t row)
{
    return row + 1 < p->rows && p->positions[row + 1] != 0 ? p->ids[row + 1] : NO_TARGET;
}

static void lose(struct net *n, const struct packed *p, uint32_t first, uint32_t rows,
                 const float *logits, double *losses)
{
    uint32_t targets[PASS_LOGIT_ROWS];
    double some[PASS_LOGIT_ROWS];

    for (uint32_t i = 0; i < rows; i++)
        targets[i] = target_of(p, p->picked[first + i]);
    op_loss(&n->run, &(struct op_loss){.logits = logits,
                                       .rows = rows,
                                       .vocabulary = n->w->head.out,
                                       .targets = targets,
                                       .losses = some});
    for (uint32_t i = 0; i < rows; i++)
        losses[p->picked[first + i]] = some[i];
}

/* The head, some rows at once: a vocabulary is many times as wide as the residual stream. */
static gboolean run_head(struct net *n, const struct packed *p, const float *final,
                         const struct net_probe *probe, double *losses, const gint *cancelled,
                         GError **error)
{
    gsize hidden = n->w->spec.hidden;
    uint32_t most = pass_logit_rows(n);

    for (uint32_t first = 0, rows; first < p->n_picked; first += rows) {
        const float *logits;

        if (error_is_cancelled(cancelled, error))
            return FALSE;
        rows = MIN(most, p->n_picked - first);
        for (uint32_t i = 0; i < rows; i++)
            memcpy(n->space[SPACE_PICKED].values + i * hidden,
                   final + p->picked[first + i] * hidden, hidden * sizeof *final);
        logits = pass_logits(n, rows);
        show_logits(p, first, rows, n->w->head.out, logits, probe);
        if (losses)
            lose(n, p, first, rows, logits, losses);
    }
    return TRUE;
}

static gboolean forward_packed(struct net *n, const struct net_batch *b, const struct packed *rows,
                               const struct net_probe *probe, double *losses, const gint *cancelled,
                               GError **error)
{
    const struct pass p = {.net = n,
                           .rows = rows->rows,
                           .ids = rows->ids,
                           .positions = rows->positions,
                           .spans = rows->spans,
                           .n_spans = b->n,
                           .longest = rows->longest,
                           .probe = probe};
    bool head = rows->n_picked && (losses || pass_wants(probe, NET_LOGITS));
    const float *final;

    if (!pass_prepare(&p, error) || (head && !pass_prepare_logits(n, error)) ||
        !run_blocks(&p, b, cancelled, error))
        return FALSE;
    final = pass_final(&p);
    return !head || run_head(n, rows, final, probe, losses, cancelled, error);
}

static gboolean forward(struct net *n, const struct net_batch *b, const struct net_probe *probe,
                        double *losses, const gint *cancelled, GError **error)
{
    struct packed rows = {0};
    gboolean ok;

    g_assert(!b->residual || b->first_block <= n->w->spec.layers);
    if (!check_batch(n, b, error))
        return FALSE;
    pack(&rows, b, losses && !pass_wants(probe, NET_LOGITS));
    for (uint32_t i = 0; losses && i < rows.rows; i++)
        losses[i] = NAN;
    ok = rows.rows == 0 || forward_packed(n, b, &rows, probe, losses, cancelled, error);
    packed_finish(&rows);
    return ok;
}

gboolean net_forward(struct net *n, const struct net_batch *b, const struct net_probe *probe,
                     const gint *cancelled, GError **error)
{
    return forward(n, b, probe, NULL, cancelled, error);
}

gboolean net_losses(struct net *n, const struct net_batch *b, const struct net_probe *probe,
                    double *losses, const gint *cancelled, GError **error)
{
    if (n->w->spec.causal)
        return forward(n, b, probe, losses, cancelled, error);
    g_set_error_literal(error, TARE_ERROR, TARE_ERROR_INPUT,
                        "an encoder does not predict the token that follows");
    return FALSE;
}
