/* From tensor names to a model: block, role, heads. One file and one row per architecture.
 *
 * Pure functions of the descriptors; any thread. */
#ifndef TARE_CORE_ARCH_H
#define TARE_CORE_ARCH_H

#include "core/role.h"
#include "core/source.h"

struct place {
    int32_t block; /* 0-based; -1: outside every block */
    enum role role;
    bool matrix; /* one of the tensors that group ratios pool */
    uint16_t heads, kv_heads, head_dim; /* 0: not known */
};

struct arch {
    const char *name;
    /* How sure this row is that it knows the model; the highest wins, 0 = no. */
    int (*score)(const struct source *s);
    /* places[n_tensors] to be filled; returns the number of blocks. */
    uint32_t (*map)(const struct source *s, struct place *places);
};

/* NULL-terminated table of all rows; generic scores 1 for everything. */
extern const struct arch *const arch_table[];

/* The row with the highest score (the first of equals); never NULL. */
const struct arch *arch_find(const struct source *s);

#endif
