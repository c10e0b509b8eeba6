/* Each operation of a pass: against float64 (oracle/net_ops.py), with every width of vectors giving
 * the same bits, whatever the number of threads. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "core/net/op_activate.h"
#include "core/net/op_attention.h"
#include "core/net/op_embed.h"
#include "core/net/op_linear.h"
#include "core/net/op_loss.h"
#include "core/net/op_norm.h"
#include "core/net/op_rope.h"
#include "tests/support/net_oracle.h"

#define SCRATCH (1 << 16)

static struct net_oracle *oracle;
static struct net_run run;
static float *out;      /* of an operation */
static float *expected; /* bits of the first run */
#define MOST (1 << 17)

static const char *const widths[] = {"scalar", "avx2", "avx512"};

/* As core is told to run: width _i / 3 of vectors, 1 to 3 threads. */
static void set_up_run(int i)
{
    guint threads = (guint)i % 3 + 1;

    run.kernels = net_kernels_choose(widths[i / 3]);
    run.team = team_create(threads);
    run.scratch = g_new(float *, threads);
    for (guint t = 0; t < threads; t++)
        run.scratch[t] = g_new(float, SCRATCH);
    run.scratch_floats = SCRATCH;
    run.packed = g_new(float, SCRATCH);
    run.packed_floats = SCRATCH;
}

static void tear_down_run(void)
{
    for (guint t = 0; t < team_threads(run.team); t++)
        g_free(run.scratch[t]);
    g_free(run.scratch);
    g_free(run.packed);
    team_destroy(run.team);
}

static const float *floats(const char *name)
{
    return net_oracle_floats(oracle, name, NULL);
}

static void assert_near(const float *x, const char *name, double relative, double absolute)
{
    gsize n;
    const double *e = net_oracle_doubles(oracle, name, &n);

    for (gsize i = 0; i < n; i++)
        ck_assert_msg(fabs((double)x[i] - e[i]) <= relative * fabs(e[i]) + absolute,
                      "%s %u: %.9g for %.9g", name, (unsigned)i, (double)x[i], e[i]);
}

/* An operation: n floats into out, checked once against the oracle. */
struct operation {
    const char *name;
    gsize (*work)(void);
    void (*check)(void);
};

/* Activations. */

static enum net_activation activation;

static gsize activate(void)
{
    gsize n;
    const float *x = net_oracle_floats(oracle, "activate.x", &n);

    op_activate(&run, &(struct op_activate){activation, 1, (uint32_t)n, x, NULL, out});
    return n;
}

static gsize activate_gelu_tanh(void)
{
    activation = NET_GELU_TANH;
    return activate();
}

static gsize activate_gelu_erf(void)
{
    activation = NET_GELU_ERF;
    return activate();
}

static gsize activate_silu(void)
{
    activation = NET_SILU;
    return activate();
}

static gsize activate_relu(void)
{
    activation = NET_RELU;
    return activate();
}

static void check_activate(void)
{
    g_autofree char *name = g_strdup_printf("activate.%d", (int)activation);

    assert_near(out, name, 1e-6, 1e-9);
}

static gsize activate_gated(void)
{
    gsize n;
    const float *x = net_oracle_floats(oracle, "norm.x", &n);
    float *up = g_memdup2(x, n * sizeof *x);

    op_activate(&run, &(struct op_activate){NET_RELU, 5, 37, x, up, up});
    memcpy(out, up, n * sizeof *x);
    g_free(up);
    return n;
}

static void check_gated(void)
{
    const float *x = floats("norm.x");

    for (int i = 0; i < 5 * 37; i++)
        ck_assert_float_eq(out[i], x[i] > 0 ? x[i] * x[i] : 0);
}

/* Norms: the result, then what backward needs. */

static gsize norm_layer(void)
{
    op_norm(&run, &(struct op_norm){.kind = NET_NORM_LAYER,
                                    .n = 37,
                                    .parts = 1,
                                    .gain = floats("norm.gain"),
                                    .bias = floats("norm.bias"),
                                    .epsilon = 1e-5,
                                    .x = {(float *)(gsize)floats("norm.x"), 37, 5},
                                    .out = out,
                                    .out_stride = 37,
                                    .means = out + 185,
                                    .scales = out + 190});
    return 195;
}

static void check_layer(void)
{
    assert_near(out, "norm.layer", 2e-6, 1e-6);
    assert_near(out + 185, "norm.layer.means", 1e-6, 1e-7);
    assert_near(out + 190, "norm.layer.scales", 1e-6, 0);
}

static gsize norm_rms(void)
{
    op_norm(&run, &(struct op_norm){.kind = NET_NORM_RMS,
                                    .n = 37,
                                    .parts = 1,
                                    .gain = floats("norm.gain"),
                                    .offset = 1,
                                    .epsilon = 1e-6,
                                    .x = {(float *)(gsize)floats("norm.x"), 37, 5},
                                    .out = out,
                                    .out_stride = 37,
                                    .scales = out + 185});
    return 190;
}

static void check_rms(void)
{
    assert_near(out, "norm.rms", 2e-6, 1e-7);
    assert_near(out + 185, "norm.rms.scales", 1e-6, 0);
}

/* Products: few rows by dots, all by tiles, and both added to what is there. */

static gsize linear_rows(uint32_t rows, bool add)
{
    const struct net_matrix w = {(float *)(gsize)floats("linear.w"), DTYPE_F32, 387, 70};
    gsize n = (gsize)rows * 387;

    for (gsize i = 0; i < n; i++)
        out[i] = 1;
    op_linear(&run, &(struct op_linear){.w = &w,
                                        .bias = floats("linear.bias"),
                                        .x = floats("linear.x"),
                                        .x_stride = 70,
                                        .rows = rows,
                                        .out = out,
                                        .add = add});
    return n;
}

static gsize linear_few(void)
{
    return linear_rows(3, false);
}

static gsize linear_all(void)
{
    return linear_rows(260, false);
}

static gsize linear_few_added(void)
{
    return linear_rows(3, true);
}

static gsize linear_all_added(void)
{
    return linear_rows(260, true);
}

static void check_rows(gsize n_some, double more)
{
    const uint32_t *rows = net_oracle_numbers(oracle, "linear.rows", NULL);
    const double *e = net_oracle_doubles(oracle, "linear.some", NULL);

    for (gsize i = 0; i < n_some; i++)
        for (gsize j = 0; j < 387; j++)
            ck_assert_double_eq_tol((double)out[rows[i] * 387 + j], e[i * 387 + j] + more, 2e-5);
}

static void check_few(void)
{
    check_rows(3, 0);
}

static void check_all(void)
{
    check_rows(7, 0);
}

static void check_few_added(void)
{
    check_rows(3, 1);
}

static void check_all_added(void)
{
    check_rows(7, 1);
}

/* Attention: the mixture, then the log sums. */

#define ROWS 76

static const struct attention_span spans[3] = {{0, 5, 0, 5}, {5, 70, 5, 70}, {75, 1, 75, 1}};

static struct op_attention attention(bool causal, uint32_t window)
{
    const float *qkv = floats("attention.qkv");

    return (struct op_attention){.heads = 4,
                                 .kv_heads = 2,
                                 .head_dim = 8,
                                 .causal = causal,
                                 .window = window,
                                 .q = qkv,
                                 .q_stride = 64,
                                 .k = qkv + 32,
                                 .v = qkv + 48,
                                 .kv_stride = 64,
                                 .spans = spans,
                                 .n_spans = 3,
                                 .out = out,
                                 .log_sums = out + ROWS * 32};
}

static gsize attend_causal(void)
{
    const struct op_attention o = attention(true, 0);

    op_attention(&run, &o);
    return ROWS * 36;
}

static gsize attend_full(void)
{
    const struct op_attention o = attention(false, 0);

    op_attention(&run, &o);
    return ROWS * 36;
}

static gsize attend_window(void)
{
    const struct op_attention o = attention(true, 6);

    op_attention(&run, &o);
    return ROWS * 36;
}

static void check_causal(void)
{
    assert_near(out, "attention.causal.out", 0, 3e-6);
    assert_near(out + ROWS * 32, "attention.causal.log_sums", 1e-6, 1e-6);
}

static void check_full(void)
{
    assert_near(out, "attention.full.out", 0, 3e-6);
    assert_near(out + ROWS * 32, "attention.full.log_sums", 1e-6, 1e-6);
}

static void check_window(void)
{
    assert_near(out, "attention.window.out", 0, 3e-6);
    assert_near(out + ROWS * 32, "attention.window.log_sums", 1e-6, 1e-6);
}

/* The weights of the second sequence. */
static gsize attend_kept(void)
{
    struct op_attention o = attention(true, 6);
    float *mixed = g_new(float, ROWS * 32);

    o.spans = spans + 1;
    o.n_spans = 1;
    o.weights = out;
    o.out = mixed;
    o.log_sums = NULL;
    op_attention(&run, &o);
    g_free(mixed);
    return 4 * 70 * 70;
}

static void check_kept(void)
{
    const float *e = floats("attention.weights");

    for (int i = 0; i < 4 * 70 * 70; i++)
        ck_assert_double_eq_tol((double)out[i], (double)e[i], 1e-6);
}

/* Rotary positions of two heads of three. */

static gsize rope(struct net_rope_scaling scaling)
{
    static const uint32_t positions[4] = {0, 1, 100, 3000};
    const struct net_spec spec = {.head_dim = 8, .rope_base = 10000, .rope_scaling = scaling};
    float *cosine = g_new(float, 3001 * 4), *sine = g_new(float, 3001 * 4);

    memcpy(out, floats("rope.x"), 4 * 24 * sizeof *out);
    op_rope_tables(&spec, 3001, cosine, sine);
    op_rope(&run, &(struct op_rope){{out, 24, 4}, 2, 8, cosine, sine, positions});
    g_free(cosine);
    g_free(sine);
    return 96;
}

static gsize rope_plain(void)
{
    return rope((struct net_rope_scaling){0});
}

static gsize rope_llama3(void)
{
    return rope((struct net_rope_scaling){8, 1, 4, 64});
}

static void check_rope_plain(void)
{
    assert_near(out, "rope.plain", 0, 1e-6);
}

static void check_rope_llama3(void)
{
    assert_near(out, "rope.llama3", 0, 1e-6);
}

/* Cross entropy: bits of doubles. */

static gsize lose(void)
{
    op_loss(&run, &(struct op_loss){.logits = floats("loss.logits"),
                                    .rows = 4,
                                    .vocabulary = 1003,
                                    .targets = net_oracle_numbers(oracle, "loss.targets", NULL),
                                    .losses = (double *)(void *)out});
    return 8;
}

static void check_lose(void)
{
    const double *e = net_oracle_doubles(oracle, "loss.losses", NULL);

    for (int i = 0; i < 4; i++)
        ck_assert_double_eq_tol(((double *)(void *)out)[i], e[i], 1e-6);
}

/* Token rows of bf16 with a table of positions. */

static uint16_t tokens[6] = {0x3f80, 0xbf80, 0x4000, 0x0001, 0x7f80, 0x3dcc};
static float table[6] = {0, 0, 10, 20, 0.25f, 0.5f};
static float extra[2] = {100, 200};

static gsize embed(void)
{
    static const uint32_t ids[3] = {1, 0, 2}, positions[3] = {0, 1, 0};
    const struct net_matrix m = {tokens, DTYPE_BF16, 3, 2}, p = {table, DTYPE_F32, 3, 2};

    op_embed(&run, &(struct op_embed){.tokens = &m,
                                      .table = &p,
                                      .extra = extra,
                                      .scale = 2,
                                      .first_position = 1,
                                      .ids = ids,
                                      .positions = positions,
                                      .out = {out, 2, 3}});
    return 6;
}

static void check_embed(void)
{
    ck_assert_float_eq(out[0], 2 * 2.0f + 10 + 100);
    ck_assert_float_eq(out[2], 2 * 1.0f + 0.25f + 100);
    ck_assert_float_eq(out[3], 2 * -1.0f + 0.5f + 200);
    ck_assert(isinf(out[4]));
}

static const struct operation operations[] = {
    {"gelu by tanh", activate_gelu_tanh, check_activate},
    {"gelu by erf", activate_gelu_erf, check_activate},
    {"silu", activate_silu, check_activate},
    {"relu", activate_relu, check_activate},
    {"gated", activate_gated, check_gated},
    {"layer norm", norm_layer, check_layer},
    {"rms norm", norm_rms, check_rms},
    {"product of few rows", linear_few, check_few},
    {"product", linear_all, check_all},
    {"product of few rows, added", linear_few_added, check_few_added},
    {"product, added", linear_all_added, check_all_added},
    {"causal attention", attend_causal, check_causal},
    {"full attention", attend_full, check_full},
    {"attention in a window", attend_window, check_window},
    {"attention, kept", attend_kept, check_kept},
    {"rotary", rope_plain, check_rope_plain},
    {"rotary, stretched", rope_llama3, check_rope_llama3},
    {"cross entropy", lose, check_lose},
    {"embedding", embed, check_embed},
};

START_TEST(an_operation_is_right_with_any_width_and_threads)
{
    const struct operation *o = operations + _i;
    gsize n = 0;

    for (int i = 0; i < 9; i++) {
        if (!net_kernels_choose(widths[i / 3]))
            continue;
        set_up_run(i);
        n = o->work();
        if (i == 0) {
            o->check();
            memcpy(expected, out, n * sizeof *out);
        }
        ck_assert_msg(memcmp(out, expected, n * sizeof *out) == 0, "%s: %s, %d threads", o->name,
                      widths[i / 3], i % 3 + 1);
        tear_down_run();
    }
    ck_assert_uint_gt(n, 0);
}
END_TEST

/* Every binary16 and a bfloat16 of every exponent, bit by bit. */
START_TEST(halves_widen_exactly)
{
    const struct net_kernels *k = net_kernels_choose(widths[_i]);
    const enum dtype dtypes[] = {DTYPE_F16, DTYPE_BF16};

    for (gsize d = 0; k && d < G_N_ELEMENTS(dtypes); d++)
        for (uint32_t first = 0; first < 0x10000; first += 13) {
            uint16_t half[13];
            float wide[13];
            double e[13];

            for (uint32_t i = 0; i < 13; i++)
                half[i] = (uint16_t)(first + i);
            k->widen(wide, half, dtypes[d], 13);
            dtype_info(dtypes[d])->decode(e, half, 13);
            for (int i = 0; i < 13; i++)
                ck_assert(isnan(e[i])
                              ? isnan(wide[i])
                              : (double)wide[i] == e[i] && !signbit(wide[i]) == !signbit(e[i]));
        }
}
END_TEST

/* What is no number stays none; infinity has its limits. */
START_TEST(what_is_not_finite_stays_so)
{
    const struct net_kernels *k = net_kernels_choose(widths[_i]);
    float x[3] = {NAN, INFINITY, -INFINITY}, y[3], row[5] = {1, NAN, 2, 3, 4};

    for (int kind = 0; k && kind <= NET_RELU; kind++) {
        k->activate[kind](y, x, 3);
        ck_assert(isnan(y[0]) && y[1] == INFINITY);
    }
    if (k) {
        k->softmax(row, 5);
        ck_assert(isnan(row[0]) && isnan(row[4]));
    }
}
END_TEST

static void open_oracle(void)
{
    oracle = net_oracle_open("net_ops.bin");
    out = g_new(float, MOST);
    expected = g_new(float, MOST);
}

static void close_oracle(void)
{
    net_oracle_close(oracle);
    g_free(out);
    g_free(expected);
}

int main(void)
{
    Suite *suite = suite_create("net_ops");
    TCase *each = tcase_create("operations"), *kernels = tcase_create("kernels");

    tcase_add_checked_fixture(each, open_oracle, close_oracle);
    tcase_add_loop_test(each, an_operation_is_right_with_any_width_and_threads, 0,
                        G_N_ELEMENTS(operations));
    suite_add_tcase(suite, each);
    tcase_add_loop_test(kernels, halves_widen_exactly, 0, G_N_ELEMENTS(widths));
    tcase_add_loop_test(kernels, what_is_not_finite_stays_so, 0, G_N_ELEMENTS(widths));
    suite_add_tcase(suite, kernels);

    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
