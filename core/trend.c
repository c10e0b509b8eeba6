#include "core/trend.h"

#include <glib.h>
#include <math.h>

/* Of permutations that tie in theory, rounding must not decide. */
#define TIE 1e-12

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Centred ranks, ties sharing their mean: sum 0. False: no order in it. */
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

/* What rho is in proportion to for all orders of the same ranks. */
static double lean(const double *rank, uint32_t n)
{
    double sum = 0;

    for (uint32_t i = 0; i < n; i++)
        sum += rank[i] * (i - (n - 1) / 2.0);
    return sum;
}

double trend_rho(const double *y, uint32_t n)
{
    double *rank = g_new(double, n), squares = 0, rho = NAN;
    double of_index = n / 12.0 * ((double)n * n - 1); /* sum of the squared centred indices */

    if (n >= 2 && centred_ranks(y, n, rank)) {
        for (uint32_t i = 0; i < n; i++)
            squares += rank[i] * rank[i];
        rho = lean(rank, n) / sqrt(squares * of_index);
    }
    g_free(rank);
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

static void count_order(struct count *c, const double *rank, uint32_t n)
{
    c->hits += fabs(lean(rank, n)) >= c->least;
    c->of++;
}

/* All orders, by exchanging (Heap 1963). */
static void count_all(struct count *c, double *rank, uint32_t n)
{
    uint32_t state[TREND_EXACT] = {0};

    count_order(c, rank, n);
    for (uint32_t i = 0; i < n;) {
        if (state[i] >= i) {
            state[i++] = 0;
            continue;
        }
        swap(&rank[i % 2 ? state[i] : 0], &rank[i]);
        count_order(c, rank, n);
        state[i]++;
        i = 0;
    }
}

/* splitmix64 */
static uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static void count_shuffles(struct count *c, double *rank, uint32_t n)
{
    uint64_t state = 1;

    for (int k = 0; k < TREND_SHUFFLES; k++) {
        for (uint32_t i = n - 1; i > 0; i--)
            swap(&rank[i], &rank[(next_random(&state) >> 32) * (i + 1) >> 32]);
        count_order(c, rank, n);
    }
    c->hits++; /* this order itself is one */
    c->of++;
}

double trend_p(const double *y, uint32_t n)
{
    double *rank = g_new(double, n), p = NAN;
    struct count c = {0};

    if (n >= 2 && centred_ranks(y, n, rank)) {
        c.least = fabs(lean(rank, n)) * (1 - TIE);
        if (n <= TREND_EXACT)
            count_all(&c, rank, n);
        else
            count_shuffles(&c, rank, n);
        p = (double)c.hits / (double)c.of;
    }
    g_free(rank);
    return p;
}

double trend_slope(const double *x, const double *y, uint32_t n)
{
    double *slope = g_new(double, (size_t)n *n / 2 + 1), median = NAN;
    size_t m = 0;

    for (uint32_t i = 0; i < n; i++)
        for (uint32_t k = i + 1; k < n; k++)
            if (isfinite(x[i]) && isfinite(x[k]) && isfinite(y[i]) && isfinite(y[k]) &&
                x[k] != x[i])
                slope[m++] = (y[k] - y[i]) / (x[k] - x[i]);
    qsort(slope, m, sizeof *slope, compare_doubles);
    if (m)
        median = m % 2 ? slope[m / 2] : (slope[m / 2 - 1] + slope[m / 2]) / 2;
    g_free(slope);
    return median;
}
