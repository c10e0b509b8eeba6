/* Results of entries that are computed when somebody looks, one at a time in the pool, and kept.
 *
 * A kind says how to compute and free; exact numbers and spectra are two. UI thread only; the
 * worker touches its own job alone. */
#ifndef TARE_CORE_LAZY_CACHE_H
#define TARE_CORE_LAZY_CACHE_H

#include "core/jobs.h"

/* Between the worker and who waits for it; atomic. */
struct lazy_watch {
    gint cancelled; /* set by the owner, polled by compute */
    gint step, of;  /* set by compute: step `step` of `of` is under way; of 0: not said */
};

struct lazy_kind {
    gsize request_bytes;
    guint most; /* results kept; the one not looked at for longest goes first */
    /* A worker: a new result, or NULL and error. */
    gpointer (*compute)(const void *request, struct lazy_watch *watch, GError **error);
    void (*free)(gpointer result);
};

struct lazy_cache {
    const struct lazy_kind *kind;
    GHashTable *slots; /* entry -> struct lazy_slot */
    gint64 clock;
    struct lazy_job *running; /* at most one; cancelled when another entry is asked for */
};

void lazy_cache_init(struct lazy_cache *x, const struct lazy_kind *kind);
/* Tells a running job to stop; its done() still comes. */
void lazy_cache_cancel(struct lazy_cache *x);
/* The pool must be gone, or never have been. */
void lazy_cache_finish(struct lazy_cache *x);

/* Finished result, or NULL: being computed (from now on), or failed with *error_text set. The
 * request (kind->request_bytes) is copied. Borrowed until the next call that is not about this
 * entry. */
gconstpointer lazy_cache_get(struct lazy_cache *x, guint32 entry, const void *request,
                             struct pool *pool, const char **error_text);
/* What is there already, without asking for it; NULL: nothing, or failed with *error_text set. */
gconstpointer lazy_cache_peek(const struct lazy_cache *x, guint32 entry, const char **error_text);
/* Takes ownership of result; error (copied) where result is NULL. */
void lazy_cache_put(struct lazy_cache *x, guint32 entry, gpointer result, const char *error);

/* Is something under way? step and of may be NULL. */
bool lazy_cache_running(const struct lazy_cache *x, guint *step, guint *of);
/* The user stops what runs: its entry fails as cancelled until lazy_cache_resume. False: nothing
 * runs, nothing was stopped. */
bool lazy_cache_stop(struct lazy_cache *x);
bool lazy_cache_resume(struct lazy_cache *x);

#endif
