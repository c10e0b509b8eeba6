/* How much of a fine-tune is kept, where: 1 the tuned weight, 0 the base's, between a mixture, base +
 * alpha (tuned - base). What an edit says holds for a block, a role, a head, or where they meet; an
 * element that several edits cover has the product of their alphas.
 *
 * A head's edit reaches its rows or columns of query, key, value and output matrices; biases are no
 * part of a head. Grouped queries share their key and value: those follow the largest alpha of the
 * heads that use them. Values; one thread. */
#ifndef TARE_CORE_BLEND_H
#define TARE_CORE_BLEND_H

#include "core/arch.h"
#include "core/tensor.h"

#define BLEND_ANY (-2)     /* in place of a block or head: all */
#define BLEND_OUTSIDE (-1) /* in place of a block: what stands outside the blocks */

struct blend_edit {
    int32_t block;
    enum role role; /* ROLE_COUNT: all */
    int32_t head;   /* of the queries */
    double alpha;   /* 0 .. 1 */
};

struct blend {
    struct blend_edit *edits; /* [n]; owned */
    uint32_t n;
};

void blend_finish(struct blend *b); /* zeroed is fine; zeroes it */
void blend_copy(struct blend *to, const struct blend *from);
/* Takes the place of the edit of the same block, role and head; alpha 1 takes it away. */
void blend_set(struct blend *b, const struct blend_edit *edit);
/* Of that edit; 1: there is none. */
double blend_get(const struct blend *b, int32_t block, enum role role, int32_t head);

/* No edit reaches the tensor of that place. */
bool blend_is_plain(const struct blend *b, const struct place *place);
/* Of the tensor as a whole, heads' edits left out. */
double blend_alpha(const struct blend *b, const struct place *place);
/* What heads' edits add: a factor for each of the n positions on the place's head axis; false: none
 * reaches it, and nothing is written. */
bool blend_head_alphas(const struct blend *b, const struct place *place, const struct tensor *t,
                       double *axis, uint64_t n);
/* Activations that enter this block are the tuned model's own: the first block that an edit
 * reaches, 0 if one reaches what stands before all blocks, n_blocks if they reach only what stands
 * behind. */
uint32_t blend_first_block(const struct blend *b, uint32_t n_blocks);

#endif
