/* What an activity keeps. Private to core/activity*.c. */
#ifndef TARE_CORE_ACTIVITY_INTERNAL_H
#define TARE_CORE_ACTIVITY_INTERNAL_H

#include "core/activity.h"
#include "core/activity_kernels.h"
#include "core/scan/scan.h"
#include "core/team.h"

/* Sums over a category's tokens of each unit. */
struct unit_sums {
    double *sum[ACTIVITY_SIDES], *squares[ACTIVITY_SIDES], *delta_squares; /* [units] */
    float *most[ACTIVITY_SIDES];
};

struct layer_state {
    struct activity_cell *cells; /* [n_categories + 1], the last: all */
    struct activity_cell first;
    struct unit_sums *units; /* [n_categories] */
    struct activity_peak peaks[ACTIVITY_SIDES][ACTIVITY_TOP];
    uint32_t n_peaks[ACTIVITY_SIDES];
    GArray *examples;    /* struct activity_example */
    float *held;         /* the base's rows of the batch, [rows][units]; NULL: none */
    uint32_t n_held;     /* rows that are there */
    struct cross *cross; /* NULL: no CKA */
};

struct head_sums {
    uint64_t queries, shift_queries;
    uint32_t sequences, sinks[ACTIVITY_SIDES];
    double entropy[ACTIVITY_SIDES], first[ACTIVITY_SIDES], previous[ACTIVITY_SIDES];
    double self[ACTIVITY_SIDES], distance[ACTIVITY_SIDES], shift;
};

/* One row of the batch under way. */
struct batch_row {
    uint32_t row, position, sequence;
    uint32_t part; /* its category, or n_categories: apart */
    uint32_t slot; /* of its example */
};

struct activity_state {
    struct layer_state *layers;
    struct head_sums *heads; /* [blocks][n_categories][heads] */
    GArray **divergences;    /* [n_categories] of double, a token each; NULL: no output */
    uint64_t *agreed;        /* [n_categories] */

    const struct scan_ops *ops;
    const struct activity_kernels *kernels;
    struct team *team;
    struct scan_scratch **scratch;       /* [threads of the team] */
    struct activity_sequence *sequences; /* of the batch */
    uint32_t n_sequences, n_rows;
    uint32_t *sequence_first; /* [n_sequences] packed row */
    struct batch_row *order;  /* [n_rows] by part, then row */
    float *gathered[ACTIVITY_SIDES];
    gsize gathered_room[ACTIVITY_SIDES]; /* values */
    /* The base's attention of the batch: [blocks][heads] triangles or squares of each sequence. */
    float **attention; /* [n_sequences]; NULL: not seen yet */
    float *logits;     /* the base's, [n_rows][vocabulary]; NULL: not seen yet */
    uint8_t *has_logits;
    struct probe_side {
        struct activity *activity;
        enum activity_side side;
    } sides[ACTIVITY_SIDES];
};

/* Rows of one layer, by part. */
struct layer_rows {
    uint32_t layer, n;
    const struct batch_row *rows;        /* [n] in the order of the batch's */
    const float *values[ACTIVITY_SIDES]; /* [n][units]; tuned NULL: one model */
};

/* Adds them to cells, units, examples and peaks. */
void activity_add_rows(struct activity *a, const struct layer_rows *r);

bool unit_sums_init(struct unit_sums *u, uint32_t units, bool pair, bool rectified);
void unit_sums_finish(struct unit_sums *u);
/* Of each unit. */
gsize unit_sums_bytes(bool pair);

/* Attention of one sequence in one block, [heads][n][n]. */
void activity_add_attention(struct activity *a, enum activity_side side,
                            const struct net_seen *seen);
void activity_add_logits(struct activity *a, enum activity_side side, const struct net_seen *seen);
/* Values of the base's attention that are kept of a sequence of n. */
gsize activity_attention_values(const struct activity *a, uint32_t n);

/* Centred products of a layer's two sides. */
struct cross *cross_create(uint32_t units, uint32_t tokens, GError **error);
void cross_destroy(struct cross *c);
struct cross *cross_copy(const struct cross *c);
gsize cross_bytes(const struct cross *c);
void cross_add(struct cross *c, uint32_t n, const float *base, const float *tuned);

#endif
