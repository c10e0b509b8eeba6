/* From a recipe to what a view of the tuned side consists of: private to core/align*.c. */
#ifndef TARE_CORE_ALIGN_MAKE_H
#define TARE_CORE_ALIGN_MAKE_H

#include "core/align_view.h"

/* One tensor of the base as it will be shown, and what shows it. */
struct made {
    bool is_view; /* else: the tuned tensor as it is */
    uint64_t dim[TENSOR_MAX_RANK];
    uint8_t rank;
    struct layout_box boxes[FUSION_MOST];
    uint32_t n_boxes;
    char *what, *remark; /* owned */
    const char *rule;
    uint64_t base_rows; /* the base shows its first rows only; 0: all of it */
};

/* What tensor `base` is shown as; is_view false: as the tuned side has it. made_reset frees it. */
void made_of(const struct align *a, uint32_t base, struct made *m);
void made_reset(struct made *m);

#endif
