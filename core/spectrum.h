/* Singular values of one pair entry's matrix form, of base, tuned and delta, and what follows from
 * them. Slow (seconds at 2048 x 2048), so computed for what is looked at or asked for.
 *
 * sigma: singular values; lambda = sigma^2. "Out side": the directions a layer's output lies in,
 * the left ones of a matrix [out, in]; where the orientation is not known, those of the rows.
 * Worker threads; results are immutable. */
#ifndef TARE_CORE_SPECTRUM_H
#define TARE_CORE_SPECTRUM_H

#include "core/arch.h"
#include "core/lazy_cache.h"
#include "core/scan/stats.h"
#include "core/spectrum_bulk.h"
#include "core/spectrum_tail.h"

enum spectrum_of { SPECTRUM_BASE, SPECTRUM_TUNED, SPECTRUM_DELTA, SPECTRUM_SIDES };

#define SPECTRUM_TOP 10       /* directions compared between base and tuned */
#define SPECTRUM_INTRUDER 0.5 /* a direction of tuned that is closer to no direction of base */
#define SPECTRUM_ENERGIES 7

/* 1 2 4 8 16 32 64 */
extern const unsigned spectrum_energy_at[SPECTRUM_ENERGIES];

struct spectrum_side {
    uint32_t n;            /* min(rows, cols); 0: there is no such side, or see why */
    const char *absent;    /* why it is not there; static */
    double *sigma;         /* [n], descending; owned */
    uint32_t rank;         /* sigma > tolerance */
    double tolerance;      /* what this route can tell from 0 */
    double l2;             /* Frobenius norm, from the scan */
    double stable_rank;    /* l2^2 / sigma_max^2 */
    double effective_rank; /* exp(-sum p ln p), p = sigma / sum sigma (Roy & Vetterli 2007) */
    double effective_rank_energy; /* the variant with p = sigma^2 / sum sigma^2 */
    double entropy;               /* -sum p ln p / ln(rank), p = sigma^2 / sum sigma^2; 0..1 */
    struct spectrum_tail tail;
    struct spectrum_bulk bulk;
};

struct spectrum {
    uint64_t rows, cols;
    bool gram; /* singular values below 1e-7 of the largest are noise */
    struct spectrum_side side[SPECTRUM_SIDES];
    /* Of the delta. */
    double energy[SPECTRUM_ENERGIES]; /* share of |D|^2 in its largest k, at spectrum_energy_at */
    uint32_t rank_90, rank_99;        /* the smallest k with that share; 0: no delta */
    /* Of the pair; NAN where there is none. */
    double sigma_ratio; /* sigma_max(D) / sigma_max(W0) */
    double radial, tangential;
    double decay, decay_residual; /* best c of W1 = c W0, and what it leaves, relative to |W0| */
    uint32_t compared;            /* directions compared: min(SPECTRUM_TOP, n); 0: none */
    bool columns;                 /* the out side is that of the columns */
    bool oriented;                /* and that is known */
    uint32_t intruders;    /* top directions of tuned whose |cos| with every one of base is below
                              SPECTRUM_INTRUDER (Shuttleworth et al. 2025) */
    double overlap;        /* |U0' U1|_F^2 / k of the top k = compared; 1: the same subspace */
    double overlap_random; /* k / m, what random directions of m dimensions have */
};

/* One tensor of each side, or one alone; equal shape if both. */
struct spectrum_input {
    struct source *source[2]; /* base, tuned; NULL: not there */
    uint32_t index[2];
    uint64_t rows, cols;
    enum orientation orientation;
    const struct pair_stats *stats; /* of the scan */
    bool has_delta;
};

/* False where there is no matrix: fewer than two rows or columns. row_axes 0: the first axis. */
bool spectrum_shape(const struct tensor *t, const struct place *place, uint64_t *rows,
                    uint64_t *cols);
/* Steps that spectrum_compute counts in watch->step, from 1; "reading the base". */
const char *spectrum_step_name(guint step);
/* Memory that a computation takes, about. */
uint64_t spectrum_bytes(uint64_t rows, uint64_t cols);

/* NULL: read error, cancelled, or TARE_ERROR_LIMIT beyond LINALG_MOST. */
struct spectrum *spectrum_compute(const struct spectrum_input *in, struct lazy_watch *watch,
                                  GError **error);
void spectrum_destroy(struct spectrum *s);

/* The smallest k whose largest singular values hold `share` of the delta's energy; 0: no delta. */
uint32_t spectrum_rank_of(const struct spectrum *s, double share);
/* The bound to say where `energy` of the delta lies in at most `share` of its directions: the next
 * power of two of their number; 0: it does not look like low rank. */
uint32_t spectrum_low_rank(const struct spectrum *s, double energy, double share);

#endif
