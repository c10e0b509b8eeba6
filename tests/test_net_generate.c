/* Going on with a text: the same logits as a whole pass over it, and tokens drawn by their chance.
 */
#include <check.h>
#include <stdlib.h>
#include "core/net/generate.h"
#include "tests/support/net_oracle.h"

static const char *const models[] = {"gpt2", "llama", "mistral", "gemma3"};

struct whole {
    const float *logits; /* of the pass over all tokens so far */
    uint32_t vocabulary;
    bool same;
};

static void compare_last(void *data, const struct net_seen *seen)
{
    struct whole *w = data;

    ck_assert_uint_eq(seen->rows, 1);
    w->same = memcmp(w->logits, seen->values, w->vocabulary * sizeof *w->logits) == 0;
}

/* A pass over all n tokens gives `logits` for the last one, to the last bit. */
static void assert_as_pass(struct net *net, const uint32_t *ids, uint32_t n, const float *logits)
{
    float kept[64];
    struct whole w = {kept, net_weights(net)->spec.vocabulary, false};
    const struct net_probe probe = {1U << NET_LOGITS, compare_last, &w};
    const struct net_sequence s = {ids, n, n - 1};

    memcpy(kept, logits, w.vocabulary * sizeof *kept);
    ck_assert(net_forward(net, &(struct net_batch){.sequences = &s, .n = 1}, &probe, NULL, NULL));
    ck_assert(w.same);
}

START_TEST(steps_are_as_a_whole_pass)
{
    static const uint32_t steps[] = {9, 1, 1, 1, 12, 1, 2, 1};
    struct net_oracle *o = net_oracle_open("net_models.bin");
    struct net_weights w;
    struct net_stream *stream;
    uint32_t ids[40], used = 0;
    struct net *net;

    net_oracle_model(o, models[_i], DTYPE_F32, &w);
    net = net_create(&w, 2, NULL);
    stream = net_stream_create(net, 40, NULL);
    for (uint32_t i = 0; i < G_N_ELEMENTS(ids); i++)
        ids[i] = i * 17 % w.spec.vocabulary;
    for (gsize i = 0; i < G_N_ELEMENTS(steps); i++) {
        const float *logits = net_stream_feed(stream, ids + used, steps[i], NULL, NULL);

        used += steps[i];
        ck_assert_uint_eq(net_stream_used(stream), used);
        assert_as_pass(net, ids, used, logits);
    }
    net_stream_cut(stream, 7);
    assert_as_pass(net, ids, 9, net_stream_feed(stream, ids + 7, 2, NULL, NULL));
    net_stream_destroy(stream);
    net_destroy(net);
    net_oracle_model_finish(&w);
    net_oracle_close(o);
}
END_TEST

static bool keep(void *data, uint32_t id)
{
    g_array_append_val((GArray *)data, id);
    return true;
}

static GArray *generated(const char *model, guint threads, struct net_sampling how, uint32_t most)
{
    static const uint32_t ids[] = {3, 14, 15, 9, 26};
    const struct net_prompt prompt = {ids, G_N_ELEMENTS(ids), most, how};
    GArray *said = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    struct net_oracle *o = net_oracle_open("net_models.bin");
    struct net_weights w;
    struct net *net;

    net_oracle_model(o, model, DTYPE_F32, &w);
    net = net_create(&w, threads, NULL);
    ck_assert(net_generate(net, &prompt, keep, said, NULL, NULL));
    net_destroy(net);
    net_oracle_model_finish(&w);
    net_oracle_close(o);
    return said;
}

static void assert_equal(GArray *a, GArray *b, bool equal)
{
    ck_assert_uint_eq(a->len, b->len);
    ck_assert_int_eq(memcmp(a->data, b->data, a->len * sizeof(uint32_t)) == 0, equal);
}

START_TEST(a_seed_gives_its_tokens_whatever_the_threads)
{
    const struct net_sampling how = {.temperature = 1.3, .top_k = 20, .top_p = 0.95, .seed = 7};
    struct net_sampling other = how;
    GArray *a = generated(models[_i], 1, how, 20), *b = generated(models[_i], 3, how, 20), *c;

    other.seed = 8;
    c = generated(models[_i], 1, other, 20);
    ck_assert_uint_eq(a->len, 20);
    assert_equal(a, b, true);
    assert_equal(a, c, false);
    g_array_unref(a);
    g_array_unref(b);
    g_array_unref(c);
}
END_TEST

START_TEST(the_text_ends_where_the_positions_do)
{
    GArray *a = generated("gpt2", 1, (struct net_sampling){.temperature = 0}, 1000);

    ck_assert_uint_eq(a->len, 40 - 5 + 1);
    g_array_unref(a);
}
END_TEST

START_TEST(the_likeliest_is_what_transformers_says)
{
    struct net_oracle *o = net_oracle_open("net_models.bin");
    g_autofree char *name = g_strconcat(models[_i], ".greedy", NULL);
    GArray *a = generated(models[_i], 2, (struct net_sampling){.temperature = 0}, 12);
    gsize n;
    const uint32_t *expected = net_oracle_numbers(o, name, &n);

    ck_assert_uint_eq(a->len, n);
    ck_assert_mem_eq(a->data, expected, n * sizeof *expected);
    g_array_unref(a);
    net_oracle_close(o);
}
END_TEST

/* How often each of four tokens is drawn, in shares. */
static void draw_often(struct net_sampling how, double *share)
{
    const float logits[4] = {0.5f, 2.0f, -1.0f, 1.0f};
    uint64_t random = 1;
    const int n = 40000;

    for (int i = 0; i < 4; i++)
        share[i] = 0;
    for (int i = 0; i < n; i++)
        share[net_sample(logits, 4, &how, &random)] += 1.0 / n;
}

static const struct {
    struct net_sampling how;
    double share[4];
} cases[] = {
    {{.temperature = 0, .top_p = 1}, {0, 1, 0, 0}},
    {{.temperature = 1, .top_p = 1}, {0.135963, 0.609349, 0.030337, 0.224165}},
    {{.temperature = 0.5, .top_p = 1}, {0.041929, 0.842141, 0.002088, 0.113972}},
    {{.temperature = 1, .top_k = 2, .top_p = 1}, {0, 0.731059, 0, 0.268941}},
    {{.temperature = 1, .top_p = 0.8}, {0, 0.731059, 0, 0.268941}},
    {{.temperature = 1, .top_p = 0.85}, {0.140242, 0.628532, 0, 0.231223}},
    {{.temperature = 1, .top_k = 3, .top_p = 0.5}, {0, 1, 0, 0}},
};

START_TEST(tokens_are_drawn_by_their_chance)
{
    double share[4];

    draw_often(cases[_i].how, share);
    for (int i = 0; i < 4; i++)
        ck_assert_double_eq_tol(share[i], cases[_i].share[i], 0.01);
}
END_TEST

int main(void)
{
    const int n = G_N_ELEMENTS(models);
    Suite *suite = suite_create("net_generate");
    TCase *stream = tcase_create("stream"), *sample = tcase_create("sample");

    tcase_add_loop_test(stream, steps_are_as_a_whole_pass, 0, n);
    tcase_add_loop_test(stream, a_seed_gives_its_tokens_whatever_the_threads, 0, n);
    tcase_add_loop_test(stream, the_likeliest_is_what_transformers_says, 0, n);
    tcase_add_test(stream, the_text_ends_where_the_positions_do);
    suite_add_tcase(suite, stream);
    tcase_add_loop_test(sample, tokens_are_drawn_by_their_chance, 0, G_N_ELEMENTS(cases));
    suite_add_tcase(suite, sample);

    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
