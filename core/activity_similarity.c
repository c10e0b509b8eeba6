/* A layer as a whole: linear CKA, and whether all categories were shifted the same way. */
#include "core/activity_internal.h"

#include <math.h>
#include <string.h>
#include "core/linalg.h"

#define CROSS_ROWS 256 /* at a time as doubles */

struct cross {
    uint32_t units;
    uint64_t n, most;              /* rows seen, rows wanted */
    double *shift[ACTIVITY_SIDES]; /* [units] near the mean: the first row */
    double *sum[ACTIVITY_SIDES];   /* of x - shift */
    double *products[3];           /* [units][units]: base base, tuned tuned, base tuned */
    double *rows[ACTIVITY_SIDES];  /* [CROSS_ROWS][units] */
};

struct cross *cross_create(uint32_t units, uint32_t tokens, GError **error)
{
    struct cross *c;

    if (!linalg_need(error))
        return NULL;
    c = g_new0(struct cross, 1);
    c->units = units;
    c->most = tokens;
    for (int i = 0; i < 3; i++)
        c->products[i] = g_try_new0(double, (gsize)units *units);
    for (int side = 0; side < ACTIVITY_SIDES; side++) {
        c->shift[side] = g_new0(double, units);
        c->sum[side] = g_new0(double, units);
        c->rows[side] = g_new(double, (gsize)CROSS_ROWS *units);
    }
    if (c->products[0] && c->products[1] && c->products[2])
        return c;
    cross_destroy(c);
    g_set_error(error, TARE_ERROR, TARE_ERROR_LIMIT, "no memory for the CKA of %u units", units);
    return NULL;
}

void cross_destroy(struct cross *c)
{
    if (!c)
        return;
    for (int i = 0; i < 3; i++)
        g_free(c->products[i]);
    for (int side = 0; side < ACTIVITY_SIDES; side++) {
        g_free(c->shift[side]);
        g_free(c->sum[side]);
        g_free(c->rows[side]);
    }
    g_free(c);
}

gsize cross_bytes(const struct cross *c)
{
    gsize units = c->units;

    return (3 * units + 2 * (CROSS_ROWS + 2)) * units * sizeof(double);
}

struct cross *cross_copy(const struct cross *c)
{
    struct cross *copy = g_memdup2(c, sizeof *c);
    gsize units = c->units;

    for (int i = 0; i < 3; i++)
        copy->products[i] = g_memdup2(c->products[i], units * units * sizeof(double));
    for (int side = 0; side < ACTIVITY_SIDES; side++) {
        copy->shift[side] = g_memdup2(c->shift[side], units * sizeof(double));
        copy->sum[side] = g_memdup2(c->sum[side], units * sizeof(double));
        copy->rows[side] = NULL;
    }
    return copy;
}

static bool all_finite(const float *x, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (!isfinite(x[i]))
            return false;
    return true;
}

static void put_row(struct cross *c, int side, uint32_t at, const float *x)
{
    double *row = c->rows[side] + (gsize)at * c->units;

    for (uint32_t j = 0; c->n == 0 && at == 0 && j < c->units; j++)
        c->shift[side][j] = (double)x[j];
    for (uint32_t j = 0; j < c->units; j++) {
        row[j] = (double)x[j] - c->shift[side][j];
        c->sum[side][j] += row[j];
    }
}

void cross_add(struct cross *c, uint32_t n, const float *base, const float *tuned)
{
    uint32_t at = 0, held = 0;

    while (at < n && c->n < c->most) {
        const float *x = base + (gsize)at * c->units, *y = tuned + (gsize)at * c->units;

        if (all_finite(x, c->units) && all_finite(y, c->units)) {
            put_row(c, ACTIVITY_BASE, held, x);
            put_row(c, ACTIVITY_TUNED, held++, y);
        }
        at++;
        if (held == CROSS_ROWS || at == n || c->n + held == c->most) {
            linalg_add_product(c->units, held, c->rows[0], c->rows[0], c->products[0]);
            linalg_add_product(c->units, held, c->rows[1], c->rows[1], c->products[1]);
            linalg_add_product(c->units, held, c->rows[0], c->rows[1], c->products[2]);
            c->n += held;
            held = 0;
        }
    }
}

/* |P - n x y^T|_F^2 of two sides' products and sums. */
static double centred_norm(const struct cross *c, const double *products, const double *x,
                           const double *y)
{
    double sum = 0;

    for (uint32_t i = 0; i < c->units; i++) {
        double row = 0;

        for (uint32_t j = 0; j < c->units; j++) {
            double value = products[(gsize)i * c->units + j] - x[i] * y[j] / (double)c->n;

            row += value * value;
        }
        sum += row;
    }
    return sum;
}

double activity_cka(const struct activity *a, uint32_t layer, uint64_t *tokens)
{
    const struct cross *c = a->state->layers[layer].cross;
    double base, tuned;

    if (tokens)
        *tokens = c ? c->n : 0;
    if (!c || c->n < 2)
        return NAN;
    base = centred_norm(c, c->products[0], c->sum[0], c->sum[0]);
    tuned = centred_norm(c, c->products[1], c->sum[1], c->sum[1]);
    if (!(base > 0 && tuned > 0))
        return NAN;
    return centred_norm(c, c->products[2], c->sum[0], c->sum[1]) / sqrt(base) / sqrt(tuned);
}

/* --- directions of the shift --- */

/* One unit's mu of a category; false: it has no tokens. */
static bool mu_of(const struct activity *a, uint32_t layer, uint32_t category, uint32_t unit,
                  double *mu)
{
    const struct layer_state *l = &a->state->layers[layer];
    const struct unit_sums *u = &l->units[category];
    uint64_t tokens = l->cells[category].tokens;

    if (!a->pair || tokens == 0)
        return false;
    *mu = (u->sum[ACTIVITY_TUNED][unit] - u->sum[ACTIVITY_BASE][unit]) / (double)tokens;
    return true;
}

double activity_generic_share(const struct activity *a, uint32_t layer)
{
    double together = 0, each = 0;
    uint32_t n = 0;

    for (uint32_t j = 0; j < a->layers[layer].units; j++) {
        double mu, sum = 0, squares = 0;

        n = 0;
        for (uint32_t c = 0; c < a->n_categories; c++)
            if (mu_of(a, layer, c, j, &mu)) {
                sum += mu;
                squares += mu * mu;
                n++;
            }
        together += n ? sum / n * (sum / n) : 0;
        each += n ? squares / n : 0;
    }
    return each > 0 && n > 1 ? together / each : NAN;
}

double activity_direction(const struct activity *a, uint32_t layer, uint32_t category)
{
    double dot = 0, own = 0, others = 0;

    g_assert(category < a->n_categories);
    for (uint32_t j = 0; j < a->layers[layer].units; j++) {
        double mu, x = 0, y = 0;
        uint32_t n = 0;

        if (!mu_of(a, layer, category, j, &x))
            return NAN;
        for (uint32_t c = 0; c < a->n_categories; c++)
            if (c != category && mu_of(a, layer, c, j, &mu)) {
                y += mu;
                n++;
            }
        y = n ? y / n : 0;
        dot += x * y;
        own += x * x;
        others += y * y;
    }
    return own > 0 && others > 0 ? dot / sqrt(own) / sqrt(others) : NAN;
}
