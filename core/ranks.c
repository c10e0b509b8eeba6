#include "core/ranks.h"

#include <glib.h>
#include <math.h>
#include <stdbool.h>
#include "core/random.h"

/* Of orders that tie in theory, rounding must not decide. */
#define TIE 1e-12

/* Less their mean: sum 0. False: no order in it. */
static bool centred_ranks(const double *y, uint32_t n, double *rank)
{
    double squares = 0;

    for (uint32_t i = 0; i < n; i++) {
        uint32_t below = 0, equal = 0;

        if (isnan(y[i]))
            return false;
        for (uint32_t k = 0; k < n; k++) {
            below += y[k] < y[i];
            equal += y[k] == y[i];
        }
        rank[i] = below + (equal - 1) / 2.0 - (n - 1) / 2.0;
        squares += rank[i] * rank[i];
    }
    return squares > 0;
}

static double product(const double *x, const double *y, uint32_t n)
{
    double sum = 0;

    for (uint32_t i = 0; i < n; i++)
        sum += x[i] * y[i];
    return sum;
}

/* Ranks of both, in one block of memory that the caller frees. */
struct rank_pair {
    double *x, *y;
    uint32_t n;
    bool ordered;
};

static struct rank_pair ranks_of(const double *x, const double *y, uint32_t n)
{
    struct rank_pair r = {.x = g_new(double, 2 * (gsize)n + 1), .n = n};

    r.y = r.x + n;
    r.ordered = n >= 2 && centred_ranks(x, n, r.x) && centred_ranks(y, n, r.y);
    return r;
}

double rank_correlation(const double *x, const double *y, uint32_t n)
{
    struct rank_pair r = ranks_of(x, y, n);
    double rho = NAN;

    if (r.ordered)
        rho = product(r.x, r.y, n) / sqrt(product(r.x, r.x, n) * product(r.y, r.y, n));
    g_free(r.x);
    return rho;
}

static void swap(double *a, double *b)
{
    double c = *a;

    *a = *b;
    *b = c;
}

struct count {
    double least;
    uint64_t hits, of;
};

static void count_order(struct count *c, const struct rank_pair *r)
{
    c->hits += fabs(product(r->x, r->y, r->n)) >= c->least;
    c->of++;
}

/* All orders, by exchanging (Heap 1963). */
static void count_all(struct count *c, struct rank_pair *r)
{
    uint32_t state[RANKS_EXACT] = {0};

    count_order(c, r);
    for (uint32_t i = 0; i < r->n;) {
        if (state[i] >= i) {
            state[i++] = 0;
            continue;
        }
        swap(&r->y[i % 2 ? state[i] : 0], &r->y[i]);
        count_order(c, r);
        state[i]++;
        i = 0;
    }
}

static void count_shuffles(struct count *c, struct rank_pair *r)
{
    uint64_t state = 1;

    for (int k = 0; k < RANKS_SHUFFLES; k++) {
        for (uint32_t i = r->n - 1; i > 0; i--)
            swap(&r->y[random_below(&state, i + 1)], &r->y[i]);
        count_order(c, r);
    }
    c->hits++; /* this order itself is one */
    c->of++;
}

double rank_correlation_p(const double *x, const double *y, uint32_t n)
{
    struct rank_pair r = ranks_of(x, y, n);
    struct count c = {0};

    if (r.ordered) {
        c.least = fabs(product(r.x, r.y, n)) * (1 - TIE);
        if (n <= RANKS_EXACT)
            count_all(&c, &r);
        else
            count_shuffles(&c, &r);
    }
    g_free(r.x);
    return c.of ? (double)c.hits / (double)c.of : NAN;
}
