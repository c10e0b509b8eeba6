/* The spectrum of a pair entry: the computation, and how a lazy cache keeps it. */
#ifndef TARE_CORE_SPECTRUM_PAIR_H
#define TARE_CORE_SPECTRUM_PAIR_H

#include "core/pair.h"
#include "core/spectrum.h"

struct spectrum_request {
    const struct checkpoint *base, *tuned; /* tuned may be NULL */
    const struct pair_entry *pair;
    struct pair_stats stats; /* of the entry's scan */
    bool has_delta;
};

/* On any thread. Tensors that can't be subtracted give the base's numbers alone. */
struct spectrum *spectrum_request_compute(const struct spectrum_request *r,
                                          struct lazy_watch *watch, GError **error);

/* struct spectrum_request to struct spectrum; all are kept. */
extern const struct lazy_kind spectrum_kind;

#endif
