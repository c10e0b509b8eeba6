/* The train examples in the order in which a run sees them: shuffled anew for every epoch by the
 * seed and the epoch alone, so that any position of any epoch can be come back to. Private to
 * core/train; one thread. */
#ifndef TARE_CORE_TRAIN_TRAIN_DATA_H
#define TARE_CORE_TRAIN_TRAIN_DATA_H

#include "core/examples.h"
#include "core/net/net.h"
#include "core/train/masking.h"

struct train_data {
    const struct examples *examples; /* borrowed */
    uint32_t *usable;                /* [n] train examples with a target */
    uint32_t n;
    uint32_t cut, skipped; /* examples: longer ones; without any target or with a foreign token */
    uint32_t longest;
    struct masking masking;
    uint64_t seed;
    uint32_t *order; /* [n] of `epoch` */
    uint64_t epoch;
};

/* longest: tokens, 0: what the model takes. masking: of an encoder, else NULL. False: no example is
 * left. */
gboolean train_data_init(struct train_data *d, const struct examples *e,
                         const struct net_spec *spec, const struct masking *masking,
                         uint32_t longest, uint64_t seed, GError **error);
void train_data_finish(struct train_data *d);

struct train_position {
    uint64_t epoch, position; /* examples of the epoch that were used */
};

struct train_batch {
    struct net_batch batch;
    struct net_sequence *sequences;
    uint32_t *hidden;  /* [rows] an encoder's ids; NULL: the examples' own */
    uint32_t *targets; /* [rows]; UINT32_MAX: none */
    uint32_t rows, n_targets;
};

/* The n examples from there on, into the next epochs where one ends; moves *at behind them. */
void train_data_batch(struct train_data *d, struct train_position *at, uint32_t n,
                      struct train_batch *out);
void train_batch_finish(struct train_batch *b);

#endif
