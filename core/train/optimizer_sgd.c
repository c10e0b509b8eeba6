/* Compiled once for each width of vectors, into a function of the name OPTIMIZER_SGD (meson.build).
 */
#include "core/train/optimizer.h"

#include "core/net/wide.h"

struct factors {
    float gradient, keep, momentum, rate;
};

struct sums {
    struct wide_lanes update, weight;
};

struct few_sums {
    struct lanes16 update, weight;
};

struct element {
    vec w, b;
};

INLINE struct element updated(const struct factors *f, struct element e, vec gradient, size_t part,
                              struct few_sums *sums)
{
    vec w = e.w;

    e.b = e.b * f->momentum + gradient * f->gradient;
    e.w = e.w * f->keep - e.b * f->rate;
    few_add_square(&sums->update, part, e.w - w);
    few_add_square(&sums->weight, part, w);
    return e;
}

INLINE void widen(struct sums *sums, struct few_sums *few)
{
    wide_add_few(&sums->update, &few->update);
    wide_add_few(&sums->weight, &few->weight);
}

optimizer_update OPTIMIZER_SGD;

void OPTIMIZER_SGD(const struct optimizer_step *s, float *w, const float *gradient,
                   float *const *moments, size_t n, struct optimizer_sums *sums)
{
    const struct factors f = {.gradient = (float)s->gradient_scale,
                              .keep = (float)(1 - s->learning_rate * s->weight_decay),
                              .momentum = (float)s->numbers.momentum,
                              .rate = (float)s->learning_rate};
    float *b = moments[0];
    struct sums lanes = {0};
    struct few_sums few = {0};
    size_t i = 0;

    while (i + LANES <= n) {
        size_t end = n - i < WIDE_FEW * LANES ? n : i + WIDE_FEW * LANES;

        for (; i + LANES <= end; i += LANES)
            for (size_t p = 0; p < PARTS; p++) {
                size_t at = i + p * WIDTH;
                struct element e = {vec_load(w + at), vec_load(b + at)};

                e = updated(&f, e, vec_load(gradient + at), p, &few);
                vec_store(w + at, e.w);
                vec_store(b + at, e.b);
            }
        widen(&lanes, &few);
    }
    for (size_t p = 0; i < n; p++, i += WIDTH) {
        size_t some = n - i < WIDTH ? n - i : WIDTH;
        struct element e = {vec_load_some(w + i, some), vec_load_some(b + i, some)};

        e = updated(&f, e, vec_load_some(gradient + i, some), p, &few);
        vec_store_some(w + i, e.w, some);
        vec_store_some(b + i, e.b, some);
    }
    widen(&lanes, &few);
    sums->update += wide_fold(&lanes.update);
    sums->weight += wide_fold(&lanes.weight);
}
