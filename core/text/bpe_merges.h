/* Byte-pair encoding: which two tokens that stand side by side become one, and in which order.
 *
 * R. Sennrich, B. Haddow, A. Birch: Neural Machine Translation of Rare Words with Subword Units
 * (2016): of all pairs in a word the one learnt first is merged, the leftmost of equal ones, until
 * none is left. Immutable once filled: any thread. */
#ifndef TARE_CORE_TEXT_BPE_MERGES_H
#define TARE_CORE_TEXT_BPE_MERGES_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct bpe_merge {
    uint64_t pair;     /* left << 32 | right */
    uint32_t rank, id; /* id TOKEN_NONE: an empty slot */
};

struct bpe_merges {
    struct bpe_merge *slot; /* open addressing */
    uint32_t slots;         /* a power of two */
};

/* A part of a word on its way; they are a list inside an array. */
struct bpe_symbol {
    uint32_t id;       /* TOKEN_NONE: merged into one before it */
    uint32_t from, to; /* bytes of the word */
    uint32_t before, after;
};

/* Room for n merges. */
void bpe_merges_init(struct bpe_merges *m, uint32_t n);
void bpe_merges_finish(struct bpe_merges *m);
/* The last of two equal pairs counts. */
void bpe_merges_put(struct bpe_merges *m, uint32_t left, uint32_t right, uint32_t rank,
                    uint32_t id);

/* Merges what can be merged among n symbols, whose before and after it sets. n log n. */
void bpe_merges_apply(const struct bpe_merges *m, struct bpe_symbol *symbol, uint32_t n);

#endif
