/* Inside a net: its memory, and a pass through the blocks that net.c and generate.c share. */
#ifndef TARE_CORE_NET_PASS_H
#define TARE_CORE_NET_PASS_H

#include "core/net/net.h"
#include "core/net/op_attention.h"
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
    SPACES
};

struct net_buffer {
    float *values;
    gsize n;
};

struct net {
    const struct net_weights *w;
    struct net_run run;
    struct net_buffer space[SPACES];
    struct net_buffer *scratch; /* [threads], what run.scratch points to */
    struct net_buffer cosine, sine;
    uint32_t rope_positions; /* that the tables hold */
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
    struct net_past *past; /* NULL: none is kept */
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
/* Behind the last norm; the rows are valid until the next pass. */
const float *pass_final(const struct pass *p);

#define PASS_LOGIT_ROWS 256
/* Rows of logits at once: at most PASS_LOGIT_ROWS, fewer for a large vocabulary. */
uint32_t pass_logit_rows(const struct net *n);
gboolean pass_prepare_logits(struct net *n, GError **error);
/* [rows][vocabulary] of the first rows in SPACE_PICKED, which it may change. */
const float *pass_logits(struct net *n, uint32_t rows);

void pass_show(const struct net_probe *probe, const struct net_seen *seen);
bool pass_wants(const struct net_probe *probe, enum net_site site);

#endif
