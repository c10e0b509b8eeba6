/* Reads a tensor into rows of a matrix, whatever order and type the file has it in. Private to
 * core/net. */
#ifndef TARE_CORE_NET_WEIGHTS_READ_H
#define TARE_CORE_NET_WEIGHTS_READ_H

#include "core/checkpoint.h"

/* Where a tensor's values go: [rows][columns] of `dtype`, f32 or the tensor's own type. */
struct net_destination {
    void *values;
    enum dtype dtype;
    uint64_t elems; /* the tensor's first ones */
    bool is_matrix; /* in [out][in] form; else in the file's order */
    uint64_t columns;
};

/* In pieces, so that little more memory is needed than what is filled. */
gboolean net_read_tensor(const struct checkpoint *c, uint32_t tensor,
                         const struct net_destination *to, const gint *cancelled, GError **error);

/* The type that a tensor's values are kept in: bf16 and f16 as they are, f32 for all others. */
enum dtype net_kept_dtype(enum dtype stored);

#endif
