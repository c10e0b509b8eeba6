/* The harness itself, against plain programs: it must see what a terminal would show, and notice a
 * program that leaves the terminal changed. */
#include "tests/support/golden.h"

#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static struct pty *shell(const char *script, const char *const *env)
{
    const char *const argv[] = {"/bin/sh", "-c", script, NULL};
    struct pty_options options = {.argv = argv, .env = env, .rows = 5, .cols = 20};

    return pty_start(&options);
}

START_TEST(keys_come_back_from_cat)
{
    struct pty *p = shell("exec cat", NULL);

    pty_type(p, "hello\r");
    pty_expect(p, "hello");
    pty_type(p, "\x04");
    pty_expect_exit(p, 0);
    pty_expect_restored(p);
    pty_destroy(p);
}
END_TEST

START_TEST(cells_have_colours_and_attributes)
{
    struct pty *p = shell("printf 'a\\033[1;7;38;5;53;48;5;184mB\\033[0m\\342\\226\\200'", NULL);
    struct pty_cell cell;

    pty_expect_exit(p, 0);
    pty_cell(p, 0, 0, &cell);
    ck_assert_str_eq(cell.text, "a");
    ck_assert_int_eq(cell.fg, -1);
    pty_cell(p, 0, 1, &cell);
    ck_assert_str_eq(cell.text, "B");
    ck_assert_int_eq(cell.fg, 53);
    ck_assert_int_eq(cell.bg, 184);
    ck_assert(cell.bold && cell.reverse);
    pty_cell(p, 0, 2, &cell);
    ck_assert_str_eq(cell.text, "\xe2\x96\x80");
    ck_assert_uint_eq(pty_audit_colours(pty_audit(p)), 1);
    pty_expect_restored(p);
    pty_destroy(p);
}
END_TEST

/* What a program that dies leaves behind, and what the harness says of it. */
static const struct {
    const char *script, *said;
} broken[] = {
    {"printf '\\033[?1049h'", "the alternate screen is still on"},
    {"printf '\\033[?25l'", "the cursor is hidden"},
    {"printf '\\033[?1000h'", "the mouse still reports"},
    {"printf '\\033[31m'", "colours or attributes are still set"},
    {"stty -echo -icanon", "the line settings (termios) differ"},
    {"printf '\\033[?2004h'", "private mode 2004 is still on"},
    {"printf '\\033(0'", "line drawing is still on"},
    {"printf '\\033='", "the application keypad is still on"},
    {"printf '\\033[?1049h\\033[?25l\\033[?1049l\\033[?25h'", NULL},
};

START_TEST(a_changed_terminal_is_noticed)
{
    struct pty *p = shell(broken[_i].script, NULL);

    pty_expect_exit(p, 0);
    g_autofree char *said = pty_not_restored(p);
    ck_assert_pstr_eq(said, broken[_i].said);
    pty_destroy(p);
}
END_TEST

START_TEST(a_job_stops_and_goes_on)
{
    struct pty *p = shell("echo ready; read x; echo got $x", NULL);

    pty_expect(p, "ready");
    pty_type(p, "\x1a");
    ck_assert(pty_wait_stop(p));
    pty_signal(p, SIGCONT);
    pty_type(p, "more\r");
    pty_expect(p, "got more");
    pty_expect_exit(p, 0);
    pty_destroy(p);
}
END_TEST

START_TEST(signals_hangups_and_sizes_arrive)
{
    struct pty *p = shell("trap 'stty size' WINCH; echo ready; while :; do read x; done", NULL);

    pty_expect(p, "ready");
    pty_resize(p, 9, 33);
    pty_expect(p, "9 33");
    pty_type(p, "\x03");
    pty_expect_signal(p, SIGINT);
    pty_destroy(p);

    p = shell("echo ready; exec sleep 1000", NULL);
    pty_expect(p, "ready");
    pty_hangup(p);
    pty_expect_signal(p, SIGHUP);
    pty_destroy(p);
}
END_TEST

START_TEST(bytes_are_counted)
{
    struct pty *p = shell("printf 'a\\a\\033]52;c;aGk=\\007b'", NULL);

    pty_expect_exit(p, 0);
    ck_assert_uint_eq(pty_audit_control(pty_audit(p), '\a'), 1);
    ck_assert_uint_eq(pty_audit_strings(pty_audit(p)), 1);
    ck_assert_str_eq(pty_audit_text(pty_audit(p)), "ab");
    pty_destroy(p);
}
END_TEST

START_TEST(the_environment_is_ours)
{
    const char *const env[] = {"TERM=vt100", "NO_COLOR=1", NULL};
    struct pty *p = shell("echo $TERM $NO_COLOR $LC_ALL", env);

    pty_expect(p, "vt100 1 C.UTF-8");
    pty_expect_exit(p, 0);
    pty_destroy(p);
}
END_TEST

START_TEST(a_screen_is_kept_with_its_styles)
{
    struct pty *p = shell("printf 'one\\n\\033[1mtwo\\033[0m in 12.5 s'; exec cat", NULL);

    pty_expect(p, "12.5 s");
    g_autofree char *text = golden_text(p, true);
    g_autofree char *masked = golden_mask(text);
    ck_assert_str_eq(masked, "one\ntwo in # s\n\n\n\nstyles\n"
                             "....................\naaa.................\n"
                             "....................\n....................\n"
                             "....................\na bold\n");
    pty_destroy(p);
}
END_TEST

START_TEST(only_what_depends_on_time_is_masked)
{
    g_autofree char *masked =
        golden_mask("tare 0.1.0  768 tensors, 3.2 MB   0.03 s  1m20s 1.9 GB/s "
                    "12 ms 5 sd");

    ck_assert_str_eq(masked, "tare #  768 tensors, 3.2 MB # s # s # B/s # s 5 sd");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("harness");
    TCase *pty = tcase_create("pty");

    tcase_set_timeout(pty, 0); /* every wait has its own deadline */
    tcase_add_test(pty, keys_come_back_from_cat);
    tcase_add_test(pty, cells_have_colours_and_attributes);
    tcase_add_loop_test(pty, a_changed_terminal_is_noticed, 0, G_N_ELEMENTS(broken));
    tcase_add_test(pty, a_job_stops_and_goes_on);
    tcase_add_test(pty, signals_hangups_and_sizes_arrive);
    tcase_add_test(pty, bytes_are_counted);
    tcase_add_test(pty, the_environment_is_ours);
    tcase_add_test(pty, a_screen_is_kept_with_its_styles);
    tcase_add_test(pty, only_what_depends_on_time_is_masked);
    suite_add_tcase(suite, pty);

    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
