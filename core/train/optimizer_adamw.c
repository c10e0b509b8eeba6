/* Compiled once for each width of vectors, into a function of the name OPTIMIZER_ADAMW
 * (meson.build). */
#include "core/train/optimizer.h"

#include <math.h>

#include "core/net/wide.h"

struct factors {
    float gradient, keep; /* clipping; what decay leaves of w */
    float beta_1, beta_2; /* 1 - beta_1; beta_2 */
    float square;         /* 1 - beta_2 */
    float root;           /* 1 / sqrt(1 - beta_2^t) */
    float epsilon, rate;  /* rate: lr / (1 - beta_1^t) */
};

struct sums {
    struct wide_lanes update, weight, staleness;
};

struct few_sums {
    struct lanes16 update, weight, staleness;
};

static struct factors factors_of(const struct optimizer_step *s)
{
    const struct optimizer_numbers *n = &s->numbers;
    double t = (double)s->step;

    return (struct factors){
        .gradient = (float)s->gradient_scale,
        .keep = (float)(1 - s->learning_rate * s->weight_decay),
        .beta_1 = (float)(1 - n->beta_1),
        .beta_2 = (float)n->beta_2,
        .square = (float)(1 - n->beta_2),
        .root = (float)(1 / sqrt(1 - pow(n->beta_2, t))),
        .epsilon = (float)n->epsilon,
        .rate = (float)(s->learning_rate / (1 - pow(n->beta_1, t))),
    };
}

struct element {
    vec w, m, v;
};

INLINE struct element updated(const struct factors *f, struct element e, vec gradient, size_t part,
                              struct few_sums *sums)
{
    vec g = gradient * f->gradient, w = e.w, inverse;

    e.m += (g - e.m) * f->beta_1;
    e.v = e.v * f->beta_2 + g * f->square * g;
    /* An epsilon of 0 leaves 0 / 0 where nothing ever flowed. */
    inverse = 1.0f / vec_max(vec_sqrt(e.v) * f->root + f->epsilon, vec_all(1e-37f));
    e.w = e.w * f->keep - e.m * inverse * f->rate;
    few_add_square(&sums->update, part, e.w - w);
    few_add_square(&sums->weight, part, w);
    few_add_square(&sums->staleness, part, g * inverse);
    return e;
}

INLINE void widen(struct sums *sums, struct few_sums *few)
{
    wide_add_few(&sums->update, &few->update);
    wide_add_few(&sums->weight, &few->weight);
    wide_add_few(&sums->staleness, &few->staleness);
}

optimizer_update OPTIMIZER_ADAMW;

void OPTIMIZER_ADAMW(const struct optimizer_step *s, float *w, const float *gradient,
                     float *const *moments, size_t n, struct optimizer_sums *sums)
{
    const struct factors f = factors_of(s);
    float *m = moments[0], *v = moments[1];
    struct sums lanes = {0};
    struct few_sums few = {0};
    size_t i = 0;

    while (i + LANES <= n) {
        size_t end = n - i < WIDE_FEW * LANES ? n : i + WIDE_FEW * LANES;

        for (; i + LANES <= end; i += LANES)
            for (size_t p = 0; p < PARTS; p++) {
                size_t at = i + p * WIDTH;
                struct element e = {vec_load(w + at), vec_load(m + at), vec_load(v + at)};

                e = updated(&f, e, vec_load(gradient + at), p, &few);
                vec_store(w + at, e.w);
                vec_store(m + at, e.m);
                vec_store(v + at, e.v);
            }
        widen(&lanes, &few);
    }
    for (size_t p = 0; i < n; p++, i += WIDTH) {
        size_t some = n - i < WIDTH ? n - i : WIDTH;
        struct element e = {vec_load_some(w + i, some), vec_load_some(m + i, some),
                            vec_load_some(v + i, some)};

        e = updated(&f, e, vec_load_some(gradient + i, some), p, &few);
        vec_store_some(w + i, e.w, some);
        vec_store_some(m + i, e.m, some);
        vec_store_some(v + i, e.v, some);
    }
    widen(&lanes, &few);
    sums->update += wide_fold(&lanes.update);
    sums->weight += wide_fold(&lanes.weight);
    sums->staleness += wide_fold(&lanes.staleness);
}
