/* Rows of the embedding (and of the output head): which tokens moved, which were never touched.
 *
 * A row's delta of exactly 0 means that no batch held its token, if the table is trained, not tied
 * and not decayed. A row that only weight decay touched is W0 * c: with b, t, d the norms of base,
 * tuned and delta, <w0, delta> = (t^2 - b^2 - d^2) / 2 = (c - 1) b^2 gives c, and what is left of
 * delta at right angles, tangential^2 = d^2 - (c - 1)^2 b^2, is no more than rounding. Reads the
 * summary: the thread that drains only. */
#ifndef TARE_CORE_VOCABULARY_H
#define TARE_CORE_VOCABULARY_H

#include "core/comparison.h"

enum row_state {
    ROW_MOVED,
    ROW_UNMOVED, /* delta exactly 0 */
    ROW_DECAYED, /* W1 = c * W0 up to rounding, 0 < c < 1: only weight decay touched it */
    ROW_ZERO,    /* all zero on both sides */
    ROW_UNKNOWN, /* there is no delta */
    ROW_STATES
};

struct vocabulary_row {
    uint32_t id;
    double base_l2, tuned_l2, delta_l2; /* NAN: no such side */
    double relative;
    enum row_state state;
    double decay; /* c of the best W1 = c * W0, from the three norms; NAN: undefined */
};

enum vocabulary_caveat {
    VOCABULARY_OK,
    VOCABULARY_FROZEN, /* no row moved at all */
    VOCABULARY_TIED,   /* every row gets the softmax's gradient: untouched rows can't be seen */
    VOCABULARY_HEAD,   /* the same of an output head of its own */
    VOCABULARY_NO_DELTA,
    VOCABULARY_CODES /* the same, because a side is quantised */
};

struct vocabulary {
    uint32_t entry; /* of the table looked at */
    uint32_t rows;
    bool head;    /* the output head, else an embedding */
    bool columns; /* tokens lie along the columns (a head stored [hidden, vocabulary]) */
    enum vocabulary_caveat caveat;
    uint32_t n[ROW_STATES]; /* rows of each state */
    double floor; /* of every row's relative; NAN: there is no delta */
};

/* The tables there are: input embeddings, the vocabulary's first, then output heads of as many
 * rows; scanned ones only; array of struct vocabulary, owned by the caller. */
GArray *vocabulary_tables(const struct comparison *c);
/* out[rows] */
void vocabulary_rows(const struct comparison *c, const struct vocabulary *v,
                     struct vocabulary_row *out);
/* Do the states of its rows say anything? Not where nothing could be subtracted, or codes were. */
bool vocabulary_is_judged(const struct vocabulary *v);
const char *row_state_name(enum row_state s);
/* One sentence for a screen; NULL for VOCABULARY_OK. Static. */
const char *vocabulary_caveat_text(enum vocabulary_caveat c);
/* "embedding", "head". */
const char *vocabulary_name(const struct vocabulary *v);

/* State and decay of a row from the sums of squares of base, tuned and delta; floor: relative
 * rounding of the stored types, as of struct dtype_info. */
enum row_state vocabulary_row_state(double base2, double tuned2, double delta2, double floor,
                                    double *decay);

#endif
