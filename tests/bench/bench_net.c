/* A forward pass of a model's shape with random weights over packed sequences, logits of every
 * token included. Prints seconds of the fastest pass without probes, and with all sites but
 * attention read (a sum of squares a row); bytes of the weights and of the process at most; GFLOP
 * of the products of a pass; GFLOP/s of OpenBLAS alone on as many threads.
 * usage: bench_net gpt2|smollm2 float32|bfloat16 SEQUENCES LENGTH THREADS ROUNDS */
#include <cblas.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "core/blas.h"
#include "core/net/kernels.h"
#include "core/net/net.h"
#include "core/team.h"
#include "tests/bench/made_model.h"

/* Multiplications and additions of the products, attention without what the mask hides. */
static double flops(const struct net_spec *s, uint32_t sequences, uint32_t length)
{
    double heads = (double)s->heads * s->head_dim, kv = 2.0 * s->kv_heads * s->head_dim;
    double block = s->hidden * (2 * heads + kv) +
                   (s->gated ? 3.0 : 2.0) * s->hidden * s->intermediate + heads * (length + 1.0);

    return 2.0 * sequences * length * (s->layers * block + (double)s->hidden * s->vocabulary);
}

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

#define SIDE 768
#define PRODUCTS 12

static __typeof__(&cblas_sgemm) sgemm;

static void multiply(void *data, guint item, guint thread)
{
    float *x = data;

    (void)thread;
    sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, SIDE, SIDE, SIDE, 1, x, SIDE, x + SIDE * SIDE,
          SIDE, 0, x + (gsize)(2 + item) * SIDE * SIDE, SIDE);
}

/* GFLOP/s of OpenBLAS alone; 0: it is not here. */
static double product_rate(struct team *t, float *x)
{
    const struct blas_symbol symbol = {"cblas_sgemm", &sgemm};
    gint64 from;

    if (!blas_load(&symbol, 1))
        return 0;
    from = g_get_monotonic_time();
    team_run(t, PRODUCTS, multiply, x);
    return 2.0 * SIDE * SIDE * SIDE * PRODUCTS / (double)(g_get_monotonic_time() - from) * 1e-3;
}

static struct net_batch texts(const struct net_spec *s, uint32_t sequences, uint32_t length)
{
    struct net_sequence *q = g_new(struct net_sequence, sequences);
    uint32_t *ids = g_new(uint32_t, sequences * length);

    for (uint32_t i = 0; i < sequences * length; i++)
        ids[i] = i * 2654435761U % s->vocabulary;
    for (uint32_t i = 0; i < sequences; i++)
        q[i] = (struct net_sequence){.ids = ids + i * length, .n = length};
    return (struct net_batch){.sequences = q, .n = sequences};
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
    struct team *t;
    struct net *n;
    float *x;

    if (argc != 7)
        return EXIT_FAILURE;
    w = made_model(s, strcmp(argv[2], "bfloat16") == 0 ? DTYPE_BF16 : DTYPE_F32);
    b = texts(s, (uint32_t)atoi(argv[3]), (uint32_t)atoi(argv[4]));
    n = net_create(&w, (guint)atoi(argv[5]), NULL);
    t = team_create((guint)atoi(argv[5]));
    x = made_floats((2 + PRODUCTS) * SIDE * SIDE, 0);
    for (int i = 0; i < atoi(argv[6]); i++) {
        plain = MIN(plain, seconds_of(n, &b, &none));
        probed = MIN(probed, seconds_of(n, &b, &all));
        rate = MAX(rate, product_rate(t, x));
    }
    getrusage(RUSAGE_SELF, &usage);
    printf("%.4f %.4f %.0f %.0f %.1f %.1f\n", plain, probed, (double)w.bytes,
           (double)usage.ru_maxrss * 1024 - (2.0 + PRODUCTS) * SIDE * SIDE * sizeof *x,
           flops(s, b.n, b.sequences[0].n) * 1e-9, rate);
    g_free(x);
    team_destroy(t);
    net_destroy(n);
    return EXIT_SUCCESS;
}
