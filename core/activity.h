/* What flows through one model or two on the same examples, by category: a streaming model.
 *
 * Layers (residual stream, heads' outputs, MLP units, or whatever was recorded) by categories; each
 * cell keeps sums, a sketch and numbers for each unit, never an activation. Of the two models' pair
 * only the first one's rows of the batch under way are held (activity_batch_bytes).
 *
 * Position 0 of a sequence is kept apart where `first_apart` asks for it: its activations are often
 * thousands of times the others' (Sun et al. 2024, arXiv 2402.17762).
 *
 * Sums are float64 in the order of batches and rows: the same bits for any number of threads. One
 * thread fills it; nobody reads meanwhile but through activity_copy. */
#ifndef TARE_CORE_ACTIVITY_H
#define TARE_CORE_ACTIVITY_H

#include "core/error.h"
#include "core/net/net.h"
#include "core/scan/sketch.h"
#include "core/scan/stats.h"

#define ACTIVITY_ALL UINT32_MAX  /* in place of a category: all of them */
#define ACTIVITY_NONE UINT32_MAX /* in place of a layer: there is none */
#define ACTIVITY_TOP 3           /* largest activations that are kept of a layer */
/* Of a sequence, the attention shift looks at no more queries than these. */
#define ACTIVITY_SHIFT_QUERIES 256
/* The largest layer: rows are scanned in blocks of that many values. */
#define ACTIVITY_UNITS_MOST (1u << 20)
/* Of all layers x categories x units: beyond it nothing is created. */
#define ACTIVITY_BYTES_MOST ((uint64_t)2 << 30)

enum activity_side { ACTIVITY_BASE, ACTIVITY_TUNED, ACTIVITY_SIDES };

enum activity_kind {
    ACTIVITY_RESIDUAL, /* what enters block 0 (block -1), leaves a block, or the last norm */
    ACTIVITY_HEADS,    /* heads' mixtures of values, head_dim units each */
    ACTIVITY_HIDDEN,   /* MLP neurons, behind activation and gate */
    ACTIVITY_RECORDED,
    ACTIVITY_KINDS
};

struct activity_layer {
    char *name; /* "embedded", "L3", "final"; a recorded one's own: raw bytes; owned */
    enum activity_kind kind;
    int32_t block; /* -1: before the blocks, or none; of "final": how many blocks there are */
    uint32_t units;
    bool rectified; /* ReLU: a unit is dead if it is never above 0 */
};

struct activity {
    struct activity_layer *layers; /* by kind, then in the order of the pass */
    uint32_t n_layers;
    char **categories; /* [n_categories] raw bytes */
    uint32_t n_categories;
    uint32_t blocks, heads; /* attention; 0: none is seen */
    uint32_t vocabulary;    /* of the logits; 0: none are seen */
    bool causal, pair, first_apart;
    uint32_t window;              /* of the attention, 0: all */
    uint64_t rows;                /* tokens so far, position 0 included */
    uint32_t n_examples;          /* so far */
    struct activity_state *state; /* private */
};

struct activity_options {
    const char *const *categories; /* copied */
    uint32_t n_categories;
    bool pair;        /* two models, the base's rows before the tuned one's */
    bool first_apart; /* position 0 of each sequence is in no cell */
    bool attention;   /* weights of the heads: for models that are run */
    bool output;      /* logits: divergence of the predictions */
    /* Tokens for the linear CKA of each layer of at most ACTIVITY_CKA_UNITS units; 0: none. */
    uint32_t cka_tokens;
    guint threads; /* 0: as many as the machine gives */
};
#define ACTIVITY_CKA_UNITS 1024

/* For a transformer: embedded, blocks, final; heads and MLP of each block. NULL: no memory. */
struct activity *activity_create(const struct net_spec *spec, const struct activity_options *o,
                                 GError **error);
/* For recorded layers (copied); the number of units is limited, a message says so. */
struct activity *activity_create_recorded(const struct activity_layer *layers, uint32_t n_layers,
                                          const struct activity_options *o, GError **error);
void activity_destroy(struct activity *a); /* NULL is fine */
/* As it is between two batches, without what a batch needs: for another thread to read. NULL: no
 * memory. */
struct activity *activity_copy(const struct activity *a);

/* --- filling ------------------------------------------------------------------------------ */

struct activity_sequence {
    uint32_t example;  /* any number that names it; those of one example follow each other */
    uint32_t category; /* below n_categories */
    uint32_t n;        /* rows */
    uint32_t position; /* of its first row: 0, or where an example goes on */
};

/* Announces the packed rows that both models see next. */
void activity_batch(struct activity *a, const struct activity_sequence *sequences, uint32_t n);
/* What to hang into net_forward: the base's pass before the tuned one's, the same batch. */
struct net_probe activity_probe(struct activity *a, enum activity_side side);
/* The same without a net: rows [first, first + rows) of the batch, [rows][units]. */
void activity_feed(struct activity *a, enum activity_side side, uint32_t layer, uint32_t first,
                   uint32_t rows, const float *values);
/* Bytes that a batch holds on to, of so many rows in sequences of at most `longest`. */
uint64_t activity_batch_bytes(const struct activity *a, uint32_t rows, uint32_t longest);
/* Bytes of everything else, as it is now. */
uint64_t activity_bytes(const struct activity *a);

/* --- cells: category x layer -------------------------------------------------------------- */

/* Over rows x units, position 0 left out. Positions of extremes mean nothing here. */
struct activity_cell {
    uint64_t tokens;
    uint32_t examples;
    struct pair_stats stats;          /* of one model: base alone */
    struct sketch base, tuned, delta; /* delta: of ACTIVITY_ALL only */
    double cosine_sum; /* of a row's two vectors, over `cosines` rows where neither is 0 */
    uint64_t cosines;
};

/* ACTIVITY_NONE if there is no such layer. */
uint32_t activity_find(const struct activity *a, enum activity_kind kind, int32_t block);
/* The layer of a kind whose block is the nearest; ACTIVITY_NONE if there is none of that kind. */
uint32_t activity_nearest(const struct activity *a, enum activity_kind kind, int32_t block);
/* The first layer of a kind and how many follow each other; 0: none. */
uint32_t activity_layers(const struct activity *a, enum activity_kind kind, uint32_t *n);
/* "residual", "heads", "mlp", "recorded". */
const char *activity_kind_name(enum activity_kind kind);
const struct activity_cell *activity_cell(const struct activity *a, uint32_t layer,
                                          uint32_t category);
/* Position 0 of every example: numbers without a sketch. */
const struct activity_cell *activity_first(const struct activity *a, uint32_t layer);

/* The numbers of one side of a cell; NAN where nothing is defined. */
struct activity_level {
    double rms, mean, max_abs;
    double median_abs; /* of |h|; within SKETCH_ERROR, like the quantiles */
    double kurtosis;   /* excess */
    double q01, q25, q50, q75, q99;
    uint64_t nonfinite;
};
void activity_level(const struct activity_cell *c, enum activity_side side,
                    struct activity_level *out);
/* S = sqrt(sum |h1 - h0|^2 / sum |h0|^2) over the same tokens; NAN: undefined. */
double activity_shift(const struct activity_cell *c);
/* Mean over tokens of cos(h0, h1). */
double activity_cosine(const struct activity_cell *c);

/* The largest activations of a layer, position 0 included. Massive (Sun et al. 2024): above 100
 * and at least 1000 times the median |h|. */
struct activity_peak {
    float value;
    uint32_t unit, position, example;
    bool massive;
};
/* Descending in magnitude; how many (up to ACTIVITY_TOP). */
uint32_t activity_peaks(const struct activity *a, uint32_t layer, enum activity_side side,
                        struct activity_peak out[ACTIVITY_TOP]);

/* --- units: category x layer x unit ------------------------------------------------------- */

struct activity_unit {
    uint32_t unit;
    uint64_t tokens;
    double mean[ACTIVITY_SIDES], sd[ACTIVITY_SIDES]; /* over tokens; population sd */
    /* How far the category's mean lies from that of all other categories together, in units of
     * sqrt((sd^2 + sd_other^2) / 2): the sensitivity index d_a of Simpson and Fitter 1973. NAN for
     * ACTIVITY_ALL, without others, or if neither varies. */
    double selectivity[ACTIVITY_SIDES];
    double change;               /* (tuned mean - base mean) / base sd over the category's tokens */
    double shift;                /* sqrt(sum (a1 - a0)^2 / sum a0^2) */
    double most[ACTIVITY_SIDES]; /* largest |a|; of a rectified layer the largest a */
    bool dead[ACTIVITY_SIDES];   /* see activity_dead */
};

void activity_unit(const struct activity *a, uint32_t layer, uint32_t category, uint32_t unit,
                   struct activity_unit *out);

enum activity_order {
    ACTIVITY_BY_SELECTIVITY, /* in the base: largest first */
    ACTIVITY_BY_SELECTIVITY_TUNED,
    ACTIVITY_BY_SELECTIVITY_CHANGE, /* |tuned - base| */
    ACTIVITY_BY_CHANGE,             /* |change| */
    ACTIVITY_BY_SHIFT
};
/* What that order sorts by, larger first; NAN: undefined. */
double activity_unit_key(const struct activity_unit *u, enum activity_order order);
/* The first k; equal ones in the units' order, undefined ones left out. How many there are. */
uint32_t activity_units_top(const struct activity *a, uint32_t layer, uint32_t category,
                            enum activity_order order, uint32_t k, struct activity_unit *out);

/* Units that no token of any example makes fire: of a rectified layer a <= 0 throughout, else
 * max |a| < 1e-3 rms of the layer (a convention; Voita et al. 2023 count the former). */
struct activity_dead {
    uint32_t units, dead[ACTIVITY_SIDES], newly_dead, revived;
};
void activity_dead(const struct activity *a, uint32_t layer, struct activity_dead *out);

/* --- heads: category x block x head ------------------------------------------------------- */

/* Of attention rows i, averaged over tokens; row 0, which sees only itself, counts nowhere but in
 * `sink`. NAN where nothing was seen. */
struct activity_head {
    uint64_t queries;
    uint32_t sequences;              /* of those at least ACTIVITY_SINK_TOKENS long */
    double entropy[ACTIVITY_SIDES];  /* -sum A ln A / ln(number of keys): 0 one token, 1 uniform */
    double first[ACTIVITY_SIDES];    /* A[i][0] */
    double previous[ACTIVITY_SIDES]; /* A[i][i - 1] */
    double self[ACTIVITY_SIDES];     /* A[i][i] */
    double distance[ACTIVITY_SIDES]; /* sum |i - j| A[i][j], tokens */
    /* Share of sequences whose mean over the first ACTIVITY_SINK_WINDOW rows of A[i][0] is above
     * 0.3 (Gu et al. 2025, arXiv 2410.10781, and their Attention-Sink code). */
    double sink[ACTIVITY_SIDES];
    /* Mean over the first ACTIVITY_SHIFT_QUERIES rows of sqrt(JSD(A0[i], A1[i])), base 2: 0 to 1
     * (Lin 1991). */
    double shift;
};
/* Uniform attention over fewer tokens is above 0.3 by itself. */
#define ACTIVITY_SINK_TOKENS 10
#define ACTIVITY_SINK_WINDOW 64

/* block < blocks, head < heads */
void activity_head(const struct activity *a, uint32_t block, uint32_t head, uint32_t category,
                   struct activity_head *out);
/* The head's units of its block's ACTIVITY_HEADS layer taken together: rms of each side (second
 * NAN: one model), and their shift as above. */
void activity_head_output(const struct activity *a, uint32_t block, uint32_t head,
                          uint32_t category, double rms[ACTIVITY_SIDES], double *shift);

/* --- predictions -------------------------------------------------------------------------- */

struct activity_output {
    uint64_t tokens;
    double mean, median, p99, most; /* of KL(base || tuned), nats a token */
    double agreement;               /* share of tokens with the same first choice */
};
void activity_output(const struct activity *a, uint32_t category, struct activity_output *out);

/* --- the layer as a whole ----------------------------------------------------------------- */

/* Linear CKA of base and tuned (Kornblith et al. 2019), columns centred, over the first
 * `cka_tokens` tokens; NAN: not asked for, or undefined. *tokens (may be NULL): how many it saw. */
double activity_cka(const struct activity *a, uint32_t layer, uint64_t *tokens);
/* mu_c = mean over a category's tokens of h1 - h0. |mean over c of mu_c|^2 / mean of |mu_c|^2:
 * near 1, one vector was added to every category; near 1/categories, each got its own. */
double activity_generic_share(const struct activity *a, uint32_t layer);
/* cos(mu_c, mean of the other categories' mu); NAN: undefined. */
double activity_direction(const struct activity *a, uint32_t layer, uint32_t category);

/* --- examples, for statistics of them ----------------------------------------------------- */

/* Sums over an example's rows (position 0 left out) and units. */
struct activity_example {
    uint32_t example, category;
    uint64_t values; /* rows x units */
    double abs[ACTIVITY_SIDES], squares[ACTIVITY_SIDES], delta_squares;
};
/* Of a layer, in the order they came: [n_examples], borrowed until the next batch. */
const struct activity_example *activity_examples(const struct activity *a, uint32_t layer);

#endif
