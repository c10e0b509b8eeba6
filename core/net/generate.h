/* Goes on with a text, one token after the other. Keys and values of what went before are kept, so
 * a token costs one row. */
#ifndef TARE_CORE_NET_GENERATE_H
#define TARE_CORE_NET_GENERATE_H

#include "core/net/net.h"

/* Logits are divided by the temperature, then the k likeliest are kept, then of these the fewest
 * whose probabilities sum to at least p (Holtzman et al. 2020). */
struct net_sampling {
    double temperature; /* 0: the likeliest token each time */
    uint32_t top_k;     /* 0: all */
    double top_p;       /* 1: all */
    uint64_t seed;      /* the same seed and logits: the same tokens */
};

struct net_prompt {
    const uint32_t *ids; /* [n], n at least 1 */
    uint32_t n;
    uint32_t most; /* tokens to go on with; fewer where the model's positions end */
    struct net_sampling sampling;
};

/* A token of the continuation, on the thread that runs; false: enough. */
typedef bool (*net_said)(void *data, uint32_t id);

/* False as net_forward; an encoder or a model without a head can't go on. */
gboolean net_generate(struct net *n, const struct net_prompt *p, net_said said, void *data,
                      const gint *cancelled, GError **error);

/* The same in steps. One stream of a net at a time runs; other passes may run in between. */
struct net_stream;

/* positions: how many tokens it will hold; at most the model's. */
struct net_stream *net_stream_create(struct net *n, uint32_t positions, GError **error);
void net_stream_destroy(struct net_stream *s);
uint32_t net_stream_used(const struct net_stream *s);
/* Forgets all but the first `used` tokens. */
void net_stream_cut(struct net_stream *s, uint32_t used);
/* Takes n tokens; returns the logits [vocabulary] of what follows, valid until the net runs again.
 * NULL: as net_forward's FALSE, and nothing was taken. */
const float *net_stream_feed(struct net_stream *s, const uint32_t *ids, uint32_t n,
                             const gint *cancelled, GError **error);

/* A token by these logits. *random, the seed at first, is drawn from once (core/random.h), not at
 * all at temperature 0. */
uint32_t net_sample(const float *logits, uint32_t vocabulary, const struct net_sampling *how,
                    uint64_t *random);

#endif
