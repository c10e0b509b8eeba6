#include "core/net/tape.h"

#include "core/net/backward.h"
#include "core/net/op_linear.h"
#include "core/net/op_product.h"
#include "core/net/pass_memory.h"

struct tape {
    struct net_buffer memory;
    struct pass_kept *blocks; /* [layers] */
};

/* Floats of a row that a block keeps, in the order of struct pass_kept. */
enum kept {
    KEPT_INPUT,
    KEPT_RAW,
    KEPT_QKV,
    KEPT_LOG_SUMS,
    KEPT_MIXED,
    KEPT_ATTENDED,
    KEPT_MIDDLE,
    KEPT_GATE,
    KEPT_UP,
    KEPT_DESCENDED,
    KEPT_OUTPUT,
    KEPT
};

static void kept_floats(const struct net_weights *w, uint32_t block, gsize floats[KEPT])
{
    const struct net_spec *s = &w->spec;
    const struct net_block *b = w->blocks + block;
    gsize heads = (gsize)s->heads * s->head_dim, qkv = heads + 2 * (gsize)s->kv_heads * s->head_dim;

    floats[KEPT_INPUT] = floats[KEPT_MIDDLE] = s->hidden;
    floats[KEPT_RAW] = b->query_norm || b->key_norm ? qkv : 0;
    floats[KEPT_QKV] = qkv;
    floats[KEPT_LOG_SUMS] = s->heads;
    floats[KEPT_MIXED] = heads;
    floats[KEPT_ATTENDED] = b->norm_after_attention ? s->hidden : 0;
    floats[KEPT_GATE] = s->gated ? s->intermediate : 0;
    floats[KEPT_UP] = s->intermediate;
    floats[KEPT_DESCENDED] = b->norm_after_mlp ? s->hidden : 0;
    floats[KEPT_OUTPUT] = s->pre_norm ? 0 : s->hidden;
}

/* Of all blocks, of one row. */
static gsize row_floats(const struct net_weights *w)
{
    gsize all = 0, floats[KEPT];

    for (uint32_t i = 0; i < w->spec.layers; i++) {
        kept_floats(w, i, floats);
        for (int k = 0; k < KEPT; k++)
            all += floats[k];
    }
    return all;
}

/* Floats of a row in the memory that blocks share on the way. */
static gsize shared_floats(const struct net_spec *s)
{
    gsize heads = (gsize)s->heads * s->head_dim, kv = (gsize)s->kv_heads * s->head_dim;

    return 5 * (gsize)s->hidden + 2 * heads + 2 * kv + (s->gated ? 3 : 2) * (gsize)s->intermediate +
           2 * (gsize)s->heads;
}

uint64_t net_gradient_bytes(const struct net_weights *w, uint32_t rows)
{
    uint64_t some = MIN(rows, PASS_LOGIT_ROWS);

    return sizeof(float) * ((row_floats(w) + shared_floats(&w->spec)) * (uint64_t)rows +
                            some * (w->head.out + 5 * (uint64_t)w->spec.hidden));
}

static void place_block(struct tape *t, uint32_t block, const struct net_weights *w, gsize rows,
                        float **at)
{
    struct pass_kept *k = t->blocks + block;
    float **const field[KEPT] = {&k->input, &k->raw,       &k->qkv,    &k->log_sums,
                                 &k->mixed, &k->attended,  &k->middle, &k->gate,
                                 &k->up,    &k->descended, &k->output};
    gsize floats[KEPT];

    kept_floats(w, block, floats);
    for (int i = 0; i < KEPT; i++) {
        *field[i] = floats[i] ? *at : NULL;
        *at += floats[i] * rows;
    }
}

static gboolean need_spaces(const struct pass *p, GError **error)
{
    struct net *n = p->net;
    const struct net_spec *s = &n->w->spec;
    gsize rows = p->rows, some = pass_logit_rows(n);
    const struct {
        enum net_space space;
        gsize floats;
    } need[] = {
        {SPACE_BACK, rows * s->hidden},
        {SPACE_BACK_NORMED, rows * s->hidden},
        {SPACE_BACK_HIDDEN, rows * s->intermediate},
        {SPACE_BACK_PICKED, some * s->hidden},
        {SPACE_HEAD_NORMED, n->w->head_norm ? some * s->hidden : 0},
        {SPACE_HEAD_ACTIVE, n->w->head_dense.values ? some * s->hidden : 0},
        {SPACE_STATISTICS, 2 * MAX(rows, some) * s->heads},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(need); i++)
        if (!net_buffer_need(n->space + need[i].space, need[i].floats, error))
            return FALSE;
    return TRUE;
}

/* Of every operation on the way back. */
static gsize scratch_floats(const struct pass *p)
{
    const struct net_spec *s = &p->net->w->spec;
    gsize attention = op_attention_backward_scratch(p->longest, s->head_dim);
    gsize activation = 2 * (gsize)MAX(s->intermediate, s->hidden);

    return MAX(MAX(attention, activation), op_product_scratch());
}

gboolean tape_prepare(struct pass *p, GError **error)
{
    struct net *n = p->net;
    struct tape *t = n->tape ? n->tape : (n->tape = g_new0(struct tape, 1));
    float *at;

    if (!t->blocks)
        t->blocks = g_new0(struct pass_kept, n->w->spec.layers);
    if (!net_buffer_need(&t->memory, row_floats(n->w) * p->rows, error) || !need_spaces(p, error) ||
        !pass_need_scratch(n, scratch_floats(p), error) ||
        !pass_need_packed(n, op_product_packed(), error))
        return FALSE;
    at = t->memory.values;
    for (uint32_t i = 0; i < n->w->spec.layers; i++)
        place_block(t, i, n->w, p->rows, &at);
    p->kept = t->blocks;
    return TRUE;
}

void tape_destroy(struct tape *t)
{
    if (!t)
        return;
    net_buffer_finish(&t->memory);
    g_free(t->blocks);
    g_free(t);
}
