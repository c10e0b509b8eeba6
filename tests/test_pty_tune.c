/* A run on a terminal: stepped, put back, with another rate, looked at by other views, saved, left,
 * gone on with. What it saves is what the command saves. */
#include <check.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/tare.h"

#define BASE "hf_tf/gpt2_base/tf_model.h5"
#define EXAMPLES "examples/gpt2.jsonl"
#define OPTIONS "--steps", "20", "--lr", "1e-3", "--look-every", "5"

static char *folder, *base, *examples;

static void setup(void)
{
    folder = tare_folder_create();
    base = tare_fixture(BASE);
    examples = tare_fixture(EXAMPLES);
}

static void teardown(void)
{
    tare_folder_remove(folder);
    g_free(base);
    g_free(examples);
}

static void say(struct pty *p, const char *command, const char *answer)
{
    g_autofree char *line = g_strconcat(":", command, "\r", NULL);

    pty_type(p, line);
    pty_expect(p, answer);
}

static struct pty *start(void)
{
    struct pty_options with = {.cwd = folder, .cols = 100, .rows = 30};
    struct pty *p =
        tare_start(&with, "tune", "-i", "-e", examples, OPTIONS, "-o", "out.h5", base, NULL);

    pty_expect(p, "PAUSED  step 0/20");
    return p;
}

static void leave(struct pty *p)
{
    pty_expect_exit(p, 0);
    pty_expect_restored(p);
    pty_destroy(p);
}

static char *contents(const char *name, gsize *n)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    char *text = NULL;

    ck_assert_msg(g_file_get_contents(path, &text, n, NULL), "%s is not there", name);
    return text;
}

static void expect_equal(const char *a, const char *b)
{
    gsize n, m;
    g_autofree char *x = contents(a, &n), *y = contents(b, &m);

    ck_assert_msg(n == m && memcmp(x, y, n) == 0, "%s is not %s", a, b);
}

START_TEST(stepped_and_put_back)
{
    struct pty *p = start();

    pty_type(p, ".");
    pty_expect(p, "PAUSED  step 1/20");
    pty_expect(p, "not saved");
    say(p, "steps 5", "PAUSED  step 6/20");
    pty_expect(p, "> step 6"); /* what all views look at */
    pty_type(p, ",");
    pty_expect(p, "PAUSED  step 5/20");
    pty_type(p, "1");
    pty_expect(p, "[1 Overview]");
    pty_type(p, ":view training\rp");
    pty_expect(p, "DONE  step 20/20");
    say(p, "rewind 3", "PAUSED  step 3/20");
    say(p, "rewind 17", "was not kept");
    say(p, "set lr x", "a learning rate is a number");
    say(p, "set lr 5e-4", "peak is 0.0005");
    pty_expect(p, "lr 0.0005");
    say(p, "set weight_decay 0.1", "weight decay is 0.1");
    pty_type(p, "Q");
    pty_expect(p, "the run is not saved");
    pty_type(p, "Q");
    leave(p);
}
END_TEST

/* The same file as of a run without a screen, whatever was looked at meanwhile. */
START_TEST(saves_what_the_command_saves)
{
    struct pty_options with = {.cwd = folder};
    struct pty *p = start();

    say(p, "steps 9", "PAUSED  step 9/20");
    say(p, "rewind 4", "PAUSED  step 4/20");
    pty_type(p, "1");
    pty_expect(p, "[1 Overview]");
    say(p, "steps 100", " ");
    say(p, "view training", "DONE  step 20/20");
    say(p, "save out.h5", "saved out.h5: the weights of step 20");
    pty_type(p, "Q");
    leave(p);
    p = tare_start(&with, "tune", "-e", examples, OPTIONS, "-o", "straight.h5", base, NULL);
    pty_expect(p, "the weights of step 20");
    pty_expect_exit(p, 0);
    pty_destroy(p);
    expect_equal("out.h5", "straight.h5");
}
END_TEST

START_TEST(left_and_resumed)
{
    struct pty_options with = {.cwd = folder, .cols = 100, .rows = 30};
    struct pty *p = start();

    say(p, "steps 7", "PAUSED  step 7/20");
    say(p, "saverun run.h5", "saved run.h5: the run at step 7");
    say(p, "steps 3", "PAUSED  step 10/20");
    say(p, "save ten.h5", "saved ten.h5: the weights of step 10");
    pty_type(p, "Q");
    leave(p);
    p = tare_start(&with, "tune", "-i", "--resume", "run.h5", NULL);
    pty_expect(p, "PAUSED  step 7/20");
    say(p, "steps 3", "PAUSED  step 10/20");
    say(p, "save again.h5", "saved again.h5: the weights of step 10");
    pty_type(p, "Q");
    leave(p);
    expect_equal("ten.h5", "again.h5");
}
END_TEST

/* Enter on a kept step; a view of the weights there; the examples in a pause. */
START_TEST(views_look_at_a_step)
{
    struct pty *p = start();

    say(p, "steps 12", "PAUSED  step 12/20");
    pty_expect(p, "> step 12");
    pty_type(p, "g\r"); /* the first step */
    pty_expect(p, "> step 0");
    pty_expect(p, "views at step 0");
    pty_type(p, "l\r");
    pty_expect(p, "> step 1 ");
    pty_type(p, "G\r");
    pty_expect(p, "> step 12");
    say(p, "view categories", "examples: done");
    pty_expect(p, "toys");
    pty_type(p, ":view training\r.");
    pty_expect(p, "PAUSED  step 13/20");
    pty_type(p, "QQ");
    leave(p);
}
END_TEST

START_TEST(begun_in_the_viewer)
{
    struct pty_options with = {.cwd = folder, .cols = 100, .rows = 30};
    struct pty *p = tare_start(&with, base, NULL);

    pty_expect(p, "40 tensors");
    say(p, "tune --nonsense", "nonsense");
    say(p, "tune --steps 4", "--examples");
    say(p, "examples none.jsonl", "No such file");
    g_autofree char *command = g_strconcat("tune --steps 4 -e ", examples, NULL);

    say(p, command, "PAUSED  step 0/4");
    pty_type(p, "p");
    pty_expect(p, "DONE  step 4/4");
    say(p, "tune", "already");
    pty_type(p, "QQ");
    leave(p);
}
END_TEST

START_TEST(what_can_not_be_opened)
{
    struct pty_options with = {.cwd = folder, .cols = 100, .rows = 30};
    struct pty *p = tare_start(&with, "tune", "-i", "-e", "none.jsonl", base, NULL);

    pty_expect(p, "FAILED");
    pty_expect(p, "none.jsonl: cannot open");
    pty_type(p, "p");
    pty_expect(p, "could not be opened");
    pty_type(p, "Q");
    pty_expect_exit(p, 3);
    pty_expect_restored(p);
    pty_destroy(p);
}
END_TEST

/* Keys are answered while it steps, and it is left in the middle of one. */
START_TEST(keys_while_it_runs)
{
    struct pty_options with = {.cwd = folder, .cols = 100, .rows = 30};
    struct pty *p = tare_start(&with, "tune", "-i", "-e", examples, "--steps", "100000", base, NULL);

    pty_expect(p, "PAUSED  step 0/100000");
    pty_type(p, "p");
    pty_expect(p, "tok/s");
    say(p, "set lr 1", "the run goes on");
    for (int i = 0; i < 3; i++) {
        say(p, "view help", "its keys");
        pty_type(p, "q");
        pty_expect(p, "tok/s");
    }
    pty_type(p, "\003"); /* pauses */
    pty_expect(p, "PAUSED");
    pty_type(p, "p");
    pty_expect(p, "tok/s");
    say(p, "open x.h5", "a run goes on here");
    pty_type(p, "QQ");
    leave(p);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("pty_tune");
    TCase *t = tcase_create("pty_tune");
    SRunner *r = srunner_create(s);
    int failed;

    tcase_add_checked_fixture(t, setup, teardown);
    tcase_set_timeout(t, 300);
    tcase_add_test(t, stepped_and_put_back);
    tcase_add_test(t, saves_what_the_command_saves);
    tcase_add_test(t, left_and_resumed);
    tcase_add_test(t, views_look_at_a_step);
    tcase_add_test(t, begun_in_the_viewer);
    tcase_add_test(t, what_can_not_be_opened);
    tcase_add_test(t, keys_while_it_runs);
    suite_add_tcase(s, t);
    srunner_run_all(r, CK_ENV);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed > 0;
}
