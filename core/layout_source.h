/* A source whose tensors are views of another source's: transposed, reshaped, cut, put together. So
 * a checkpoint of one framework is presented in the names and the layout of another, and everything
 * that compares sees pairs of equal shape.
 *
 * Owns the source it looks into; everything else of that (format, warnings, texts of tokens) shows
 * through. Reading is as safe for threads as the source's. */
#ifndef TARE_CORE_LAYOUT_SOURCE_H
#define TARE_CORE_LAYOUT_SOURCE_H

#include "core/layout.h"

struct layout_source;

/* A tensor to be shown: boxes that cover it once, all of them of one element type. */
struct layout_view {
    const char *name;   /* what it is called from now on */
    const char *rule;   /* who asked for the view; static or interned */
    const char *what;   /* what was done to it: "transposed from [3072,768]"; NULL: renamed only */
    const char *remark; /* on the pair, or NULL */
    uint8_t rank;
    const uint64_t *dim;
    const struct layout_box *boxes;
    uint32_t n_boxes;
};

struct layout_source *layout_source_create(struct source *of);
/* Tensor `index` as it is. */
void layout_source_add_plain(struct layout_source *l, uint32_t index);
/* Everything is copied. The view must be covered exactly once. */
void layout_source_add_view(struct layout_source *l, const struct layout_view *view);
/* Ends building. */
struct source *layout_source_finish(struct layout_source *l);

/* The source that s looks into; NULL: s is of another kind. */
struct source *layout_source_of(const struct source *s);

/* The n boxes that tensor `index` of any source is shown by. NULL: it is shown as it is, and *n says
 * which tensor of the source behind (of s itself, where s shows none) it is. */
const struct layout_box *layout_source_boxes(const struct source *s, uint32_t index, uint32_t *n);

#endif
