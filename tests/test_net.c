/* The pass through tiny models of each kind: against transformers (oracle/net_models.py), and what
 * must hold of any: threads, packing, causality, positions, going on in the middle. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "core/net/net.h"
#include "tests/support/net_oracle.h"

static const char *const models[] = {"gpt2", "llama", "mistral", "gemma", "gemma3", "bert"};

/* A model with the sequences its oracle was computed for. */
struct example {
    struct net_oracle *oracle;
    const char *name;
    struct net_weights w;
    struct net *net;
    struct net_sequence sequences[4];
    struct net_batch batch;
};

static const float *floats(const struct example *e, const char *what, gsize *n)
{
    g_autofree char *name = g_strdup_printf("%s.%s", e->name, what);

    return net_oracle_floats(e->oracle, name, n);
}

static const uint32_t *numbers(const struct example *e, const char *what)
{
    g_autofree char *name = g_strdup_printf("%s.%s", e->name, what);

    return net_oracle_numbers(e->oracle, name, NULL);
}

static void example_init(struct example *e, const char *name, enum dtype dtype, guint threads)
{
    const uint32_t *lengths, *ids;

    *e = (struct example){.oracle = net_oracle_open("net_models.bin"), .name = name};
    net_oracle_model(e->oracle, name, dtype, &e->w);
    e->net = net_create(&e->w, threads, NULL);
    ck_assert_ptr_nonnull(e->net);
    lengths = numbers(e, "lengths");
    ids = numbers(e, "ids");
    for (uint32_t i = 0; i < G_N_ELEMENTS(e->sequences); i++) {
        e->sequences[i] = (struct net_sequence){.ids = ids, .n = lengths[i]};
        ids += lengths[i];
    }
    e->batch = (struct net_batch){.sequences = e->sequences, .n = G_N_ELEMENTS(e->sequences)};
}

static void example_finish(struct example *e)
{
    net_destroy(e->net);
    net_oracle_model_finish(&e->w);
    net_oracle_close(e->oracle);
}

/* All that was seen, one after the other, and of which place. */
struct record {
    GArray *seen;   /* of struct net_seen, without values */
    GArray *values; /* floats */
};

static void record_init(struct record *r)
{
    r->seen = g_array_new(FALSE, FALSE, sizeof(struct net_seen));
    r->values = g_array_new(FALSE, FALSE, sizeof(float));
}

static void record_finish(struct record *r)
{
    g_array_unref(r->seen);
    g_array_unref(r->values);
}

static void record_seen(void *data, const struct net_seen *seen)
{
    struct record *r = data;

    g_array_append_vals(r->seen, seen, 1);
    g_array_append_vals(r->values, seen->values, seen->rows * seen->columns);
}

/* Runs with the sites in wants recorded. */
static void run(struct net *net, const struct net_batch *batch, unsigned wants, struct record *r)
{
    const struct net_probe probe = {wants, record_seen, r};
    GError *error = NULL;

    record_init(r);
    ck_assert_msg(net_forward(net, batch, &probe, NULL, &error), "%s", error ? error->message : "");
}

static const float *values(const struct record *r)
{
    return &g_array_index(r->values, float, 0);
}

static void assert_same_bits(const struct record *a, const struct record *b)
{
    ck_assert_uint_eq(a->seen->len, b->seen->len);
    ck_assert_uint_eq(a->values->len, b->values->len);
    ck_assert_mem_eq(a->values->data, b->values->data, a->values->len * sizeof(float));
}

static void assert_near(const char *what, const float *x, const float *expected, gsize n,
                        double tolerance)
{
    for (gsize i = 0; i < n; i++)
        ck_assert_msg(fabs((double)x[i] - (double)expected[i]) <= tolerance, "%s %u: %g for %g",
                      what, (unsigned)i, (double)x[i], (double)expected[i]);
}

#define EVERYTHING ((1U << NET_SITES) - 1)

/* What stands in the record for a site of a block, against the oracle. */
static void check_site(const struct example *e, const struct record *r, enum net_site site,
                       uint32_t block, const char *what)
{
    gsize at = 0, expected_n, n = 0;
    const float *expected = floats(e, what, &expected_n);

    for (guint i = 0; i < r->seen->len && n < expected_n; i++) {
        const struct net_seen *s = &g_array_index(r->seen, struct net_seen, i);
        gsize size = (gsize)s->rows * s->columns;

        if (s->site == site && s->block == block) {
            ck_assert_uint_le(n + size, expected_n);
            assert_near(what, values(r) + at, expected + n, size, 2e-5);
            n += size;
        }
        at += size;
    }
    ck_assert_msg(n == expected_n, "%s: %u of %u", what, (unsigned)n, (unsigned)expected_n);
}

START_TEST(everything_is_as_transformers_has_it)
{
    struct example e;
    struct record r;

    example_init(&e, models[_i], DTYPE_F32, 2);
    run(e.net, &e.batch, EVERYTHING, &r);
    check_site(&e, &r, NET_LOGITS, 0, "logits");
    check_site(&e, &r, NET_EMBEDDED, 0, "residual0");
    check_site(&e, &r, NET_RESIDUAL, 0, "residual1");
    check_site(&e, &r, NET_FINAL, 0, e.w.spec.causal ? "final" : "residual2");
    check_site(&e, &r, NET_ATTENTION, 0, "attention0");
    check_site(&e, &r, NET_ATTENTION, 1, "attention1");
    record_finish(&r);
    example_finish(&e);
}
END_TEST

/* bf16 weights are the f32 ones with their lower half cut off. */
START_TEST(stored_halves_are_what_they_stand_for)
{
    struct example half, whole;
    struct record a, b;

    example_init(&half, models[_i], DTYPE_BF16, 2);
    example_init(&whole, models[_i], DTYPE_BF16, 2);
    for (uint32_t i = 0; i < whole.w.spec.layers; i++) {
        struct net_block *block = whole.w.blocks + i;
        struct net_matrix *const matrix[] = {&block->qkv, &block->out, &block->gate, &block->up,
                                             &block->down};

        for (gsize m = 0; m < G_N_ELEMENTS(matrix); m++) {
            gsize n = (gsize)matrix[m]->out * matrix[m]->in;
            uint32_t *wide = g_new(uint32_t, n);

            for (gsize j = 0; j < n; j++)
                wide[j] = (uint32_t)((uint16_t *)matrix[m]->values)[j] << 16;
            g_free(matrix[m]->values);
            matrix[m]->values = n ? wide : (g_free(wide), NULL);
            matrix[m]->dtype = DTYPE_F32;
        }
    }
    run(half.net, &half.batch, EVERYTHING, &a);
    run(whole.net, &whole.batch, EVERYTHING, &b);
    assert_same_bits(&a, &b);
    record_finish(&a);
    record_finish(&b);
    example_finish(&half);
    example_finish(&whole);
}
END_TEST

START_TEST(threads_change_no_bit)
{
    struct record one;
    struct example e;

    example_init(&e, models[_i], DTYPE_F32, 1);
    run(e.net, &e.batch, EVERYTHING, &one);
    example_finish(&e);
    for (guint threads = 2; threads <= 3; threads++) {
        struct record more;

        example_init(&e, models[_i], DTYPE_F32, threads);
        run(e.net, &e.batch, EVERYTHING, &more);
        assert_same_bits(&one, &more);
        record_finish(&more);
        example_finish(&e);
    }
    record_finish(&one);
}
END_TEST

START_TEST(looking_changes_no_bit)
{
    struct example e;
    struct record all, logits;

    example_init(&e, models[_i], DTYPE_F32, 2);
    run(e.net, &e.batch, EVERYTHING, &all);
    run(e.net, &e.batch, 1U << NET_LOGITS, &logits);
    ck_assert_mem_eq(values(&all) + all.values->len - logits.values->len, values(&logits),
                     logits.values->len * sizeof(float));
    record_finish(&all);
    record_finish(&logits);
    example_finish(&e);
}
END_TEST

START_TEST(a_sequence_has_the_same_bits_packed_and_alone)
{
    struct example e;
    struct record packed;
    gsize at = 0;

    example_init(&e, models[_i], DTYPE_F32, 2);
    run(e.net, &e.batch, 1U << NET_LOGITS, &packed);
    for (uint32_t i = 0; i < e.batch.n; i++) {
        struct net_batch alone = {.sequences = e.sequences + i, .n = 1};
        struct record r;

        run(e.net, &alone, 1U << NET_LOGITS, &r);
        ck_assert_mem_eq(values(&r), values(&packed) + at, r.values->len * sizeof(float));
        at += r.values->len;
        record_finish(&r);
    }
    ck_assert_uint_eq(at, packed.values->len);
    record_finish(&packed);
    example_finish(&e);
}
END_TEST

/* The longest sequence, its tokens from `from` on replaced. */
static void run_changed(struct example *e, uint32_t from, struct record *r)
{
    uint32_t n = e->sequences[2].n, *ids = g_memdup2(e->sequences[2].ids, n * sizeof *ids);
    struct net_sequence s = {.ids = ids, .n = n};

    for (uint32_t i = from; i < n; i++)
        ids[i] = (ids[i] + 7) % e->w.spec.vocabulary;
    run(e->net, &(struct net_batch){.sequences = &s, .n = 1}, 1U << NET_LOGITS, r);
    g_free(ids);
}

START_TEST(later_tokens_change_nothing_before_them)
{
    struct example e;
    struct record a, b;
    uint32_t from = 21;
    gsize before;

    example_init(&e, models[_i], DTYPE_F32, 2);
    before = (gsize)from * e.w.spec.vocabulary;
    run_changed(&e, UINT32_MAX, &a);
    run_changed(&e, from, &b);
    ck_assert_int_eq(memcmp(values(&a), values(&b), before * sizeof(float)) == 0, e.w.spec.causal);
    ck_assert_mem_ne(values(&a) + before, values(&b) + before, e.w.spec.vocabulary * sizeof(float));
    record_finish(&a);
    record_finish(&b);
    example_finish(&e);
}
END_TEST

/* The same token everywhere: what tells the rows apart is where they stand. */
START_TEST(positions_are_told_apart)
{
    const uint32_t ids[12] = {5, 5, 5, 5, 5, 5, 9, 5, 5, 5, 5, 5};
    const struct net_sequence s = {.ids = ids, .n = G_N_ELEMENTS(ids)};
    struct example e;
    struct record r;
    gsize row;

    example_init(&e, models[_i], DTYPE_F32, 1);
    row = e.w.spec.vocabulary;
    run(e.net, &(struct net_batch){.sequences = &s, .n = 1}, 1U << NET_LOGITS, &r);
    ck_assert_mem_ne(values(&r) + 8 * row, values(&r) + 9 * row, row * sizeof(float));
    record_finish(&r);
    example_finish(&e);
}
END_TEST

START_TEST(a_pass_goes_on_where_another_was)
{
    struct example e;
    struct record all, stream, rest;
    struct net_batch batch;

    example_init(&e, models[_i], DTYPE_F32, 2);
    run(e.net, &e.batch, 1U << NET_LOGITS, &all);
    run(e.net, &e.batch, 1U << NET_RESIDUAL, &stream);
    batch = e.batch;
    for (batch.first_block = 1; batch.first_block <= e.w.spec.layers; batch.first_block++) {
        batch.residual = values(&stream) +
                         (batch.first_block - 1) * net_batch_rows(&batch) * (gsize)e.w.spec.hidden;
        run(e.net, &batch, 1U << NET_LOGITS, &rest);
        assert_same_bits(&all, &rest);
        record_finish(&rest);
    }
    record_finish(&all);
    record_finish(&stream);
    example_finish(&e);
}
END_TEST

static double loss_of(const float *logits, uint32_t n, uint32_t target)
{
    double sum = 0;

    for (uint32_t i = 0; i < n; i++)
        sum += exp((double)logits[i]);
    return log(sum) - (double)logits[target];
}

START_TEST(losses_are_of_the_token_that_follows)
{
    struct example e;
    struct record r;
    double losses[64];
    uint32_t row = 0, asked = 0;

    example_init(&e, "llama", DTYPE_F32, 2);
    run(e.net, &e.batch, 1U << NET_LOGITS, &r);
    ck_assert_uint_eq(net_batch_rows(&e.batch), G_N_ELEMENTS(losses));
    e.sequences[2].first_logit = 11;
    ck_assert(net_losses(e.net, &e.batch, NULL, losses, NULL, NULL));
    for (uint32_t i = 0; i < e.batch.n; i++)
        for (uint32_t t = 0; t < e.sequences[i].n; t++, row++) {
            const struct net_sequence *s = e.sequences + i;
            gsize vocabulary = e.w.spec.vocabulary;

            if (t + 1 == s->n || t < s->first_logit) {
                ck_assert(isnan(losses[row]));
                continue;
            }
            ck_assert_double_eq_tol(
                losses[row], loss_of(values(&r) + row * vocabulary, 61, s->ids[t + 1]), 1e-5);
            asked++;
        }
    ck_assert_uint_eq(asked, 16 + 0 + 28 + 5);
    record_finish(&r);
    example_finish(&e);
}
END_TEST

/* Only rows that were asked for, in runs that say where they stand. */
START_TEST(logits_are_of_the_rows_asked_for)
{
    struct example e;
    struct record all, some;
    gsize at = 0;

    example_init(&e, "gpt2", DTYPE_F32, 2);
    run(e.net, &e.batch, 1U << NET_LOGITS, &all);
    e.sequences[0].first_logit = 17;
    e.sequences[2].first_logit = 30;
    e.sequences[3].first_logit = 5;
    run(e.net, &e.batch, 1U << NET_LOGITS, &some);
    ck_assert_uint_eq(some.values->len, (1 + 10 + 1) * 61);
    for (guint i = 0; i < some.seen->len; i++) {
        const struct net_seen *s = &g_array_index(some.seen, struct net_seen, i);

        ck_assert_mem_eq(values(&some) + at, values(&all) + s->first * 61,
                         s->rows * 61 * sizeof(float));
        at += s->rows * 61;
    }
    record_finish(&all);
    record_finish(&some);
    example_finish(&e);
}
END_TEST

/* What a model does not have, in words. */
static void assert_refused(struct example *e, struct net_sequence s, int code, const char *part)
{
    GError *error = NULL;
    double losses[64];

    ck_assert(!net_losses(e->net, &(struct net_batch){.sequences = &s, .n = 1}, NULL, losses, NULL,
                          &error));
    ck_assert_int_eq(error->code, code);
    ck_assert_msg(strstr(error->message, part) != NULL, "%s", error->message);
    g_error_free(error);
}

START_TEST(what_the_model_does_not_have_is_named)
{
    uint32_t ids[41] = {[7] = 61};
    struct example e;

    example_init(&e, "gpt2", DTYPE_F32, 2);
    assert_refused(&e, (struct net_sequence){ids, 9, 0}, TARE_ERROR_INPUT, "id 61");
    ids[7] = 0;
    assert_refused(&e, (struct net_sequence){ids, 41, 0}, TARE_ERROR_INPUT, "1 to 40");
    assert_refused(&e, (struct net_sequence){ids, 0, 0}, TARE_ERROR_INPUT, "1 to 40");
    e.w.head.values = NULL;
    assert_refused(&e, (struct net_sequence){ids, 9, 0}, TARE_ERROR_INPUT, "no head");
    e.w.head = e.w.tokens;
    example_finish(&e);
    example_init(&e, "bert", DTYPE_F32, 2);
    assert_refused(&e, (struct net_sequence){ids, 9, 0}, TARE_ERROR_INPUT, "encoder");
    example_finish(&e);
}
END_TEST

static void cancel(void *data, const struct net_seen *seen)
{
    if (seen->site == NET_RESIDUAL)
        g_atomic_int_set((gint *)data, 1);
    else
        ck_assert_int_eq(seen->site, NET_EMBEDDED);
}

START_TEST(a_pass_can_be_stopped)
{
    struct example e;
    gint cancelled = 0;
    const struct net_probe probe = {EVERYTHING & ~(1U << NET_ATTENTION) & ~(1U << NET_HIDDEN) &
                                        ~(1U << NET_HEAD_OUT),
                                    cancel, &cancelled};
    GError *error = NULL;

    example_init(&e, "gpt2", DTYPE_F32, 2);
    ck_assert(!net_forward(e.net, &e.batch, &probe, &cancelled, &error));
    ck_assert_int_eq(error->code, TARE_ERROR_CANCELLED);
    g_error_free(error);
    example_finish(&e);
}
END_TEST

int main(void)
{
    const int n = G_N_ELEMENTS(models);
    Suite *suite = suite_create("net");
    TCase *each = tcase_create("each model"), *pass = tcase_create("pass");

    tcase_add_loop_test(each, everything_is_as_transformers_has_it, 0, n);
    tcase_add_loop_test(each, stored_halves_are_what_they_stand_for, 0, n);
    tcase_add_loop_test(each, threads_change_no_bit, 0, n);
    tcase_add_loop_test(each, looking_changes_no_bit, 0, n);
    tcase_add_loop_test(each, a_sequence_has_the_same_bits_packed_and_alone, 0, n);
    tcase_add_loop_test(each, later_tokens_change_nothing_before_them, 0, n);
    tcase_add_loop_test(each, positions_are_told_apart, 0, n);
    tcase_add_loop_test(each, a_pass_goes_on_where_another_was, 0, n);
    suite_add_tcase(suite, each);
    tcase_add_test(pass, losses_are_of_the_token_that_follows);
    tcase_add_test(pass, logits_are_of_the_rows_asked_for);
    tcase_add_test(pass, what_the_model_does_not_have_is_named);
    tcase_add_test(pass, a_pass_can_be_stopped);
    suite_add_tcase(suite, pass);

    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
