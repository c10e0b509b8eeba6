/* Copies that are counted once, because the user asked for it.
 *
 * What looks like a copy (core/copies.h) on every side its entry has is compared value by value by
 * a worker once the scan has ended; only what is equal to the last byte is merged: into the entry
 * before it. UI thread; the worker touches its own job alone. */
#ifndef TARE_CORE_TIE_H
#define TARE_CORE_TIE_H

#include "core/jobs.h"
#include "core/pair.h"

enum tie_state {
    TIE_OFF,
    TIE_WAITING,   /* for the scan to end */
    TIE_COMPARING, /* a worker reads */
    TIE_DONE
};

struct tie_job;

struct tie {
    enum tie_state state;
    uint32_t *copy_of; /* [n_entries], PAIR_NONE: none; NULL: nothing is merged */
    uint32_t *next;    /* [n_entries] of a kept entry its first copy, of a copy the following one */
    uint32_t n_copies; /* merged ones */
    uint32_t n_unequal; /* looked like copies, and are none */
    char *error;        /* of the last comparison that failed, or NULL */
    struct tie_job *running;
};

/* Frees; the pool must be gone, or never have been. */
void tie_finish(struct tie *t);
/* Tells a worker to stop; its job still comes back and changes nothing. */
void tie_cancel(struct tie *t);

/* One candidate: entries of the pairing. */
struct tie_pair {
    uint32_t copy, first;
};

/* What a comparison needs; all of it outlives the job. */
struct tie_request {
    const struct checkpoint *base, *tuned; /* tuned may be NULL */
    const struct pairing *pairing;
    uint64_t *version; /* grows when the result is in */
};

/* Takes the pairs (array of struct tie_pair). With none of them the result is there at once. */
void tie_start(struct tie *t, const struct tie_request *request, GArray *pairs, struct pool *pool);

#endif
