/* What the engine is made of. Private to core/train. */
#ifndef TARE_CORE_TRAIN_TRAINING_INTERNAL_H
#define TARE_CORE_TRAIN_TRAINING_INTERNAL_H

#include "core/evaluation.h"
#include "core/team.h"
#include "core/train/lora.h"
#include "core/train/parameters.h"
#include "core/train/train_data.h"
#include "core/train/train_kernels.h"
#include "core/train/training.h"

struct training {
    const struct checkpoint *base;
    const struct examples *examples;
    struct training_options options; /* its texts and arrays are own ones */
    struct training_state state;
    struct net_weights gradient; /* between steps: room for the base's weights */
    struct net_weights wanted;   /* those arrays of it that something is trained in */
    struct net *net;             /* on the state's weights */
    struct team *team;
    const struct train_kernels *kernels;
    enum cpu_width width;
    GArray *pieces;         /* struct training_piece */
    GArray *stretches;      /* struct training_stretch, of what is trained */
    GArray *cuts;           /* struct training_cut, of those */
    GArray *table;          /* struct training_parameter */
    double *squares;        /* [pieces] sum w^2 of those that are not trained */
    struct lora lora;       /* n 0: none */
    struct masking masking; /* of an encoder */
    struct train_data data;
    struct timeline *timeline;
    double *base_nll;    /* [examples->n] of the base; NULL: not run yet */
    GStringChunk *names; /* of arrays */
};

static inline struct training_piece *training_piece(const struct training *t, guint i)
{
    return &g_array_index(t->pieces, struct training_piece, i);
}

static inline struct training_stretch *training_stretch(const struct training *t, guint i)
{
    return &g_array_index(t->stretches, struct training_stretch, i);
}

/* False: TARE_ERROR_USAGE. */
gboolean training_options_check(const struct training_options *o, GError **error);

/* Runs the held-out examples on a net with weights like the state's; one side. NULL: error. */
struct evaluation *training_evaluate(const struct training *t, struct net *net,
                                     const gint *cancelled, GError **error);

/* A sum over each cut of what is trained, folded in order. */
double training_gradient_squares(const struct training *t);
/* Of x and y [n], in parallel at fixed cuts; y NULL: sum x^2, else sum (x - y)^2. */
double training_distance(const struct training *t, const float *x, const float *y, uint64_t n);

/* The first tensor with a NaN or Inf, after a batch whose loss or gradient has one: in the weights;
 * where the pass makes it; else in the gradient, from the end, where the way back begins. */
uint32_t training_find_fault(struct training *t, const struct net_batch *b, bool loss_is_finite);

#endif
