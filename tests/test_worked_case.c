/* The data of the worked case: what the generator writes, to the last byte, and what it promises.
 */
#include <check.h>
#include <stdbool.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include "io/examples.h"
#include "tests/support/cli.h"

/* SHA-256 of all files one after the other, by seed; 200 sequences. After a change of the texts:
 * what the failing test prints. */
static const char *const sums[] = {
    "e2199a7dd303db3d47e493a853aee7455c26e4d5aa28b7c8f3f654c94e4bd7e9",
    "7a2aa8de5559cd599f1ec64307892fe2b7212b04627269ab49f2ee5a2302c1ce",
    "4a8c8f0124a77ab015265e05d31a455e347f72e40de4228231984d71f0addf62"};
static const char *const files[] = {"a.jsonl",        "b.jsonl",        "c.jsonl",
                                    "pretrain.jsonl", "vocabulary.txt", "words.csv"};

static char *generated(const char *name)
{
    return g_build_filename(cli_dir, name, NULL);
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
    static const uint32_t first_uncovered[] = {8, 0, 4};
    char seed[8];
    struct examples *a, *b, *c;

    g_snprintf(seed, sizeof seed, "%d", _i + 1);
    generate(seed);
    a = read_run("a.jsonl");
    b = read_run("b.jsonl");
    c = read_run("c.jsonl");
    for (uint32_t k = 0; k < 12; k++) {
        bool covered = k - first_uncovered[_i] >= 4;

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

int main(void)
{
    Suite *suite = suite_create("worked_case");
    SRunner *runner = srunner_create(suite);
    TCase *tests = tcase_create("data");
    int failed;

    tcase_add_checked_fixture(tests, cli_make_dir, cli_remove_dir);
    tcase_add_loop_test(tests, test_same_bytes, 0, G_N_ELEMENTS(sums));
    tcase_add_loop_test(tests, test_runs, 0, 3);
    tcase_add_test(tests, test_held_out);
    tcase_set_timeout(tests, 60);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
