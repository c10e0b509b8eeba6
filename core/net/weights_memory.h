/* Memory for weights: all of it zeros, counted in their bytes. Private to core/net. */
#ifndef TARE_CORE_NET_WEIGHTS_MEMORY_H
#define TARE_CORE_NET_WEIGHTS_MEMORY_H

#include "core/net/weights.h"

/* Freed with free(). NULL: the machine does not have as much. */
void *net_weights_take(struct net_weights *w, uint64_t elems, size_t bytes, GError **error);
/* Values of every matrix whose type and size are set; a tied head's are the tokens'. */
gboolean net_weights_take_matrices(struct net_weights *w, GError **error);
/* Gate's and up's biases, which are one allocation. */
gboolean net_weights_take_gate_bias(struct net_weights *w, struct net_block *b, GError **error);

#endif
