/* A source with its model map: what the rest of the program means by "a checkpoint".
 *
 * Immutable once created, so any thread may read it. Owns its source. */
#ifndef TARE_CORE_CHECKPOINT_H
#define TARE_CORE_CHECKPOINT_H

#include "core/arch.h"

struct checkpoint {
    struct source *source;
    const struct arch *arch;
    struct place *places; /* [source->n_tensors] */
    bool presented;       /* the source shows the file's tensors in another form */
    uint32_t n_stored;    /* tensors in the file */
    uint32_t n_blocks;
    uint32_t heads, kv_heads; /* of the first attention that is known; 0: none is */
    uint64_t parameters; /* elements of TENSOR_WEIGHT, shared ones once */
};

/* Takes ownership of source. */
struct checkpoint *checkpoint_create(struct source *source);
/* Maps again with these heads, whatever the file says; kv_heads 0: told by the shapes. */
void checkpoint_set_heads(struct checkpoint *c, uint32_t heads, uint32_t kv_heads);
/* Maps again by this configuration in place of the file's own. */
void checkpoint_set_config(struct checkpoint *c, const struct model_config *config);
/* Shows another source over its own, which `source` owns from now on, with these places. Parameters,
 * blocks and heads stay the file's. */
void checkpoint_present(struct checkpoint *c, struct source *source, struct place *places);
void checkpoint_destroy(struct checkpoint *c);
/* Frees the map alone and gives the source back. */
struct source *checkpoint_release(struct checkpoint *c);

/* The most attention heads of a block; kv_heads: of its keys and values. 0: not known or none. */
uint32_t checkpoint_heads(const struct checkpoint *c, uint32_t *kv_heads);

static inline const struct tensor *checkpoint_tensor(const struct checkpoint *c, uint32_t index)
{
    return &c->source->tensors[index];
}

#endif
