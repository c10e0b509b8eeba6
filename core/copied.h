/* What a text repeats of others, word for word: the longest run from each of its symbols on. */
#ifndef TARE_CORE_COPIED_H
#define TARE_CORE_COPIED_H

#include "core/symbols.h"

/* Longer runs count as that long. */
#define COPIED_MOST 1024u

/* The texts to find runs in, sorted by what follows each of their symbols. */
struct copied_index;
/* Texts are borrowed. Time n log n in their symbols. */
struct copied_index *copied_index_create(const struct symbols *texts, uint32_t n);
void copied_index_destroy(struct copied_index *x); /* NULL is fine */

/* The most symbols from at[0] on, n of which there are, that stand in one of the texts like that.
 */
uint32_t copied_run(const struct copied_index *x, const uint32_t *at, uint32_t n);

#endif
