/* What OpenBLAS alone makes of two cores, as the measure of products. */
#ifndef TARE_BENCH_SGEMM_RATE_H
#define TARE_BENCH_SGEMM_RATE_H

#include <glib.h>

#define SGEMM_SIDE 768
#define SGEMM_PRODUCTS 12
#define SGEMM_BYTES ((2.0 + SGEMM_PRODUCTS) * SGEMM_SIDE * SGEMM_SIDE * sizeof(float))

struct sgemm;

struct sgemm *sgemm_create(guint threads);
void sgemm_destroy(struct sgemm *s);
/* GFLOP/s of some products, one a thread; 0: it is not here. */
double sgemm_rate(struct sgemm *s);

#endif
