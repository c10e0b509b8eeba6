/* The real binary without a terminal: what its options make of reports and checks. */
#include <check.h>
#include <json-glib/json-glib.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "tests/support/cli.h"

static struct cli_run check_gpt2(const char *option)
{
    char *base = cli_fixture("hf_tf/gpt2_base/tf_model.h5"),
         *tuned = cli_fixture("hf_tf/gpt2_tuned/tf_model.h5");
    struct cli_run r =
        cli_run(NULL, NULL, (const char *const[]){"check", base, tuned, option, NULL});

    g_free(base);
    g_free(tuned);
    cli_check_clean_lines(r.out);
    ck_assert_msg(r.status < 2 || r.err[0], "%d", r.status);
    return r;
}

/* Which words of my categories did this fine-tune never touch? */
START_TEST(test_words_by_category)
{
    char *base = cli_fixture("vocabulary/base.h5"), *tuned = cli_fixture("vocabulary/tuned.h5");
    char *words = cli_fixture("vocabulary/words.csv");
    struct cli_run r = cli_run(
        NULL, NULL,
        (const char *const[]){"report", "--format", "json", "--words", words, base, tuned, NULL});
    JsonParser *parser = json_parser_new();
    JsonObject *table, *baby;
    JsonArray *categories;

    ck_assert_int_eq(r.status, 0);
    ck_assert(json_parser_load_from_data(parser, r.out, -1, NULL));
    table = json_array_get_object_element(
        json_object_get_array_member(json_node_get_object(json_parser_get_root(parser)),
                                     "vocabulary"),
        0);
    ck_assert_int_eq(json_object_get_int_member(table, "moved"), 40);
    ck_assert_int_eq(json_object_get_int_member(table, "unmoved"), 461);
    ck_assert_int_eq(json_object_get_int_member(table, "decayed"), 10);
    ck_assert_int_eq(json_object_get_int_member(table, "zero"), 1);
    ck_assert(json_object_get_null_member(table, "caveat"));
    categories = json_object_get_array_member(table, "categories");
    ck_assert_uint_eq(json_array_get_length(categories), 12);
    baby = json_array_get_object_element(categories, 0);
    ck_assert_str_eq(json_object_get_string_member(baby, "category"), "baby");
    ck_assert_int_eq(json_object_get_int_member(baby, "moved"), 0);
    ck_assert_uint_eq(json_array_get_length(json_object_get_array_member(baby, "untouched")), 5);
    cli_run_free(&r);
    r = cli_run(NULL, NULL,
                (const char *const[]){"report", "--words", "/nowhere.csv", base, tuned, NULL});
    ck_assert_int_eq(r.status, 3);
    ck_assert_uint_eq(cli_lines_of(r.err), 1);
    cli_run_free(&r);
    g_object_unref(parser);
    g_free(base);
    g_free(tuned);
    g_free(words);
}
END_TEST

/* Violated: 1 and a line a rule; with other thresholds or levels: 0 and nothing. */
START_TEST(test_check)
{
    static const char *const silent[] = {"[rules]\ndepth_profile=off\n",
                                         "[rules]\ndepth_profile = error\n",
                                         "# none\n[thresholds]\ndepth.heavy=0.5\n"};
    struct cli_run r = check_gpt2(NULL);

    ck_assert_int_eq(r.status, 1);
    ck_assert_uint_eq(cli_lines_of(r.out), 1);
    ck_assert(g_str_has_prefix(r.out, "depth_profile\twarning\tblocks\tpattern only: HEAVY-ALL"));
    ck_assert_ptr_nonnull(strstr(r.out, "depth.heavy=0.05"));
    cli_run_free(&r);
    r = check_gpt2("--threshold=depth.heavy=0.5");
    ck_assert_int_eq(r.status, 0);
    ck_assert_str_eq(r.out, "");
    cli_run_free(&r);
    for (gsize i = 0; i < G_N_ELEMENTS(silent); i++) {
        char *path = cli_file("gate.rules", silent[i], -1);
        char *option = g_strconcat("--rules=", path, NULL);

        r = check_gpt2(option);
        ck_assert_int_eq(r.status, 0);
        ck_assert_str_eq(r.out, "");
        cli_run_free(&r);
        g_free(option);
        g_free(path);
    }
}
END_TEST

/* What is wrong in a rules file is said with its line. */
START_TEST(test_rules_files)
{
    static const struct {
        const char *content, *err;
    } rows[] = {{"[thresholds]\n\ndepth.band=0.9\n", ":3: depth.band=0.9: depth.band is a number"},
                {"[thresholds]\nnope=1\n", ":2: nope=1: no such threshold"},
                {"[rules]\nfrozen=loud\n", ":2: a rule is error, warning, info or off"},
                {"[rules]\n# x\nnope=off\n", ":3: no such rule"},
                {"[colours]\na=1\n", ":1: the sections are"},
                {"depth.band=0.5\n", "gate.rules"},
                {"[rules\n", "gate.rules"}};

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        char *path = cli_file("gate.rules", rows[i].content, -1);

        EXPECT(2, rows[i].err, "check", "--rules", path, "a.h5", "b.h5");
        EXPECT(2, rows[i].err, "report", "--rules", path, "a.h5", "b.h5");
        g_free(path);
    }
    EXPECT(2, "can't be read", "check", "--rules", "/nonexistent/rules", "a.h5", "b.h5");
    EXPECT(2, "one or two files", "check");
    EXPECT(2, "takes no files", "check", "--list", "a.h5");
    EXPECT(2, "no such threshold", "check", "--threshold", "x=1", "a.h5", "b.h5");
    EXPECT(3, "a.h5", "check", "a.h5", "b.h5");
    EXPECT(0, NULL, "check", "--help");
}
END_TEST

/* Every rule and every threshold can be read without a file. */
START_TEST(test_check_list)
{
    struct cli_run r =
        cli_run(NULL, NULL,
                (const char *const[]){"check", "--list", "--threshold", "depth.band=0.5", NULL});

    ck_assert_int_eq(r.status, 0);
    cli_check_clean(r.out);
    ck_assert_ptr_nonnull(strstr(r.out, "\ndepth_profile  "));
    ck_assert_ptr_nonnull(strstr(r.out, "\ndepth.band=0.5  0.1 to 0.5, default 0.25\n"));
    ck_assert_ptr_nonnull(strstr(r.out, "\nhead_outlier=3.5"));
    cli_run_free(&r);
}
END_TEST

/* The report of two fixtures in JSON, with one more argument; tuned may be a path of its own. */
static JsonObject *pair_report(JsonParser *parser, const char *option, const char *base,
                               const char *tuned)
{
    char *a = cli_fixture(base),
         *b = tuned && tuned[0] != '/' ? cli_fixture(tuned) : g_strdup(tuned);
    struct cli_run r =
        cli_run(NULL, NULL, (const char *const[]){"report", "--format=json", option, a, b, NULL});

    ck_assert_msg(r.status == 0, "%s %s: %s", option, base, r.err);
    ck_assert(json_parser_load_from_data(parser, r.out, -1, NULL));
    cli_run_free(&r);
    g_free(a);
    g_free(b);
    return json_node_get_object(json_parser_get_root(parser));
}

static JsonObject *tensor_named(JsonObject *report, const char *name)
{
    JsonArray *tensors = json_object_get_array_member(report, "tensors");

    for (guint i = 0; i < json_array_get_length(tensors); i++) {
        JsonObject *t = json_array_get_object_element(tensors, i);

        if (strcmp(json_object_get_string_member(t, "name"), name) == 0)
            return t;
    }
    ck_abort_msg("%s is missing", name);
    return NULL;
}

/* PEFT's own numbers; scale: what the report's deltas are of them. */
static void check_against_peft(JsonObject *report, double scale)
{
    JsonParser *parser = json_parser_new();
    char *path = cli_fixture("torch/llama_peft.delta.json");
    JsonArray *truth;

    ck_assert(json_parser_load_from_file(parser, path, NULL));
    truth =
        json_object_get_array_member(json_node_get_object(json_parser_get_root(parser)), "tensors");
    ck_assert_uint_eq(json_array_get_length(truth), 24);
    for (guint i = 0; i < 24; i++) {
        JsonObject *want = json_array_get_object_element(truth, i);
        JsonObject *got = json_object_get_object_member(
            tensor_named(report, json_object_get_string_member(want, "name")), "delta");
        double l2 = scale * json_object_get_double_member(want, "l2_delta");
        double relative = scale * json_object_get_double_member(want, "rel");

        ck_assert_double_eq_tol(json_object_get_double_member(got, "l2"), l2, 1e-12 * l2);
        ck_assert_double_eq_tol(json_object_get_double_member(got, "relative"), relative,
                                1e-12 * relative);
    }
    g_object_unref(parser);
    g_free(path);
}

/* A copy beside a configuration of its own. */
static char *adapter_with(const char *config)
{
    char *from = cli_fixture("torch/llama_peft_lora.h5"), *text, *path;
    gsize bytes;

    ck_assert(g_file_get_contents(from, &text, &bytes, NULL));
    g_free(cli_file("adapter_config.json", config, -1));
    path = cli_file("adapter.h5", text, (gssize)bytes);
    g_free(text);
    g_free(from);
    return path;
}

START_TEST(test_adapter)
{
    JsonParser *parser = json_parser_new();
    char *path = adapter_with("{\"peft_type\": \"LORA\", \"r\": 4, \"lora_alpha\": 8}");
    JsonObject *report = pair_report(parser, "--lora-alpha=8", "torch/llama_base_flat.h5",
                                     "torch/llama_peft_lora.h5"),
               *adapter;

    check_against_peft(report, 1);
    adapter =
        json_object_get_object_member(json_object_get_object_member(report, "tuned"), "adapter");
    ck_assert_int_eq(json_object_get_int_member(adapter, "rank"), 4);
    ck_assert_int_eq(json_object_get_int_member(adapter, "tensors"), 24);
    ck_assert_double_eq(json_object_get_double_member(adapter, "alpha"), 8);
    check_against_peft(pair_report(parser, "--threads=1", "torch/llama_base_flat.h5", path), 1);
    check_against_peft(
        pair_report(parser, "--threads=1", "torch/llama_base_flat.h5", "torch/llama_peft_lora.h5"),
        0.5);
    check_against_peft(pair_report(parser, "--lora-alpha=2", "torch/llama_base_nested.h5", path),
                       0.25);
    g_object_unref(parser);
    g_free(path);
}
END_TEST

START_TEST(test_adapter_refused)
{
    char *gpt2 = cli_fixture("torch/gpt2_base_flat.h5"),
         *peft = cli_fixture("torch/llama_peft_lora.h5");
    char *hub = cli_fixture("hub/llama_lora.lora.h5"),
         *other = cli_fixture("hub/gpt2_tuned/model.weights.h5");
    char *dora = adapter_with("{\"use_dora\": true}"),
         *llama = cli_fixture("torch/llama_base_flat.h5");

    EXPECT(2, "--lora-alpha", "report", "--lora-alpha", "x", llama, peft);
    EXPECT(2, "--lora-alpha", "report", "--lora-alpha", "-1", llama, peft);
    EXPECT(2, "--lora-alpha", "report", "--lora-alpha", "nan", llama, peft);
    EXPECT(3, "no tensor of the target's name", "report", gpt2, peft);
    EXPECT(3, "no list of transformer blocks", "report", llama, hub);
    EXPECT(3, "make no update of layer", "report", other, hub);
    EXPECT(3, "DoRA", "check", llama, dora);
    g_free(gpt2);
    g_free(peft);
    g_free(hub);
    g_free(other);
    g_free(dora);
    g_free(llama);
}
END_TEST

static gint64 size_of(JsonObject *report, const char *part, const char *key)
{
    return json_object_get_int_member(json_object_get_object_member(report, part), key);
}

/* A copy that is tied is what a hard link is. */
START_TEST(test_tie)
{
    JsonParser *hard = json_parser_new(), *copy = json_parser_new();
    JsonObject *a = pair_report(hard, "--tie", "torch/gpt2_tied_hard.h5", NULL);
    JsonObject *b = pair_report(copy, "--tie", "torch/gpt2_tied_copy.h5", NULL);
    JsonArray *aliases =
        json_object_get_array_member(tensor_named(b, "transformer.wte.weight"), "aliases");

    ck_assert_int_eq(size_of(a, "base", "parameters"), size_of(b, "base", "parameters"));
    ck_assert_int_eq(size_of(a, "base", "tensors"), size_of(b, "base", "tensors"));
    ck_assert_int_eq(size_of(a, "model", "all_parameters"), size_of(b, "model", "all_parameters"));
    ck_assert_uint_eq(json_array_get_length(json_object_get_array_member(b, "tensors")), 40);
    ck_assert_uint_eq(json_array_get_length(aliases), 1);
    ck_assert_str_eq(json_array_get_string_element(aliases, 0), "lm_head.weight");
    b = pair_report(copy, "--threads=1", "torch/gpt2_tied_copy.h5", NULL);
    ck_assert_int_eq(size_of(b, "base", "parameters"), size_of(a, "base", "parameters") + 96 * 32);
    ck_assert_uint_eq(json_array_get_length(json_object_get_array_member(b, "tensors")), 41);
    g_object_unref(hard);
    g_object_unref(copy);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("cli_report");
    TCase *t = tcase_create("binary");
    SRunner *r;
    int failed;

    tcase_set_timeout(t, 120);
    tcase_add_checked_fixture(t, cli_make_dir, cli_remove_dir);
    tcase_add_test(t, test_check);
    tcase_add_test(t, test_rules_files);
    tcase_add_test(t, test_check_list);
    tcase_add_test(t, test_words_by_category);
    tcase_add_test(t, test_adapter);
    tcase_add_test(t, test_adapter_refused);
    tcase_add_test(t, test_tie);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
