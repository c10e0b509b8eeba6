/* Rows of the embedding (and of the output head): which tokens moved, which were never touched.
 *
 * METRICS 4.4. A row's delta of exactly 0 means that no batch held its token, if the table is
 * trained, not tied and not decayed; a decayed row is W0 * c. Reads the summary: the thread that
 * drains only. */
#ifndef TARE_CORE_VOCABULARY_H
#define TARE_CORE_VOCABULARY_H

#include "core/comparison.h"

/* Texts of token ids; immutable once made. Raw bytes: escape before showing. */
struct token_texts {
    char **text; /* [n]; NULL where an id has none */
    uint32_t n;
    char *path; /* the file they come from */
};
void token_texts_destroy(struct token_texts *t);

enum row_state {
    ROW_MOVED,
    ROW_UNMOVED,   /* delta exactly 0 */
    ROW_DECAYED,   /* W1 = c * W0 up to rounding: only weight decay touched it */
    ROW_ZERO       /* all zero on both sides */
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
    VOCABULARY_TIED,   /* every row gets the softmax's gradient: untouched rows can't be seen */
    VOCABULARY_FROZEN, /* no row moved at all */
    VOCABULARY_NO_DELTA
};

struct vocabulary {
    uint32_t entry;      /* of the table looked at */
    uint32_t rows;
    bool columns;        /* tokens lie along the columns (a head stored [hidden, vocabulary]) */
    enum vocabulary_caveat caveat;
    uint32_t n_moved, n_unmoved, n_decayed, n_zero;
};

/* The tables there are: input embedding, then output head, scanned ones only; array of struct
 * vocabulary, owned by the caller. */
GArray *vocabulary_tables(const struct comparison *c);
/* out[rows] */
void vocabulary_rows(const struct comparison *c, const struct vocabulary *v,
                     struct vocabulary_row *out);
const char *row_state_name(enum row_state s);
/* One sentence for a screen; NULL for VOCABULARY_OK. Static. */
const char *vocabulary_caveat_text(enum vocabulary_caveat c);

#endif
