/* Norms and deltas of attention heads, read off the row and column energies of their matrices.
 *
 * A head is [block, query head]; with grouped queries its key and value are those of the kv head it
 * shares: they count in the relative delta of each head that uses them (a block's pooled numbers, which go by
 * tensors, count them once). Biases are no part of a head. A block with two attentions has the heads of the first; one whose
 * slot says "cross" is left out. Reads the summary: the thread that drains only. */
#ifndef TARE_CORE_HEADS_H
#define TARE_CORE_HEADS_H

#include "core/comparison.h"

enum head_part { HEAD_QUERY, HEAD_KEY, HEAD_VALUE, HEAD_OUTPUT, HEAD_PARTS };

struct head_norms {
    bool known; /* there is such a matrix, split by heads, and it is scanned */
    double base_l2, tuned_l2, delta_l2; /* NAN: that side is not there */
    double floor; /* relative, of the stored types; NAN: there is no delta */
};

struct head {
    uint32_t block, head, kv_head;
    struct head_norms part[HEAD_PARTS];
    double relative; /* pooled over the parts that have a delta; NAN: undefined */
    double floor;    /* of it: pooled alike, the root of sum (floor |W0|)^2 over sum |W0|^2 */
};

/* How many query and key/value heads the comparison's block has; 0: not known or no attention. */
uint32_t heads_count(const struct comparison *c, uint32_t block);
uint32_t heads_kv_count(const struct comparison *c, uint32_t block);
/* The largest heads_count of any block. */
uint32_t heads_most(const struct comparison *c);
/* Why heads are not known although there is attention, one line; NULL if they are, or there is
 * none. Static. */
const char *heads_unknown(const struct comparison *c);

/* head < heads_count */
void head_of(const struct comparison *c, uint32_t block, uint32_t head, struct head *out);
/* delta_l2 / base_l2 of a part; NAN if undefined. */
double head_part_relative(const struct head_norms *n);
const char *head_part_name(enum head_part part); /* "query" ... */

/* The stretch [first, first + n) of the matrix form's axis that a head covers in a tensor of that
 * place, for a part; for keys and values `head` is the kv head. False: not there. */
bool head_stretch(const struct place *place, const struct tensor *t, enum head_part part,
                  uint32_t head, uint64_t *first, uint64_t *n);

#endif
