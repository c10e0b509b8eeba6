#include "core/net/pass.h"

#include <string.h>
#include "core/net/op_linear.h"

uint32_t pass_most_positions(const struct net_weights *w)
{
    return w->spec.positions ? w->spec.positions : PASS_ROWS;
}

gboolean pass_check_length(const struct net_weights *w, uint32_t n, GError **error)
{
    if (n >= 1 && n <= pass_most_positions(w))
        return TRUE;
    g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT, "%u tokens; the model takes 1 to %u", n,
                pass_most_positions(w));
    return FALSE;
}

gboolean pass_check_ids(const struct net_weights *w, const uint32_t *ids, uint32_t n,
                        GError **error)
{
    for (uint32_t i = 0; i < n; i++)
        if (ids[i] >= w->tokens.out) {
            g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT,
                        "token %u is id %u; the model's vocabulary has %u", i + 1, ids[i],
                        w->tokens.out);
            return FALSE;
        }
    return TRUE;
}

bool pass_wants(const struct net_probe *probe, enum net_site site)
{
    return probe && probe->wants & 1U << site;
}

void pass_show(const struct net_probe *probe, const struct net_seen *seen)
{
    if (pass_wants(probe, seen->site))
        probe->seen(probe->data, seen);
}

static void show_rows(const struct pass *p, enum net_site site, uint32_t block, uint32_t columns,
                      const float *values)
{
    pass_show(
        p->probe,
        &(struct net_seen){
            .site = site, .block = block, .rows = p->rows, .columns = columns, .values = values});
}

static float *space(const struct pass *p, enum net_space s)
{
    return p->net->space[s].values;
}

static struct net_rows residual(const struct pass *p)
{
    return (struct net_rows){space(p, SPACE_RESIDUAL), p->net->w->spec.hidden, p->rows};
}

/* The pass. */

void pass_embed(const struct pass *p)
{
    const struct net_weights *w = p->net->w;
    struct net_rows x = residual(p);
    struct op_embed o = pass_embed_of(p, x.values);

    op_embed(&p->net->run, &o);
    if (w->embed_norm)
        pass_norm(p, w->embed_norm, w->embed_norm_bias, x, x.values);
}

/* What is kept of a block, NULL: nothing. */
static const struct pass_kept *kept_of(const struct pass *p, uint32_t block)
{
    return p->kept ? p->kept + block : NULL;
}

/* The residual stream as it stands; NULL: it is not kept. */
static void keep_residual(const struct pass *p, float *to)
{
    struct net_rows x = residual(p);

    if (to)
        memcpy(to, x.values, p->rows * x.stride * sizeof *to);
}

/* What a block reads from the residual stream. */
static const float *branch_input(const struct pass *p, const float *gain, const float *bias)
{
    if (!p->net->w->spec.pre_norm)
        return space(p, SPACE_RESIDUAL);
    pass_norm(p, gain, bias, residual(p), space(p, SPACE_NORMED));
    return space(p, SPACE_NORMED);
}

/* Adds x w^T to the residual stream, normed first where the model does so; kept before that where
 * it is asked for. */
static void branch_output(const struct pass *p, const struct net_matrix *w, const float *bias,
                          const float *x, const float *norm_after, float *kept)
{
    struct net_rows to = residual(p), branch = to;

    if (!norm_after) {
        pass_linear(p, w, bias, x, to.values, true);
        return;
    }
    branch.values = kept ? kept : space(p, SPACE_BRANCH);
    pass_linear(p, w, bias, x, branch.values, false);
    pass_norm(p, norm_after, NULL, branch, space(p, SPACE_BRANCH));
    p->net->run.kernels->add(to.values, space(p, SPACE_BRANCH), p->rows * to.stride);
}

static void norm_heads(const struct pass *p, const float *gain, float *qkv, uint32_t first,
                       uint32_t heads)
{
    struct op_norm o = pass_head_norm_of(p, gain, qkv, first, heads);

    o.out = o.x.values;
    if (gain)
        op_norm(&p->net->run, &o);
}

static void place_heads(const struct pass *p, const struct net_block *b, float *qkv)
{
    const struct net_spec *s = &p->net->w->spec;
    struct op_rope rope = pass_rope_of(p, qkv);

    norm_heads(p, b->query_norm, qkv, 0, s->heads);
    norm_heads(p, b->key_norm, qkv, s->heads, s->kv_heads);
    if (s->position == NET_POSITIONS_ROPE)
        op_rope(&p->net->run, &rope);
}

/* The new rows' keys and values behind those of the past; the operands are all of them. */
static void extend_past(const struct pass *p, uint32_t block, struct op_attention *o)
{
    struct net_past *past = p->past;
    gsize width = (gsize)o->kv_heads * o->head_dim, start = (gsize)block * past->positions * width;

    for (uint32_t i = 0; i < p->rows; i++) {
        gsize to = start + (past->used + i) * width;

        memcpy(past->keys + to, o->k + i * o->kv_stride, width * sizeof(float));
        memcpy(past->values + to, o->v + i * o->kv_stride, width * sizeof(float));
    }
    o->k = past->keys + start;
    o->v = past->values + start;
    o->kv_stride = width;
}

static void show_attention(const struct pass *p, uint32_t block, uint32_t sequence, uint32_t heads)
{
    const struct attention_span *s = p->spans + sequence;

    pass_show(p->probe, &(struct net_seen){.site = NET_ATTENTION,
                                           .block = block,
                                           .sequence = sequence,
                                           .first = s->query,
                                           .rows = heads * s->queries,
                                           .columns = s->keys,
                                           .values = space(p, SPACE_ATTENTION)});
}

static void attend_spans(const struct pass *p, uint32_t block, struct op_attention *o)
{
    if (!pass_wants(p->probe, NET_ATTENTION)) {
        op_attention(&p->net->run, o);
        return;
    }
    o->weights = space(p, SPACE_ATTENTION);
    o->n_spans = 1;
    for (uint32_t i = 0; i < p->n_spans; i++) {
        o->spans = p->spans + i;
        op_attention(&p->net->run, o);
        show_attention(p, block, i, o->heads);
    }
}

static void attention(const struct pass *p, uint32_t block)
{
    const struct net_block *b = p->net->w->blocks + block;
    const struct pass_kept *kept = kept_of(p, block);
    float *qkv = kept ? kept->qkv : space(p, SPACE_QKV);
    struct op_attention o = pass_attention_of(p, qkv);

    o.out = kept ? kept->mixed : space(p, SPACE_MIXED);
    o.log_sums = kept ? kept->log_sums : NULL;
    pass_linear(p, &b->qkv, b->qkv_bias, branch_input(p, b->norm_1, b->norm_1_bias), qkv, false);
    if (kept && kept->raw)
        memcpy(kept->raw, qkv, p->rows * o.q_stride * sizeof *qkv);
    place_heads(p, b, qkv);
    if (p->past)
        extend_past(p, block, &o);
    attend_spans(p, block, &o);
    show_rows(p, NET_HEAD_OUT, block, b->out.in, o.out);
    branch_output(p, &b->out, b->out_bias, o.out, b->norm_after_attention,
                  kept ? kept->attended : NULL);
}

static void mlp(const struct pass *p, uint32_t block)
{
    const struct net_spec *s = &p->net->w->spec;
    const struct net_block *b = p->net->w->blocks + block;
    const struct pass_kept *kept = kept_of(p, block);
    const float *x = branch_input(p, b->norm_2, b->norm_2_bias);
    float *hidden = space(p, SPACE_HIDDEN), *up = kept ? kept->up : hidden;
    float *gate = kept ? kept->gate : space(p, SPACE_GATE);

    pass_linear(p, &b->up, b->up_bias, x, up, false);
    if (s->gated)
        pass_linear(p, &b->gate, b->gate_bias, x, gate, false);
    op_activate(&p->net->run, &(struct op_activate){.kind = s->activation,
                                                    .rows = p->rows,
                                                    .n = s->intermediate,
                                                    .x = s->gated ? gate : up,
                                                    .up = s->gated ? up : NULL,
                                                    .out = hidden});
    show_rows(p, NET_HIDDEN, block, s->intermediate, hidden);
    branch_output(p, &b->down, b->down_bias, hidden, b->norm_after_mlp,
                  kept ? kept->descended : NULL);
}

/* Encoders norm the sum, decoders what enters a branch. */
static void norm_sum(const struct pass *p, const float *gain, const float *bias)
{
    struct net_rows x = residual(p);

    if (!p->net->w->spec.pre_norm)
        pass_norm(p, gain, bias, x, x.values);
}

void pass_block(const struct pass *p, uint32_t block)
{
    const struct net_block *b = p->net->w->blocks + block;
    const struct pass_kept *kept = kept_of(p, block);

    keep_residual(p, kept ? kept->input : NULL);
    attention(p, block);
    keep_residual(p, kept ? kept->middle : NULL);
    norm_sum(p, b->norm_1, b->norm_1_bias);
    mlp(p, block);
    keep_residual(p, kept ? kept->output : NULL);
    norm_sum(p, b->norm_2, b->norm_2_bias);
    show_rows(p, NET_RESIDUAL, block, p->net->w->spec.hidden, space(p, SPACE_RESIDUAL));
}

gboolean pass_blocks(const struct pass *p, uint32_t first, const gint *cancelled, GError **error)
{
    for (uint32_t i = first; i < p->net->w->spec.layers; i++) {
        if (error_is_cancelled(cancelled, error))
            return FALSE;
        pass_block(p, i);
    }
    return TRUE;
}

const float *pass_final(const struct pass *p)
{
    const struct net_weights *w = p->net->w;
    const float *final = space(p, SPACE_RESIDUAL);

    if (w->final_norm) {
        pass_norm(p, w->final_norm, w->final_norm_bias, residual(p), space(p, SPACE_NORMED));
        final = space(p, SPACE_NORMED);
    }
    show_rows(p, NET_FINAL, 0, w->spec.hidden, final);
    return final;
}

/* The head. */

void pass_head(const struct pass *p, const struct pass_head *h)
{
    const struct net_weights *w = p->net->w;
    const struct net_rows active = {h->active, w->spec.hidden, p->rows};
    const struct op_activate dense = pass_dense_of(p, h);

    if (w->head_dense.values) {
        pass_linear(p, &w->head_dense, w->head_dense_bias, h->picked, h->dense, false);
        op_activate(&p->net->run, &dense);
    }
    if (w->head_norm)
        pass_norm(p, w->head_norm, w->head_norm_bias, active, h->normed);
    pass_linear(p, &w->head, w->head_bias, h->normed, h->logits, false);
}

const float *pass_logits(struct net *n, uint32_t rows)
{
    const struct pass p = {.net = n, .rows = rows};
    float *picked = n->space[SPACE_PICKED].values, *dense = n->space[SPACE_DENSE].values;
    float *last = n->w->head_dense.values ? dense : picked;
    const struct pass_head h = {picked, dense, last, last, n->space[SPACE_LOGITS].values};

    pass_head(&p, &h);
    return h.logits;
}
