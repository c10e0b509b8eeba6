/* A forward pass of a model's shape with random weights over packed sequences, logits of every
 * token included. Prints seconds of the fastest pass without probes, and with all sites but
 * attention read (a sum of squares a row); bytes of the weights and of the process at most; GFLOP
 * of the products of a pass; GFLOP/s of OpenBLAS alone on as many threads.
 * usage: bench_net gpt2|smollm2 float32|bfloat16 SEQUENCES LENGTH THREADS ROUNDS */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "core/net/kernels.h"
#include "core/net/net.h"
#include "tests/bench/made_model.h"
#include "tests/bench/sgemm_rate.h"

static void read_rows(void *data, const struct net_seen *seen)
{
    const struct net_kernels *k = net_kernels_choose(NULL);

    for (uint32_t i = 0; i < seen->rows; i++)
        *(double *)data +=
            (double)k->squares(seen->values + (gsize)i * seen->columns, seen->columns, 0);
}

static void read_nothing(void *data, const struct net_seen *seen)
{
    (void)data;
    (void)seen;
}

static double seconds_of(struct net *n, const struct net_batch *b, const struct net_probe *probe)
{
    gint64 from = g_get_monotonic_time();

    if (!net_forward(n, b, probe, NULL, NULL))
        abort();
    return (double)(g_get_monotonic_time() - from) / 1e6;
}

int main(int argc, char **argv)
{
    const struct net_spec *s = argc == 7 && strcmp(argv[1], "smollm2") == 0 ? &made_smollm2 : &made_gpt2;
    const struct net_probe none = {1U << NET_LOGITS, read_nothing, NULL};
    double sum = 0, plain = 1e9, probed = 1e9, rate = 0;
    const struct net_probe all = {((1U << NET_SITES) - 1) & ~(1U << NET_ATTENTION), read_rows,
                                  &sum};
    struct net_weights w;
    struct net_batch b;
    struct rusage usage;
    struct sgemm *sgemm;
    struct net *n;

    if (argc != 7)
        return EXIT_FAILURE;
    w = made_model(s, strcmp(argv[2], "bfloat16") == 0 ? DTYPE_BF16 : DTYPE_F32);
    b = made_texts(s, (uint32_t)atoi(argv[3]), (uint32_t)atoi(argv[4]));
    n = net_create(&w, (guint)atoi(argv[5]), NULL);
    sgemm = sgemm_create((guint)atoi(argv[5]));
    for (int i = 0; i < atoi(argv[6]); i++) {
        plain = MIN(plain, seconds_of(n, &b, &none));
        probed = MIN(probed, seconds_of(n, &b, &all));
        rate = MAX(rate, sgemm_rate(sgemm));
    }
    getrusage(RUSAGE_SELF, &usage);
    printf("%.4f %.4f %.0f %.0f %.1f %.1f\n", plain, probed, (double)w.bytes,
           (double)usage.ru_maxrss * 1024 - SGEMM_BYTES,
           made_flops(s, b.n, b.sequences[0].n) * 1e-9, rate);
    sgemm_destroy(sgemm);
    net_destroy(n);
    return EXIT_SUCCESS;
}
