/* Activations that were recorded elsewhere, read a batch at a time: what a study shows of models
 * that it can't run. io's recordings are one. One thread. */
#ifndef TARE_CORE_RECORDED_H
#define TARE_CORE_RECORDED_H

#include "core/activity.h"

struct recorded {
    struct activity *activity; /* so far; owned */
    uint64_t rows, done;       /* of one model */
    char **remarks;            /* what was left out, and why: raw lines, NULL at the end; owned */
    /* The next batch; false with an error: nothing more can be read. */
    gboolean (*step)(struct recorded *r, GError **error);
    void (*close)(struct recorded *r);
};

/* All that is left. False: stopped (what was read stays), or an error. */
gboolean recorded_read(struct recorded *r, const gint *cancelled, GError **error);
void recorded_close(struct recorded *r); /* NULL is fine */

#endif
