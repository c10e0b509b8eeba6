/* Looks at what flows through one net or two while they are run on examples for their losses: an
 * activity of all, and on general text how far their predictions are apart.
 *
 * An evaluation (core/evaluation.h) runs; this gives it its models and hears of each batch. Losses
 * don't depend on it: where two models have no shape in common, or memory does not reach, there is
 * no activity, and `why` says so; a batch that would hold more than PROBING_BYTES is not looked at.
 * One thread. */
#ifndef TARE_CORE_PROBING_H
#define TARE_CORE_PROBING_H

#include "core/activity.h"
#include "core/evaluation.h"
#include "core/output_shift.h"

#define PROBING_ROWS 256u /* of a batch: the activity holds what the base had in it */
#define PROBING_BYTES ((uint64_t)1 << 30)

/* KL(base || tuned) of predictions on general text, nats a token. */
struct predictions_shift {
    uint64_t tokens; /* 0: not known, the others NAN */
    double median, mean;
    double agreement; /* share with the same first choice */
};

struct probing;

/* One model, as the evaluation calls it. */
struct probing_side {
    struct probing *of;
    unsigned side;
    struct net_probe looks[2];
    unsigned n_looks;
};

struct probing {
    struct net *nets[ACTIVITY_SIDES]; /* [1] NULL: one model; borrowed */
    const struct examples *examples;  /* tokenized; borrowed */
    struct activity *activity;        /* NULL: there is none */
    char *why;                        /* then: one line */
    struct output_shift shift;
    struct probing_side sides[ACTIVITY_SIDES];
};

void probing_init(struct probing *p, struct net *const nets[ACTIVITY_SIDES],
                  const struct examples *e, guint threads);
void probing_finish(struct probing *p);
/* models[1] is set if there are two nets. An encoder has no losses: NAN. */
void probing_models(struct probing *p, struct evaluation_model models[ACTIVITY_SIDES]);
/* A hook of the evaluation (data: the probing): before each batch. */
void probing_batch(void *p, const struct net_batch *b, const uint32_t *examples);
struct predictions_shift probing_predictions(const struct probing *p);

#endif
