/* A transformer-like pair in memory of which every number has a closed form.
 *
 * Every matrix of the base holds a or -a, a = planted_scale(its number): signs as in a Sylvester
 * matrix, so all rows are at right angles, have the same norm and all singular values are equal
 * (square ones). Its delta holds +-r a of other signs, at right angles to the base as a whole and
 * of full rank, or is of a stated rank. So without patches, for a matrix of n elements and r = the
 * delta of its block:
 *
 *     |base| = a sqrt(n)    |delta| = r |base|    |tuned| = sqrt(1 + r^2) |base|
 *     1 - cos = 1 - 1 / sqrt(1 + r^2) (full rank)    unchanged = 0 (r > 0)
 *
 * and the same r holds for every row, column, head and neuron of it, for the block and, pooled, for
 * sets of blocks. Gains are 1 and move by r too; there are no biases. The only rounding is that of
 * the stored type: take a power of two for r and a patch's factors to have none.
 *
 * Patches then plant what is wrong: they multiply base, decay and delta of a rectangle:
 *
 *     base' = base * patch.base    tuned = base' * patch.decay + delta * patch.delta
 *
 * Names are Llama's, kernels [out, in]. All sizes must be powers of two. */
#ifndef TARE_TESTS_PLANTED_H
#define TARE_TESTS_PLANTED_H

#include "core/comparison.h"

#define PLANTED_BLOCKS 64
#define PLANTED_PATCHES 8

/* A rectangle of one tensor (rows, cols 0: to the end); all patches of an element multiply. */
struct patch {
    const char *tensor; /* the end of its name: "layers.2.mlp.up_proj.weight",
                           "embed_tokens.weight"; NULL: no patch. "" is every tensor */
    uint64_t row, rows, col, cols;
    double base, decay, delta;
    bool nan; /* the tuned element is one */
};

/* Leaves everything as it is: to be changed in one field. */
#define PATCH_NONE .base = 1, .decay = 1, .delta = 1

struct planted {
    uint32_t blocks, heads, kv_heads, head_dim, hidden, vocabulary;
    enum dtype base_dtype, tuned_dtype;
    const char *mixed; /* tensors whose name ends so are of mixed_dtype on both sides, or NULL */
    enum dtype mixed_dtype;
    double delta[PLANTED_BLOCKS]; /* r of each block */
    double table_delta;           /* r of embedding and output head */
    uint32_t rank;                /* of every matrix' delta; 0: full */
    bool tied;                    /* the output head is the embedding: said, and not stored */
    bool one_file;                /* the base alone */
    bool adapter;                 /* the tuned side is a PEFT adapter: matrices move by the same
                                     delta of the stated rank, gains stay */
    bool quantised;               /* the tuned side holds codes in the last block, beside weights */
    bool renamed;                 /* its final norm has another name on the tuned side */
    struct patch patch[PLANTED_PATCHES];
};

/* A healthy one: 8 blocks of width 64, 4 heads, 2 key and value heads, hidden 128, 256 tokens,
 * float32, every delta 1 / 128, full rank, not tied. */
void planted_init(struct planted *p);
/* Scanned to the end with its rules not yet checked. */
struct comparison *planted_compare(const struct planted *p);
/* a of the n-th tensor of the file. */
double planted_scale(uint32_t n);
/* The entry whose name ends so; it must be there. */
uint32_t planted_find(const struct comparison *c, const char *name);

#endif
