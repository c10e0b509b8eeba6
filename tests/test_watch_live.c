/* Real trainings by Keras and PyTorch, followed while they run: every checkpoint is told, none is
 * told wrong, and the training saves as if nobody looked. Runs where TARE_TEST_LIVE is set and
 * Python (TARE_PYTHON) has the framework; says so where not. */
#include <check.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SKIPPED 77
#define SETTLING (4 * G_USEC_PER_SEC)

static char *folder;

static void make_folder(void)
{
    folder = g_dir_make_tmp("tare-live-XXXXXX", NULL);
}

static void remove_folder(void)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;

    while ((name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(folder, name, NULL);

        g_unlink(path);
    }
    g_rmdir(folder);
    g_free(folder);
}

static GSubprocess *start(const char *const *argv)
{
    GError *error = NULL;
    GSubprocess *p = g_subprocess_newv(argv, G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error);

    ck_assert_msg(p != NULL, "%s", error ? error->message : "");
    return p;
}

static char *output_of(GSubprocess *p)
{
    char *out = NULL;

    ck_assert(g_subprocess_communicate_utf8(p, NULL, NULL, &out, NULL, NULL));
    return out;
}

/* What the training printed; NULL: it can't run here, which was said. */
static char *train(const char *script, const char *how)
{
    g_autofree char *path = g_build_filename(g_getenv("TARE_SOURCE"), "tests/live", script, NULL);
    const char *python = g_getenv("TARE_PYTHON");
    g_autoptr(GSubprocess) p =
        start((const char *const[]){python ? python : "python3", path, folder, how, NULL});
    g_autofree char *out = output_of(p);
    int status = g_subprocess_get_if_exited(p) ? g_subprocess_get_exit_status(p) : -1;

    if (status == SKIPPED) {
        printf("%s %s", script, out);
        return NULL;
    }
    ck_assert_msg(status == 0, "%s %s: exit %d: %s", script, how, status, out);
    return g_steal_pointer(&out);
}

static GSubprocess *watch(bool once)
{
    return start((const char *const[]){g_getenv("TARE_PROGRAM"), "watch", folder,
                                       once ? "--once" : "--format=lines", NULL});
}

/* Lines without the time in front; owned by the caller. */
static char **lines_of(const char *text)
{
    char **lines = g_strsplit(text, "\n", -1);

    for (int i = 0; lines[i]; i++) {
        char *line = lines[i];

        lines[i] = g_strdup(strlen(line) > 10 ? line + 10 : "");
        g_free(line);
    }
    return lines;
}

static unsigned count(char *const *lines)
{
    unsigned n = 0;

    for (int i = 0; lines[i]; i++)
        n += lines[i][0] != 0;
    return n;
}

/* What was told while it ran is what is told of the files afterwards. */
static void expect_all(const char *told, unsigned saves)
{
    g_autoptr(GSubprocess) p = watch(true);
    g_autofree char *after = output_of(p);
    g_auto(GStrv) live = lines_of(told);
    g_auto(GStrv) expected = lines_of(after);

    ck_assert_msg(count(live) == saves, "%u saves, told:\n%s", saves, told);
    for (int i = 0; expected[i]; i++)
        ck_assert_msg(g_strv_contains((const char *const *)live, expected[i]), "%s\nis not in\n%s",
                      expected[i], told);
}

static const struct {
    const char *script, *how;
    bool files; /* a file for each checkpoint */
} trainings[] = {
    {"train_keras.py", "callback", true},
    {"train_keras.py", "place", false},
    {"train_pytorch.py", "callback", true},
    {"train_pytorch.py", "place", false},
};

START_TEST(a_training_is_followed)
{
    g_autoptr(GSubprocess) watching = watch(false);
    g_autofree char *printed = train(trainings[_i].script, trainings[_i].how), *told = NULL;
    g_auto(GStrv) lines = NULL;
    unsigned saves = printed ? (unsigned)strtoul(printed, NULL, 10) : 0;

    if (printed)
        g_usleep(SETTLING);
    g_subprocess_send_signal(watching, SIGINT);
    told = output_of(watching);
    if (!printed)
        return;
    lines = lines_of(told);
    printf("%s %s: %u saves, %u checkpoints told\n", trainings[_i].script, trainings[_i].how, saves,
           count(lines));
    ck_assert_uint_gt(saves, 1);
    ck_assert_ptr_null(strstr(told, "can't be read"));
    ck_assert_ptr_nonnull(strstr(told, "relative "));
    if (trainings[_i].files)
        expect_all(told, saves);
}
END_TEST

static int run(void)
{
    Suite *s = suite_create("watch_live");
    TCase *t = tcase_create("live");
    SRunner *r = srunner_create(s);
    int failed;

    tcase_set_timeout(t, 0); /* a training takes what it takes; meson ends what hangs */
    tcase_add_checked_fixture(t, make_folder, remove_folder);
    tcase_add_loop_test(t, a_training_is_followed, 0, G_N_ELEMENTS(trainings));
    suite_add_tcase(s, t);
    srunner_run_all(r, CK_ENV);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(void)
{
    if (g_getenv("TARE_TEST_LIVE"))
        return run();
    printf("watch_live: live trainings are for tests/run --long\n");
    return SKIPPED;
}
