/* ns per pair of f32 elements for every row of kernels: in a second-level cache, and from a pair in
 * memory with one and two threads, beside a plain read of the same bytes in the same run. Then what
 * the row and column energies of a matrix add, on two threads that scan as the program's workers do,
 * each in buffers of its own: the same blocks without and with energies in turns, medians. */
#include <glib.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

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

#define ENERGY_ROUNDS 60

/* One of two threads: scans blocks of a matrix without and with energies in turns. */
struct turns {
    const struct scan_ops *ops;
    struct scan_scratch *scratch;
    float *base, *tuned; /* [SCAN_BLOCK], of its own */
    struct energy_shape shape;
    double without[ENERGY_ROUNDS], with[ENERGY_ROUNDS], cost[ENERGY_ROUNDS]; /* ns a pair */
};

/* Of this thread alone: others may use the machine too. */
static double thread_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* The k-th whole block of the matrix (from the start again behind the last), scanned and merged. */
static double time_block(struct turns *t, struct energy_shape shape, size_t k,
                         struct scan_result *whole)
{
    uint64_t blocks = t->shape.rows * t->shape.cols / SCAN_BLOCK;
    struct scan_span span = {k % MAX(blocks, 1) * SCAN_BLOCK, SCAN_BLOCK, shape};
    struct scan_result part;
    double start = thread_ns();

    span.n = MIN(span.n, (size_t)(t->shape.rows * t->shape.cols));
    scan_result_init(&part);
    scan_block(t->ops, t->scratch, DTYPE_F32, t->base, DTYPE_F32, t->tuned, &span, &part);
    scan_result_merge(whole, &part);
    scan_result_finish(&part);
    return (thread_ns() - start) / (double)span.n;
}

static gpointer work_turns(gpointer data)
{
    const struct energy_shape none = {0, 0};
    struct turns *t = data;
    struct scan_result without, with;

    scan_result_init(&without);
    scan_result_init(&with);
    for (size_t k = 0; k < ENERGY_ROUNDS; k++) {
        t->without[k] = time_block(t, none, k, &without);
        t->with[k] = time_block(t, t->shape, k, &with);
        t->cost[k] = t->with[k] - t->without[k];
    }
    scan_result_finish(&without);
    scan_result_finish(&with);
    return NULL;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(double *x)
{
    qsort(x, ENERGY_ROUNDS, sizeof *x, by_size);
    return (x[ENERGY_ROUNDS / 2 - 1] + x[ENERGY_ROUNDS / 2]) / 2;
}

/* Two threads get through twice as many pairs in the time that each needs for one. */
static void print_energies(struct turns turns[2], struct energy_shape shape)
{
    double without = 0, with = 0, cost = 0;
    GThread *running[2];

    for (size_t t = 0; t < 2; t++) {
        turns[t].shape = shape;
        running[t] = g_thread_new("scan", work_turns, &turns[t]);
    }
    for (size_t t = 0; t < 2; t++) {
        g_thread_join(running[t]);
        without += median(turns[t].without) / 4;
        with += median(turns[t].with) / 4;
        cost += median(turns[t].cost) / 4;
    }
    printf("%-8s %6u x %-6u %8.3f %8.3f %8.3f\n", scan_ops_name(turns->ops), (unsigned)shape.rows,
           (unsigned)shape.cols, without, with, cost);
    fflush(stdout);
}

static void print_all_energies(const struct scan_ops *ops, const float *base, const float *tuned)
{
    static const struct energy_shape shapes[] = {{768, 3072},  {3072, 768}, {50257, 768},
                                                 {4096, 4096}, {768, 769},  {40000, 64}};
    struct turns *turns = g_new0(struct turns, 2);

    for (size_t t = 0; t < 2; t++) {
        turns[t].ops = ops;
        turns[t].scratch = scan_scratch_create();
        turns[t].base = g_memdup2(base, SCAN_BLOCK * sizeof *base);
        turns[t].tuned = g_memdup2(tuned, SCAN_BLOCK * sizeof *tuned);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(shapes); i++)
        print_energies(turns, shapes[i]);
    for (size_t t = 0; t < 2; t++) {
        scan_scratch_destroy(turns[t].scratch);
        g_free(turns[t].base);
        g_free(turns[t].tuned);
    }
    g_free(turns);
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
    printf("\nns/pair, 2 threads           scan     with energies\n");
    for (size_t i = 1; i < G_N_ELEMENTS(names); i++)
        if (scan_ops_choose(names[i]))
            print_all_energies(scan_ops_choose(names[i]), base, tuned);
    g_free(base);
    g_free(tuned);
    return 0;
}
