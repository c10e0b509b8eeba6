/* ":save" in the program on a terminal: what is put back, blended and saved, and what is asked. */
#include <check.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/saved.h"
#include "tests/support/tare.h"

#define BASE "torch/llama_base_flat.h5"
#define TUNED "torch/llama_tuned_flat.h5"

static char *folder, *base, *tuned;

static void setup(void)
{
    folder = tare_folder_create();
    base = tare_fixture(BASE);
    tuned = tare_folder_copy(folder, TUNED, "tuned.h5");
}

static void teardown(void)
{
    tare_folder_remove(folder);
    g_free(base);
    g_free(tuned);
}

static char *in_folder(const char *name)
{
    return g_build_filename(folder, name, NULL);
}

static void say(struct pty *p, const char *command, const char *answer)
{
    g_autofree char *line = g_strconcat(":", command, "\r", NULL);

    pty_type(p, line);
    pty_expect(p, answer);
}

static void leave(struct pty *p)
{
    pty_type(p, "Q");
    pty_expect_exit(p, 0);
    pty_expect_restored(p);
    pty_destroy(p);
}

START_TEST(as_tuned_and_again)
{
    struct pty_options with = {.cwd = folder, .cols = 120};
    struct pty *p = tare_start(&with, base, "tuned.h5", NULL);
    g_autofree char *saved = in_folder("x.h5"), *command = g_strconcat("save ", base, NULL);

    pty_expect(p, " tensors, ");
    say(p, "save x.h5", "saved x.h5: as tuned");
    saved_expect_equal_files(saved, tuned);
    ck_assert(g_file_set_contents(saved, "mine", 4, NULL));
    say(p, "save x.h5", "Enter again overwrites it");
    pty_type(p, "\033");
    pty_expect_gone(p, "save to:");
    say(p, "save x.h5", "Enter again overwrites it");
    pty_type(p, "\r");
    pty_expect(p, "saved x.h5: as tuned");
    saved_expect_equal_files(saved, tuned);
    say(p, "save tuned.h5", "one of the files that are looked at");
    say(p, command, "one of the files that are looked at");
    say(p, "save nowhere/x.h5", "No such file or directory");
    leave(p);
}
END_TEST

static void write_examples(const char *path)
{
    GString *s = g_string_new(NULL);

    for (int i = 0; i < 12; i++)
        g_string_append_printf(s, "{\"ids\": [%d, 2, 3, %d], \"category\": \"%c\"}\n", i, 2 * i,
                               'a' + i % 2);
    ck_assert(g_file_set_contents(path, s->str, -1, NULL));
    g_string_free(s, TRUE);
}

/* Block 0 is the base's, all else is the tuned side's. */
static void expect_first_block_of_base(const char *path)
{
    struct source *got = saved_open(path), *b = saved_open(base), *t = saved_open(tuned);
    guint blocks = 0;

    for (uint32_t i = 0; i < got->n_tensors; i++) {
        bool in_block = strstr(got->tensors[i].name, "layers.0.") != NULL;
        size_t n = got->tensors[i].elems;
        float *x = g_new(float, n), *y = g_new(float, n);

        blocks += in_block;
        ck_assert(got->ops->read(got, i, 0, n, x, NULL));
        ck_assert((in_block ? b : t)->ops->read(in_block ? b : t, i, 0, n, y, NULL));
        ck_assert_msg(memcmp(x, y, n * sizeof *x) == 0, "%s", got->tensors[i].name);
        g_free(x);
        g_free(y);
    }
    ck_assert_uint_gt(blocks, 0);
    ck_assert_uint_lt(blocks, got->n_tensors);
    source_close(got);
    source_close(b);
    source_close(t);
}

START_TEST(a_block_put_back)
{
    struct pty_options with = {.cwd = folder, .cols = 140, .rows = 40};
    g_autofree char *examples = in_folder("examples.jsonl"), *saved = in_folder("x.h5");
    struct pty *p;

    write_examples(examples);
    p = tare_start(&with, "--examples", examples, base, "tuned.h5", NULL);
    pty_expect(p, " tensors, ");
    say(p, "view whatif", "everywhere");
    pty_type(p, "jjjjjb"); /* L0 */
    pty_expect(p, "1 part of the tuning put back");
    say(p, "save x.h5", "saved x.h5: 1 part of the tuning put back");
    expect_first_block_of_base(saved);
    leave(p);
}
END_TEST

START_TEST(one_file)
{
    struct pty_options with = {.cwd = folder};
    struct pty *p = tare_start(&with, base, NULL);

    pty_expect(p, " tensors, ");
    say(p, "save x.h5", "one file: nothing to put back");
    leave(p);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("pty_save");
    TCase *t = tcase_create("pty_save");

    tcase_set_timeout(t, 120 * pty_slow());
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, as_tuned_and_again);
    tcase_add_test(t, a_block_put_back);
    tcase_add_test(t, one_file);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    SRunner *r = srunner_create(suite());
    int failed;

    srunner_run_all(r, CK_ENV);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
