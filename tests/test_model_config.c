/* Configurations as frameworks write them, in the program's words. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "io/model_config.h"
#include "tests/support/listing_builder.h"

static struct model_config read_json(const char *text)
{
    struct model_config m = {0};

    model_config_from_json(text, &m);
    return m;
}

START_TEST(test_gpt2)
{
    struct model_config m =
        read_json("{\"model_type\": \"gpt2\", \"n_layer\": 3, \"n_embd\": 32, \"n_head\": 4, "
                  "\"n_inner\": null,"
                  "\"n_positions\": 64, \"vocab_size\": 80, \"layer_norm_epsilon\": 1e-05,"
                  "\"activation_function\": \"gelu_new\", \"scale_attn_weights\": true,"
                  "\"scale_attn_by_inverse_layer_idx\": false}");

    ck_assert_str_eq(m.type, "gpt2");
    ck_assert_uint_eq(m.layers, 3);
    ck_assert_uint_eq(m.hidden, 32);
    ck_assert_uint_eq(m.heads, 4);
    ck_assert_uint_eq(m.intermediate, 0);
    ck_assert_uint_eq(m.positions, 64);
    ck_assert_double_eq(m.norm_epsilon, 1e-5);
    ck_assert_str_eq(m.activation, "gelu_new");
    ck_assert_int_eq(m.tied, TIED_UNKNOWN);
    ck_assert_str_eq(m.odd, "");
}
END_TEST

/* transformers up to 4, from 5 on, and KerasHub. */
static const char *const ropes[] = {
    "{\"rope_theta\": 500000, \"rope_scaling\": {\"rope_type\": \"llama3\", \"factor\": 8.0,"
    "\"low_freq_factor\": 1.0, \"high_freq_factor\": 4, \"original_max_position_embeddings\": "
    "8192}}",
    "{\"rope_parameters\": {\"rope_theta\": 500000.0, \"type\": \"llama3\", \"factor\": 8,"
    "\"low_freq_factor\": 1.0, \"high_freq_factor\": 4.0,"
    "\"original_max_position_embeddings\": 8192}}",
    "{\"class_name\": \"Llama3Backbone\", \"config\": {\"rope_max_wavelength\": 500000,"
    "\"rope_position_scaling_factor\": 1.0, \"rope_frequency_adjustment_factor\": 8.0,"
    "\"rope_low_freq_factor\": 1.0, \"rope_high_freq_factor\": 4.0,"
    "\"rope_pretraining_sequence_length\": 8192}}",
};

START_TEST(test_rope)
{
    struct model_config m = read_json(ropes[_i]);

    ck_assert_str_eq(m.rope.scaling, "llama3");
    ck_assert_double_eq(m.rope.base, 500000);
    ck_assert_double_eq(m.rope.factor, 8);
    ck_assert_double_eq(m.rope.low, 1);
    ck_assert_double_eq(m.rope.high, 4);
    ck_assert_uint_eq(m.rope.original, 8192);
    ck_assert_str_eq(m.odd, "");
}
END_TEST

static const struct {
    const char *text;
    uint32_t window;
    bool in_some;
} windows[] = {
    {"{\"sliding_window\": 4096}", 4096, false},
    {"{\"sliding_window\": null}", 0, false},
    {"{\"sliding_window\": 4096, \"use_sliding_window\": false}", 0, false},
    {"{\"sliding_window\": 4096, \"use_sliding_window\": true, \"max_window_layers\": 2}", 4096,
     true},
    {"{\"sliding_window\": 4096, \"layer_types\": [\"full_attention\", \"full_attention\"]}", 0,
     false},
    {"{\"sliding_window\": 9, \"layer_types\": [\"sliding_attention\", 3, \"full_attention\"]}", 9,
     true},
    {"{\"sliding_window\": 9, \"layer_types\": [\"sliding_attention\"]}", 9, false},
};

START_TEST(test_window)
{
    struct model_config m = read_json(windows[_i].text);

    ck_assert_uint_eq(m.window, windows[_i].window);
    ck_assert_int_eq(m.window_in_some, windows[_i].in_some);
}
END_TEST

/* What few models have, or none can: named, with its value. */
static const struct {
    const char *text, *odd;
} oddities[] = {
    {"{\"num_attention_heads\": -4}", "num_attention_heads -4"},
    {"{\"vocab_size\": 4000000000}", "vocab_size 4000000000"},
    {"{\"rms_norm_eps\": -1e-5}", "rms_norm_eps -1e-05"},
    {"{\"scale_attn_weights\": false}", "scale_attn_weights false"},
    {"{\"final_logit_softcapping\": 30.0}", "final_logit_softcapping 30"},
    {"{\"final_logit_softcapping\": null}", ""},
    {"{\"partial_rotary_factor\": 0.75}", "partial_rotary_factor 0.75"},
    {"{\"partial_rotary_factor\": 1.0}", ""},
    {"{\"position_embedding_type\": \"relative_key\"}", "position_embedding_type relative_key"},
    {"{\"rope_parameters\": {\"full_attention\": {}, \"sliding_attention\": {}}}",
     "rope_parameters that differ by layer"},
    {"{\"config\": {\"rope_position_scaling_factor\": 2.0}}", "rope_position_scaling_factor 2"},
    {"{\"num_attention_heads\": \"4\", \"hidden_act\": 7, \"rope_scaling\": [1]}", ""},
    {"[1, 2]", ""},
    {"{", ""},
};

START_TEST(test_odd)
{
    struct model_config m = read_json(oddities[_i].text);

    ck_assert_str_eq(m.odd, oddities[_i].odd);
    ck_assert_uint_eq(m.heads, 0);
}
END_TEST

START_TEST(test_tied)
{
    ck_assert_int_eq(read_json("{\"tie_word_embeddings\": true}").tied, TIED_YES);
    ck_assert_int_eq(read_json("{\"tie_word_embeddings\": false}").tied, TIED_NO);
}
END_TEST

/* Attributes of the file's root say what no JSON says. */
START_TEST(test_attributes)
{
    struct listing *l = listing_builder_create();
    struct model_config m = read_json("{\"hidden_size\": 32, \"rms_norm_eps\": 1e-6}");

    listing_builder_text(l, 0, "model_type", "llama");
    listing_builder_text(l, 0, "hidden_size", "64");
    listing_builder_text(l, 0, "num_attention_heads", "8");
    listing_builder_text(l, 0, "rms_norm_eps", "1e-05");
    listing_builder_text(l, 0, "rope_theta", "500000");
    listing_builder_text(l, 0, "hidden_act", "silu");
    listing_builder_text(l, 0, "tie_word_embeddings", "true");
    model_config_from_attributes(l, &m);
    ck_assert_str_eq(m.type, "llama");
    ck_assert_uint_eq(m.hidden, 32);
    ck_assert_uint_eq(m.heads, 8);
    ck_assert_double_eq(m.norm_epsilon, 1e-6);
    ck_assert_double_eq(m.rope.base, 500000);
    ck_assert_str_eq(m.activation, "silu");
    ck_assert_int_eq(m.tied, TIED_YES);
    listing_destroy(l);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("model_config");
    TCase *t = tcase_create("config");
    SRunner *r;
    int failed;

    tcase_add_test(t, test_gpt2);
    tcase_add_loop_test(t, test_rope, 0, G_N_ELEMENTS(ropes));
    tcase_add_loop_test(t, test_window, 0, G_N_ELEMENTS(windows));
    tcase_add_loop_test(t, test_odd, 0, G_N_ELEMENTS(oddities));
    tcase_add_test(t, test_tied);
    tcase_add_test(t, test_attributes);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
