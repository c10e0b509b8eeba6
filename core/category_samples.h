/* Losses of test examples, sorted into their categories: what intervals are made of. */
#ifndef TARE_CORE_CATEGORY_SAMPLES_H
#define TARE_CORE_CATEGORY_SAMPLES_H

#include "core/category_losses.h"

struct category_samples {
    uint32_t n; /* categories */
    unsigned sides;
    struct sample *nll[EVALUATION_SIDES]; /* [n] each; in the order of the examples */
    struct sample *gain;                  /* [n] base - tuned; NULL: one model */
    uint64_t *tokens;                     /* [n] predicted */
    double *token_sum[EVALUATION_SIDES];  /* [n] nll times tokens */
    double *values;                       /* what the samples point into */
};

void category_samples_of(const struct evaluation *e, struct category_samples *out);
void category_samples_finish(struct category_samples *s);

/* excess, p, p_adjusted and worse of every category. */
void category_worse(const struct category_samples *s, struct category_losses *l);

#endif
