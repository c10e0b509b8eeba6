/* tare watch without a screen: a line for each checkpoint as it comes. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include "core/escape.h"
#include "io/command.h"
#include "io/interrupt.h"
#include "io/watch_arguments.h"

#define ASK_INTERVAL 500 /* ms, for ^C */

static gboolean print_lines(const GPtrArray *lines, GError **error)
{
    for (guint i = 0; lines && i < lines->len; i++)
        puts(g_ptr_array_index(lines, i));
    if (fflush(stdout) == 0 && !ferror(stdout))
        return TRUE;
    g_set_error(error, TARE_ERROR, TARE_ERROR_OUTPUT, "standard output: can't write: %s",
                g_strerror(errno));
    return FALSE;
}

/* False: it has ended. */
static bool take(struct watch *w, bool once, const char *path, GError **error)
{
    struct watch_news news;
    bool go_on, all_read;

    w->ops->take(w, &news);
    all_read = news.status.listed && news.status.waiting == 0;
    if (news.status.failed)
        g_set_error_literal(error, TARE_ERROR, TARE_ERROR_INPUT, news.status.reason);
    else if (print_lines(news.lines, error) && once && all_read && !news.status.checkpoints)
        g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT, "%s: no checkpoint in it can be read",
                    path);
    go_on = !*error && !(once && all_read);
    if (news.lines)
        g_ptr_array_free(news.lines, TRUE);
    timeline_destroy(news.timeline);
    comparison_destroy(news.comparison);
    watch_status_finish(&news.status);
    return go_on;
}

static int run_lines(const struct watch_options *options, bool once, GError **error)
{
    const gint *interrupted = interrupt_watch();
    struct watch *w = watch_create(options);
    struct pollfd fd = {w->ops->fd(w), POLLIN, 0};

    if (once && !g_file_test(options->path, G_FILE_TEST_EXISTS))
        g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT, "%s: no such file or folder",
                    options->path);
    while (!*error && !g_atomic_int_get(interrupted)) {
        if (poll(&fd, 1, ASK_INTERVAL) > 0 && !take(w, once, options->path, error))
            break;
    }
    w->ops->close(w);
    return *error ? (int)error_exit_status(*error) : EXIT_DONE;
}

int command_watch_lines(struct watch_arguments *a)
{
    struct watch_options options;
    GError *error = NULL;
    int status = EXIT_USAGE;

    if (watch_arguments_options(a, &options, &error)) {
        options.in_order = true;
        status = run_lines(&options, a->once, &error);
    }
    if (error)
        status = command_fail(error);
    interrupt_obey();
    return status;
}
