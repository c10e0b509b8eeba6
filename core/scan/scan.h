/* The fused pass over one block of one tensor or of a pair: read once, know everything.
 *
 * A scalar reference defines every result to the last bit; the AVX2 and AVX-512 variants equal it.
 * Element i of a run goes to lane i % 16; a run's lanes are added to the block's, run after run;
 * the block's lanes fold in a fixed tree; blocks of SCAN_BLOCK elements merge in order. A run is a
 * stretch of a block, of a tensor with a matrix form a tile of it (core/scan/block.h). Nothing
 * depends on threads or on the CPU. The two levels of sums keep l1 and l2 of any 10^9 elements
 * within 1e-12. */
#ifndef TARE_CORE_SCAN_SCAN_H
#define TARE_CORE_SCAN_SCAN_H

#include <stdbool.h>
#include "core/dtype.h"
#include "core/scan/energy.h"
#include "core/scan/sketch.h"
#include "core/scan/stats.h"

#define SCAN_BLOCK ((uint64_t)1 << 20)

struct scan_ops; /* a row of kernels: core/scan/kernel.h */

/* The variant for this CPU, or the one that TARE_CPU names (scalar, avx2, avx512); NULL if TARE_CPU
 * names one this CPU lacks or that does not exist. */
const struct scan_ops *scan_ops_choose(const char *tare_cpu);
const char *scan_ops_name(const struct scan_ops *ops);

/* A worker's buffers; reused for every block. */
struct scan_scratch;
struct scan_scratch *scan_scratch_create(void);
void scan_scratch_destroy(struct scan_scratch *s);

/* What a block, and later a tensor, is reduced to. Owns its sketches and energies. */
struct scan_result {
    bool has_base, has_tuned;
    bool has_delta; /* both were given together: delta and the cross sums are there */
    struct pair_stats stats;
    struct sketch base, tuned, delta;
    struct energy energy; /* of the sides that were given, if the tensor has a matrix form */
};

/* Which elements of a tensor a block holds: [first, first + n), n <= SCAN_BLOCK. */
struct scan_span {
    uint64_t first;
    size_t n;
    struct energy_shape shape; /* of the tensor; rows 0: no energies */
};

void scan_result_init(struct scan_result *r);
void scan_result_finish(struct scan_result *r);
/* next follows into in element order; all that is left to do with it is to finish it. */
void scan_result_merge(struct scan_result *into, struct scan_result *next);

/* Stored values of a span of a tensor (native byte order); either pointer may be NULL, not both. out
 * must be initialised and empty. */
void scan_block(const struct scan_ops *ops, struct scan_scratch *scratch, enum dtype base_dtype,
                const void *base, enum dtype tuned_dtype, const void *tuned,
                const struct scan_span *span, struct scan_result *out);

#endif
