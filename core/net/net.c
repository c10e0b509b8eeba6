#include "core/net/net.h"

#include <math.h>
#include <string.h>
#include "core/net/op_loss.h"
#include "core/net/packed.h"
#include "core/net/pass_memory.h"
#include "core/net/tape.h"

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
        net_buffer_finish(n->scratch + i);
    for (guint i = 0; i < SPACES; i++)
        net_buffer_finish(n->space + i);
    team_destroy(n->run.team);
    g_free(n->scratch);
    g_free(n->run.scratch);
    net_buffer_finish(&n->cosine);
    net_buffer_finish(&n->sine);
    tape_destroy(n->tape);
    g_free(n);
}

const struct net_weights *net_weights(const struct net *n)
{
    return n->w;
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
    return pass_blocks(p, b->residual ? b->first_block : 0, cancelled, error) &&
           !error_is_cancelled(cancelled, error);
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

static void lose(struct net *n, const struct packed *p, uint32_t first, uint32_t rows,
                 const float *logits, double *losses)
{
    uint32_t targets[PASS_LOGIT_ROWS];
    double some[PASS_LOGIT_ROWS];

    for (uint32_t i = 0; i < rows; i++)
        targets[i] = packed_next(p, p->picked[first + i]);
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
    struct pass p = packed_pass(rows, n, b->n);
    bool head = rows->n_picked && (losses || pass_wants(probe, NET_LOGITS));
    const float *final;

    p.probe = probe;
    if (!pass_prepare(&p, error) || (head && !pass_prepare_logits(n, error)) ||
        !run_blocks(&p, b, cancelled, error))
        return FALSE;
    final = pass_final(&p);
    return !head || run_head(n, rows, final, probe, losses, cancelled, error);
}

static gboolean forward(struct net *n, const struct net_batch *b, const struct net_probe *probe,
                        double *losses, const gint *cancelled, GError **error)
{
    struct packed rows;
    gboolean ok;

    g_assert(!b->residual || b->first_block <= n->w->spec.layers);
    if (!packed_check(n, b, error))
        return FALSE;
    packed_init(&rows, b, losses && !pass_wants(probe, NET_LOGITS));
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
