/* The parts of a transformer by the slots of the architecture map: what stands where in struct
 * net_weights, and which shape it must have. Private to core/net.
 *
 * Pure functions; any thread. */
#ifndef TARE_CORE_NET_PARTS_H
#define TARE_CORE_NET_PARTS_H

#include "core/net/weights.h"

/* Lengths that the spec gives. */
enum net_extent {
    NET_NONE, /* 0 */
    NET_ONE,
    NET_HIDDEN,
    NET_QUERY,     /* heads head_dim */
    NET_KEY,       /* kv_heads head_dim */
    NET_QUERY_KEY, /* both */
    NET_QKV,
    NET_INTERMEDIATE,
    NET_GATE_UP,
    NET_VOCABULARY,
    NET_POSITIONS, /* rows of the table */
    NET_HEAD_DIM
};

struct net_part {
    const char *slot;
    bool in_block;
    bool is_matrix;
    size_t field; /* in struct net_block or struct net_weights: a struct net_matrix or a float * */
    /* The tensor in [out][in] form is rows x columns and stands from row `first` on of the field's
     * total x columns. Vectors: columns NET_ONE. */
    enum net_extent first, rows, total, columns;
};

uint64_t net_extent(const struct net_spec *s, enum net_extent e);

/* NULL: a tensor there is no part of the forward pass. */
const struct net_part *net_part_of(const struct place *p);

/* Every part that the spec asks for is there, and every tensor of a block is a part and of the
 * right shape. index: arch_slots_index of the checkpoint's places. */
gboolean net_parts_check(const struct checkpoint *c, GHashTable *index, const struct net_spec *s,
                         GError **error);

/* net_spec_of with this configuration in place of the source's. */
gboolean net_spec_read(const struct checkpoint *c, const struct model_config *config,
                       struct net_spec *out, char **assumed, GError **error);

/* Rows and columns of a tensor in [out][in] form; false: it has none. */
bool net_part_shape(const struct checkpoint *c, uint32_t tensor, uint64_t *rows, uint64_t *columns);

#endif
