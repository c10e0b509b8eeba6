/* A model that is loaded from a checkpoint and run, for tests of what comes out. */
#ifndef TARE_TESTS_NET_READY_H
#define TARE_TESTS_NET_READY_H

#include "core/checkpoint.h"
#include "core/net/net.h"

struct ready {
    struct checkpoint *c;
    struct net_weights w;
    struct net *net;
};

/* Takes ownership of c. A failure fails the test. */
void ready_init(struct ready *r, struct checkpoint *c);
void ready_open(struct ready *r, const char *path);
void ready_finish(struct ready *r);

struct ready_rows {
    float *values; /* [n][columns]; freed by the caller */
    uint32_t columns;
};

/* Logits of all rows, or the last hidden state of a model without a head. */
struct ready_rows ready_run(struct ready *r, const uint32_t *ids, uint32_t n);

#endif
