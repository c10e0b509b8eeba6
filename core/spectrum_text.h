/* What a delta's spectrum says of its rank, in one sentence. */
#ifndef TARE_CORE_SPECTRUM_TEXT_H
#define TARE_CORE_SPECTRUM_TEXT_H

#include "core/comparison.h"

/* The rank of the factors whose product an entry's delta is: no spectrum can have more. 0: the
 * delta is of no adapter. */
uint32_t spectrum_adapter_rank(const struct comparison *c, uint32_t entry);
/* "This delta looks like rank <= 8: 5 of 64 directions hold 99 % of its energy"; of an adapter, its
 * own rank. Owned by the caller; NULL: there is no delta. */
char *spectrum_sentence(const struct comparison *c, uint32_t entry, const struct spectrum *s);

#endif
