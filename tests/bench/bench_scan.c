/* ns per pair of f32 elements for every row of kernels: in a second-level cache, and from a pair in
 * memory with one and two threads, beside a plain read of the same bytes in the same run. Then what
 * the row and column energies of a matrix add, on two threads that scan as the program's workers do,
 * each a block in buffers of its own: the same blocks with and without energies, in turns. */
#include <glib.h>
#include <math.h>
#include <stdio.h>
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

struct share {
    const struct scan_ops *ops;
    float *base, *tuned; /* [SCAN_BLOCK] */
    struct energy_shape shape;
    bool energies;
    size_t n, tensors, first; /* elements a tensor; first: this thread's first block, then every 2nd */
    struct scan_scratch *scratch;
    double sum;
};

static void scan_tensor(struct share *s)
{
    struct scan_result whole;

    scan_result_init(&whole);
    for (size_t at = s->first * SCAN_BLOCK; at < s->n; at += 2 * SCAN_BLOCK) {
        struct scan_span span = {.first = at, .n = MIN(SCAN_BLOCK, s->n - at)};
        struct scan_result part;

        if (s->energies)
            span.shape = s->shape;
        scan_result_init(&part);
        scan_block(s->ops, s->scratch, DTYPE_F32, s->base, DTYPE_F32, s->tuned, &span, &part);
        scan_result_merge(&whole, &part);
        scan_result_finish(&part);
    }
    s->sum += stats_l2(&whole.stats.delta);
    scan_result_finish(&whole);
}

static gpointer work_share(gpointer data)
{
    struct share *s = data;

    for (size_t tensor = 0; tensor < s->tensors; tensor++) {
        scan_tensor(s);
        s->first = 1 - s->first; /* neither gets the shorter half of every tensor */
    }
    return NULL;
}

/* ns per pair. */
static double time_shares(struct share shares[2], bool energies)
{
    gint64 start = g_get_monotonic_time();
    GThread *running[2];

    for (size_t t = 0; t < 2; t++) {
        shares[t].energies = energies;
        shares[t].first = t;
        running[t] = g_thread_new("scan", work_share, &shares[t]);
    }
    for (size_t t = 0; t < 2; t++)
        g_thread_join(running[t]);
    return (double)(g_get_monotonic_time() - start) * 1e3 / ((double)shares->n * shares->tensors);
}

#define ENERGY_PAIRS ((size_t)40 << 20)

static void print_energies(const struct share *machine, struct energy_shape shape)
{
    struct share shares[2] = {machine[0], machine[1]};
    double without = INFINITY, with = INFINITY;

    for (size_t t = 0; t < 2; t++) {
        shares[t].shape = shape;
        shares[t].n = (size_t)(shape.rows * shape.cols);
        shares[t].tensors = MAX(ENERGY_PAIRS / shares[t].n, 1);
    }
    for (int round = 0; round < 10; round++) {
        without = fmin(without, time_shares(shares, false));
        with = fmin(with, time_shares(shares, true));
    }
    printf("%-8s %6u x %-6u %8.3f %8.3f %8.3f\n", scan_ops_name(shares->ops), (unsigned)shape.rows,
           (unsigned)shape.cols, without, with, with - without);
    fflush(stdout);
}

static void print_all_energies(const struct scan_ops *ops, const float *base, const float *tuned)
{
    static const struct energy_shape shapes[] = {
        {768, 3072}, {3072, 768}, {50257, 768}, {4096, 4096}, {768, 769}};
    struct share machine[2];

    for (size_t t = 0; t < 2; t++)
        machine[t] = (struct share){
            .ops = ops,
            .base = g_memdup2(base, SCAN_BLOCK * sizeof *base),
            .tuned = g_memdup2(tuned, SCAN_BLOCK * sizeof *tuned),
            .scratch = scan_scratch_create(),
        };
    for (size_t i = 0; i < G_N_ELEMENTS(shapes); i++)
        print_energies(machine, shapes[i]);
    for (size_t t = 0; t < 2; t++) {
        g_free(machine[t].base);
        g_free(machine[t].tuned);
        scan_scratch_destroy(machine[t].scratch);
    }
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
    printf("\nns/pair, 2 threads         scan + energies   energies\n");
    for (size_t i = 1; i < G_N_ELEMENTS(names); i++)
        if (scan_ops_choose(names[i]))
            print_all_energies(scan_ops_choose(names[i]), base, tuned);
    g_free(base);
    g_free(tuned);
    return 0;
}
