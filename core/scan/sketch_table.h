/* The working form of a sketch, open to the kernels that fill it (core/scan only).
 *
 * A kernel increments counts[bits >> 47] for values that are zero or normal and then adds their
 * number to `direct` and their largest magnitude to `max_abs`; nothing else is kept per element,
 * and `take` sweeps down from max_abs until it has found `direct` elements. */
#ifndef TARE_CORE_SCAN_SKETCH_TABLE_H
#define TARE_CORE_SCAN_SKETCH_TABLE_H

#include <string.h>
#include "core/scan/sketch.h"

#define SKETCH_SHIFT (52 - SKETCH_MANTISSA_BITS)
#define SKETCH_PER_OCTAVE (1 << SKETCH_MANTISSA_BITS)
#define SKETCH_SIDE (1u << (63 - SKETCH_SHIFT)) /* counters per sign */
#define SKETCH_SUBNORMAL_OCTAVES 52

struct sketch_table {
    uint64_t direct;
    double max_abs;
    uint64_t n_subnormal;
    uint32_t counts[2 * SKETCH_SIDE]; /* the sign is the highest bit of the index */
    uint32_t subnormal[2][SKETCH_SUBNORMAL_OCTAVES * SKETCH_PER_OCTAVE];
};

static inline uint32_t sketch_index(double x)
{
    uint64_t bits;

    memcpy(&bits, &x, sizeof bits);
    return (uint32_t)(bits >> SKETCH_SHIFT);
}

/* Forgets everything, also what was counted without `direct` and `max_abs`. */
void sketch_table_clear(struct sketch_table *t);

#endif
