/* Steps of training a model's shape with random weights over packed sequences: forward and backward
 * (the loss of every token that follows another), then AdamW over all weights. Prints seconds of
 * the fastest step and of its two parts; bytes of weights, gradient and moments, what net_gradient
 * says that it takes, and of the process at most; GFLOP of the products of a step; GFLOP/s of
 * OpenBLAS alone on as many threads.
 * usage: bench_train gpt2|smollm2 SEQUENCES LENGTH THREADS ROUNDS */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "core/net/backward.h"
#include "core/team.h"
#include "core/train/optimizer.h"
#include "tests/bench/made_model.h"
#include "tests/bench/sgemm_rate.h"

#define PIECE (1U << 16) /* of an array that is updated at once */

struct trainer {
    struct net_weights w, gradient, moments[2];
    struct net *net;
    struct net_batch batch;
    struct net_goal goal;
    double *losses;
    struct team *team;
    GArray *arrays[4]; /* of the weights, gradient and moments */
    const struct net_array *at[4];
};

static double seconds(void)
{
    return (double)g_get_monotonic_time() / 1e6;
}

/* What follows each token. */
static struct net_goal goal_of(const struct net_batch *b)
{
    uint32_t *targets = g_new(uint32_t, net_batch_rows(b)), at = 0, n = 0;

    for (uint32_t i = 0; i < b->n; i++)
        for (uint32_t t = 1; t <= b->sequences[i].n; t++)
            targets[at++] = t == b->sequences[i].n ? UINT32_MAX : (n++, b->sequences[i].ids[t]);
    return (struct net_goal){targets, 1 / (float)n};
}

static void trainer_init(struct trainer *t, const struct net_spec *s, uint32_t sequences,
                         uint32_t length, guint threads)
{
    struct net_weights *all[] = {&t->w, &t->gradient, t->moments, t->moments + 1};

    t->w = made_model(s, DTYPE_F32);
    t->net = net_create(&t->w, threads, NULL);
    t->team = team_create(threads);
    t->batch = made_texts(s, sequences, length);
    t->goal = goal_of(&t->batch);
    t->losses = g_new(double, net_batch_rows(&t->batch));
    for (int i = 0; i < 4; i++) {
        if (i > 0 && !net_weights_like(all[i], &t->w, NULL))
            abort();
        t->arrays[i] = net_weights_arrays(all[i]);
    }
}

static void trainer_finish(struct trainer *t)
{
    net_destroy(t->net);
    team_destroy(t->team);
    for (int i = 0; i < 4; i++)
        g_array_unref(t->arrays[i]);
}

/* A piece of an array; the gradient is 0 behind it. */
static void update_piece(void *data, guint item, guint thread)
{
    const struct optimizer_step step = {
        .step = 1, .learning_rate = 1e-6, .gradient_scale = 1, .numbers = {0.9, 0.999, 1e-8, 0.9}};
    struct trainer *t = data;
    gsize at = (gsize)item * PIECE, n = MIN(PIECE, t->at[0]->n - at);
    float *x[4];
    struct optimizer_sums sums = {0};
    enum cpu_width width = CPU_SCALAR;

    (void)thread;
    cpu_choose(NULL, &width);
    for (int i = 0; i < 4; i++)
        x[i] = (float *)t->at[i]->values + at;
    optimizer_find("adamw")->update[width](&step, x[0], x[1], x + 2, n, &sums);
    memset(x[1], 0, n * sizeof *x[1]);
}

static void update(struct trainer *t)
{
    for (guint a = 0; a < t->arrays[0]->len; a++) {
        for (int i = 0; i < 4; i++)
            t->at[i] = &g_array_index(t->arrays[i], struct net_array, a);
        team_run(t->team, (guint)((t->at[0]->n + PIECE - 1) / PIECE), update_piece, t);
    }
}

int main(int argc, char **argv)
{
    const struct net_spec *s =
        argc == 6 && strcmp(argv[1], "smollm2") == 0 ? &made_smollm2 : &made_gpt2;
    double best[3] = {1e9, 1e9, 1e9}, rate = 0;
    struct trainer t = {0};
    struct rusage usage;
    struct sgemm *sgemm;

    if (argc != 6)
        return EXIT_FAILURE;
    trainer_init(&t, s, (uint32_t)atoi(argv[2]), (uint32_t)atoi(argv[3]), (guint)atoi(argv[4]));
    sgemm = sgemm_create((guint)atoi(argv[4]));
    for (int i = 0; i < atoi(argv[5]); i++) {
        double from = seconds(), there;

        if (!net_gradient(t.net, &t.batch, &t.goal, &t.gradient, t.losses, NULL, NULL))
            abort();
        there = seconds();
        update(&t);
        best[0] = MIN(best[0], seconds() - from);
        best[1] = MIN(best[1], there - from);
        best[2] = MIN(best[2], seconds() - there);
        rate = MAX(rate, sgemm_rate(sgemm));
    }
    getrusage(RUSAGE_SELF, &usage);
    printf("%.4f %.4f %.4f %.0f %.0f %.0f %.1f %.1f\n", best[0], best[1], best[2],
           4 * (double)t.gradient.bytes, (double)net_gradient_bytes(&t.w, net_batch_rows(&t.batch)),
           (double)usage.ru_maxrss * 1024 - SGEMM_BYTES,
           3e-9 * made_flops(s, t.batch.n, t.batch.sequences[0].n), rate);
    sgemm_destroy(sgemm);
    trainer_finish(&t);
    return EXIT_SUCCESS;
}
