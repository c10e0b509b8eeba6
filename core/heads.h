/* Norms and deltas of attention heads, read off the row and column energies of their matrices.
 *
 * A head is [attention, query head]; with grouped queries its key and value are those of the kv head
 * it shares: they count in the relative delta of each head that uses them (a block's pooled numbers,
 * which go by tensors, count them once). Biases are no part of a head. Reads the summary: the thread
 * that drains only. */
#ifndef TARE_CORE_HEADS_H
#define TARE_CORE_HEADS_H

#include "core/comparison.h"

struct head_norms {
    bool known; /* there is such a matrix, split by heads, and it is scanned */
    double base_l2, tuned_l2, delta_l2; /* NAN: that side is not there */
    double floor; /* relative, of the stored types; NAN: there is no delta */
};

struct head {
    uint32_t attention; /* of c->attentions */
    uint32_t head, kv_head;
    struct head_norms part[HEAD_PARTS];
    double relative; /* pooled over the parts that have a delta; NAN: undefined */
    double floor;    /* of it: pooled alike, the root of sum (floor |W0|)^2 over sum |W0|^2 */
};

/* Why heads are not known although there is attention, one line; NULL if they are, or there is
 * none. Static. */
const char *heads_unknown(const struct comparison *c);
/* Where the number of heads comes from, "from the shapes"; NULL: not known. Static. */
const char *heads_origin(const struct comparison *c);
/* "16", or "16:4" with the number of key and value heads (else 0: the shapes tell). False: neither,
 * and nothing is written. */
bool heads_parse(const char *text, uint16_t *heads, uint16_t *kv_heads);

/* attention < c->attentions.n, head < its heads */
void head_of(const struct comparison *c, uint32_t attention, uint32_t head, struct head *out);
/* "L3.h2"; owned by the caller, raw bytes. */
char *head_label(const struct comparison *c, const struct head *h);
/* delta_l2 / base_l2 of a part; NAN if undefined. */
double head_part_relative(const struct head_norms *n);
const char *head_part_name(enum head_part part); /* "query" ... */

/* The stretch [first, first + n) of the matrix form's axis that a head covers in a tensor of that
 * place, for a part; for keys and values `head` is the kv head. False: not there. */
bool head_stretch(const struct place *place, const struct tensor *t, enum head_part part,
                  uint32_t head, uint64_t *first, uint64_t *n);

#endif
