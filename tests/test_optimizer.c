/* Optimizers and schedules against torch and transformers; the same bits for every width. */
#include <check.h>
#include <glib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/train/optimizer.h"
#include "core/train/schedule.h"
#include "core/train/train_kernels.h"
#include "tests/support/net_oracle.h"

#define STEPS 20

static struct net_oracle *oracle;

struct run {
    float *w, *moments[OPTIMIZER_MOMENTS];
    struct optimizer_sums sums;
    gsize n;
};

static struct run run_steps(const char *name, enum cpu_width width, struct optimizer_step step)
{
    const struct optimizer *o = optimizer_find(name);
    gsize n, all;
    const float *start = net_oracle_floats(oracle, "start", &n);
    const float *gradients = net_oracle_floats(oracle, "gradients", &all);
    struct run r = {g_memdup2(start, n * sizeof *start), {NULL}, {0}, n};

    ck_assert(o != NULL && all == STEPS * n);
    for (unsigned m = 0; m < OPTIMIZER_MOMENTS; m++)
        r.moments[m] = g_new0(float, n);
    for (step.step = 1; step.step <= STEPS; step.step++) {
        r.sums = (struct optimizer_sums){0};
        o->update[width](&step, r.w, gradients + (step.step - 1) * n, r.moments, n, &r.sums);
    }
    return r;
}

static void run_finish(struct run *r)
{
    g_free(r->w);
    for (unsigned m = 0; m < OPTIMIZER_MOMENTS; m++)
        g_free(r->moments[m]);
}

static const struct optimizer_numbers usual = {0.9, 0.999, 1e-8, 0.9};

static void check_against(const char *name, const char *optimizer, struct optimizer_step step)
{
    const float *want = net_oracle_floats(oracle, name, NULL);
    struct run r = run_steps(optimizer, CPU_SCALAR, step);

    for (gsize i = 0; i < r.n; i++)
        ck_assert_msg(fabs(r.w[i] - want[i]) <= 1e-5 * fabs(want[i]) + 1e-9,
                      "%s: element %zu is %.9g, torch has %.9g", name, i, (double)r.w[i],
                      (double)want[i]);
    run_finish(&r);
}

START_TEST(steps_are_those_of_torch)
{
    check_against("adamw", "adamw", (struct optimizer_step){0, 1e-2, 0.1, 1, usual});
    check_against("adamw_betas", "adamw",
                  (struct optimizer_step){0, 3e-3, 0, 1, {0.8, 0.95, 1e-5, 0}});
    check_against("sgd", "sgd", (struct optimizer_step){0, 1e-2, 0, 1, usual});
    check_against("sgd_decay", "sgd", (struct optimizer_step){0, 1e-2, 0.1, 1, {0, 0, 0, 0.5}});
}
END_TEST

START_TEST(every_width_and_cut_has_the_same_bits)
{
    static const char *const names[CPU_WIDTHS] = {"scalar", "avx2", "avx512"};
    const struct optimizer_step step = {0, 1e-2, 0.1, 0.7, usual};

    for (gsize o = 0; optimizer_table[o]; o++) {
        struct run want = run_steps(optimizer_table[o]->name, CPU_SCALAR, step);

        for (int width = 0; width < CPU_WIDTHS; width++) {
            enum cpu_width at;
            struct run got;

            if (!cpu_choose(names[width], &at))
                continue;
            got = run_steps(optimizer_table[o]->name, at, step);
            ck_assert_mem_eq(got.w, want.w, want.n * sizeof(float));
            for (unsigned m = 0; m < OPTIMIZER_MOMENTS; m++)
                ck_assert_mem_eq(got.moments[m], want.moments[m], want.n * sizeof(float));
            ck_assert_mem_eq(&got.sums, &want.sums, sizeof want.sums);
            run_finish(&got);
        }
        run_finish(&want);
    }
}
END_TEST

/* A stretch in two calls: the same weights. */
START_TEST(cuts_change_no_weight)
{
    const struct optimizer_step step = {1, 1e-2, 0.1, 1, usual};
    gsize n;
    const float *start = net_oracle_floats(oracle, "start", &n);
    const float *g = net_oracle_floats(oracle, "gradients", NULL);

    for (gsize o = 0; optimizer_table[o]; o++) {
        optimizer_update *update = optimizer_table[o]->update[CPU_SCALAR];
        g_autofree float *whole = g_memdup2(start, n * sizeof *start);
        g_autofree float *cut = g_memdup2(start, n * sizeof *start);
        g_autofree float *memory = g_new0(float, 4 * n);
        float *a[] = {memory, memory + n}, *b[] = {memory + 2 * n, memory + 3 * n};
        float *c[] = {b[0] + 21, b[1] + 21};
        struct optimizer_sums one = {0}, two = {0};

        update(&step, whole, g, a, n, &one);
        update(&step, cut, g, b, 21, &two);
        update(&step, cut + 21, g + 21, c, n - 21, &two);
        ck_assert_mem_eq(whole, cut, n * sizeof *cut);
        ck_assert_double_eq_tol(one.update, two.update, 1e-6 * one.update);
        ck_assert_double_eq_tol(one.weight, two.weight, 1e-6 * one.weight);
    }
}
END_TEST

START_TEST(sums_say_what_the_step_did)
{
    const struct optimizer_step step = {1, 1e-2, 0, 1, usual};
    float w[3] = {1, -2, 0.5f}, g[3] = {1, -3, 1e-3f}, m[3] = {0}, v[3] = {0};
    float *moments[] = {m, v};
    struct optimizer_sums s = {0};

    optimizer_find("adamw")->update[CPU_SCALAR](&step, w, g, moments, 3, &s);
    ck_assert_double_eq_tol(s.weight, 1 + 4 + 0.25, 1e-5);
    ck_assert_double_eq_tol(s.update, 3 * 1e-4, 1e-8); /* each moves by the rate at first */
    ck_assert_double_eq_tol(s.staleness, 3, 1e-4);     /* v, corrected, is g^2 then */
}
END_TEST

START_TEST(norms_and_clipping_are_those_of_torch)
{
    static const struct {
        const char *norm, *clipped;
        double most;
    } cases[] = {{"norm_1", "clipped_1", 1}, {"norm_1e+06", "clipped_1e+06", 1e6}};
    const struct train_kernels *k = train_kernels_choose(NULL);
    const float *g = net_oracle_floats(oracle, "gradients", NULL);

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        gsize n;
        const float *want = net_oracle_floats(oracle, cases[i].clipped, &n);
        double norm = sqrt(k->squares(g, n));
        float by = (float)MIN(1, cases[i].most / (norm + 1e-6));

        ck_assert_double_eq_tol(norm, net_oracle_doubles(oracle, cases[i].norm, NULL)[0],
                                1e-6 * norm);
        for (gsize j = 0; j < n; j++)
            ck_assert(fabsf(g[j] * by - want[j]) <= 1e-6f * fabsf(want[j]));
    }
}
END_TEST

/* During the warm-up transformers is a step behind, and its first step is none. */
START_TEST(schedules_are_those_of_transformers)
{
    static const struct {
        const char *oracle, *name;
        double end;
    } cases[] = {{"constant", "constant", 0},
                 {"linear", "linear", 0},
                 {"cosine", "cosine", 0},
                 {"cosine_tenth", "cosine", 0.1}};
    const uint64_t warmup = 7;

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        const struct schedule *s = schedule_find(cases[i].name);
        gsize steps;
        const double *want = net_oracle_doubles(oracle, cases[i].oracle, &steps);

        for (uint64_t step = 1; step <= steps; step++) {
            double rate = schedule_rate(s, step, steps, warmup, cases[i].end);

            ck_assert_double_eq_tol(rate, want[step <= warmup ? step : step - 1], 1e-12);
        }
        ck_assert_double_eq(schedule_rate(s, steps + 5, steps, warmup, cases[i].end),
                            s->share(1, cases[i].end));
        ck_assert_double_eq(schedule_rate(s, 1, 1, 0, 0), 1);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("optimizer");
    TCase *tests = tcase_create("all");
    SRunner *runner = srunner_create(suite);
    int failed;

    oracle = net_oracle_open("optimizer.bin");
    tcase_add_test(tests, steps_are_those_of_torch);
    tcase_add_test(tests, every_width_and_cut_has_the_same_bits);
    tcase_add_test(tests, cuts_change_no_weight);
    tcase_add_test(tests, sums_say_what_the_step_did);
    tcase_add_test(tests, norms_and_clipping_are_those_of_torch);
    tcase_add_test(tests, schedules_are_those_of_transformers);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    net_oracle_close(oracle);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
