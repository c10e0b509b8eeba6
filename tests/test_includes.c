/* Who may include whom: the arrows of the README's map, kept by reading every #include. */
#include <check.h>
#include <glib.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* A header and the files (globs over their paths) that alone may include it. */
struct rule {
    const char *header, *files[6];
};

static const struct rule rules[] = {
    /* our own folders */
    {"core/*", {"core/*", "io/*", "tui/*"}},
    {"io/*", {"io/*", "tui/main.c"}},
    {"tui/*", {"tui/*"}},
    {"tests/*", {NULL}},
    /* libraries with one place */
    {"*curses*.h", {"tui/term*.c"}},
    {"term.h", {"tui/term*.c"}},
    {"hdf5*.h", {"io/*hdf5*"}},
    {"H5*.h", {"io/*hdf5*"}},
    {"archive*.h", {"io/*keras*"}},
    {"json-glib/*", {"io/*"}},
    {"libdeflate.h", {"io/*"}},
    {"*intrin.h", {"core/scan/*_avx*", "core/net/vector.h"}},
    {"cpuid.h", {"core/cpu.c"}},
    {"cblas*.h", {"core/linalg.c"}},
    {"dlfcn.h", {"core/blas.c"}},
    {"lapack*.h", {"core/linalg.c"}},
    {"check.h", {NULL}},
    {"vterm*.h", {NULL}},
};

static const char *const folders[] = {"core", "io", "tui"};

static bool allowed(const struct rule *r, const char *path)
{
    for (int i = 0; i < 6 && r->files[i]; i++) {
        if (g_pattern_match_simple(r->files[i], path))
            return true;
    }
    return false;
}

/* Lines that break a rule, one a line, appended to wrong. */
static void check_include(const char *path, int line, const char *header, GString *wrong)
{
    if (header[0] == '.')
        g_string_append_printf(wrong, "%s:%d: %s: name the folder\n", path, line, header);
    for (gsize i = 0; i < G_N_ELEMENTS(rules); i++) {
        if (g_pattern_match_simple(rules[i].header, header) && !allowed(&rules[i], path))
            g_string_append_printf(wrong, "%s:%d: may not include %s\n", path, line, header);
    }
}

static void check_file(const char *source, const char *path, GString *wrong)
{
    g_autofree char *full = g_build_filename(source, path, NULL);
    g_autofree char *text = NULL;
    g_autoptr(GRegex) include =
        g_regex_new("^[ \t]*#[ \t]*include[ \t]*[<\"]([^>\"]+)[>\"]", 0, 0, NULL);

    ck_assert(g_file_get_contents(full, &text, NULL, NULL));
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (int i = 0; lines[i]; i++) {
        g_autoptr(GMatchInfo) match = NULL;
        if (g_regex_match(include, lines[i], 0, &match)) {
            g_autofree char *header = g_match_info_fetch(match, 1);
            check_include(path, i + 1, header, wrong);
        }
    }
}

/* Checks every .c and .h below source/folder; how many there were. */
static guint walk(const char *source, const char *folder, GString *wrong)
{
    g_autofree char *full = g_build_filename(source, folder, NULL);
    g_autoptr(GDir) dir = g_dir_open(full, 0, NULL);
    const char *name;
    guint files = 0;

    ck_assert_msg(dir != NULL, "no folder %s", full);
    while ((name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        g_autofree char *at = g_build_filename(source, path, NULL);
        if (g_file_test(at, G_FILE_TEST_IS_DIR)) {
            files += walk(source, path, wrong);
        } else if (g_str_has_suffix(name, ".c") || g_str_has_suffix(name, ".h")) {
            check_file(source, path, wrong);
            files++;
        }
    }
    return files;
}

START_TEST(folders_include_only_what_they_may)
{
    g_autoptr(GString) wrong = g_string_new(NULL);
    const char *source = g_getenv("TARE_SOURCE");
    guint files = 0;

    ck_assert_msg(source != NULL, "TARE_SOURCE is not set");
    for (gsize i = 0; i < G_N_ELEMENTS(folders); i++)
        files += walk(source, folders[i], wrong);
    ck_assert_uint_ge(files, 10);
    ck_assert_msg(wrong->len == 0, "\n%s", wrong->str);
}
END_TEST

static const struct {
    const char *path, *header;
    bool fine;
} cases[] = {
    {"core/pair.c", "core/pair.h", true},
    {"core/pair.c", "io/format.h", false},
    {"core/pair.c", "tui/view.h", false},
    {"io/format.c", "core/source.h", true},
    {"io/format.c", "tui/view.h", false},
    {"io/hdf5_walk.c", "hdf5.h", true},
    {"io/listing.c", "hdf5.h", false},
    {"tui/view_jobs.c", "core/jobs.h", true},
    {"tui/view_jobs.c", "io/report.h", false},
    {"tui/main.c", "io/report.h", true},
    {"tui/list.c", "ncursesw/curses.h", false},
    {"tui/term.c", "curses.h", true},
    {"core/scan/scan.c", "immintrin.h", false},
    {"core/scan/scan_avx2.c", "immintrin.h", true},
    {"core/arch.c", "json-glib/json-glib.h", false},
    {"core/linalg.c", "cblas.h", true},
    {"core/linalg.c", "lapacke.h", true},
    {"core/net/net.c", "cblas.h", false},
    {"core/net/kernels.c", "immintrin.h", false},
    {"core/linalg.c", "dlfcn.h", false},
    {"core/spectrum.c", "lapack.h", false},
    {"core/a.c", "../io/format.h", false},
};

START_TEST(the_rules_tell_right_from_wrong)
{
    g_autoptr(GString) wrong = g_string_new(NULL);

    check_include(cases[_i].path, 1, cases[_i].header, wrong);
    ck_assert_int_eq(wrong->len == 0, cases[_i].fine);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("includes");
    TCase *arrows = tcase_create("arrows");

    tcase_add_test(arrows, folders_include_only_what_they_may);
    tcase_add_loop_test(arrows, the_rules_tell_right_from_wrong, 0, G_N_ELEMENTS(cases));
    suite_add_tcase(suite, arrows);

    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
