/* Low-rank adaptation (Hu et al. 2021): W = W_0 + (alpha / rank) B A of chosen matrices, and only A
 * and B learn. Initial values as PEFT's: A by Kaiming's uniform rule with a = sqrt 5, so within
 * 1 / sqrt(in); B 0. Private to core/train. */
#ifndef TARE_CORE_TRAIN_LORA_H
#define TARE_CORE_TRAIN_LORA_H

#include "core/team.h"
#include "core/train/parameters.h"
#include "core/train/train_kernels.h"

struct lora_pair {
    uint32_t piece;
    uint32_t rows, columns;
    uint64_t a, b; /* A [rank][columns], B [rows][rank] in the factors */
    float *base;   /* [rows][columns] W_0 */
};

struct lora {
    struct lora_pair *pairs; /* [n] */
    guint n;
    uint32_t rank;
    float scale;
    uint64_t n_factors;
    float *gradient; /* [n_factors] */
};

/* Pairs for the pieces of these roles ("query,value"; "all": every matrix of a block), whose factor
 * is not 0. False: no such role here (the message names those that are), no memory. */
gboolean lora_init(struct lora *l, const struct checkpoint *base, const GArray *pieces,
                   const struct training_options *o, GError **error);
void lora_finish(struct lora *l);
/* Initial factors [n_factors]. */
void lora_start(const struct lora *l, float *factors, uint64_t *random);

struct lora_work {
    const struct lora *lora;
    const struct training_piece *pieces;
    const float *factors;
    const struct train_kernels *kernels;
    struct team *team;
};
/* l->gradient from the gradient of the merged weights: dB = s dW A^T, dA = s B^T dW. */
void lora_gradient(const struct lora_work *w);
/* W = W_0 + s B A; sums [n]: what that changed in each, and its squares before. */
void lora_merge(const struct lora_work *w, struct optimizer_sums *sums);

#endif
