/* The same numbers in another order: how a tensor's elements are found in another tensor's storage.
 *
 * A form says what each axis of a tensor means (out of the layer, into it, across space), so that a
 * torch Linear [out,in], a Keras kernel {in,heads,head} and a convolution {h,w,in,out} become
 * comparable: two forms with equal groups give a box, an affine map from one order to the other. A
 * fused tensor gives one box a part. Pure functions; nothing is read. */
#ifndef TARE_CORE_LAYOUT_H
#define TARE_CORE_LAYOUT_H

#include "core/arch.h"

#define LAYOUT_MAX_AXES 16

struct layout_axis {
    uint64_t extent, stride; /* elements of the row-major order */
};

enum layout_group { LAYOUT_OUT, LAYOUT_IN, LAYOUT_SPACE, LAYOUT_GROUPS };

/* The axes of each group, slowest first; axes of extent 1 are left out. */
struct layout_form {
    uint64_t offset;
    uint8_t n[LAYOUT_GROUPS];
    struct layout_axis axis[LAYOUT_GROUPS][LAYOUT_MAX_AXES];
};

/* The elements of a view that come from one tensor: for every index below the extents, element
 * dst_offset + sum(index * dst_stride) of the view is element src_offset + sum(index * src_stride)
 * of tensor `source`. Sorted by dst_stride, largest first, and without overlap in the view. */
struct layout_box {
    uint32_t source;
    uint8_t rank;
    uint64_t dst_offset, src_offset;
    uint64_t extent[LAYOUT_MAX_AXES], dst_stride[LAYOUT_MAX_AXES], src_stride[LAYOUT_MAX_AXES];
};

/* All elements in their order: a vector, or what is only reshaped. */
void layout_form_flat(const struct tensor *t, struct layout_form *out);
/* By what the place says of the tensor's orientation; false: it doesn't say enough. A vector is
 * flat whatever its shape. */
bool layout_form_of(const struct tensor *t, const struct place *place, struct layout_form *out);
/* A matrix [rows, cols] turned round: rows lead in, columns out. False if t has no such form. */
bool layout_form_turned(const struct tensor *t, unsigned row_axes, struct layout_form *out);

uint64_t layout_form_extent(const struct layout_form *f, enum layout_group group);
/* Outputs and inputs of a tensor's form; false: it has none. */
bool layout_extents_of(const struct tensor *t, const struct place *place, uint64_t *outputs,
                       uint64_t *inputs);
/* Leaves outputs [first, first + n); false: they lie so that no box can say which these are. */
bool layout_form_part(struct layout_form *f, uint64_t first, uint64_t n);
/* Leaves part `which` of `parts` that lie side by side in each of `heads` equal shares of the
 * outputs. */
bool layout_form_interleaved(struct layout_form *f, unsigned which, unsigned parts, uint64_t heads);

/* The box from one form to another; false: their groups differ, or are cut so that no box fits. */
bool layout_box_between(const struct layout_form *dst, const struct layout_form *src,
                        struct layout_box *out);
uint64_t layout_box_elems(const struct layout_box *b);
/* Elements [0, n) are in their place: nothing moves. */
bool layout_box_is_plain(const struct layout_box *b);

#endif
