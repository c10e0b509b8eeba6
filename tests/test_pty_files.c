/* The program on a terminal with files that are hostile, broken, missing or changing under it. */
#include "tests/support/tare.h"

#include <check.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HELP_TEXT "view, its keys"
#define NAMES_TENSORS 37

/* Characters that drive a terminal or deceive a reader must come escaped, as text. */
static bool deceives(gunichar c)
{
    return (c >= 0x80 && c < 0xa0) || c == 0x61c || (c >= 0x200b && c <= 0x200f) ||
           (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff ||
           (c >= 0xe0000 && c < 0xe0080);
}

/* Of a program that has ended: all it sent, whole. */
static void expect_harmless(const struct pty *p)
{
    const struct pty_audit *a = pty_audit(p);
    const char *text = pty_audit_text(a);

    for (int byte = 0; byte < 0xa0; byte++) {
        bool moves = byte == '\r' || byte == '\n' || byte == '\b' || byte == '\t';
        if ((byte < 0x20 || byte >= 0x7f) && !moves)
            ck_assert_msg(pty_audit_control(a, (unsigned char)byte) == 0, "byte 0x%02x came", byte);
    }
    ck_assert_uint_eq(pty_audit_strings(a), 0);
    ck_assert_msg(g_utf8_validate(text, -1, NULL), "not UTF-8");
    for (const char *c = text; *c; c = g_utf8_next_char(c))
        ck_assert_msg(!deceives(g_utf8_get_char(c)), "U+%04X came", g_utf8_get_char(c));
}

static char *cursor_text(const struct pty *p)
{
    int row, col;

    pty_cursor(p, &row, &col);
    g_autofree char *text = pty_row(p, row);
    return g_strdup_printf("%d %s", row, text);
}

static bool has_moved(struct pty *p, const void *before)
{
    g_autofree char *now = cursor_text(p);
    return strcmp(now, before) != 0;
}

/* Where the cursor is after a key that moves it. */
static char *moved_by(struct pty *p, const char *key)
{
    g_autofree char *before = cursor_text(p);

    pty_type(p, key);
    ck_assert_msg(pty_wait(p, has_moved, before), "'%s' did not move from: %s", key, before);
    pty_wait_quiet(p, 100); /* the rest of that screen */
    return cursor_text(p);
}

START_TEST(names_from_a_file_drive_nothing)
{
    g_autofree char *path = tare_fixture("hostile/names.h5");
    struct pty_options with = {.rows = 60, .cols = 200};
    struct pty *p = tare_start(&with, path, NULL);
    int steps = 0;

    pty_expect(p, "37/37 tensors");
    pty_type(p, "zR");
    pty_wait_quiet(p, 300);
    g_autofree char *last = moved_by(p, "G");
    g_autofree char *at = moved_by(p, "g");
    for (; strcmp(at, last) != 0; steps++) {
        char *next = moved_by(p, "j");
        g_free(at);
        at = next;
    }
    ck_assert_int_ge(steps + 1, NAMES_TENSORS);
    pty_type(p, "\r");
    pty_wait_quiet(p, 100);
    pty_type(p, "?");
    pty_expect(p, HELP_TEXT);
    pty_type(p, "Q");
    pty_expect_exit(p, 0);
    pty_expect_restored(p);
    expect_harmless(p);
    pty_destroy(p);
}
END_TEST

/* Shown in the viewer, and once more on standard error in one line after it. */
static void expect_refusal(const char *path, const char *said)
{
    struct pty_options with = {.cols = 200};
    struct pty *p = tare_start(&with, path, NULL);

    pty_expect(p, "R tries again");
    pty_expect(p, said);
    pty_type(p, "Q");
    pty_expect_exit(p, 3);
    pty_expect_restored(p);
    g_autofree char *text = pty_text(p);
    g_strstrip(text);
    ck_assert_msg(g_str_has_prefix(text, "tare: ") && !strchr(text, '\n'), "not one line:\n%s",
                  text);
    expect_harmless(p);
    pty_destroy(p);
}

START_TEST(a_missing_file_is_said)
{
    expect_refusal("/nowhere/none.h5", "/nowhere/none.h5");
}
END_TEST

static const char *const refused[] = {"hostile/garbage.h5", "hostile/html_error_page.h5",
                                      "hostile/signature_only.h5",
                                      "hostile/truncated_last_byte.h5"};

START_TEST(a_broken_file_is_said)
{
    g_autofree char *path = tare_fixture(refused[_i]);
    g_autofree char *name = g_path_get_basename(path);

    expect_refusal(path, name);
}
END_TEST

START_TEST(a_folder_and_an_empty_file_are_said)
{
    char *folder = tare_folder_create();
    g_autofree char *empty = g_build_filename(folder, "empty.h5", NULL);

    ck_assert(g_file_set_contents(empty, "", 0, NULL));
    expect_refusal(folder, folder);
    expect_refusal(empty, "empty.h5");
    tare_folder_remove(folder);
}
END_TEST

START_TEST(a_name_on_the_command_line_is_escaped)
{
    expect_refusal("/nowhere/\033]0;title\007\033[2J.h5", "/nowhere/");
}
END_TEST

START_TEST(a_file_that_shrinks_is_no_crash)
{
    char *folder = tare_folder_create();
    g_autofree char *one = tare_folder_sparse(folder, "one.h5", 1000);
    g_autofree char *two = tare_folder_sparse(folder, "two.h5", 1000);
    struct pty *p = tare_start(NULL, "--threads", "1", one, two, NULL);

    pty_expect(p, "paired ");
    ck_assert_int_eq(truncate(two, 100000), 0);
    pty_type(p, "?");
    pty_expect(p, HELP_TEXT);
    pty_type(p, "q\r");
    pty_wait_quiet(p, 300);
    ck_assert(pty_alive(p));
    pty_type(p, "Q");
    ck_assert(pty_wait_end(p, NULL));
    pty_expect_restored(p);
    pty_destroy(p);
    tare_folder_remove(folder);
}
END_TEST

START_TEST(a_replaced_file_is_reloaded)
{
    char *folder = tare_folder_create();
    g_autofree char *base = tare_folder_copy(folder, "torch/gpt2_base_flat.h5", "base.h5");
    g_autofree char *tuned = tare_folder_copy(folder, "torch/gpt2_tuned_flat.h5", "tuned.h5");
    g_autofree char *next = tare_folder_copy(folder, "torch/llama_tuned_flat.h5", "next.h5");
    struct pty *p = tare_start(NULL, base, tuned, NULL);

    pty_expect(p, "paired ");
    pty_wait_quiet(p, 300);
    g_autofree char *before = pty_text(p);
    ck_assert_int_eq(g_rename(next, tuned), 0);
    pty_type(p, "?");
    pty_expect(p, HELP_TEXT);
    pty_type(p, "qR");
    pty_expect(p, "paired ");
    pty_wait_quiet(p, 300);
    g_autofree char *after = pty_text(p);
    ck_assert_str_ne(before, after);
    ck_assert_int_eq(g_unlink(tuned), 0);
    pty_type(p, "R");
    pty_wait_quiet(p, 300);
    ck_assert(pty_alive(p));
    pty_type(p, "Q");
    ck_assert(pty_wait_end(p, NULL));
    pty_expect_restored(p);
    pty_destroy(p);
    tare_folder_remove(folder);
}
END_TEST

static bool is_loaded(struct pty *p, const void *none)
{
    (void)none;
    return pty_find(p, "R tries again") >= 0 || pty_find(p, " tensor") >= 0;
}

/* Every hostile file, looked at for a moment: the program answers and leaves the terminal well. */
START_TEST(hostile_files_are_looked_at)
{
    g_autofree char *folder = tare_fixture("hostile");
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;

    while ((name = g_dir_read_name(dir))) {
        if (!g_str_has_suffix(name, ".h5"))
            continue;
        g_autofree char *path = g_build_filename(folder, name, NULL);
        struct pty *p = tare_start(NULL, path, NULL);
        if (!pty_wait(p, is_loaded, NULL)) {
            pty_dump(p);
            ck_abort_msg("%s: neither read nor refused", path);
        }
        pty_type(p, "\r?");
        pty_expect(p, HELP_TEXT);
        pty_type(p, "Q");
        if (!pty_wait_end(p, NULL))
            pty_dump(p);
        pty_expect_restored(p);
        expect_harmless(p);
        pty_destroy(p);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pty_files");
    TCase *tests = tcase_create("files");

    tcase_set_timeout(tests, 0); /* every wait has its own deadline */
    tcase_add_test(tests, names_from_a_file_drive_nothing);
    tcase_add_test(tests, a_missing_file_is_said);
    tcase_add_loop_test(tests, a_broken_file_is_said, 0, G_N_ELEMENTS(refused));
    tcase_add_test(tests, a_folder_and_an_empty_file_are_said);
    tcase_add_test(tests, a_name_on_the_command_line_is_escaped);
    tcase_add_test(tests, a_file_that_shrinks_is_no_crash);
    tcase_add_test(tests, a_replaced_file_is_reloaded);
    tcase_add_test(tests, hostile_files_are_looked_at);
    suite_add_tcase(suite, tests);

    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
