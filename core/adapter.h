/* What a file of low-rank adapters (LoRA) changes in a base: the list of updates, no values.
 *
 * Hu et al. 2021, "LoRA": W' = W + (alpha / r) B A. Names as PEFT and KerasHub write them. Borrows
 * nothing; tensor indices are of the two sources it was made from. Immutable once made, any thread.
 */
#ifndef TARE_CORE_ADAPTER_H
#define TARE_CORE_ADAPTER_H

#include "core/checkpoint.h"

#define ADAPTER_MAX_RANK 4096

/* What adapter_config.json beside the file says. Claims of the file; text is owned by the source.
 */
struct adapter_alpha {
    const char *name; /* end of the target's name at a dot, without wildcards */
    double alpha;
};

struct adapter_config {
    double alpha;                       /* 0: not said */
    bool rslora;                        /* alpha / sqrt(r), Kalajdzievski 2023 */
    bool fan_in_fan_out;                /* the targets lie [in, out] */
    const struct adapter_alpha *alphas; /* of single targets; the first that fits counts */
    uint32_t n_alphas;
    const char *refused; /* why this can't be applied as a low-rank sum; NULL: it can */
};

/* One tensor of the base: W + scale * L R of W as a matrix [rows, cols], or another in its place.
 */
struct adapter_update {
    uint32_t target;      /* of the base's tensors */
    bool whole;           /* tensor `left` of the adapter stands in place of the target */
    uint32_t left, right; /* of the adapter's tensors */
    bool transposed;      /* left is [rank, rows] and right [cols, rank], not the other way round */
    uint64_t rows, cols;
    uint64_t skip; /* outputs of the factors before these: the base keeps apart what they fuse */
    uint32_t rank;
    double alpha, scale; /* scale = alpha / rank, or / sqrt(rank) */
};

struct adapter {
    const char *family;             /* "PEFT", "KerasHub" */
    struct adapter_update *updates; /* in the base's order; owned */
    uint32_t n_updates, n_low_rank; /* n_low_rank: not whole */
    uint32_t rank_least, rank_most; /* of the low-rank ones */
    double alpha_least, alpha_most;
    uint32_t n_by_part;  /* updates whose target has another name in the base */
    bool alpha_assumed;  /* nobody said alpha: it is the rank */
};

/* Is that side nothing but an adapter? */
bool adapter_is(const struct source *s);

/* alpha: what the user said, 0: nothing. NULL and one line where a target is not in the base, a
 * shape does not fit, or the order of the base's layers can't be known. Reads KerasHub's rank. */
struct adapter *adapter_resolve(const struct checkpoint *base, struct source *file, double alpha,
                                GError **error);
void adapter_destroy(struct adapter *a);

/* The update of a tensor of the base, NULL: it is as it was. */
const struct adapter_update *adapter_update_of(const struct adapter *a, uint32_t target);

/* "rank 8, alpha 16, 24 tensors adapted"; owned by the caller. */
char *adapter_text(const struct adapter *a);
/* The same in a few words: "rank 8, 24 adapted". */
char *adapter_brief(const struct adapter *a);
/* What a reader must know before believing the numbers; static; NULL: nothing. */
const char *adapter_warning(const struct adapter *a);

#endif
