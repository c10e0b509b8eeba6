/* What an adapter adds to reading its base: nanoseconds an element of W + scale B A at several
 * ranks, beside reading W and beside the scan of the pair. One thread, from memory. */
#include <stdio.h>
#include <stdlib.h>
#include "core/comparison.h"
#include "core/lora_source.h"
#include "tests/support/memory_source.h"
#include "tests/support/values.h"

enum { N = 4096, RUNS = 3, BLOCK = 1 << 20 };

static void add(struct memory_source *m, const char *name, uint64_t rows, uint64_t cols)
{
    const uint64_t dim[2] = {rows, cols};
    float *x = g_new(float, rows *cols);

    for (uint64_t i = 0; i < rows * cols; i++)
        x[i] = (float)(0.02 * values_uniform(1, i));
    memory_source_add(m, name, TENSOR_WEIGHT, DTYPE_F32, 2, dim, x);
    g_free(x);
}

static struct checkpoint *base(void)
{
    struct memory_source *m = memory_source_create("base.h5");

    add(m, "layers.0.q_proj.weight", N, N);
    return checkpoint_create(memory_source_finish(m));
}

static struct source *adapter(uint64_t rank)
{
    struct memory_source *m = memory_source_create("adapter.h5");

    add(m, "base_model.model.layers.0.q_proj.lora_A.weight", rank, N);
    add(m, "base_model.model.layers.0.q_proj.lora_B.weight", N, rank);
    return memory_source_finish(m);
}

/* The best of some runs. */
static double nanoseconds(struct source *s)
{
    double *buffer = g_new(double, BLOCK), best = 1e300;

    for (int run = 0; run < RUNS; run++) {
        gint64 from = g_get_monotonic_time();

        for (uint64_t at = 0; at < (uint64_t)N * N; at += BLOCK)
            s->ops->read(s, 0, at, BLOCK, buffer, NULL);
        best = MIN(best, (double)(g_get_monotonic_time() - from) * 1e3 / ((double)N * N));
    }
    g_free(buffer);
    return best;
}

static double scan(struct checkpoint *a, struct checkpoint *b)
{
    const struct comparison_options options = {.threads = 1};
    struct comparison *c = comparison_create(a, b, &options, NULL);
    gint64 from = g_get_monotonic_time();
    double took;

    comparison_scan_start(c);
    comparison_scan_wait(c);
    took = (double)(g_get_monotonic_time() - from) * 1e3 / ((double)N * N);
    comparison_destroy(c);
    return took;
}

int main(void)
{
    static const uint64_t ranks[] = {4, 8, 16, 64, 256};
    struct checkpoint *w = base();
    double plain = nanoseconds(w->source), pair = scan(base(), base());

    printf("%d x %d float32, one thread, ns an element: read %.2f, scan of a plain pair %.2f\n", N,
           N, plain, pair);
    for (unsigned i = 0; i < G_N_ELEMENTS(ranks); i++) {
        struct source *file = adapter(ranks[i]);
        struct source *s = lora_source_create(w, file, adapter_resolve(w, file, 0, NULL));
        double sum = nanoseconds(s);

        source_close(s);
        printf("rank %3u: sum %.2f ns (%.3f a rank), scan of the base and its adapter %.2f ns\n",
               (unsigned)ranks[i], sum, (sum - plain) / (double)ranks[i],
               scan(base(), checkpoint_create(adapter(ranks[i]))));
    }
    checkpoint_destroy(w);
    return EXIT_SUCCESS;
}
