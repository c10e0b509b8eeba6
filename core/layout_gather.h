/* Reads the elements of a box that a run of the view holds: what a transposition, a slice or a
 * concatenation comes down to.
 *
 * Reads runs of the source's storage along its fastest axis; what lies close together is read at
 * once with the gaps. A whole large tensor is never held. Any thread. */
#ifndef TARE_CORE_LAYOUT_GATHER_H
#define TARE_CORE_LAYOUT_GATHER_H

#include "core/layout.h"

/* Fills those of elements [first, first + count) of the view that the box holds; dst is element
 * `first`. bytes: of an element. */
gboolean layout_gather(struct source *s, const struct layout_box *b, size_t bytes, uint64_t first,
                       size_t count, void *dst, GError **error);

/* Whether a block of the view lies all over the source's storage, and that is too large to be read
 * at once: then every block costs as many reads as the storage has runs. */
bool layout_gather_is_scattered(const struct layout_box *b);

#endif
