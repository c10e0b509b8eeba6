/* The real binary on examples: what evaluate, report, check and examples print, and what they say
 * of what can't be run. */
#include <check.h>
#include <json-glib/json-glib.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/cli.h"

static char *oracle_model(const char *name)
{
    return g_build_filename(g_getenv("TARE_ORACLE"), "models", name, "model.h5", NULL);
}

/* Categories a, b and c, of which c has no train example; general text; one line that is none. */
static char *examples_file(void)
{
    GString *s = g_string_new(NULL);
    char *path;

    for (int i = 0; i < 40; i++) {
        for (int c = 0; c < 3; c++)
            g_string_append_printf(s,
                                   "{\"ids\": [%d, %d, %d, 3], \"n_prompt\": 2, \"category\": "
                                   "\"%c\\u001b\", \"id\": \"%c%d\"}\n",
                                   (i * 7 + c) % 48, (i + c * 5) % 48, (i * 3) % 48, 'a' + c,
                                   'a' + c, i);
        g_string_append_printf(s, "{\"ids\": [%d, 2, 1], \"split\": \"general\"}\n", i % 48);
        g_string_append_printf(s,
                               "{\"ids\": [%d, 2, 1], \"category\": \"%c\\u001b\", \"split\": "
                               "\"train\"}\n",
                               i, 'a' + i % 2);
    }
    g_string_append(s, "{\"ids\": [1, 400], \"category\": \"a\\u001b\", \"id\": \"beyond\"}\n{\n");
    path = cli_file("examples.jsonl", s->str, -1);
    g_string_free(s, TRUE);
    return path;
}

static JsonParser *parse(const char *text)
{
    JsonParser *p = json_parser_new();

    ck_assert_msg(json_parser_load_from_data(p, text, -1, NULL), "%.200s", text);
    return p;
}

static JsonParser *run_json(const char *const *args)
{
    struct cli_run r = cli_run(NULL, NULL, args);
    JsonParser *p;

    ck_assert_msg(r.status == 0, "%s", r.err);
    cli_check_clean(r.out);
    p = parse(r.out);
    cli_run_free(&r);
    return p;
}

static JsonObject *root_of(JsonParser *p)
{
    return json_node_get_object(json_parser_get_root(p));
}

START_TEST(evaluate_json)
{
    char *base = oracle_model("gpt2"), *tuned = oracle_model("gpt2_f16"), *file = examples_file();
    char *logits = g_build_filename(cli_dir, "logits.h5", NULL);
    const char *args[] = {"evaluate", "-f",          "json",  "--examples", file,  "--save-logits",
                          logits,     "--uncovered", "c\033", base,         tuned, NULL};
    JsonParser *p = run_json(args);
    JsonObject *o = root_of(p), *gap, *first;
    JsonArray *categories = json_object_get_array_member(o, "categories");

    ck_assert_uint_eq(json_array_get_length(categories), 3);
    first = json_array_get_object_element(categories, 0);
    ck_assert_str_eq(json_object_get_string_member(first, "category"), "a\033");
    ck_assert_int_eq(json_object_get_int_member(first, "examples"), 40);
    ck_assert_double_eq_tol(json_object_get_double_member(first, "base_loss") -
                                json_object_get_double_member(first, "tuned_loss"),
                            json_object_get_double_member(first, "gain"), 1e-12);
    ck_assert(json_object_get_double_member(first, "gain_low") <
              json_object_get_double_member(first, "gain_high"));
    gap = json_object_get_object_member(o, "gap");
    ck_assert_uint_eq(json_array_get_length(json_object_get_array_member(gap, "covered")), 2);
    ck_assert_uint_eq(json_array_get_length(json_object_get_array_member(gap, "uncovered")), 1);
    ck_assert(!json_object_get_null_member(gap, "gap_did_high"));
    ck_assert(json_object_has_member(gap, "base_gap") &&
              json_object_has_member(gap, "gap_left_high"));
    ck_assert_uint_eq(json_array_get_length(json_object_get_array_member(o, "examples")), 161);
    ck_assert_int_eq(json_object_get_int_member(o, "bad_lines"), 1);
    ck_assert(g_file_test(logits, G_FILE_TEST_IS_REGULAR));
    g_object_unref(p);
    /* Logits are read as a file of weights like any other: 160 examples and their ids, of two. */
    p = run_json((const char *[]){"report", "-f", "json", logits, NULL});
    ck_assert_uint_eq(json_array_get_length(json_object_get_array_member(root_of(p), "tensors")),
                      160 * 3);
    g_object_unref(p);
    g_free(logits);
    g_free(base);
    g_free(tuned);
    g_free(file);
}
END_TEST

/* The same bits whatever runs them. */
START_TEST(threads_and_cpu_change_nothing)
{
    char *base = oracle_model("llama"), *tuned = oracle_model("llama_tied"),
         *file = examples_file();
    const char *one[] = {"evaluate", "-f", "json", "-t", "1", "-e", file, base, tuned, NULL};
    const char *three[] = {"evaluate", "-f", "json", "-t", "3", "-e", file, base, tuned, NULL};
    struct cli_run a = cli_run("scalar", NULL, one), b = cli_run(NULL, NULL, three);

    ck_assert_int_eq(a.status, 0);
    ck_assert_str_eq(a.out, b.out);
    cli_run_free(&a);
    cli_run_free(&b);
    g_free(base);
    g_free(tuned);
    g_free(file);
}
END_TEST

START_TEST(evaluate_text_and_csv)
{
    char *base = oracle_model("gpt2"), *tuned = oracle_model("gpt2_f16"), *file = examples_file();
    char *spec = g_build_filename(cli_dir, "spec.md", NULL), *page;
    const char *text[] = {"evaluate", "-e", file, "--data-spec", spec, base, tuned, NULL};
    const char *csv[] = {"evaluate", "-e", file, "-f", "csv", base, NULL};
    struct cli_run r = cli_run(NULL, NULL, text);

    ck_assert_int_eq(r.status, 0);
    cli_check_clean(r.out);
    ck_assert_ptr_nonnull(strstr(r.out, "2 covered, 1 uncovered categories"));
    ck_assert_ptr_nonnull(strstr(r.out, "40 general texts"));
    ck_assert_ptr_nonnull(strstr(r.out, "example beyond was not run: token id 400"));
    ck_assert_ptr_nonnull(strstr(r.out, "1 line skipped"));
    cli_run_free(&r);
    ck_assert(g_file_get_contents(spec, &page, NULL, NULL));
    cli_check_clean(page);
    ck_assert_ptr_nonnull(strstr(page, "| c\\x1b | 0 | 40 |"));
    g_free(page);
    r = cli_run(NULL, NULL, csv);
    ck_assert_int_eq(r.status, 0);
    ck_assert(g_str_has_prefix(r.out, "id,category,split,tokens,base_nll,tuned_nll,skipped\n"));
    ck_assert_uint_eq(cli_lines_of(r.out), 1 + 161 + 2 + 3 + 2 + 8 * 4);
    cli_run_free(&r);
    g_free(spec);
    g_free(base);
    g_free(tuned);
    g_free(file);
}
END_TEST

START_TEST(answers_and_associations)
{
    char *base = oracle_model("llama"), *file = examples_file();
    char *words = cli_file("sets.txt", "x,\x01\nx,\x02\ny,\x03\ny,\x04\na,\x05\nb,\x06\n", -1);
    const char *args[] = {"evaluate",   "-f", "json",   "-e",  file, "--tokenizer", "bytes",
                          "--generate", "2",  "--weat", words, base, NULL};
    JsonParser *p = run_json(args);
    JsonObject *g = json_object_get_object_member(root_of(p), "generations"), *side, *weat;

    side = json_object_get_object_member(g, "base");
    ck_assert_uint_eq(json_array_get_length(json_object_get_array_member(side, "texts")), 6);
    ck_assert(json_object_get_null_member(g, "tuned"));
    ck_assert_int_eq(
        json_object_get_int_member(json_object_get_object_member(side, "covered"), "texts"), 4);
    weat = json_object_get_object_member(root_of(p), "association");
    ck_assert(!json_object_get_null_member(json_object_get_object_member(weat, "base"), "effect"));
    g_object_unref(p);
    g_free(words);
    g_free(base);
    g_free(file);
}
END_TEST

/* Reports carry it, gates trip on it. */
START_TEST(report_and_check)
{
    char *base = oracle_model("gpt2"), *file = examples_file();
    JsonParser *p =
        run_json((const char *[]){"report", "-f", "json", "-e", file, base, base, NULL});

    ck_assert(json_object_has_member(root_of(p), "categories"));
    ck_assert(json_object_has_member(root_of(p), "tensors"));
    g_object_unref(p);
    EXPECT(0, NULL, "report", "-e", file, base);
    EXPECT(2, "needs --examples", "report", "--generate", "3", base);
    g_free(base);
    g_free(file);
}
END_TEST

static JsonObject *member_of(JsonArray *list, guint i)
{
    return json_array_get_object_element(list, i);
}

/* Of a model that can't be run. */
START_TEST(recordings)
{
    char *base = cli_fixture("recordings/cnn_base.h5"), *odd = cli_fixture("recordings/odd.h5");
    char *tuned = cli_fixture("recordings/cnn_tuned.h5"), *other = cli_fixture("recordings/mlp_base.h5");
    char *model = cli_fixture("keras2/k2_cnn_model_base.h5");
    JsonParser *p = run_json((const char *[]){"evaluate", "-f", "json", "--recording", base,
                                              "--recording", tuned, model, NULL});
    JsonObject *o = json_object_get_object_member(root_of(p), "activity"), *cell;
    JsonArray *layers = json_object_get_array_member(o, "layers");
    struct cli_run check;

    ck_assert(!json_object_has_member(root_of(p), "categories"));
    ck_assert_int_eq(json_object_get_int_member(o, "rows"), 140);
    ck_assert_uint_eq(json_array_get_length(layers), 5);
    ck_assert_int_eq(json_object_get_int_member(member_of(layers, 1), "newly_dead"), 5);
    cell = member_of(json_object_get_array_member(member_of(layers, 4), "categories"), 3);
    ck_assert_str_eq(json_object_get_string_member(cell, "category"), "spots");
    ck_assert(json_object_get_boolean_member(cell, "few"));
    g_object_unref(p);
    EXPECT(0, NULL, "report", "--recording", base, model);
    EXPECT(0, NULL, "report", "--recording", odd, "-f", "csv", model);
    check = cli_run(NULL, NULL, (const char *[]){"check", "--recording", base, "--recording", tuned,
                                                 model, NULL});
    ck_assert_int_eq(check.status, 1);
    ck_assert_ptr_nonnull(strstr(check.out, "silent_units\twarning\tconv_deep\t5 of 8 units"));
    cli_run_free(&check);
    EXPECT(3, "not of the same rows", "evaluate", "--recording", base, "--recording", other, model);
    EXPECT(2, "in place of --examples", "report", "--recording", base, "-e", "x", model);
    EXPECT(2, "at most two recordings", "check", "--recording", base, "--recording", tuned,
           "--recording", other, model);
    EXPECT(2, "a recording has no losses", "evaluate", "--recording", base, "--data-spec", "x", model);
    g_free(base);
    g_free(tuned);
    g_free(other);
    g_free(odd);
    g_free(model);
}
END_TEST

START_TEST(what_is_refused)
{
    char *base = oracle_model("gpt2"), *bert = oracle_model("bert"), *file = examples_file();
    char *text = cli_file("text.csv", "text\nhello\n", -1), *none = cli_file("none", "", 0);
    char *two = cli_file("two.txt", "x,a\ny,b\n", -1);

    EXPECT(2, "evaluate needs --examples", "evaluate", base);
    EXPECT(2, "needs one or two files", "evaluate", "-e", file);
    EXPECT(2, "--format is", "evaluate", "-e", file, "-f", "xml", base);
    EXPECT(2, "zz: no example is of that category", "evaluate", "-e", file, "--uncovered", "zz",
           base);
    EXPECT(2, "--generate is a number", "evaluate", "-e", file, "--generate", "-1", base);
    EXPECT(3, "an encoder", "evaluate", "-e", file, bert);
    EXPECT(3, "cannot open", "evaluate", "-e", "/no/such/file", base);
    EXPECT(3, "neither JSON lines nor CSV", "evaluate", "-e", none, base);
    EXPECT(2, "needs one file", "examples");
    EXPECT(3, "neither JSON lines nor CSV", "examples", none);
    EXPECT(2, "--format is", "examples", "-f", "xml", text);
    EXPECT(0, NULL, "examples", text);
    EXPECT(0, NULL, "examples", "--tokenizer", "bytes", "-f", "json", text);
    g_free(two);
    g_free(none);
    g_free(text);
    g_free(file);
    g_free(bert);
    g_free(base);
}
END_TEST

/* What stands in a configuration in place of the number, and what is said of it. */
static const struct {
    const char *field, *value, *says;
} absurd[] = {{"n_head", "5", "num_attention_heads 5"},
              {"n_head", "0", "the number of attention heads is not known"},
              {"n_head", "-3", "n_head -3: that can't be run"},
              {"n_head", "1e30", "heads is not known"},
              {"n_head", "{}", "heads is not known"},
              {"n_embd", "7", "says hidden_size 7"},
              {"n_layer", "1000000", "says 1000000 layers, but 2 blocks"},
              {"n_inner", "3", "says intermediate_size 3"},
              {"vocab_size", "1000", "says vocab_size 1000"},
              {"n_positions", "99999999", "n_positions 99999999: that can't be run"},
              {"layer_norm_epsilon", "-1", "layer_norm_epsilon -1: that can't be run"},
              {"activation_function", "\"\\u001b[2J\"", "the activation \"\\x1b[2J\" can't be run"},
              {"model_type", "\"gemma2\"", "models of type \"gemma2\" can't be run; known are gpt2"},
              {"model_type", "\"gpt_neox\"", "models of type \"gpt_neox\" can't be run"}};

/* {"a": 1, ...}, a field a line: with another value. */
static char *config_with(const char *json, const char *field, const char *value)
{
    char *start = g_strdup_printf("\"%s\":", field);
    char **lines = g_strsplit(json, "\n", -1), *text;

    for (guint i = 0; lines[i]; i++)
        if (strstr(lines[i], start)) {
            const char *end = g_str_has_suffix(lines[i], ",") ? "," : "";

            g_free(lines[i]);
            lines[i] = g_strdup_printf(" %s %s%s", start, value, end);
        }
    text = g_strjoinv("\n", lines);
    g_strfreev(lines);
    g_free(start);
    return text;
}

START_TEST(absurd_configurations)
{
    char *base = oracle_model("gpt2"), *bytes, *json, *model;
    char *folder = g_path_get_dirname(base), *said = g_build_filename(folder, "config.json", NULL);
    char *file = cli_file("one.jsonl", "{\"ids\": [1, 2, 3]}\n", -1);
    gsize n;

    ck_assert(g_file_get_contents(base, &bytes, &n, NULL));
    ck_assert(g_file_get_contents(said, &json, NULL, NULL));
    model = cli_file("model.h5", bytes, (gssize)n);
    for (gsize i = 0; i < G_N_ELEMENTS(absurd); i++) {
        char *text = config_with(json, absurd[i].field, absurd[i].value);

        g_free(cli_file("config.json", text, -1));
        EXPECT(3, absurd[i].says, "evaluate", "-e", file, model);
        g_free(text);
    }
    g_free(model);
    g_free(json);
    g_free(bytes);
    g_free(file);
    g_free(said);
    g_free(folder);
    g_free(base);
}
END_TEST

/* An id beyond the vocabulary leaves its example out, and says so. */
START_TEST(ids_beyond_the_vocabulary)
{
    char *base = oracle_model("gpt2");
    char *file = cli_file("ids.jsonl", "{\"ids\": [1, 4000000000]}\n{\"ids\": [1, 2]}\n", -1);
    struct cli_run r = cli_run(NULL, NULL, (const char *[]){"evaluate", "-e", file, base, NULL});

    ck_assert_int_eq(r.status, 0);
    ck_assert_ptr_nonnull(strstr(r.out, "token id 4000000000, the model's vocabulary has 48"));
    cli_run_free(&r);
    g_free(file);
    g_free(base);
}
END_TEST

/* Everything that can be known of the data, the losses and the weights. */
START_TEST(the_data_specification)
{
    char *base = cli_fixture("torch/llama_base_flat.h5"), *text, *bytes, *hash;
    char *tuned = cli_fixture("torch/llama_tuned_flat.h5"), *file = cli_fixture("examples/gpt2.jsonl");
    char *page = g_build_filename(cli_dir, "page.md", NULL);
    gsize n;

    EXPECT(0, NULL, "evaluate", "-e", file, "--data-spec", page, base, tuned);
    ck_assert(g_file_get_contents(page, &text, NULL, NULL));
    ck_assert(g_file_get_contents(tuned, &bytes, &n, NULL));
    hash = g_compute_checksum_for_data(G_CHECKSUM_SHA256, (guint8 *)bytes, n);
    ck_assert_ptr_nonnull(strstr(text, hash));
    ck_assert_ptr_nonnull(strstr(text, "depth class: "));
    ck_assert_ptr_nonnull(strstr(text, "late / early "));
    ck_assert_ptr_nonnull(strstr(text, "| 1 of 20 |")); /* rows that did not move */
    ck_assert_ptr_nonnull(strstr(text, "not stored in these files"));
    g_free(hash);
    g_free(bytes);
    g_free(text);
    g_free(page);
    g_free(file);
    g_free(tuned);
    g_free(base);
}
END_TEST

/* Whatever the file is named for: a checkpoint that is there stays. */
START_TEST(inputs_are_not_replaced)
{
    char *model = cli_fixture("torch/llama_base_flat.h5"), *copy, *bytes, *after;
    char *file = cli_fixture("examples/gpt2.jsonl");
    gsize n, m;

    ck_assert(g_file_get_contents(model, &bytes, &n, NULL));
    copy = cli_file("copy.h5", bytes, (gssize)n);
    for (int i = 0; i < 3; i++) {
        const char *options[] = {"--save-logits", "--data-spec", "-o"};
        const char *args[] = {"evaluate", "-e", file, options[i], copy, copy, NULL};
        struct cli_run r = cli_run(NULL, NULL, args);

        ck_assert_int_eq(r.status, 4);
        ck_assert_msg(strstr(r.err, i ? "is an HDF5 file" : "one of the files that are looked at") !=
                          NULL,
                      "%s", r.err);
        cli_run_free(&r);
    }
    ck_assert(g_file_get_contents(copy, &after, &m, NULL));
    ck_assert(n == m && memcmp(bytes, after, n) == 0);
    g_free(after);
    g_free(copy);
    g_free(bytes);
    g_free(file);
    g_free(model);
}
END_TEST

/* The rest is printed where a part fails at the end. */
START_TEST(what_fails_late)
{
    char *base = oracle_model("gpt2"), *file = examples_file();
    char *two = cli_file("two.txt", "x,a\ny,b\n", -1);
    const char *rows[][2] = {{"--save-logits", "/no/such/place.h5"}, {"--weat", two}};
    const int status[] = {4, 3};

    for (int i = 0; i < 2; i++) {
        const char *args[] = {"evaluate", "-e",       file, "--tokenizer", "bytes",
                              rows[i][0], rows[i][1], base, NULL};
        struct cli_run r = cli_run(NULL, NULL, args);

        ck_assert_int_eq(r.status, status[i]);
        ck_assert_ptr_nonnull(strstr(r.out, "40 general texts"));
        ck_assert_uint_eq(cli_lines_of(r.err), 1);
        cli_run_free(&r);
    }
    g_free(two);
    g_free(file);
    g_free(base);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("cli_examples");
    TCase *t = tcase_create("cli_examples");
    SRunner *r;
    int failed;

    tcase_set_timeout(t, 120);
    tcase_add_checked_fixture(t, cli_make_dir, cli_remove_dir);
    tcase_add_test(t, evaluate_json);
    tcase_add_test(t, threads_and_cpu_change_nothing);
    tcase_add_test(t, evaluate_text_and_csv);
    tcase_add_test(t, answers_and_associations);
    tcase_add_test(t, report_and_check);
    tcase_add_test(t, recordings);
    tcase_add_test(t, what_is_refused);
    tcase_add_test(t, absurd_configurations);
    tcase_add_test(t, ids_beyond_the_vocabulary);
    tcase_add_test(t, the_data_specification);
    tcase_add_test(t, inputs_are_not_replaced);
    tcase_add_test(t, what_fails_late);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
