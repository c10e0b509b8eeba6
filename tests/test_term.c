/* The terminal on its own: what it shows, what it reads, and that it comes back whatever happens.
 */
#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "tests/support/pty_screen.h"

static struct pty *probe(const char *argument, const char *const *env, bool nohup)
{
    const char *const argv[] = {g_getenv("TARE_TERM_PROBE"), argument, NULL};
    struct pty_options options = {.argv = argv, .env = env, .rows = 8, .cols = 30, .nohup = nohup};

    return pty_start(&options);
}

static struct pty *ready(const char *argument, const char *const *env)
{
    struct pty *p = probe(argument, env, false);

    pty_expect(p, "probe 30x8 ready");
    pty_expect(p, "$"); /* the last cell */
    return p;
}

START_TEST(quits)
{
    struct pty *p = ready(NULL, NULL);

    ck_assert(pty_alternate(p));
    pty_type(p, "q");
    pty_expect_exit(p, 0);
    pty_expect_restored(p);
    ck_assert_int_ge(pty_find(p, "closed"), 0);
    pty_destroy(p);
}
END_TEST

/* Key, signal that ends the process; 0: exit(7) without closing. */
static const struct {
    const char *key;
    int signal;
} ends[] = {{"s", SIGSEGV}, {"o", SIGSEGV}, {"t", SIGSEGV}, {"a", SIGABRT}, {"x", 0}};

START_TEST(comes_back_after_a_crash)
{
    struct pty *p = ready(NULL, NULL);

    pty_type(p, "m");
    pty_type(p, ends[_i].key);
    if (ends[_i].signal)
        pty_expect_signal(p, ends[_i].signal);
    else
        pty_expect_exit(p, 7);
    pty_expect_restored(p);
    pty_destroy(p);
}
END_TEST

static const int deadly[] = {SIGHUP, SIGTERM, SIGQUIT, SIGSEGV, SIGBUS,
                             SIGFPE, SIGILL,  SIGABRT, SIGSYS};

START_TEST(comes_back_after_a_signal)
{
    struct pty *p = ready(NULL, NULL);

    pty_signal(p, deadly[_i]);
    pty_expect_signal(p, deadly[_i]);
    pty_expect_restored(p);
    pty_destroy(p);
}
END_TEST

START_TEST(stops_and_goes_on)
{
    struct pty *p = ready(NULL, NULL);

    for (int i = 0; i < 3; i++) {
        if (i == 1)
            pty_signal(p, SIGTSTP); /* from outside, the same */
        else
            pty_type(p, "\x1a");
        ck_assert(pty_wait_stop(p));
        pty_wait_quiet(p, 50);
        pty_expect_restored(p);
        pty_resize(p, 9 + i, 40);
        pty_signal(p, SIGCONT);
        pty_expect(p, i == 0 ? "probe 40x9" : i == 1 ? "probe 40x10" : "probe 40x11");
        ck_assert(pty_alternate(p));
    }
    pty_type(p, "q");
    pty_expect_exit(p, 0);
    pty_expect_restored(p);
    pty_destroy(p);
}
END_TEST

START_TEST(draws_again_after_a_stop_by_others)
{
    struct pty *p = ready(NULL, NULL);

    pty_signal(p, SIGSTOP);
    ck_assert(pty_wait_stop(p));
    pty_signal(p, SIGCONT);
    pty_expect(p, "probe 30x8 size");
    pty_type(p, "q");
    pty_expect_exit(p, 0);
    pty_expect_restored(p);
    pty_destroy(p);
}
END_TEST

START_TEST(reads_keys)
{
    static const struct {
        const char *bytes, *shown;
    } keys[] = {{"j", "key 6a"},
                {"\x03", "key 3"},
                {"\r", "key d"},
                {"\x13", "key 13"},
                {"\x7f", "key +9"},
                {"\033OA", "key +1"},
                {"\033[5~", "key +5"},
                {"\033OP", "key +10"},
                {"\xc3\xa9", "key e9"},
                {"\xf0\x9f\x98\x80", "key 1f600"},
                {"\xff"
                 "k",
                 "key 6b"},
                {"\033", "key 1b"}};
    struct pty *p = ready(NULL, NULL);

    for (gsize i = 0; i < G_N_ELEMENTS(keys); i++) {
        pty_type(p, keys[i].bytes);
        pty_expect(p, keys[i].shown);
    }
    pty_signal(p, SIGINT);
    pty_expect(p, "key 3");
    pty_destroy(p);
}
END_TEST

START_TEST(reads_the_mouse)
{
    struct pty *p = ready(NULL, NULL);

    ck_assert(!pty_audit_mode(pty_audit(p), 1000));
    pty_type(p, "m");
    pty_expect(p, "key 6d");
    ck_assert(pty_audit_mode(pty_audit(p), 1000));
    pty_type(p, "\033[<0;5;3M");
    pty_expect(p, "click 2,4");
    pty_type(p, "q");
    pty_expect_exit(p, 0);
    pty_expect_restored(p);
    pty_destroy(p);
}
END_TEST

START_TEST(shows_cells)
{
    struct pty *p = ready(NULL, NULL);
    struct pty_cell cell;
    int row, col;

    ck_assert_int_eq(pty_find(p, "e\xcc\x81 \xe6\xbc\xa2 \xe2\x96\x88|"), 1);
    pty_cell(p, 2, 8, &cell);
    ck_assert_int_eq(cell.fg, 61);
    ck_assert_int_eq(cell.bg, 229);
    pty_cell(p, 7, 29, &cell); /* the corner */
    ck_assert_str_eq(cell.text, "$");
    pty_cursor(p, &row, &col);
    ck_assert_int_eq(row, 2);
    ck_assert_int_eq(col, 0);
    pty_resize(p, 5, 20);
    pty_expect(p, "probe 20x5 size");
    pty_destroy(p);
}
END_TEST

START_TEST(sends_only_what_differs)
{
    struct pty *p = ready(NULL, NULL);
    guint before;

    pty_type(p, "j");
    pty_expect(p, "key 6a");
    pty_wait_quiet(p, 50);
    before = pty_audit_bytes(pty_audit(p))->len;
    pty_type(p, "k");
    pty_expect(p, "key 6b");
    pty_wait_quiet(p, 50);
    ck_assert_uint_lt(pty_audit_bytes(pty_audit(p))->len - before, 60);
    pty_type(p, "l"); /* all of it */
    pty_expect(p, "key 6c");
    pty_destroy(p);
}
END_TEST

START_TEST(copies)
{
    struct pty *p = ready(NULL, NULL);
    const GByteArray *sent;

    pty_type(p, "c");
    pty_expect(p, "key 63");
    sent = pty_audit_bytes(pty_audit(p));
    ck_assert_ptr_nonnull(memmem(sent->data, sent->len, "\033]52;c;Y29waWVkIHRleHQ=\a", 24));
    pty_destroy(p);
}
END_TEST

static const char *const kinds[] = {"TERM=vt100", "TERM=linux", "TERM=screen-256color",
                                    "TERM=xterm-256color"};

START_TEST(works_on_kinds_of_terminals)
{
    const char *const env[] = {kinds[_i], NULL};
    struct pty *p = ready(NULL, env);

    ck_assert((pty_audit_colours(pty_audit(p)) == 0) == (_i == 0));
    pty_type(p, "q");
    pty_expect_exit(p, 0);
    pty_expect_restored(p);
    pty_destroy(p);
}
END_TEST

START_TEST(no_color_sets_none)
{
    const char *const env[] = {"NO_COLOR=1", NULL};
    struct pty *p = ready(NULL, env);
    struct pty_cell cell;

    pty_cell(p, 2, 0, &cell);
    ck_assert(cell.reverse);
    pty_type(p, "q");
    pty_expect_exit(p, 0);
    ck_assert_uint_eq(pty_audit_colours(pty_audit(p)), 0);
    pty_destroy(p);
}
END_TEST

START_TEST(seven_bits_when_asked_or_needed)
{
    const char *const c_locale[] = {"LC_ALL=C", NULL};
    struct pty *p = ready(_i ? "ascii" : NULL, _i ? NULL : c_locale);
    const GByteArray *sent = pty_audit_bytes(pty_audit(p));

    ck_assert_int_eq(pty_find(p, "? ?? #|"), 1);
    for (guint i = 0; i < sent->len; i++)
        ck_assert_uint_lt(sent->data[i], 0x80);
    pty_destroy(p);
}
END_TEST

static const char *const useless[] = {"TERM=nonsense", "TERM=dumb", "TERM="};

START_TEST(useless_terminals_are_refused)
{
    const char *const env[] = {useless[_i], NULL};
    struct pty *p = probe(NULL, env, false);

    pty_expect_exit(p, 2); /* and says why */
    ck_assert_int_ge(pty_find(p, useless[_i]), 0);
    pty_expect_restored(p);
    pty_destroy(p);
}
END_TEST

/* A closed terminal ends the program, even one that hang-ups don't reach. */
START_TEST(a_closed_terminal_ends_it)
{
    struct pty *p = probe(NULL, NULL, _i);
    int status = 0;

    pty_expect(p, "ready");
    pty_hangup(p);
    ck_assert(pty_wait_end(p, &status));
    pty_destroy(p);
}
END_TEST

int main(void)
{
    const struct rlimit no_core = {0, 0};
    Suite *suite = suite_create("term");
    TCase *tcase = tcase_create("term");
    SRunner *runner = srunner_create(suite);
    int failed;

    setrlimit(RLIMIT_CORE, &no_core);
    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, quits);
    tcase_add_loop_test(tcase, comes_back_after_a_crash, 0, G_N_ELEMENTS(ends));
    tcase_add_loop_test(tcase, comes_back_after_a_signal, 0, G_N_ELEMENTS(deadly));
    tcase_add_test(tcase, stops_and_goes_on);
    tcase_add_test(tcase, draws_again_after_a_stop_by_others);
    tcase_add_test(tcase, reads_keys);
    tcase_add_test(tcase, reads_the_mouse);
    tcase_add_test(tcase, shows_cells);
    tcase_add_test(tcase, sends_only_what_differs);
    tcase_add_test(tcase, copies);
    tcase_add_loop_test(tcase, works_on_kinds_of_terminals, 0, G_N_ELEMENTS(kinds));
    tcase_add_test(tcase, no_color_sets_none);
    tcase_add_loop_test(tcase, seven_bits_when_asked_or_needed, 0, 2);
    tcase_add_loop_test(tcase, useless_terminals_are_refused, 0, G_N_ELEMENTS(useless));
    tcase_add_loop_test(tcase, a_closed_terminal_ends_it, 0, 2);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
