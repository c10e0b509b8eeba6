#include "core/layout.h"

#include <glib.h>
#include <string.h>

static bool add_axis(struct layout_form *f, enum layout_group group, uint64_t extent,
                     uint64_t stride)
{
    if (extent == 1)
        return true;
    if (f->n[group] == LAYOUT_MAX_AXES)
        return false;
    f->axis[group][f->n[group]++] = (struct layout_axis){extent, stride};
    return true;
}

void layout_form_flat(const struct tensor *t, struct layout_form *out)
{
    memset(out, 0, sizeof *out);
    add_axis(out, LAYOUT_OUT, t->elems, 1);
}

/* Each axis of t goes to its group, in the tensor's order. */
static bool fill(const struct tensor *t, const enum layout_group *groups, struct layout_form *out)
{
    uint64_t stride[LAYOUT_MAX_AXES], at = 1;

    memset(out, 0, sizeof *out);
    for (unsigned i = t->rank; i-- > 0; at *= t->dim[i])
        stride[i] = at;
    for (unsigned i = 0; i < t->rank; i++)
        if (!add_axis(out, groups[i], t->dim[i], stride[i]))
            return false;
    return true;
}

static void split(enum layout_group *groups, unsigned rank, unsigned rows, enum layout_group first,
                  enum layout_group second)
{
    for (unsigned i = 0; i < rank; i++)
        groups[i] = i < rows ? first : second;
}

/* torch {out,in,...}, Keras {...,in,out}, depthwise {...,in,outputs of each}. */
static void split_convolution(const struct tensor *t, const struct place *p,
                              enum layout_group *groups)
{
    bool torch = p->orientation == ORIENTATION_OUT_IN;
    unsigned rank = t->rank;

    split(groups, rank, rank, LAYOUT_SPACE, LAYOUT_SPACE);
    groups[torch ? 0 : rank - 1] = LAYOUT_OUT;
    groups[torch ? 1 : rank - 2] = !torch && p->row_axes == rank - 2 ? LAYOUT_OUT : LAYOUT_IN;
}

/* Heads before the inputs: {heads, in, head}. */
static bool heads_come_first(const struct tensor *t, const struct place *p)
{
    return t->rank == 3 && p->orientation == ORIENTATION_NONE && p->row_axes == 2 &&
           p->head_axis == HEAD_AXIS_ROWS && role_is_attention_input(p->role);
}

bool layout_form_of(const struct tensor *t, const struct place *p, struct layout_form *out)
{
    enum layout_group groups[LAYOUT_MAX_AXES];

    if (!p->matrix || tensor_squeezed_rank(t) < 2) {
        layout_form_flat(t, out);
        return true;
    }
    if (t->rank > LAYOUT_MAX_AXES)
        return false;
    if (heads_come_first(t, p)) {
        split(groups, 3, 3, LAYOUT_OUT, LAYOUT_OUT);
        groups[1] = LAYOUT_IN;
    } else if (p->orientation == ORIENTATION_NONE || p->row_axes == 0) {
        return false;
    } else if (p->role == ROLE_CONV && t->rank > 2) {
        split_convolution(t, p, groups);
    } else if (p->orientation == ORIENTATION_IN_OUT) {
        split(groups, t->rank, p->row_axes, LAYOUT_IN, LAYOUT_OUT);
    } else {
        split(groups, t->rank, p->row_axes, LAYOUT_OUT, LAYOUT_IN);
    }
    return fill(t, groups, out);
}

bool layout_form_turned(const struct tensor *t, unsigned row_axes, struct layout_form *out)
{
    enum layout_group groups[LAYOUT_MAX_AXES];

    if (t->rank > LAYOUT_MAX_AXES || row_axes == 0 || row_axes >= t->rank)
        return false;
    split(groups, t->rank, row_axes, LAYOUT_IN, LAYOUT_OUT);
    return fill(t, groups, out);
}

uint64_t layout_form_extent(const struct layout_form *f, enum layout_group group)
{
    uint64_t n = 1;

    for (unsigned i = 0; i < f->n[group]; i++)
        n *= f->axis[group][i].extent;
    return n;
}

bool layout_extents_of(const struct tensor *t, const struct place *place, uint64_t *outputs,
                       uint64_t *inputs)
{
    struct layout_form form;

    if (!layout_form_of(t, place, &form))
        return false;
    *outputs = layout_form_extent(&form, LAYOUT_OUT);
    *inputs = layout_form_extent(&form, LAYOUT_IN);
    return true;
}

/* The outputs as one axis; false: they are not evenly apart. */
static bool merge_outputs(const struct layout_form *f, struct layout_axis *out)
{
    const struct layout_axis *a = f->axis[LAYOUT_OUT];
    unsigned n = f->n[LAYOUT_OUT];

    for (unsigned i = 0; i + 1 < n; i++)
        if (a[i].stride != a[i + 1].stride * a[i + 1].extent)
            return false;
    *out = n ? (struct layout_axis){layout_form_extent(f, LAYOUT_OUT), a[n - 1].stride}
             : (struct layout_axis){1, 1};
    return true;
}

/* Of axes that can't be merged the slowest is cut. */
static bool cut_slowest(struct layout_form *f, uint64_t first, uint64_t n)
{
    struct layout_axis *a = &f->axis[LAYOUT_OUT][0];
    uint64_t inner = layout_form_extent(f, LAYOUT_OUT) / a->extent;

    if (first % inner != 0 || n % inner != 0)
        return false;
    f->offset += first / inner * a->stride;
    a->extent = n / inner;
    return true;
}

bool layout_form_part(struct layout_form *f, uint64_t first, uint64_t n)
{
    uint64_t all = layout_form_extent(f, LAYOUT_OUT);
    struct layout_axis one;

    if (n == 0 || first > all || n > all - first)
        return false;
    if (first == 0 && n == all)
        return true;
    if (!merge_outputs(f, &one))
        return cut_slowest(f, first, n);
    f->offset += first * one.stride;
    f->n[LAYOUT_OUT] = 0;
    return add_axis(f, LAYOUT_OUT, n, one.stride);
}

bool layout_form_interleaved(struct layout_form *f, unsigned which, unsigned parts, uint64_t heads)
{
    struct layout_axis one;
    uint64_t share;

    if (!merge_outputs(f, &one) || heads == 0 || one.extent % (heads * parts) != 0)
        return false;
    share = one.extent / (heads * parts);
    f->offset += which * share * one.stride;
    f->n[LAYOUT_OUT] = 0;
    return add_axis(f, LAYOUT_OUT, heads, parts * share * one.stride) &&
           add_axis(f, LAYOUT_OUT, share, one.stride);
}

static void push(struct layout_box *b, uint64_t extent, uint64_t dst, uint64_t src)
{
    b->extent[b->rank] = extent;
    b->dst_stride[b->rank] = dst;
    b->src_stride[b->rank] = src;
    b->rank++;
}

/* The common cut of two lists of axes with one product, fastest first. */
static bool refine(struct layout_box *b, const struct layout_axis *dst, unsigned n_dst,
                   const struct layout_axis *src, unsigned n_src)
{
    struct layout_axis d = {1, 0}, s = {1, 0};

    while (n_dst > 0 || n_src > 0 || d.extent > 1 || s.extent > 1) {
        uint64_t step;

        if (d.extent == 1 && n_dst > 0)
            d = dst[--n_dst];
        if (s.extent == 1 && n_src > 0)
            s = src[--n_src];
        step = MIN(d.extent, s.extent);
        if (step <= 1 || d.extent % step != 0 || s.extent % step != 0 || b->rank == LAYOUT_MAX_AXES)
            return false;
        push(b, step, d.stride, s.stride);
        d = (struct layout_axis){d.extent / step, d.stride * step};
        s = (struct layout_axis){s.extent / step, s.stride * step};
    }
    return true;
}

static void swap_axes(struct layout_box *b, unsigned i, unsigned k)
{
    uint64_t extent = b->extent[i], dst = b->dst_stride[i], src = b->src_stride[i];

    b->extent[i] = b->extent[k];
    b->dst_stride[i] = b->dst_stride[k];
    b->src_stride[i] = b->src_stride[k];
    b->extent[k] = extent;
    b->dst_stride[k] = dst;
    b->src_stride[k] = src;
}

static void sort_axes(struct layout_box *b)
{
    for (unsigned i = 1; i < b->rank; i++)
        for (unsigned k = i; k > 0 && b->dst_stride[k - 1] < b->dst_stride[k]; k--)
            swap_axes(b, k - 1, k);
}

/* Neighbours that are one run on both sides become one axis. */
static void join_axes(struct layout_box *b)
{
    unsigned last = 0;

    for (unsigned i = 1; i < b->rank; i++) {
        if (b->dst_stride[last] == b->dst_stride[i] * b->extent[i] &&
            b->src_stride[last] == b->src_stride[i] * b->extent[i]) {
            b->extent[last] *= b->extent[i];
            b->dst_stride[last] = b->dst_stride[i];
            b->src_stride[last] = b->src_stride[i];
        } else {
            swap_axes(b, ++last, i);
        }
    }
    b->rank = (uint8_t)(b->rank ? last + 1 : 0);
}

bool layout_box_between(const struct layout_form *dst, const struct layout_form *src,
                        struct layout_box *out)
{
    memset(out, 0, sizeof *out);
    out->dst_offset = dst->offset;
    out->src_offset = src->offset;
    for (int g = 0; g < LAYOUT_GROUPS; g++)
        if (!refine(out, dst->axis[g], dst->n[g], src->axis[g], src->n[g]))
            return false;
    sort_axes(out);
    join_axes(out);
    return true;
}

uint64_t layout_box_elems(const struct layout_box *b)
{
    uint64_t n = 1;

    for (unsigned i = 0; i < b->rank; i++)
        n *= b->extent[i];
    return n;
}

bool layout_box_is_plain(const struct layout_box *b)
{
    return b->dst_offset == b->src_offset &&
           (b->rank == 0 ||
            (b->rank == 1 && b->dst_stride[0] == b->src_stride[0] && b->dst_stride[0] == 1));
}
