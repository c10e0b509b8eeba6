/* Seconds that the spectrum of a pair of N x N float32 matrices takes on one thread: singular
 * values of base, tuned and delta, the directions that are compared, and all that is fitted. usage:
 * bench_spectrum N */
#include <stdio.h>
#include <stdlib.h>

#include "core/comparison.h"
#include "tests/support/memory_source.h"
#include "tests/support/values.h"

static struct checkpoint *side(uint64_t n, bool tuned)
{
    struct memory_source *m = memory_source_create(tuned ? "tuned" : "base");
    const uint64_t dim[2] = {n, n};
    float *x = g_new(float, n *n);

    for (uint64_t i = 0; i < n * n; i++)
        x[i] = (float)(0.02 * values_bell(1, i) + (tuned ? 0.001 * values_bell(2, i) : 0));
    memory_source_add(m, "dense.kernel", TENSOR_WEIGHT, DTYPE_F32, 2, dim, x);
    g_free(x);
    return checkpoint_create(memory_source_finish(m));
}

int main(int argc, char **argv)
{
    uint64_t n = argc > 1 ? strtoull(argv[1], NULL, 10) : 2048;
    const struct comparison_options options = {.threads = 1};
    struct comparison *c = comparison_create(side(n, false), side(n, true), &options, NULL);
    const char *error = NULL;
    gint64 from;

    comparison_scan_start(c);
    comparison_scan_wait(c);
    from = g_get_monotonic_time();
    while (!comparison_spectrum(c, 0, &error) && !error)
        comparison_wait(c);
    if (error)
        fprintf(stderr, "%s\n", error);
    printf("%.3f\n", (double)(g_get_monotonic_time() - from) / (double)G_USEC_PER_SEC);
    comparison_destroy(c);
    return error != NULL;
}
