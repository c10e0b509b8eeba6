/* The program on a terminal: it comes up, answers, and whatever ends it gives the terminal back. */
#include "tests/support/tare.h"

#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

/* What the help view always shows. */
#define HELP_TEXT "view, its keys"

static char *base, *tuned;

static void find_files(void)
{
    base = tare_fixture("hf_tf/gpt2_base/tf_model.h5");
    tuned = tare_fixture("hf_tf/gpt2_tuned/tf_model.h5");
}

static void forget_files(void)
{
    g_free(base);
    g_free(tuned);
}

/* On the screen and its numbers there. */
static struct pty *viewer(const struct pty_options *with)
{
    struct pty *p = tare_start(with, "--mouse", base, tuned, NULL);

    pty_expect(p, "paired ");
    pty_wait_quiet(p, 100);
    return p;
}

static void quit(struct pty *p)
{
    pty_type(p, "Q");
    pty_expect_exit(p, 0);
    pty_expect_restored(p);
    pty_destroy(p);
}

static const char *const terminals[] = {"TERM=xterm-256color", "TERM=screen-256color", "TERM=xterm",
                                        "TERM=linux", "TERM=vt100"};

START_TEST(comes_up_and_leaves)
{
    const char *const env[] = {terminals[_i], NULL};
    struct pty_options with = {.env = env};
    struct pty *p = tare_start(&with, base, tuned, NULL);

    pty_expect(p, "tf_model.h5");
    pty_expect(p, "paired ");
    if (_i == 0) {
        ck_assert(pty_alternate(p));
        ck_assert_int_eq(pty_mouse(p), 0);
    }
    pty_type(p, "q");
    pty_expect_exit(p, 0);
    pty_expect_restored(p);
    pty_destroy(p);
}
END_TEST

START_TEST(colours_only_where_wanted)
{
    const char *const env[] = {"NO_COLOR=1", NULL};
    struct pty_options with = {.env = env};
    struct pty *plain = viewer(&with);
    struct pty *coloured = viewer(NULL);

    ck_assert_uint_eq(pty_audit_colours(pty_audit(plain)), 0);
    ck_assert_uint_gt(pty_audit_colours(pty_audit(coloured)), 0);
    quit(plain);
    quit(coloured);
}
END_TEST

static const char *const plain_locales[] = {"LC_ALL=C", "LC_ALL=POSIX", "LC_ALL=none_such.UTF-8"};

START_TEST(seven_bits_in_a_plain_locale)
{
    const char *const env[] = {plain_locales[_i], NULL};
    struct pty_options with = {.env = env, .bytes = true};
    struct pty *p = viewer(&with);
    const GByteArray *bytes = pty_audit_bytes(pty_audit(p));

    pty_type(p, "\r?12345678");
    pty_wait_quiet(p, 200);
    for (guint i = 0; i < bytes->len; i++)
        ck_assert_msg(bytes->data[i] < 0x80, "byte %u is 0x%02x", i, bytes->data[i]);
    quit(p);
}
END_TEST

static const int deadly[] = {SIGTERM, SIGHUP, SIGQUIT, SIGSEGV, SIGBUS,
                             SIGFPE,  SIGILL, SIGABRT, SIGSYS};

START_TEST(the_terminal_comes_back_after_a_signal)
{
    struct pty *p = viewer(NULL);

    ck_assert(pty_alternate(p));
    ck_assert_int_ne(pty_mouse(p), 0);
    pty_signal(p, deadly[_i]);
    pty_expect_signal(p, deadly[_i]);
    pty_expect_restored(p);
    pty_destroy(p);
}
END_TEST

START_TEST(it_stops_and_goes_on)
{
    struct pty *p = viewer(NULL);

    for (int round = 0; round < 2; round++) {
        pty_type(p, "\x1a");
        ck_assert(pty_wait_stop(p));
        pty_wait_quiet(p, 50);
        pty_expect_restored(p);
        pty_signal(p, SIGCONT);
        pty_expect(p, "paired ");
        pty_wait_quiet(p, 100);
        ck_assert(pty_alternate(p));
        ck_assert_int_ne(pty_mouse(p), 0);
    }
    pty_type(p, "?");
    pty_expect(p, HELP_TEXT);
    quit(p);
}
END_TEST

START_TEST(a_size_changed_while_stopped_is_seen)
{
    struct pty *p = viewer(NULL);

    pty_type(p, "\x1a");
    ck_assert(pty_wait_stop(p));
    pty_resize(p, 40, 120);
    pty_signal(p, SIGCONT);
    pty_expect(p, "paired ");
    pty_type(p, "?");
    pty_expect(p, HELP_TEXT);
    quit(p);
}
END_TEST

START_TEST(interrupt_cancels_then_quits)
{
    char *folder = tare_folder_create();
    g_autofree char *one = tare_folder_sparse(folder, "one.h5", 1500);
    g_autofree char *two = tare_folder_sparse(folder, "two.h5", 1500);
    struct pty *p = tare_start(NULL, "--threads", "1", one, two, NULL);

    pty_expect(p, "paired ");
    pty_type(p, "\x03");
    pty_expect(p, "cancelled");
    pty_type(p, "?");
    pty_expect(p, HELP_TEXT);
    pty_type(p, "\x03\x03");
    ck_assert(pty_wait_end(p, NULL));
    pty_expect_restored(p);
    pty_destroy(p);
    tare_folder_remove(folder);
}
END_TEST

START_TEST(keys_are_answered_during_a_scan)
{
    char *folder = tare_folder_create();
    g_autofree char *one = tare_folder_sparse(folder, "one.h5", 1500);
    g_autofree char *two = tare_folder_sparse(folder, "two.h5", 1500);
    struct pty *p = tare_start(NULL, "--threads", "1", one, two, NULL);

    pty_expect(p, "%");
    pty_type(p, "?");
    pty_expect(p, HELP_TEXT);
    pty_type(p, "q");
    pty_expect(p, "%");
    quit(p);
    tare_folder_remove(folder);
}
END_TEST

START_TEST(a_closed_terminal_ends_it)
{
    struct pty_options with = {.nohup = _i == 1};
    struct pty *p = viewer(&with);

    pty_hangup(p);
    ck_assert_msg(pty_wait_end(p, NULL), "still runs without its terminal");
    pty_destroy(p);
}
END_TEST

static void expect_usage(const struct pty_options *with)
{
    struct pty *p = tare_start(with, base, tuned, NULL);

    pty_expect_exit(p, 2);
    g_autofree char *text = pty_text(p);
    g_strstrip(text);
    ck_assert_msg(text[0] && !strchr(text, '\n'), "not one line:\n%s", text);
    ck_assert_uint_eq(pty_audit_control(pty_audit(p), 0x1b), 0);
    pty_expect_restored(p);
    pty_destroy(p);
}

START_TEST(no_terminal_is_said_in_one_line)
{
    const char *const unknown[] = {"TERM=no-such-terminal", NULL};
    const char *const dumb[] = {"TERM=dumb", NULL};
    const char *const none[] = {"TERM=", NULL};
    const struct pty_options cases[] = {{.cols = 200, .input = "/dev/null"},
                                        {.cols = 200, .output = "/dev/null"},
                                        {.cols = 200, .env = unknown},
                                        {.cols = 200, .env = dumb},
                                        {.cols = 200, .env = none}};

    expect_usage(&cases[_i]);
}
END_TEST

/* Any key but those that leave or stop the program (q Q ^C ^Z ^\), those that the terminal itself
 * acts on (^S ^Q), and the end of input. */
static void random_key(GRand *random, GString *keys)
{
    static const char *const sequences[] = {
        "\033[A",   "\033[B",    "\033[C",       "\033[D",          "\033[5~", "\033[6~",
        "\033[H",   "\033[F",    "\033OA",       "\033OP",          "\033[Z",  "\033[3~",
        "\033\033", "\033[200~", "\033[<0;9;9M", "\033[<64;5;5M",   "\033[",   "\033[99",
        "\033]0;",  "\xc3\xa9",  "\xff\xfe",     "\xf0\x9f\x98\x80"};
    static const char left_out[] = "qQ\x03\x1a\x1c\x13\x11";
    int kind = g_rand_int_range(random, 0, 10);

    if (kind == 0) {
        g_string_append(keys, sequences[g_rand_int_range(random, 0, G_N_ELEMENTS(sequences))]);
        return;
    }
    char key;
    do
        key =
            (char)(kind <= 2 ? g_rand_int_range(random, 1, 32) : g_rand_int_range(random, 32, 128));
    while (strchr(left_out, key));
    g_string_append_c(keys, key);
}

/* Out of whatever prompt or view it is in, it shows its help. */
static bool answers(struct pty *p)
{
    for (int i = 0; i < 20 && pty_alive(p); i++) {
        pty_type(p, "\033");
        pty_wait_quiet(p, 150);
        pty_type(p, "?");
        pty_wait_quiet(p, 150);
        if (pty_find(p, HELP_TEXT) >= 0)
            return true;
    }
    return false;
}

static void storm(GRand *random, struct pty *p)
{
    g_autoptr(GString) keys = g_string_new(NULL);

    pty_look_away(p, true);
    for (int i = 0; i < 2000; i++) {
        g_string_truncate(keys, 0);
        random_key(random, keys);
        pty_send(p, keys->str, keys->len);
        if (i % 6 == 0) {
            bool tiny = i % 60 == 0;
            pty_resize(p, tiny ? 1 : g_rand_int_range(random, 1, 80),
                       tiny ? 1 : g_rand_int_range(random, 1, 250));
        }
    }
    pty_resize(p, 25, 90);
    pty_wait_quiet(p, 300);
    pty_look_away(p, false);
    pty_resize(p, 30, 100);
    pty_wait_quiet(p, 300);
}

static guint seeds(void)
{
    const char *wanted = g_getenv("TARE_TEST_SEEDS");
    return wanted ? (guint)MAX(1, atoi(wanted)) : 1;
}

START_TEST(it_survives_random_keys_and_sizes)
{
    for (guint seed = 1; seed <= seeds(); seed++) {
        char *folder = tare_folder_create();
        struct pty_options with = {.cwd = folder, .rows = 30, .cols = 100};
        GRand *random = g_rand_new_with_seed(seed);
        struct pty *p = viewer(&with);

        storm(random, p);
        if (!answers(p)) {
            pty_dump(p);
            ck_abort_msg("seed %u: no answer", seed);
        }
        quit(p);
        g_rand_free(random);
        tare_folder_remove(folder);
    }
}
END_TEST

/* Where there is no room for a frame, what was opened again has none of its rows drawn yet. */
START_TEST(a_view_without_a_frame_is_written)
{
    char *folder = tare_folder_create();
    struct pty_options with = {.cwd = folder, .rows = 30, .cols = 100};
    struct pty *p = viewer(&with);
    g_autofree char *path = g_build_filename(folder, "layer.tsv", NULL), *text = NULL;

    pty_type(p, ":view layer\r");
    pty_expect(p, "[2 Layer]");
    pty_resize(p, 5, 90);
    pty_expect(p, "tare needs");
    pty_type(p, "R");
    pty_wait_quiet(p, 500);
    pty_type(p, "w\r");
    pty_wait_quiet(p, 300);
    pty_resize(p, 30, 100);
    pty_expect(p, "[2 Layer]");
    ck_assert(g_file_get_contents(path, &text, NULL, NULL));
    ck_assert_ptr_nonnull(strstr(text, "transformer.wte"));
    quit(p);
    tare_folder_remove(folder);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pty");
    TCase *tests = tcase_create("terminal");

    tcase_set_timeout(tests, 0); /* every wait has its own deadline */
    tcase_add_checked_fixture(tests, find_files, forget_files);
    tcase_add_loop_test(tests, comes_up_and_leaves, 0, G_N_ELEMENTS(terminals));
    tcase_add_test(tests, colours_only_where_wanted);
    tcase_add_loop_test(tests, seven_bits_in_a_plain_locale, 0, G_N_ELEMENTS(plain_locales));
    tcase_add_loop_test(tests, the_terminal_comes_back_after_a_signal, 0, G_N_ELEMENTS(deadly));
    tcase_add_test(tests, it_stops_and_goes_on);
    tcase_add_test(tests, a_size_changed_while_stopped_is_seen);
    tcase_add_test(tests, interrupt_cancels_then_quits);
    tcase_add_test(tests, keys_are_answered_during_a_scan);
    tcase_add_loop_test(tests, a_closed_terminal_ends_it, 0, 2);
    tcase_add_loop_test(tests, no_terminal_is_said_in_one_line, 0, 5);
    tcase_add_test(tests, it_survives_random_keys_and_sizes);
    tcase_add_test(tests, a_view_without_a_frame_is_written);
    suite_add_tcase(suite, tests);

    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
