/* What row and column energies add to a scan: blocks of a matrix are scanned without and with them
 * in turns, on one thread and on two, each in buffers of its own as the program's workers are.
 * Every figure is ns a pair of elements in a thread's own time, of two threads half of it, since
 * they get through twice as many; minima of all rounds. */
#include <glib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/scan/scan.h"

#define TARGET 0.1
#define ROUNDS 30

/* One thread, its own values, and the best of its rounds. */
struct turns {
    const struct scan_ops *ops;
    struct scan_scratch *scratch;
    enum dtype dtype;
    char *base, *tuned; /* [SCAN_BLOCK] as stored */
    struct energy_shape shape;
    double read, without, with; /* ns a pair */
    uint64_t sum;
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

static void store(enum dtype dtype, char *values, size_t i, float x)
{
    uint32_t bits;
    uint16_t high;

    memcpy(&bits, &x, sizeof bits);
    high = (uint16_t)(bits >> 16);
    if (dtype == DTYPE_F32)
        memcpy(values + i * sizeof bits, &bits, sizeof bits);
    else
        memcpy(values + i * sizeof high, &high, sizeof high);
}

static void turns_fill(struct turns *t, uint64_t seed)
{
    for (size_t i = 0; i < SCAN_BLOCK; i++) {
        float base = next_value(&seed);

        store(t->dtype, t->base, i, base);
        store(t->dtype, t->tuned, i, base + 0.03f * next_value(&seed));
    }
}

/* Of this thread alone: others may use the machine too. */
static double thread_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static uint64_t read_only(const char *values, size_t bytes)
{
    const uint64_t *words = (const void *)values;
    uint64_t sum[8] = {0};

    for (size_t i = 0; i + 8 <= bytes / 8; i += 8)
        for (size_t j = 0; j < 8; j++)
            sum[j] += words[i + j];
    return sum[0] ^ sum[1] ^ sum[2] ^ sum[3] ^ sum[4] ^ sum[5] ^ sum[6] ^ sum[7];
}

static double time_read(struct turns *t)
{
    size_t bytes = SCAN_BLOCK * dtype_info(t->dtype)->bytes;
    double start = thread_ns();

    t->sum += read_only(t->base, bytes) + read_only(t->tuned, bytes);
    return (thread_ns() - start) / SCAN_BLOCK;
}

/* Elements [first, first + n) of the matrix, merged into the tensor's result. */
static void scan_next(struct turns *t, struct energy_shape shape, uint64_t first, size_t n,
                      struct scan_result *whole)
{
    struct scan_span span = {first, n, shape};
    struct scan_result part;

    scan_result_init(&part);
    scan_block(t->ops, t->scratch, t->dtype, t->base, t->dtype, t->tuned, &span, &part);
    scan_result_merge(whole, &part);
    scan_result_finish(&part);
}

/* The next block of the matrix, or as many small matrices as a block holds. */
static double time_block(struct turns *t, struct energy_shape shape, uint64_t *first,
                         struct scan_result *whole)
{
    uint64_t elems = t->shape.rows * t->shape.cols, n = MIN(elems, SCAN_BLOCK), done = 0;
    double start = thread_ns();

    do {
        if (*first + n > elems) {
            scan_result_finish(whole);
            scan_result_init(whole);
            *first = 0;
        }
        scan_next(t, shape, *first, (size_t)n, whole);
        *first += n;
        done += n;
    } while (done + n <= SCAN_BLOCK);
    return (thread_ns() - start) / (double)done;
}

static gpointer work(gpointer data)
{
    const struct energy_shape none = {0, 0};
    struct turns *t = data;
    struct scan_result without, with;
    uint64_t first_without = 0, first_with = 0;

    t->read = t->without = t->with = INFINITY;
    scan_result_init(&without);
    scan_result_init(&with);
    for (size_t k = 0; k < ROUNDS; k++) {
        t->read = fmin(t->read, time_read(t));
        t->without = fmin(t->without, time_block(t, none, &first_without, &without));
        t->with = fmin(t->with, time_block(t, t->shape, &first_with, &with));
    }
    scan_result_finish(&without);
    scan_result_finish(&with);
    return NULL;
}

struct cost {
    double read, without, with; /* ns a pair */
};

static void measure(struct turns turns[2], unsigned threads, struct cost *out)
{
    double share = 1.0 / (threads * threads);
    GThread *running[2];

    *out = (struct cost){0, 0, 0};
    for (unsigned i = 0; i < threads; i++)
        running[i] = g_thread_new("scan", work, &turns[i]);
    for (unsigned i = 0; i < threads; i++) {
        g_thread_join(running[i]);
        out->read += turns[i].read * share;
        out->without += turns[i].without * share;
        out->with += turns[i].with * share;
    }
}

static void measure_shape(struct turns turns[2], struct energy_shape shape, struct cost costs[2])
{
    turns[0].shape = turns[1].shape = shape;
    for (unsigned threads = 1; threads <= 2; threads++)
        measure(turns, threads, &costs[threads - 1]);
}

static void print_costs(const struct turns *t, const char *what, const struct cost costs[2])
{
    printf("%-7s %-4s %14s", scan_ops_name(t->ops), dtype_info(t->dtype)->name, what);
    for (unsigned i = 0; i < 2; i++)
        printf("  %7.3f %7.3f %7.3f %7.3f", costs[i].read, costs[i].without, costs[i].with,
               costs[i].with - costs[i].without);
    printf("  %5.3f\n", TARGET);
    fflush(stdout);
}

static void print_shapes(struct turns turns[2])
{
    static const struct energy_shape shapes[] = {{768, 768},   {768, 3072},  {3072, 768},
                                                 {50257, 768}, {768, 50257}, {4096, 11008},
                                                 {131072, 8},  {3072, 8},    {253, 3}};

    for (size_t i = 0; i < G_N_ELEMENTS(shapes); i++) {
        struct cost costs[2];
        char what[32];

        measure_shape(turns, shapes[i], costs);
        g_snprintf(what, sizeof what, "%6u x %-5u", (unsigned)shapes[i].rows,
                   (unsigned)shapes[i].cols);
        print_costs(&turns[0], what, costs);
    }
}

/* A checkpoint's tensors together: those of GPT-2 (124M) that have rows and columns. */
static void print_checkpoint(struct turns turns[2])
{
    static const struct {
        struct energy_shape shape;
        unsigned n;
    } tensors[] = {{{50257, 768}, 1}, {{1024, 768}, 1},  {{768, 2304}, 12},
                   {{768, 768}, 12},  {{768, 3072}, 12}, {{3072, 768}, 12}};
    struct cost all[2] = {{0, 0, 0}, {0, 0, 0}};
    double elems = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(tensors); i++)
        elems += (double)(tensors[i].shape.rows * tensors[i].shape.cols * tensors[i].n);
    for (size_t i = 0; i < G_N_ELEMENTS(tensors); i++) {
        double share =
            (double)(tensors[i].shape.rows * tensors[i].shape.cols * tensors[i].n) / elems;
        struct cost costs[2];

        measure_shape(turns, tensors[i].shape, costs);
        for (unsigned k = 0; k < 2; k++) {
            all[k].read += share * costs[k].read;
            all[k].without += share * costs[k].without;
            all[k].with += share * costs[k].with;
        }
    }
    print_costs(&turns[0], "all of GPT-2", all);
}

static void print_type(const struct scan_ops *ops, enum dtype dtype)
{
    struct turns turns[2];

    for (uint64_t i = 0; i < 2; i++) {
        turns[i] = (struct turns){.ops = ops, .scratch = scan_scratch_create(), .dtype = dtype};
        turns[i].base = g_malloc(SCAN_BLOCK * dtype_info(dtype)->bytes);
        turns[i].tuned = g_malloc(SCAN_BLOCK * dtype_info(dtype)->bytes);
        turns_fill(&turns[i], i);
    }
    print_shapes(turns);
    print_checkpoint(turns);
    for (size_t i = 0; i < 2; i++) {
        scan_scratch_destroy(turns[i].scratch);
        g_free(turns[i].base);
        g_free(turns[i].tuned);
    }
}

int main(void)
{
    static const char *const names[] = {"avx512", "avx2"};
    static const enum dtype dtypes[] = {DTYPE_F32, DTYPE_BF16};

    printf("ns/pair                      one thread: read, scan, with    two threads             "
           "      two\n"
           "cpu     type   rows x cols       energies, their cost         the same               "
           "   target\n");
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        for (size_t j = 0; scan_ops_choose(names[i]) && j < G_N_ELEMENTS(dtypes); j++)
            print_type(scan_ops_choose(names[i]), dtypes[j]);
    return 0;
}
