/* Adapters and the bases they are put on, as several tests need them. */
#ifndef TARE_TESTS_ADAPTERS_H
#define TARE_TESTS_ADAPTERS_H

#include "core/comparison.h"
#include "tests/support/memory_source.h"

/* Names of the factors of the one kernel of adapters_base. */
#define ADAPTERS_Q "base_model.model.h.0.q."

struct checkpoint *adapters_open(const char *fixture);
/* Scanned to the end; NULL: refused. alpha 0: not told. */
struct comparison *adapters_compare(struct checkpoint *base, struct checkpoint *tuned, double alpha,
                                    GError **error);
void adapters_add_zeros(struct memory_source *m, const char *name, enum dtype dtype,
                        const uint64_t *dim, unsigned rank);
/* One kernel h.0.q.weight, 8 x 6. */
struct checkpoint *adapters_base(void);

#endif
