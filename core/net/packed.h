/* What a batch of sequences is to a pass. Private to core/net. */
#ifndef TARE_CORE_NET_PACKED_H
#define TARE_CORE_NET_PACKED_H

#include "core/net/pass.h"

struct packed {
    uint32_t rows, longest;
    uint32_t *ids, *positions; /* [rows] */
    struct attention_span *spans;
    uint32_t *picked; /* [n_picked] rows that get logits */
    uint32_t n_picked;
};

/* FALSE: a length or an id that the model does not have, with the sequence that has it. */
gboolean packed_check(const struct net *n, const struct net_batch *b, GError **error);
/* Rows of a sequence get logits from first_logit on; where only losses are wanted, the last one,
 * which predicts nothing, gets none. */
void packed_init(struct packed *p, const struct net_batch *b, bool losses_alone);
void packed_finish(struct packed *p);
/* The token behind a packed row, UINT32_MAX at the end of its sequence. */
uint32_t packed_next(const struct packed *p, uint32_t row);
/* A pass over its rows. */
struct pass packed_pass(const struct packed *p, struct net *n, uint32_t sequences);

#endif
