/* A run as it went: a record a step, one for every look at the held-out examples, and what a person
 * or the program did in between. What curves, heat maps, alarms and the run's file are made of.
 *
 * Whoever runs appends; others get copies. Everything in it is finite or NAN ("not measured").
 * Plain values; one thread at a time. Small: a step is about 100 + 8 (blocks + 1) bytes. */
#ifndef TARE_CORE_TRAIN_TIMELINE_H
#define TARE_CORE_TRAIN_TIMELINE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include "core/train/metric_log.h"

/* A step that was applied, or that stopped the run. */
struct step_record {
    uint64_t step;        /* 1: the first */
    double learning_rate; /* before any tensor's own factor */
    double weight_decay;
    double loss;          /* nats a predicted token, of the step's batch */
    double smoothed;      /* exponential mean of losses, beta 0.98, its start corrected */
    double gradient_norm; /* Euclidean, over all that is trained, before clipping */
    double clip;          /* what gradients were multiplied with; 1: nothing */
    double tokens_per_second;
    double staleness;          /* the largest of tensors: sqrt(mean((g / (sqrt(v) + eps))^2)), v
                                * as the step made it, its start corrected */
    uint32_t staleness_tensor; /* of the base's source; UINT32_MAX: not measured */
    uint32_t tokens;           /* rows that were run */
    uint32_t targets;          /* tokens that the loss is the mean over */
    uint32_t nonfinite; /* a tensor of the base's source where NaN or Inf was met first, so the
                         * run stopped; UINT32_MAX: none */
};

/* The model as it was behind a step. */
struct look_record {
    uint64_t step;   /* 0: before the first */
    double train;    /* mean loss of the steps since the look before; NAN at step 0 */
    double held_out; /* mean over categories' examples */
    double general; /* mean over general texts; its change against step 0 has this interval, 95 % */
    double general_low, general_high;
    double gap_did, gap_did_low, gap_did_high; /* uncovered less covered, against step 0 */
    uint32_t
        dead; /* MLP units that nothing woke, over all blocks; newly so is less those of step 0 */
    char *continuation; /* of the prompt that the run was given; NULL: none */
};

enum event_kind {
    EVENT_STARTED,
    EVENT_RESUMED,
    EVENT_REWOUND,
    EVENT_SAVED,
    EVENT_LEARNING_RATE,
    EVENT_WEIGHT_DECAY,
    EVENT_STOPPED, /* NaN, Inf, an error */
    EVENT_LOADED,  /* watched: a checkpoint that another program wrote */
    EVENT_KINDS
};

struct event {
    enum event_kind kind;
    uint64_t step;
    double value; /* the new rate; NAN: none */
    char *text;   /* a path, an error; NULL: none */
};

struct timeline {
    uint32_t n_blocks, n_categories;
    char **categories;  /* [n_categories], as examples name them */
    bool *uncovered;    /* [n_categories] */
    GArray *steps;      /* struct step_record */
    GArray *update;     /* double [steps][n_blocks + 1]: ||dW|| / ||W|| of the applied step, decay
                         * included; the last one is all outside the blocks */
    GArray *looks;      /* struct look_record */
    GArray *relative;   /* double [looks][n_blocks + 1]: ||W - W_0|| / ||W_0|| */
    GArray *norm;       /* double [looks][n_blocks + 1]: ||W|| / ||W_0|| */
    GArray *block_dead; /* double [looks][n_blocks]: dead MLP units */
    GArray *entropy;    /* double [looks][n_blocks]: mean entropy of attention, as a share of the
                         * largest: 0 one token, 1 all alike */
    GArray *losses;     /* double [looks][n_categories]: held-out loss, NAN: none */
    GArray *events;     /* struct event */
    struct metric_log *logged; /* what a watched run's log tells beside; NULL: none; owned */
    uint64_t version;          /* grows with every change */
};

struct timeline *timeline_create(uint32_t n_blocks, const char *const *categories,
                                 const bool *uncovered, uint32_t n_categories);
void timeline_destroy(struct timeline *t); /* NULL is fine */
struct timeline *timeline_copy(const struct timeline *t);
/* update: [n_blocks + 1], copied. */
void timeline_add_step(struct timeline *t, const struct step_record *s, const double *update);

struct look_rows {
    const double *relative, *norm; /* [n_blocks + 1] */
    const double *dead, *entropy;  /* [n_blocks] */
    const double *losses;          /* [n_categories] */
};
/* Everything is copied; a NULL row is NAN. */
void timeline_add_look(struct timeline *t, const struct look_record *l,
                       const struct look_rows *rows);
void timeline_add_event(struct timeline *t, enum event_kind kind, uint64_t step, double value,
                        const char *text);
/* Forgets what came after a step (the run was put back to it); events stay, and one says so if
 * anything was forgotten. */
void timeline_rewind(struct timeline *t, uint64_t step);
/* Makes `to`, which was like `from` at some moment, like it again: forgets what was rewound since,
 * appends what is new. What a UI takes over. */
void timeline_follow(struct timeline *to, const struct timeline *from);
const char *event_name(enum event_kind k);

#endif
