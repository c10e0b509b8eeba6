/* What is kept of a checkpoint that was read: how far its blocks are from the base, in a few
 * hundred bytes, so that thousands fit. */
#ifndef TARE_CORE_WATCH_LOOK_H
#define TARE_CORE_WATCH_LOOK_H

#include "core/depth.h"

struct watch_look {
    uint32_t n_blocks;
    double *relative, *norm; /* [n_blocks + 1]: ||W - W_0|| / ||W_0|| and ||W|| / ||W_0|| over the
                              * matrices of a block; the last one is all outside the blocks */
    double model_relative;
    double band[DEPTH_PARTS]; /* pooled relative of early, middle and late blocks; NAN: none */
    enum depth_class class;
    uint32_t n_matched, n_entries;
    bool unchanged;       /* every value is the base's */
    char *flags;          /* ids of the rules that warn, a space between; NULL: none does */
    uint64_t fingerprint; /* equal values, equal fingerprint: of everything that was summed up */
};

/* Of a scan that has ended. */
struct watch_look *watch_look_create(const struct comparison *c);
void watch_look_destroy(struct watch_look *l); /* NULL is fine */

#endif
