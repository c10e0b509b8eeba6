/* The attentions of a model whose heads are known: of a block (one to itself, one to another
 * stack), or of a layer outside the blocks.
 *
 * Numbered blocks come first, then the layers outside, each in model order. Immutable once found:
 * any thread. */
#ifndef TARE_CORE_ATTENTION_H
#define TARE_CORE_ATTENTION_H

#include <stdint.h>

struct comparison;

enum head_part { HEAD_QUERY, HEAD_KEY, HEAD_VALUE, HEAD_OUTPUT, HEAD_PARTS };

struct attention {
    int32_t block;    /* -1: outside the blocks */
    const char *name; /* unique in its block, see struct place; never NULL. Borrowed */
    char *label;      /* "L3", "L3.cross", the layer's name: raw bytes; owned */
    uint32_t heads, kv_heads; /* both at least 1 */
    uint32_t entry[HEAD_PARTS]; /* of the pairing: the matrix that has the part, the first where
                                   there are several; UINT32_MAX: none */
};

struct attentions {
    struct attention *items; /* [n]; owned */
    uint32_t n;
    uint32_t most; /* heads of any */
};

/* Of a comparison that is paired. */
void attentions_find(struct attentions *a, const struct comparison *c);
void attentions_finish(struct attentions *a);
/* The one an entry is a matrix of; UINT32_MAX: of none. */
uint32_t attentions_of_entry(const struct attentions *a, uint32_t entry);

#endif
