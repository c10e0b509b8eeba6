/* The data of the worked case: what the generator writes, to the last byte, and what it promises.
 */
#include <check.h>
#include <stdbool.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "io/examples.h"
#include "tests/support/cli.h"

/* SHA-256 of all files one after the other, by seed; 200 sequences. After a change of the texts:
 * what the failing test prints. */
static const char *const sums[] = {
    "2eab47e3d1f1245eed3ff9405912def49a003357b1dde2d3891baade2fa07795",
    "02f3f0001004c9f8ac644a1ef4336de433e7d732ab8b1f917e98a550ed7eb241",
    "3676792b33eb351c034db330c6161c40bd0b2ff0a1bee5eb02e52c67cf66ac02"};
static const char *const files[] = {"a.jsonl",        "b.jsonl",        "c.jsonl",
                                    "pretrain.jsonl", "vocabulary.txt", "words.csv"};

static char *generated(const char *name)
{
    return g_build_filename(cli_dir, name, NULL);
}

static void remove_folder(const char *path)
{
    GDir *d = g_dir_open(path, 0, NULL);
    const char *name;

    while (d && (name = g_dir_read_name(d))) {
        char *inside = g_build_filename(path, name, NULL);

        if (g_file_test(inside, G_FILE_TEST_IS_DIR))
            remove_folder(inside);
        else
            g_remove(inside);
        g_free(inside);
    }
    if (d)
        g_dir_close(d);
    g_rmdir(path);
}

static void generate(const char *seed)
{
    char *script = g_build_filename(getenv("TARE_SOURCE"), "samples", "case", "generate", NULL);
    const char *const args[] = {script, "--seed", seed, "--sequences", "200", cli_dir, NULL};
    int status = -1;

    ck_assert(g_spawn_sync(NULL, (char **)args, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, NULL,
                           &status, NULL));
    ck_assert_int_eq(status, 0);
    g_free(script);
}

START_TEST(test_same_bytes)
{
    GChecksum *sum = g_checksum_new(G_CHECKSUM_SHA256);
    char seed[8];

    g_snprintf(seed, sizeof seed, "%d", _i + 1);
    generate(seed);
    for (guint i = 0; i < G_N_ELEMENTS(files); i++) {
        char *path = generated(files[i]), *text;
        gsize bytes;

        ck_assert(g_file_get_contents(path, &text, &bytes, NULL));
        g_checksum_update(sum, (const guchar *)text, (gssize)bytes);
        g_free(text);
        g_free(path);
    }
    ck_assert_str_eq(g_checksum_get_string(sum), sums[_i]);
    g_checksum_free(sum);
}
END_TEST

static struct examples *read_run(const char *name)
{
    char *path = generated(name);
    struct examples *e = examples_read(path, NULL, NULL);

    ck_assert_ptr_nonnull(e);
    ck_assert_uint_eq(e->n_bad, 0);
    g_free(path);
    return e;
}

static uint32_t count(const struct examples *e, uint32_t category, enum split split)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < e->n; i++)
        n += e->examples[i].category == category && e->examples[i].split == split;
    return n;
}

/* How many examples of a split stand in another run too, with the same id and text. */
static uint32_t common(const struct examples *e, const struct examples *of, enum split split)
{
    GHashTable *texts = g_hash_table_new(g_str_hash, g_str_equal);
    uint32_t n = 0;

    for (uint32_t i = 0; i < of->n; i++)
        if (of->examples[i].split == split)
            g_hash_table_insert(texts, of->examples[i].id, of->examples[i].text);
    for (uint32_t i = 0; i < e->n; i++)
        n += e->examples[i].split == split &&
             g_strcmp0(g_hash_table_lookup(texts, e->examples[i].id), e->examples[i].text) == 0;
    g_hash_table_destroy(texts);
    return n;
}

START_TEST(test_runs)
{
    static const uint32_t first_uncovered[] = {2, 0, 1};
    char seed[8];
    struct examples *a, *b, *c;

    g_snprintf(seed, sizeof seed, "%d", _i + 1);
    generate(seed);
    a = read_run("a.jsonl");
    b = read_run("b.jsonl");
    c = read_run("c.jsonl");
    for (uint32_t k = 0; k < 12; k++) {
        bool covered = k % 3 != first_uncovered[_i];

        ck_assert_str_eq(a->categories[k], b->categories[k]);
        ck_assert_uint_eq(count(a, k, SPLIT_TEST), 40);
        ck_assert_uint_eq(count(a, k, SPLIT_TRAIN), covered ? 74 : 2);
        ck_assert_uint_eq(count(b, k, SPLIT_TRAIN), covered ? 74 : 62);
        ck_assert_uint_eq(count(c, k, SPLIT_TRAIN), covered ? 104 : 2);
    }
    ck_assert_uint_eq(common(a, b, SPLIT_TRAIN), 600);
    ck_assert_uint_eq(common(a, c, SPLIT_TRAIN), 600);
    ck_assert_uint_eq(common(a, b, SPLIT_TEST), 480);
    ck_assert_uint_eq(common(a, c, SPLIT_TEST), 480);
    ck_assert_uint_eq(common(a, b, SPLIT_GENERAL), 60);
    examples_destroy(a);
    examples_destroy(b);
    examples_destroy(c);
}
END_TEST

/* Held-out rationales are none that a run is trained on. */
START_TEST(test_held_out)
{
    GHashTable *trained = g_hash_table_new(g_str_hash, g_str_equal);
    static const char *const runs[] = {"a.jsonl", "b.jsonl", "c.jsonl"};

    generate("1");
    for (guint r = 0; r < G_N_ELEMENTS(runs); r++) {
        struct examples *e = read_run(runs[r]);

        for (uint32_t i = 0; i < e->n; i++)
            if (e->examples[i].split == SPLIT_TRAIN)
                g_hash_table_add(trained, e->examples[i].text);
        for (uint32_t i = 0; i < e->n; i++)
            ck_assert(e->examples[i].split == SPLIT_TRAIN ||
                      !g_hash_table_contains(trained, e->examples[i].text));
        g_hash_table_remove_all(trained);
        examples_destroy(e);
    }
    g_hash_table_destroy(trained);
}
END_TEST

/* What it measured, the caller's; what it made stays in the folder "case". */
static JsonParser *run_case(const char *const *options)
{
    char *script = g_build_filename(getenv("TARE_SOURCE"), "samples", "worked-case", NULL);
    char *json = generated("case.json"), *folder = generated("case");
    JsonParser *p = json_parser_new();
    GPtrArray *args = g_ptr_array_new();
    char *said, *complaint;
    int status = -1;

    g_ptr_array_add(args, script);
    for (; *options; options++)
        g_ptr_array_add(args, (gpointer)*options);
    for (int i = 0; i < 5; i++)
        g_ptr_array_add(args, ((char *[]){"--batch", "--json", json, folder, NULL})[i]);
    ck_assert(g_spawn_sync(NULL, (char **)args->pdata, NULL, G_SPAWN_DEFAULT, NULL, NULL, &said,
                           &complaint, &status, NULL));
    ck_assert_msg(status == 0, "%s%s", said, complaint);
    ck_assert_str_eq(complaint, "");
    ck_assert(json_parser_load_from_file(p, json, NULL));
    g_ptr_array_free(args, TRUE);
    g_free(said);
    g_free(complaint);
    g_free(script);
    g_free(json);
    g_free(folder);
    return p;
}

static JsonObject *member(JsonParser *p, const char *name)
{
    JsonObject *root = json_node_get_object(json_parser_get_root(p));

    ck_assert_msg(json_object_has_member(root, name), "%s", name);
    return json_object_get_object_member(root, name);
}

static double number(JsonParser *p, const char *run, const char *name)
{
    JsonObject *o = member(p, run);

    ck_assert_msg(json_object_has_member(o, name), "%s of %s", name, run);
    ck_assert_msg(!json_object_get_null_member(o, name), "%s of %s is null", name, run);
    return json_object_get_double_member(o, name);
}

static JsonObject *category(JsonParser *p, const char *run, guint c)
{
    JsonArray *a = json_object_get_array_member(member(p, run), "categories");
    JsonObject *o = json_array_get_object_element(a, c);

    ck_assert_uint_eq(json_array_get_length(a), 12);
    ck_assert_int_eq(json_object_get_int_member(o, "examples"), 40);
    return o;
}

/* Of each uncovered one. */
static void check_halved(JsonParser *p)
{
    guint uncovered = 0;

    for (guint c = 0; c < 12; c++) {
        JsonObject *a = category(p, "A", c), *b = category(p, "B", c);

        if (strcmp(json_object_get_string_member(a, "cover"), "uncovered") != 0)
            continue;
        uncovered++;
        ck_assert_double_le(json_object_get_double_member(b, "loss"),
                            json_object_get_double_member(a, "loss") / 2);
    }
    ck_assert_uint_eq(uncovered, 4);
}

static void remove_case(JsonParser *p)
{
    char *folder = generated("case");

    remove_folder(folder);
    g_free(folder);
    g_object_unref(p);
}

/* Two steps, two held-out examples a category: that it comes to its end, and says all it should. */
START_TEST(test_the_way_through)
{
    static const char *const names[] = {
        "gap",           "gap_low",        "gap_high",     "general_loss",  "early_relative",
        "late_relative", "uncovered_loss", "covered_loss", "leak_uncovered"};
    static const char *const runs[] = {"base", "A", "B", "C", "plain", "hot", "decayed"};
    static const char *const ways[][5] = {{"--rehearse", "--contrasts", "--seed", "2", NULL},
                                          {"--rehearse", "--quick", NULL}};
    JsonParser *p = run_case(ways[_i]);

    for (guint r = 0; r < (_i ? 4 : G_N_ELEMENTS(runs)); r++) {
        JsonObject *o = member(p, runs[r]);

        for (guint i = 0; i < G_N_ELEMENTS(names); i++)
            ck_assert_msg(json_object_has_member(o, names[i]), "%s", names[i]);
        ck_assert_uint_eq(json_array_get_length(json_object_get_array_member(o, "categories")), 12);
        ck_assert_double_gt(number(p, runs[r], "covered_loss"), 0);
    }
    ck_assert_double_gt(number(p, "A", "late_relative"), 0);
    remove_case(p);
}
END_TEST

/* A gap opened where there was next to nothing to learn from. */
static void check_opened(JsonParser *p)
{
    ck_assert_double_le(fabs(number(p, "base", "gap")), 0.7);
    ck_assert_double_le(number(p, "A", "covered_loss"), 0.8);
    ck_assert_double_ge(number(p, "A", "gap"), 1.0);
    ck_assert_double_ge(number(p, "A", "gap_low"), 0.5);
    ck_assert_double_ge(number(p, "A", "leak_uncovered"), 0.5);
}

/* A few examples there closed it; as many elsewhere did not. */
static void check_closed(JsonParser *p)
{
    ck_assert_double_le(number(p, "B_of_A", "left"), 0.25);
    ck_assert_double_le(number(p, "B_of_A", "left_high"), 0.3);
    ck_assert_double_le(number(p, "B", "covered_loss") - number(p, "A", "covered_loss"), 0.25);
    ck_assert_double_le(number(p, "B", "leak_uncovered"), 0.3);
    check_halved(p);
    ck_assert_double_ge(number(p, "C_of_A", "left_low"), 0.7);
}

/* What is chosen: one rate for all moves all blocks alike; a rate too high costs other text. */
static void check_contrasts(JsonParser *p)
{
    double plain = number(p, "plain", "late_relative") / number(p, "plain", "early_relative");

    ck_assert_double_ge(number(p, "A", "late_relative") / number(p, "A", "early_relative"), 8);
    ck_assert_double_ge(plain, 0.8);
    ck_assert_double_le(plain, 1.6);
    ck_assert_double_ge(number(p, "hot", "general_loss") - number(p, "base", "general_loss"), 2);
    ck_assert_double_gt(number(p, "hot", "norm"), number(p, "decayed", "norm"));
}

/* The base that ships is the one that the same command makes again, to the last bit. */
static void check_base(void)
{
    char *made = generated("case/base.h5");
    char *shipped = g_build_filename(getenv("TARE_SOURCE"), "samples", "case", "base.h5", NULL);
    struct cli_run r =
        cli_run(NULL, NULL, (const char *const[]){"report", "-f", "json", shipped, made, NULL});
    JsonParser *p = json_parser_new();

    ck_assert_int_eq(r.status, 0);
    ck_assert(json_parser_load_from_data(p, r.out, -1, NULL));
    ck_assert(json_object_get_double_member(member(p, "model"), "relative_all") == 0);
    g_object_unref(p);
    cli_run_free(&r);
    g_free(shipped);
    g_free(made);
}

/* The base is trained once. */
START_TEST(test_what_comes_out)
{
    char seed[8];
    const char *options[] = {"--contrasts", "--seed", seed, _i ? "--quick" : NULL, NULL};
    JsonParser *p;

    g_snprintf(seed, sizeof seed, "%d", _i + 1);
    p = run_case(options);
    check_opened(p);
    check_closed(p);
    check_contrasts(p);
    if (_i == 0)
        check_base();
    remove_case(p);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("worked_case");
    SRunner *runner = srunner_create(suite);
    TCase *tests = tcase_create("data");
    const char *seeds = getenv("TARE_TEST_CASES");
    int failed;

    tcase_add_checked_fixture(tests, cli_make_dir, cli_remove_dir);
    tcase_add_loop_test(tests, test_same_bytes, 0, G_N_ELEMENTS(sums));
    tcase_add_loop_test(tests, test_runs, 0, 3);
    tcase_add_test(tests, test_held_out);
    tcase_add_loop_test(tests, test_the_way_through, 0, 2);
    if (seeds)
        tcase_add_loop_test(tests, test_what_comes_out, 0, atoi(seeds));
    tcase_set_timeout(tests, seeds ? 3600 : 600);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
