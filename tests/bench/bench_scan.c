/* ns per pair of f32 elements for every row of kernels: in a second-level cache, and from a pair in
 * memory with one and two threads, beside a plain read of the same bytes in the same run. */
#include <glib.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/scan/scan.h"

#define CACHED ((size_t)1 << 16)

struct part {
    const struct scan_ops *ops; /* NULL: only read */
    const float *base, *tuned;
    size_t n, block;
    unsigned repeat;
    double sum;
};

static float next_value(uint64_t *state)
{
    double sum = 0;

    for (int i = 0; i < 4; i++) {
        *state = *state * 6364136223846793005u + 1442695040888963407u;
        sum += (double)(*state >> 40) / (1 << 24) - 0.5;
    }
    return (float)(0.03 * sum);
}

/* A bounded stretch of values, repeated with another sign and size: quick to make, not periodic in
 * a cache. */
static void fill(float *base, float *tuned, size_t n)
{
    uint64_t state = 1;
    size_t made = MIN(n, (size_t)1 << 20);

    for (size_t i = 0; i < made; i++) {
        base[i] = next_value(&state);
        tuned[i] = base[i] + 0.03f * next_value(&state);
    }
    for (size_t i = made; i < n; i++) {
        base[i] = base[i - made] * 1.25f;
        tuned[i] = tuned[i - made] * 1.25f;
    }
}

static double read_only(const float *x, size_t n)
{
    const uint64_t *words = (const void *)x;
    uint64_t sum[8] = {0};

    for (size_t i = 0; i + 8 <= n / 2; i += 8)
        for (size_t j = 0; j < 8; j++)
            sum[j] += words[i + j];
    return (double)(sum[0] ^ sum[1] ^ sum[2] ^ sum[3] ^ sum[4] ^ sum[5] ^ sum[6] ^ sum[7]);
}

static void scan_part(struct part *p)
{
    struct scan_scratch *scratch = scan_scratch_create();

    for (unsigned r = 0; r < p->repeat; r++)
        for (size_t at = 0; at < p->n; at += p->block) {
            struct scan_result result;
            struct scan_span span = {.first = at, .n = MIN(p->block, p->n - at)};

            scan_result_init(&result);
            scan_block(p->ops, scratch, DTYPE_F32, p->base + at, DTYPE_F32, p->tuned + at, &span,
                       &result);
            p->sum += stats_l2(&result.stats.delta);
            scan_result_finish(&result);
        }
    scan_scratch_destroy(scratch);
}

static gpointer work(gpointer data)
{
    struct part *p = data;

    if (p->ops)
        scan_part(p);
    else
        for (unsigned r = 0; r < p->repeat; r++)
            p->sum += read_only(p->base, p->n) + read_only(p->tuned, p->n);
    return NULL;
}

/* The best round, ns per pair. */
static double measure(struct part whole, unsigned threads, int rounds)
{
    double best = INFINITY;

    for (int round = 0; round < rounds; round++) {
        struct part parts[2];
        GThread *running[2];
        gint64 start = g_get_monotonic_time();

        for (unsigned t = 0; t < threads; t++) {
            parts[t] = whole;
            parts[t].n = whole.n / threads;
            parts[t].base += t * parts[t].n;
            parts[t].tuned += t * parts[t].n;
            running[t] = g_thread_new("scan", work, &parts[t]);
        }
        for (unsigned t = 0; t < threads; t++)
            g_thread_join(running[t]);
        best = fmin(best, (double)(g_get_monotonic_time() - start));
    }
    return best * 1e3 / ((double)whole.n * whole.repeat);
}

static void print_row(const char *name, const struct scan_ops *ops, const float *base,
                      const float *tuned, size_t n)
{
    struct part cached = {ops, base, tuned, CACHED, CACHED, 50, 0};
    struct part memory = {ops, base, tuned, n, SCAN_BLOCK, 1, 0};

    printf("%-8s %8.3f %8.3f %8.3f\n", name, measure(cached, 1, 10), measure(memory, 1, 3),
           measure(memory, 2, 3));
    fflush(stdout);
}

int main(void)
{
    static const char *const names[] = {"scalar", "avx2", "avx512"};
    size_t n = (size_t)500 << 20 >> 3;
    float *base = g_malloc(n * sizeof *base), *tuned = g_malloc(n * sizeof *tuned);

    fill(base, tuned, n);
    printf("ns/pair     cache   memory  2 threads\n");
    print_row("read", NULL, base, tuned, n);
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        const struct scan_ops *ops = scan_ops_choose(names[i]);

        if (ops)
            print_row(names[i], ops, base, tuned, n);
    }
    g_free(base);
    g_free(tuned);
    return 0;
}
