/* From "this is made of that" to views: private to core/align*.c. */
#ifndef TARE_CORE_ALIGN_VIEW_H
#define TARE_CORE_ALIGN_VIEW_H

#include "core/fusion.h"
#include "core/layout_source.h"
#include "core/pair_map.h"

enum recipe_kind {
    RECIPE_NONE,
    RECIPE_WHOLE, /* tuned[0] alone */
    RECIPE_SLICE, /* outputs [first, first + n) of tuned[0], or part `which` in each head */
    RECIPE_JOIN   /* tuned[0..parts), output after output */
};

/* What a tensor of the base is made of in the tuned checkpoint. */
struct recipe {
    enum recipe_kind kind;
    enum pair_how how;
    const char *rule; /* NULL: equal names */
    bool by_name;     /* the names pair without a view */
    uint32_t tuned[FUSION_MOST];
    unsigned parts; /* of the fused one */
    unsigned which;
    uint64_t first, n;
    uint64_t heads; /* the parts lie side by side in each of so many heads; 0: one after another */
};

struct align {
    struct checkpoint *base, *tuned;
    struct recipe *recipes; /* [base n_tensors] */
};

/* Gives either checkpoint the source that shows what the recipes say, if that is another. */
void align_views_present(struct align *a);

#endif
