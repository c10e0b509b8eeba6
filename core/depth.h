/* Where in the depth of a model the change sits: early, middle or late blocks.
 *
 * r_l is the pooled relative change of block l's matrices, z_l = (l + 0.5) / L its depth. Early and
 * late are round(f L) blocks at each end, at least 1 and at most half, middle is what is between. A
 * band's mean is the mean of its r_l; its pooled ratio is over all its matrices. The floor is what
 * the coarser type of each pair can resolve, pooled as the ratios are: the root of sum (floor
 * |W0|)^2 over sum |W0|^2. C is late mean over early mean; an early mean below the floor counts as
 * the floor, and C is then a lower bound. The class is the first that holds:
 *
 *     NOT_COMPARABLE  one side is quantised, or the model as a whole moved further than a fine-tune
 *     UNCHANGED       no r_l reaches the floor
 *     HEAVY_ALL       early mean >= depth.heavy
 *     MID_HEAVY       middle mean > depth.middle * both others
 *     LATE_HEAVY      C >= depth.contrast
 *     EARLY_HEAVY     C <= 1 / depth.contrast, and C is no bound
 *     FLAT
 *
 * It is stable if the class is the same for f of 0.2, 0.25, 1/3 and 0.5, and without the block that
 * moved most. What it says is a pattern: late-heavy is what most fine-tunes look like, flat what
 * one learning rate under AdamW gives, and neither tells whether the model got worse. */
#ifndef TARE_CORE_DEPTH_H
#define TARE_CORE_DEPTH_H

#include "core/comparison.h"

enum depth_class {
    DEPTH_NONE, /* no verdict: `reason` says why */
    DEPTH_NOT_COMPARABLE,
    DEPTH_UNCHANGED,
    DEPTH_HEAVY_ALL,
    DEPTH_MID_HEAVY,
    DEPTH_LATE_HEAVY,
    DEPTH_EARLY_HEAVY,
    DEPTH_FLAT
};

enum depth_part { DEPTH_EARLY, DEPTH_MIDDLE, DEPTH_LATE, DEPTH_PARTS };

/* What is judged: a block's pooled norms over its paired matrices. */
struct depth_block {
    uint32_t block; /* its number in the comparison */
    double base_l2, delta_l2;
    double floor; /* relative */
};

struct depth_band {
    uint32_t first, n; /* of the stack's blocks; n 0: the band is empty, its numbers NAN */
    double mean, pooled;
};

/* The rule's outcome for one choice of bands and blocks. */
struct depth_verdict {
    double f;
    struct depth_band band[DEPTH_PARTS];
    double contrast;
    bool contrast_is_bound; /* at least that */
    enum depth_class class;
};

#define DEPTH_CHECKS 5 /* four f, then without the largest block */

struct depth {
    uint32_t n;                /* blocks of the stack */
    struct depth_block *block; /* [n]; owned */
    double *relative;          /* [n], NAN: undefined; owned */
    double floor;
    struct depth_verdict verdict;
    const char *reason;                  /* of NONE and NOT_COMPARABLE; static; else NULL */
    bool early_moved;                    /* early mean >= depth.early_moved */
    bool low_resolution;                 /* 2 or 3 blocks */
    double rho, p, slope;                /* of r_l over depth; slope: of ln r_l against z */
    bool p_exact;                        /* all permutations, not shuffles */
    double model_relative, model_cosine; /* of the whole model's matrices */
    struct depth_verdict check[DEPTH_CHECKS];
    uint32_t n_checks; /* those that could be made */
    uint32_t left_out; /* the stack's block that the last check is without */
    bool stable;
};

/* What is judged beside the blocks' ratios. */
struct depth_context {
    double model_relative, model_cosine; /* NAN: not known */
    bool quantised;
};

/* Stacks of blocks there are: an encoder and a decoder are two. */
uint32_t depth_stacks(const struct comparison *c);
/* NULL for a single stack, else "encoder", "decoder", "stack"; static. */
const char *depth_stack_name(const struct comparison *c, uint32_t stack);
/* Of the numbers so far; DEPTH_NONE while the stack is not read to the end. */
void depth_of(const struct comparison *c, uint32_t stack, struct depth *out);
/* The rule alone; takes ownership of nothing. */
void depth_judge(const struct depth_block *blocks, uint32_t n, const struct depth_context *context,
                 const struct thresholds *t, struct depth *out);
void depth_finish(struct depth *d);

/* "LATE-HEAVY"; "no verdict" for NONE. */
const char *depth_class_name(enum depth_class class);
/* What that pattern is, in a few words, and not more than weights can tell. */
const char *depth_class_text(const struct depth *d);
/* Which part block i of the stack lies in. */
enum depth_part depth_part_of(const struct depth_verdict *v, uint32_t i);

#endif
