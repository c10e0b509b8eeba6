/* The way back through each operation of a pass: against differences of the formula in float64,
 * with every width of vectors giving the same bits, whatever the number of threads. */
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
#include "core/net/op_product.h"
#include "core/net/op_rope.h"
#include "tests/support/values.h"

static const char *const widths[] = {"scalar", "avx2", "avx512"};
static struct net_run run;

/* Width i / 3 of vectors, 1 to 3 threads. */
static void set_up_run(int i)
{
    guint threads = (guint)i % 3 + 1;
    gsize scratch = MAX(op_product_scratch(), op_attention_backward_scratch(70, 8));

    scratch = MAX(scratch, op_linear_scratch());
    run.kernels = net_kernels_choose(widths[i / 3]);
    run.team = team_create(threads);
    run.scratch = g_new(float *, threads);
    for (guint t = 0; t < threads; t++)
        run.scratch[t] = g_new(float, scratch);
    run.scratch_floats = scratch;
    run.packed = g_new(float, op_product_packed());
    run.packed_floats = op_product_packed();
}

static void tear_down_run(void)
{
    for (guint t = 0; t < team_threads(run.team); t++)
        g_free(run.scratch[t]);
    g_free(run.scratch);
    g_free(run.packed);
    team_destroy(run.team);
}

/* An operand, and what it has of the gradient. */
struct operand {
    float *x, *gradient;
    gsize n;
};

#define OPERANDS 3
static struct operand operand[OPERANDS];
static float *dout; /* the loss is the sum of dout times the result */
static uint64_t seed;

static const float *moved; /* an element of an operand, and by how much */
static double by;

static double at(const float *x)
{
    return (double)*x + (x == moved ? by : 0);
}

static float *chance(gsize n, double width)
{
    float *x = g_new(float, n);

    seed++;
    for (gsize i = 0; i < n; i++)
        x[i] = (float)(width * values_bell(seed, i));
    return x;
}

static void set_operand(int i, gsize n, double width)
{
    operand[i] = (struct operand){chance(n, width), g_new0(float, n), n};
}

/* An operation: its operands and dout; its way back, which sets or adds to gradients; the loss. */
struct operation {
    const char *name;
    void (*set_up)(void);
    void (*back)(void);
    double (*loss)(void);
};

/* Norms: 9 rows of 37. */

static struct op_norm norm;

static void set_up_norm(enum net_norm kind, uint32_t n, uint32_t parts, double offset)
{
    set_operand(0, 9 * (gsize)n * parts, 1.5);
    set_operand(1, n, 1);
    set_operand(2, n, 1);
    dout = chance(9 * (gsize)n * parts, 1);
    norm = (struct op_norm){.kind = kind,
                            .n = n,
                            .parts = parts,
                            .gain = operand[1].x,
                            .offset = offset,
                            .epsilon = 1e-3,
                            .x = {operand[0].x, n * parts, 9}};
}

static void set_up_layer(void)
{
    set_up_norm(NET_NORM_LAYER, 37, 1, 0);
}

static void set_up_rms(void)
{
    set_up_norm(NET_NORM_RMS, 130, 1, 1);
}

static void set_up_heads(void)
{
    set_up_norm(NET_NORM_RMS, 8, 5, 0);
}

static void back_norm(void)
{
    gsize stride = norm.x.stride;
    float statistics[2 * 9 * 5];

    norm.means = statistics;
    norm.scales = statistics + 45;
    op_norm_backward(&run, &(struct op_norm_backward){.of = norm,
                                                      .dout = dout,
                                                      .dout_stride = stride,
                                                      .dx = operand[0].gradient,
                                                      .dx_stride = stride,
                                                      .add = true,
                                                      .dgain = operand[1].gradient,
                                                      .dbias = operand[2].gradient});
}

static double loss_norm(void)
{
    double loss = 0;

    for (uint32_t i = 0; i < 9 * norm.parts; i++) {
        const float *x = operand[0].x + i * norm.n;
        double mean = 0, variance = 0;

        for (uint32_t k = 0; norm.kind == NET_NORM_LAYER && k < norm.n; k++)
            mean += at(x + k) / norm.n;
        for (uint32_t k = 0; k < norm.n; k++)
            variance += (at(x + k) - mean) * (at(x + k) - mean) / norm.n;
        for (uint32_t k = 0; k < norm.n; k++)
            loss +=
                (double)dout[i * norm.n + k] * ((at(x + k) - mean) / sqrt(variance + norm.epsilon) *
                                                    (at(operand[1].x + k) + norm.offset) +
                                                at(operand[2].x + k));
    }
    return loss;
}

/* Activations, alone and gated: 3 rows of 37. */

static enum net_activation kind;
static bool gated;

static void set_up_activation(enum net_activation which, bool with_gate)
{
    kind = which;
    gated = with_gate;
    set_operand(0, 111, 2.5);
    set_operand(1, gated ? 111 : 0, 1);
    dout = chance(111, 1);
}

static void set_up_gelu_tanh(void)
{
    set_up_activation(NET_GELU_TANH, false);
}

static void set_up_gelu_erf(void)
{
    set_up_activation(NET_GELU_ERF, false);
}

static void set_up_silu(void)
{
    set_up_activation(NET_SILU, true);
}

static void set_up_relu(void)
{
    set_up_activation(NET_RELU, true);
}

static void back_activation(void)
{
    float made[111], again[111];
    const struct op_activate of = {kind, 3, 37, operand[0].x, gated ? operand[1].x : NULL, made};
    struct op_activate there = of;

    there.out = again;
    op_activate_backward(&run, &(struct op_activate_backward){of, dout, operand[0].gradient,
                                                              gated ? operand[1].gradient : NULL});
    op_activate(&run, &there);
    for (int i = 0; i < 111; i++)
        ck_assert_float_eq_tol(made[i], again[i], 1e-6f * fabsf(again[i]) + 1e-30f);
}

static double loss_activation(void)
{
    double loss = 0;

    for (int i = 0; i < 111; i++) {
        double x = at(operand[0].x + i), y = MAX(x, 0);

        if (kind == NET_GELU_TANH)
            y = 0.5 * x * (1 + tanh(sqrt(2 / G_PI) * (x + 0.044715 * x * x * x)));
        else if (kind == NET_GELU_ERF)
            y = 0.5 * x * (1 + erf(x / sqrt(2)));
        else if (kind == NET_SILU)
            y = x / (1 + exp(-x));
        loss += (double)dout[i] * y * (gated ? at(operand[1].x + i) : 1);
    }
    return loss;
}

/* x W^T + bias: 70 rows of 45 to 101. */

static void set_up_linear(void)
{
    set_operand(0, 70 * 45, 1);
    set_operand(1, 101 * 45, 1);
    set_operand(2, 101, 1);
    dout = chance(70 * 101, 1);
}

static void back_linear(void)
{
    const struct net_matrix w = {operand[1].x, DTYPE_F32, 101, 45};

    op_linear_backward(&run, &(struct op_linear_backward){.w = &w,
                                                          .x = operand[0].x,
                                                          .dout = dout,
                                                          .rows = 70,
                                                          .dx = operand[0].gradient,
                                                          .add = true,
                                                          .dw = operand[1].gradient,
                                                          .dbias = operand[2].gradient});
}

static double loss_linear(void)
{
    double loss = 0;

    for (uint32_t i = 0; i < 70; i++)
        for (uint32_t o = 0; o < 101; o++) {
            double sum = at(operand[2].x + o);

            for (uint32_t k = 0; k < 45; k++)
                sum += at(operand[0].x + i * 45 + k) * at(operand[1].x + o * 45 + k);
            loss += (double)dout[i * 101 + o] * sum;
        }
    return loss;
}

/* Attention: three sequences, 4 heads on 2 of keys and values, 8 wide; one longer than a tile.
 * Queries, keys and values are one operand. */

#define ROWS 76

static const struct attention_span spans[3] = {{0, 5, 0, 5}, {5, 70, 5, 70}, {75, 1, 75, 1}};
static struct op_attention attention;

static void set_up_attention(bool causal, uint32_t window)
{
    set_operand(0, ROWS * 64, 1.5);
    dout = chance(ROWS * 32, 1);
    attention = (struct op_attention){.heads = 4,
                                      .kv_heads = 2,
                                      .head_dim = 8,
                                      .causal = causal,
                                      .window = window,
                                      .q = operand[0].x,
                                      .q_stride = 64,
                                      .k = operand[0].x + 32,
                                      .v = operand[0].x + 48,
                                      .kv_stride = 64,
                                      .spans = spans,
                                      .n_spans = 3};
}

static void set_up_causal(void)
{
    set_up_attention(true, 0);
}

static void set_up_full(void)
{
    set_up_attention(false, 0);
}

static void set_up_window(void)
{
    set_up_attention(true, 6);
}

static void back_attention(void)
{
    float out[ROWS * 32], log_sums[ROWS * 4];

    attention.out = out;
    attention.log_sums = log_sums;
    op_attention(&run, &attention);
    op_attention_backward(&run, &(struct op_attention_backward){.of = attention,
                                                                .dout = dout,
                                                                .dq = operand[0].gradient,
                                                                .dk = operand[0].gradient + 32,
                                                                .dv = operand[0].gradient + 48});
}

/* Of one query and head, its keys being from .. to - 1. */
static double loss_query(uint32_t row, uint32_t head, uint32_t from, uint32_t to)
{
    const float *q = operand[0].x + row * 64 + head * 8, *k = operand[0].x + 32 + head / 2 * 8;
    double total = 0, sum = 0;

    for (uint32_t i = from; i < to; i++) {
        double score = 0, weight, value = 0;

        for (uint32_t d = 0; d < 8; d++) {
            score += at(q + d) * at(k + i * 64 + d);
            value += (double)dout[row * 32 + head * 8 + d] * at(k + 16 + i * 64 + d);
        }
        weight = exp(score / sqrt(8));
        total += weight;
        sum += weight * value;
    }
    return sum / total;
}

static double loss_attention(void)
{
    double loss = 0;

    for (uint32_t s = 0; s < 3; s++)
        for (uint32_t i = 0; i < spans[s].queries; i++)
            for (uint32_t head = 0; head < 4; head++) {
                uint32_t first = spans[s].key, row = first + i;
                uint32_t to = attention.causal ? row + 1 : first + spans[s].keys;
                uint32_t from = attention.window && i + 1 > attention.window
                                    ? row + 1 - attention.window
                                    : first;

                loss += loss_query(row, head, from, to);
            }
    return loss;
}

/* Rotary positions of two heads of three. */

static float cosine[20 * 4], sine[20 * 4];
static const uint32_t positions[4] = {0, 1, 7, 19};

static void set_up_rope(void)
{
    const struct net_spec spec = {.head_dim = 8, .rope_base = 100};

    set_operand(0, 4 * 24, 1);
    dout = chance(4 * 24, 1);
    op_rope_tables(&spec, 20, cosine, sine);
}

static void back_rope(void)
{
    memcpy(operand[0].gradient, dout, 4 * 24 * sizeof *dout);
    op_rope(&run,
            &(struct op_rope){{operand[0].gradient, 24, 4}, 2, 8, cosine, sine, positions, true});
}

static double loss_rope(void)
{
    double loss = 0;

    for (uint32_t i = 0; i < 4 * 24; i++) {
        uint32_t place = i % 24, half = place % 8 / 4, wave = positions[i / 24] * 4 + place % 4;
        const float *a = operand[0].x + i, *other = half ? a - 4 : a + 4;
        double turned = at(a) * (double)cosine[wave];

        turned += (half ? 1 : -1) * at(other) * (double)sine[wave];
        loss += (double)dout[i] * (place < 16 ? turned : at(a));
    }
    return loss;
}

/* Cross entropy; the third row has no target. */

static const uint32_t targets[4] = {7, 0, UINT32_MAX, 502};

static void set_up_loss(void)
{
    set_operand(0, 4 * 503, 4);
    dout = chance(1, 1);
}

static void back_loss(void)
{
    const float *x = operand[0].x;
    double losses[4], same[4];
    struct op_loss o = {operand[0].gradient, 4, 503, targets, losses};

    memcpy(operand[0].gradient, x, 4 * 503 * sizeof *x);
    op_loss_backward(&run, &o, operand[0].gradient, 0.37f);
    o = (struct op_loss){x, 4, 503, targets, same};
    op_loss(&run, &o);
    ck_assert_mem_eq(losses, same, 2 * sizeof *same);
    ck_assert(isnan(losses[2]) && losses[3] == same[3]);
}

static double loss_loss(void)
{
    double loss = 0;

    for (uint32_t i = 0; i < 4; i++) {
        double sum = 0;

        if (targets[i] == UINT32_MAX)
            continue;
        for (uint32_t k = 0; k < 503; k++)
            sum += exp(at(operand[0].x + i * 503 + k));
        loss += log(sum) - at(operand[0].x + i * 503 + targets[i]);
    }
    return loss * (double)0.37f;
}

/* Embedding: a token and a position that stand twice; 70 wide. */

static const uint32_t ids[3] = {1, 0, 1}, places[3] = {0, 1, 0};

static void set_up_embed(void)
{
    set_operand(0, 4 * 70, 1);
    set_operand(1, 3 * 70, 1);
    set_operand(2, 70, 1);
    dout = chance(3 * 70, 1);
}

static void back_embed(void)
{
    const struct net_matrix tokens = {operand[0].x, DTYPE_F32, 4, 70};
    const struct net_matrix table = {operand[1].x, DTYPE_F32, 3, 70};
    const struct op_embed of = {.tokens = &tokens,
                                .table = &table,
                                .extra = operand[2].x,
                                .scale = 3,
                                .first_position = 1,
                                .ids = ids,
                                .positions = places,
                                .out = {dout, 70, 3}};

    op_embed_backward(&run, &(struct op_embed_backward){&of, operand[0].gradient,
                                                        operand[1].gradient, operand[2].gradient});
}

static double loss_embed(void)
{
    double loss = 0;

    for (uint32_t i = 0; i < 3; i++)
        for (uint32_t k = 0; k < 70; k++)
            loss += (double)dout[i * 70 + k] *
                    (3 * at(operand[0].x + ids[i] * 70 + k) +
                     at(operand[1].x + (1 + places[i]) * 70 + k) + at(operand[2].x + k));
    return loss;
}

static const struct operation operations[] = {
    {"layer norm", set_up_layer, back_norm, loss_norm},
    {"rms norm", set_up_rms, back_norm, loss_norm},
    {"norm by head", set_up_heads, back_norm, loss_norm},
    {"gelu by tanh", set_up_gelu_tanh, back_activation, loss_activation},
    {"gelu by erf", set_up_gelu_erf, back_activation, loss_activation},
    {"silu, gated", set_up_silu, back_activation, loss_activation},
    {"relu, gated", set_up_relu, back_activation, loss_activation},
    {"product", set_up_linear, back_linear, loss_linear},
    {"causal attention", set_up_causal, back_attention, loss_attention},
    {"full attention", set_up_full, back_attention, loss_attention},
    {"attention in a window", set_up_window, back_attention, loss_attention},
    {"rotary", set_up_rope, back_rope, loss_rope},
    {"cross entropy", set_up_loss, back_loss, loss_loss},
    {"embedding", set_up_embed, back_embed, loss_embed},
};

#define STEP 1e-4
/* Of the norm of an operand's gradient, for sums of float32; differences are right to 1e-8. */
#define TOLERANCE 5e-7

static double difference(const struct operation *o, const float *x)
{
    double up, down;

    moved = x;
    by = STEP;
    up = o->loss();
    by = -STEP;
    down = o->loss();
    moved = NULL;
    return (up - down) / (2 * STEP);
}

static void check_operand(const struct operation *o, const struct operand *p)
{
    double size = 0;

    for (gsize i = 0; i < p->n; i++)
        size += (double)p->gradient[i] * (double)p->gradient[i];
    size = sqrt(size);
    for (gsize i = 0; i < p->n; i += p->n / 50 + 1) {
        double d = difference(o, p->x + i);

        ck_assert_msg(fabs((double)p->gradient[i] - d) <= TOLERANCE * size + 1e-7,
                      "%s, operand %d, %u: %.9g for %.9g, norm %g", o->name, (int)(p - operand),
                      (unsigned)i, (double)p->gradient[i], d, size);
    }
}

START_TEST(the_way_back_is_a_difference_with_any_width_and_threads)
{
    const struct operation *o = operations + _i;
    float *first[OPERANDS];

    memset(operand, 0, sizeof operand);
    o->set_up();
    for (int i = 0; i < 9; i++) {
        if (!net_kernels_choose(widths[i / 3]))
            continue;
        for (int k = 0; k < OPERANDS; k++)
            memset(operand[k].gradient ? operand[k].gradient : dout, 0,
                   operand[k].n * sizeof *dout);
        set_up_run(i);
        o->back();
        tear_down_run();
        for (int k = 0; k < OPERANDS; k++) {
            gsize bytes = operand[k].n * sizeof(float);

            if (i == 0) {
                check_operand(o, operand + k);
                first[k] = g_memdup2(operand[k].gradient, bytes);
            }
            ck_assert_msg(bytes == 0 || memcmp(first[k], operand[k].gradient, bytes) == 0,
                          "%s: %s, %d threads", o->name, widths[i / 3], i % 3 + 1);
        }
    }
    for (int k = 0; k < OPERANDS; k++) {
        g_free(first[k]);
        g_free(operand[k].x);
        g_free(operand[k].gradient);
    }
    g_free(dout);
}
END_TEST

/* c = a b across tiles of k, rows and columns, added and not, b of halves; elements here and there
 * as float64 has them. */
#define M 53
#define N 3090
#define K 530

static void check_product(const struct op_product *o, double start)
{
    for (uint32_t i = 0; i < M; i += 4)
        for (uint32_t j = 1; j < N; j += 171) {
            double sum = start, size = 1;

            for (gsize k = 0; k < K; k++) {
                double a = (double)(o->turned ? o->a[k * M + i] : o->a[i * K + k]), b;

                dtype_info(o->dtype)->decode(
                    &b, (const char *)o->b + (k * N + j) * dtype_info(o->dtype)->bytes, 1);
                sum += a * b;
                size += fabs(a * b);
            }
            ck_assert_double_eq_tol((double)o->c[(gsize)i * N + j], sum, 1e-6 * size);
        }
}

START_TEST(products_are_right_with_any_width_and_threads)
{
    float *a = chance(M * K, 1), *b = chance((gsize)N * K, 1), *c = g_new(float, (gsize)M *N);
    float *first = g_new(float, (gsize)M *N);
    struct op_product o = {.a = a,
                           .a_stride = _i & 1 ? M : K,
                           .turned = _i & 1,
                           .b = b,
                           .dtype = _i & 2 ? DTYPE_BF16 : DTYPE_F32,
                           .c = c,
                           .add = _i & 1,
                           .m = M,
                           .n = N,
                           .k = K};

    for (gsize i = 0; i < (gsize)N * K && _i & 2; i++)
        ((uint16_t *)(void *)b)[i] = (uint16_t)(0x3f00 + i % 257);
    for (int i = 0; i < 9; i += 4) { /* each width, each number of threads */
        if (!net_kernels_choose(widths[i / 3]))
            continue;
        for (gsize k = 0; k < (gsize)M * N; k++)
            c[k] = o.add ? 2 : NAN;
        set_up_run(i);
        op_product(&run, &o);
        tear_down_run();
        if (i == 0) {
            check_product(&o, o.add ? 2 : 0);
            memcpy(first, c, (gsize)M * N * sizeof *c);
        }
        ck_assert_mem_eq(first, c, (gsize)M * N * sizeof *c);
    }
    g_free(a);
    g_free(b);
    g_free(c);
    g_free(first);
}
END_TEST

/* Slopes where exponentials overflow, and what is no number stays none. */
START_TEST(slopes_have_their_limits)
{
    static const float x[7] = {-1e20f, -100, -30, 30, 100, 1e20f, NAN};

    for (int w = 0; w < 3; w++) {
        const struct net_kernels *k = net_kernels_choose(widths[w]);
        float value[7], slope[7];

        for (int which = 0; k && which <= NET_RELU; which++) {
            k->backward->activate[which](value, slope, x, 7);
            for (int i = 0; i < 6; i++) {
                ck_assert_float_eq_tol(slope[i], x[i] > 0 ? 1 : 0, 1e-6f);
                ck_assert_float_eq_tol(value[i], x[i] > 0 ? x[i] : 0, 1e-6f);
            }
            ck_assert(isnan(value[6]) && isnan(slope[6]));
        }
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("net_ops_back");
    TCase *t = tcase_create("back");

    tcase_add_loop_test(t, the_way_back_is_a_difference_with_any_width_and_threads, 0,
                        G_N_ELEMENTS(operations));
    tcase_add_loop_test(t, products_are_right_with_any_width_and_threads, 0, 4);
    tcase_add_test(t, slopes_have_their_limits);
    suite_add_tcase(suite, t);

    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
