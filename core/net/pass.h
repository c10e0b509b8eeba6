/* Inside a net: its memory, and a pass through the blocks that losses, gradients and going on with a
 * text share. */
#ifndef TARE_CORE_NET_PASS_H
#define TARE_CORE_NET_PASS_H

#include "core/net/net.h"
#include "core/net/op_activate.h"
#include "core/net/op_attention.h"
#include "core/net/op_embed.h"
#include "core/net/op_norm.h"
#include "core/net/op_rope.h"
#include "core/net/run.h"

enum net_space {
    SPACE_RESIDUAL,  /* [rows][hidden] */
    SPACE_NORMED,    /* [rows][hidden] */
    SPACE_BRANCH,    /* [rows][hidden]: what is added, where a norm comes in between */
    SPACE_QKV,       /* [rows][(heads + 2 kv_heads) head_dim] */
    SPACE_MIXED,     /* [rows][heads head_dim] */
    SPACE_GATE,      /* [rows][intermediate] */
    SPACE_HIDDEN,    /* [rows][intermediate] */
    SPACE_ATTENTION, /* [heads][T][T] of one sequence, when looked at */
    SPACE_PICKED,    /* [some rows][hidden]: those that get logits */
    SPACE_DENSE,     /* [some rows][hidden] */
    SPACE_PACKED,    /* a factor of the product under way */
    SPACE_LOGITS,    /* [some rows][vocabulary] */
    /* On the way back, where SPACE_QKV, _MIXED, _GATE and _BRANCH hold gradients. */
    SPACE_BACK,        /* [rows][hidden]: the residual stream's */
    SPACE_BACK_NORMED, /* [rows][hidden]: of what a branch reads */
    SPACE_BACK_HIDDEN, /* [rows][intermediate] */
    SPACE_BACK_PICKED, /* [some rows][hidden] */
    SPACE_HEAD_NORMED, /* [some rows][hidden]: what the head reads, where a norm is before it */
    SPACE_HEAD_ACTIVE, /* [some rows][hidden]: what that norm reads */
    SPACE_STATISTICS,  /* [2][rows][heads]: means and scales of norms */
    SPACES
};

struct net_buffer {
    float *values;
    gsize n;
};

/* What a block computed, kept for the way back. */
struct pass_kept {
    float *input;    /* [rows][hidden], what entered */
    float *raw;      /* as qkv, before norms on heads; NULL: there are none */
    float *qkv;      /* as the attention reads it */
    float *log_sums; /* [rows][heads] */
    float *mixed;
    float *attended;  /* [rows][hidden], before norm_after_attention; NULL: there is none */
    float *middle;    /* [rows][hidden], the stream behind the attention; not yet normed */
    float *gate;      /* [rows][intermediate], NULL: not gated */
    float *up;        /* before activation */
    float *descended; /* as attended, of the MLP */
    float *output;    /* [rows][hidden], the sum that is normed; NULL: norms come before */
};

struct tape;

struct net {
    const struct net_weights *w;
    struct net_run run;
    struct net_buffer space[SPACES];
    struct net_buffer *scratch; /* [threads], what run.scratch points to */
    struct net_buffer cosine, sine;
    uint32_t rope_positions; /* that the tables hold */
    struct tape *tape;       /* NULL: no gradient was asked for */
};

/* Keys and values of rows that went before, of each block: [layers][positions][kv_heads head_dim].
 */
struct net_past {
    float *keys, *values;
    uint32_t positions; /* room */
    uint32_t used;
};

struct pass {
    struct net *net;
    uint32_t rows;
    const uint32_t *ids;       /* [rows]; NULL: the residual stream is given */
    const uint32_t *positions; /* [rows], each within its sequence */
    const struct attention_span *spans;
    uint32_t n_spans, longest; /* longest: keys of a span */
    const struct net_probe *probe;
    struct net_past *past;        /* NULL: none is kept */
    const struct pass_kept *kept; /* [layers]; NULL: nothing is */
};

#define PASS_ROWS (1U << 24) /* of a pass, at most */

/* The longest sequence that the model takes. */
uint32_t pass_most_positions(const struct net_weights *w);
/* FALSE: the model has no such length, or id. */
gboolean pass_check_length(const struct net_weights *w, uint32_t n, GError **error);
gboolean pass_check_ids(const struct net_weights *w, const uint32_t *ids, uint32_t n,
                        GError **error);

/* The memory that the pass takes before logits, position tables included. */
gboolean pass_prepare(const struct pass *p, GError **error);
void pass_embed(const struct pass *p);
void pass_block(const struct pass *p, uint32_t block);
/* From one on to the last; FALSE: *cancelled became true. */
gboolean pass_blocks(const struct pass *p, uint32_t first, const gint *cancelled, GError **error);
/* Behind the last norm; the rows are valid until the next pass. */
const float *pass_final(const struct pass *p);

#define PASS_LOGIT_ROWS 256
/* Rows of logits at once: at most PASS_LOGIT_ROWS, fewer for a large vocabulary. */
uint32_t pass_logit_rows(const struct net *n);
gboolean pass_prepare_logits(struct net *n, GError **error);
/* What the head makes of its rows on the way; stages may share a place. */
struct pass_head {
    float *picked; /* what it reads */
    float *dense;  /* before activation, where there is such a layer */
    float *active; /* behind it; else picked */
    float *normed; /* where a norm comes before the last product; else active */
    float *logits;
};
void pass_head(const struct pass *p, const struct pass_head *h);
/* [rows][vocabulary] of the first rows in SPACE_PICKED, which it may change. */
const float *pass_logits(struct net *n, uint32_t rows);

/* Operations with what the pass knows of them; operands are to be set. */
struct op_norm pass_norm_of(const struct pass *p, const float *gain, struct net_rows x);
struct op_norm pass_head_norm_of(const struct pass *p, const float *gain, float *x, uint32_t first,
                                 uint32_t heads);
struct op_activate pass_dense_of(const struct pass *p, const struct pass_head *h);
struct op_rope pass_rope_of(const struct pass *p, float *qkv);
struct op_embed pass_embed_of(const struct pass *p, float *out);
struct op_attention pass_attention_of(const struct pass *p, float *qkv);
void pass_norm(const struct pass *p, const float *gain, const float *bias, struct net_rows x,
               float *out);
void pass_linear(const struct pass *p, const struct net_matrix *w, const float *bias,
                 const float *x, float *out, bool add);

void pass_show(const struct net_probe *probe, const struct net_seen *seen);
bool pass_wants(const struct net_probe *probe, enum net_site site);

#endif
