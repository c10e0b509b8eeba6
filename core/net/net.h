/* Runs a transformer on token ids, and lets those who ask look at what flows through it.
 *
 * Sequences are packed: their tokens stand one after the other as rows, so the same weights serve
 * every position and nothing is padded; attention keeps them apart. The same bits for any number of
 * threads, every width of vectors (TARE_CPU), and a sequence packed or alone.
 *
 * One thread at a time a net; any number of nets. */
#ifndef TARE_CORE_NET_NET_H
#define TARE_CORE_NET_NET_H

#include "core/net/weights.h"

struct net;

/* Borrows w, which must outlive it. threads 0: as many as the machine gives. NULL: TARE_CPU
 * names no kernels of this processor. */
struct net *net_create(const struct net_weights *w, guint threads, GError **error);
void net_destroy(struct net *n);
const struct net_weights *net_weights(const struct net *n);

/* What can be looked at. Residual stream: [rows][hidden] over all packed rows. */
enum net_site {
    NET_EMBEDDED,  /* what enters block 0 */
    NET_ATTENTION, /* a sequence's weights in a block: [heads][T][T], 0 above the diagonal */
    NET_HEAD_OUT,  /* each head's mixture of values: [rows][heads head_dim] */
    NET_HIDDEN,    /* the MLP's, behind activation and gate: [rows][intermediate] */
    NET_RESIDUAL,  /* what leaves a block */
    NET_FINAL,     /* behind the last norm: [rows][hidden] */
    NET_LOGITS,    /* [rows][vocabulary] of some rows: those that were asked for, a few at once */
    NET_SITES
};

struct net_seen {
    enum net_site site;
    uint32_t block;    /* 0 where the site is outside the blocks */
    uint32_t sequence; /* NET_ATTENTION: whose; else 0 */
    uint32_t first;    /* the packed row of values[0] */
    uint32_t rows, columns;
    const float *values; /* row-major; valid during the call */
};

/* Called on the thread that runs, in the order of the pass, for the sites in `wants` (1 << site).
 */
struct net_probe {
    unsigned wants;
    void (*seen)(void *data, const struct net_seen *seen);
    void *data;
};

struct net_sequence {
    const uint32_t *ids;  /* [n], each below the vocabulary */
    uint32_t n;           /* 1 .. positions */
    uint32_t first_logit; /* rows from here on get logits; n: none */
};

struct net_batch {
    const struct net_sequence *sequences;
    uint32_t n;
    /* To go on where another pass was: what enters this block, [rows][hidden]; NULL: from the ids.
     */
    const float *residual;
    uint32_t first_block;
};

/* The number of packed rows. */
uint32_t net_batch_rows(const struct net_batch *b);

/* False: an id or a length that the model does not have (the message says which), no memory, or
 * *cancelled became true (TARE_ERROR_CANCELLED). probe may be NULL. */
gboolean net_forward(struct net *n, const struct net_batch *b, const struct net_probe *probe,
                     const gint *cancelled, GError **error);

/* -log softmax of each predicted token: losses[i] belongs to packed row i and is about the token
 * that follows it; NAN where none does or where no logits were asked for. Nats, float64 sums. */
gboolean net_losses(struct net *n, const struct net_batch *b, const struct net_probe *probe,
                    double *losses, const gint *cancelled, GError **error);

#endif
