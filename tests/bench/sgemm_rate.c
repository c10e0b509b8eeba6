#include "tests/bench/sgemm_rate.h"

#include <cblas.h>
#include "core/blas.h"
#include "core/team.h"
#include "tests/bench/made_model.h"

#define SQUARE (SGEMM_SIDE * SGEMM_SIDE)

struct sgemm {
    struct team *team;
    float *x;
};

static __typeof__(&cblas_sgemm) sgemm;

struct sgemm *sgemm_create(guint threads)
{
    struct sgemm *s = g_new(struct sgemm, 1);

    s->team = team_create(threads);
    s->x = made_floats((2 + SGEMM_PRODUCTS) * SQUARE, 0);
    return s;
}

void sgemm_destroy(struct sgemm *s)
{
    team_destroy(s->team);
    g_free(s->x);
    g_free(s);
}

static void multiply(void *data, guint item, guint thread)
{
    float *x = data;

    (void)thread;
    sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, SGEMM_SIDE, SGEMM_SIDE, SGEMM_SIDE, 1, x,
          SGEMM_SIDE, x + SQUARE, SGEMM_SIDE, 0, x + (gsize)(2 + item) * SQUARE, SGEMM_SIDE);
}

double sgemm_rate(struct sgemm *s)
{
    const struct blas_symbol symbol = {"cblas_sgemm", &sgemm};
    gint64 from;

    if (!blas_load(&symbol, 1))
        return 0;
    from = g_get_monotonic_time();
    team_run(s->team, SGEMM_PRODUCTS, multiply, s->x);
    return 2.0 * SQUARE * SGEMM_SIDE * SGEMM_PRODUCTS / (double)(g_get_monotonic_time() - from) *
           1e-3;
}
