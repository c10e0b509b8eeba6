#include "core/net/backward.h"

#include <math.h>
#include <string.h>
#include "core/net/op_loss.h"
#include "core/net/packed.h"
#include "core/net/pass_back.h"
#include "core/net/tape.h"

struct work {
    struct pass pass;
    struct pass_back back;
    const struct packed *rows;
    const struct net_goal *goal;
    double *losses;
    const gint *cancelled;
};

static gboolean check_targets(const struct net *n, const struct net_goal *goal, uint32_t rows,
                              GError **error)
{
    for (uint32_t i = 0; i < rows; i++)
        if (goal->targets[i] != UINT32_MAX && goal->targets[i] >= n->w->tokens.out) {
            g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT,
                        "token %u is to be predicted as id %u; the model's vocabulary has %u",
                        i + 1, goal->targets[i], n->w->tokens.out);
            return FALSE;
        }
    return TRUE;
}

/* Rows with a target, in place of those that the sequences ask logits for. */
static void pick_targets(struct packed *p, const struct net_goal *goal)
{
    p->n_picked = 0;
    for (uint32_t i = 0; i < p->rows; i++)
        if (goal->targets[i] != UINT32_MAX)
            p->picked[p->n_picked++] = i;
}

/* Losses of picked rows, and what the logits have of theirs. */
static void lose(const struct work *w, uint32_t first, uint32_t rows, float *logits)
{
    const struct net *n = w->pass.net;
    uint32_t targets[PASS_LOGIT_ROWS];
    double losses[PASS_LOGIT_ROWS];
    const struct op_loss o = {logits, rows, n->w->head.out, targets, losses};

    for (uint32_t i = 0; i < rows; i++)
        targets[i] = w->goal->targets[w->rows->picked[first + i]];
    op_loss_backward(&n->run, &o, logits, w->goal->scale);
    for (uint32_t i = 0; i < rows; i++)
        w->losses[w->rows->picked[first + i]] = losses[i];
}

static void copy_row(float *to, const float *from, gsize n)
{
    memcpy(to, from, n * sizeof *to);
}

/* There and back through the head, some rows at once. */
static gboolean run_head(const struct work *w, GError **error)
{
    const struct net_buffer *space = w->pass.net->space;
    float *picked = space[SPACE_PICKED].values, *back = space[SPACE_BACK].values;
    const uint32_t *row = w->rows->picked;
    const float *final = pass_final(&w->pass);
    gsize hidden = w->pass.net->w->spec.hidden;
    uint32_t most = pass_logit_rows(w->pass.net);

    memset(back, 0, w->pass.rows * hidden * sizeof *back);
    for (uint32_t first = 0, rows; first < w->rows->n_picked; first += rows, row += rows) {
        if (error_is_cancelled(w->cancelled, error))
            return FALSE;
        rows = MIN(most, w->rows->n_picked - first);
        for (uint32_t i = 0; i < rows; i++)
            copy_row(picked + i * hidden, final + row[i] * hidden, hidden);
        lose(w, first, rows, pass_back_forward_logits(&w->back, rows));
        pass_back_logits(&w->back, rows);
        for (uint32_t i = 0; i < rows; i++)
            copy_row(back + row[i] * hidden, space[SPACE_BACK_PICKED].values + i * hidden, hidden);
    }
    return TRUE;
}

static bool wants_embedding(const struct net_weights *g)
{
    return g->tokens.values || g->position.values || g->type_0 || g->embed_norm ||
           g->embed_norm_bias;
}

/* Below it nothing is wanted. */
static uint32_t lowest_block(const struct net_weights *g)
{
    GArray *all = wants_embedding(g) ? NULL : net_weights_arrays(g);
    uint32_t lowest = all ? g->spec.layers : 0;

    for (guint i = 0; all && i < all->len; i++) {
        const struct net_array *a = &g_array_index(all, struct net_array, i);

        if (a->block >= 0)
            lowest = MIN(lowest, (uint32_t)a->block);
    }
    if (all)
        g_array_unref(all);
    return lowest;
}

static gboolean run_back(const struct work *w, GError **error)
{
    uint32_t lowest = lowest_block(w->back.gradient);

    pass_back_final(&w->back);
    for (uint32_t i = w->pass.net->w->spec.layers; i-- > lowest;) {
        if (error_is_cancelled(w->cancelled, error))
            return FALSE;
        pass_back_block(&w->back, i);
    }
    if (wants_embedding(w->back.gradient))
        pass_back_embed(&w->back);
    return TRUE;
}

static gboolean run(struct work *w, GError **error)
{
    if (!pass_prepare(&w->pass, error) || !pass_prepare_logits(w->pass.net, error) ||
        !tape_prepare(&w->pass, error))
        return FALSE;
    pass_embed(&w->pass);
    return pass_blocks(&w->pass, 0, w->cancelled, error) && run_head(w, error) &&
           run_back(w, error);
}

gboolean net_gradient(struct net *n, const struct net_batch *b, const struct net_goal *goal,
                      struct net_weights *gradient, double *losses, const gint *cancelled,
                      GError **error)
{
    struct packed rows;
    struct work w = {.goal = goal, .losses = losses, .cancelled = cancelled, .rows = &rows};
    gboolean ok;

    g_assert(!b->residual);
    if (!packed_check(n, b, error) || !check_targets(n, goal, net_batch_rows(b), error))
        return FALSE;
    packed_init(&rows, b, true);
    pick_targets(&rows, goal);
    for (uint32_t i = 0; i < rows.rows; i++)
        losses[i] = NAN;
    w.pass = packed_pass(&rows, n, b->n);
    w.back = (struct pass_back){&w.pass, gradient};
    ok = rows.n_picked == 0 || run(&w, error);
    packed_finish(&rows);
    return ok;
}
