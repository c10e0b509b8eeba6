/* The weights of a model that has learned nothing: a source of random numbers in the names that
 * transformers gives them.
 *
 * Matrices are normal, sd 0.02 unless said; those that lead back to the residual stream that /
 * sqrt(2 layers) (Radford et al. 2019); gains 1, biases 0. Every value is known by the seed and its place, the
 * same on every machine; reading is safe for any number of threads. */
#ifndef TARE_CORE_TRAIN_INITIAL_H
#define TARE_CORE_TRAIN_INITIAL_H

#include "core/source.h"

enum initial_arch {
    INITIAL_GPT2, /* learned positions, biases, GELU */
    INITIAL_LLAMA /* rotary positions, SwiGLU, RMS norms */
};

#define INITIAL_DEVIATION 0.02

struct initial_model {
    enum initial_arch arch;
    uint32_t layers, hidden, heads, kv_heads, intermediate, positions, vocabulary;
    bool tied;
    double deviation; /* 0: INITIAL_DEVIATION */
    uint64_t seed;
};

/* False with TARE_ERROR_USAGE: sizes that are no model's. */
gboolean initial_check(const struct initial_model *m, GError **error);
/* Of a model that was checked; path: what it is called. */
struct source *initial_source_create(const struct initial_model *m, const char *path);

#endif
