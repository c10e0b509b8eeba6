#include "tests/support/cli.h"

#include <check.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>

char *cli_dir;

void cli_make_dir(void)
{
    cli_dir = g_dir_make_tmp("tare-cli-XXXXXX", NULL);
    ck_assert_ptr_nonnull(cli_dir);
}

void cli_remove_dir(void)
{
    GDir *d = g_dir_open(cli_dir, 0, NULL);
    const char *name;

    while ((name = g_dir_read_name(d))) {
        char *path = g_build_filename(cli_dir, name, NULL);

        g_remove(path);
        g_free(path);
    }
    g_dir_close(d);
    g_rmdir(cli_dir);
    g_free(cli_dir);
}

static char *text_of(GBytes *bytes)
{
    gsize n = bytes ? g_bytes_get_size(bytes) : 0;

    return n ? g_strndup(g_bytes_get_data(bytes, NULL), n) : g_strdup("");
}

struct cli_run cli_run(const char *cpu, const char *sink, const char *const *args)
{
    GSubprocessLauncher *l = g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDERR_PIPE |
                                                       (sink ? 0 : G_SUBPROCESS_FLAGS_STDOUT_PIPE));
    GPtrArray *argv = g_ptr_array_new();
    GBytes *out = NULL, *err = NULL;
    struct cli_run r = {.status = -1};
    GError *error = NULL;
    GSubprocess *p;

    if (cpu)
        g_subprocess_launcher_setenv(l, "TARE_CPU", cpu, TRUE);
    if (sink)
        g_subprocess_launcher_set_stdout_file_path(l, sink);
    g_ptr_array_add(argv, (gpointer)g_getenv("TARE_PROGRAM"));
    for (gsize i = 0; args[i]; i++)
        g_ptr_array_add(argv, (gpointer)args[i]);
    g_ptr_array_add(argv, NULL);
    p = g_subprocess_launcher_spawnv(l, (const char *const *)argv->pdata, &error);
    ck_assert_msg(p != NULL, "%s", error ? error->message : "");
    ck_assert(g_subprocess_communicate(p, NULL, NULL, &out, &err, NULL));
    if (g_subprocess_get_if_exited(p))
        r.status = g_subprocess_get_exit_status(p);
    r.out = text_of(out);
    r.err = text_of(err);
    g_clear_pointer(&out, g_bytes_unref);
    g_bytes_unref(err);
    g_ptr_array_free(argv, TRUE);
    g_object_unref(p);
    g_object_unref(l);
    return r;
}

void cli_run_free(struct cli_run *r)
{
    g_free(r->out);
    g_free(r->err);
}

void cli_check_clean(const char *text)
{
    for (const char *p = text; *p; p++)
        ck_assert_msg(*p == '\n' || (unsigned char)*p >= 32, "byte %d in: %.60s", *p, p);
}

void cli_check_clean_lines(const char *text)
{
    char *copy = g_strdup(text);

    cli_check_clean(g_strdelimit(copy, "\t", ' '));
    g_free(copy);
}

guint cli_lines_of(const char *text)
{
    guint n = 0;

    for (const char *p = text; *p; p++)
        n += *p == '\n';
    return n;
}

void cli_expect(int status, const char *err, const char *const *args)
{
    struct cli_run r = cli_run(NULL, NULL, args);

    ck_assert_msg(r.status == status, "%s: status %d, not %d: %s", args[0] ? args[0] : "", r.status,
                  status, r.err);
    cli_check_clean(r.out);
    cli_check_clean(r.err);
    if (err) {
        ck_assert_msg(strstr(r.err, err) != NULL, "'%s' is not in: %s", err, r.err);
        ck_assert_msg(g_str_has_prefix(r.err, "tare: ") && cli_lines_of(r.err) == 1, "%s", r.err);
        ck_assert_str_eq(r.out, "");
    } else {
        ck_assert_str_eq(r.err, "");
        ck_assert(r.out[0] != '\0');
    }
    cli_run_free(&r);
}

char *cli_fixture(const char *name)
{
    return g_build_filename(g_getenv("TARE_FIXTURES"), name, NULL);
}

char *cli_file(const char *name, const char *content, gssize bytes)
{
    char *path = g_build_filename(cli_dir, name, NULL);

    ck_assert(g_file_set_contents(path, content, bytes, NULL));
    return path;
}
