#include "io/watch_arguments.h"

#include <string.h>
#include <unistd.h>

void watch_arguments_add(struct watch_arguments *a, GOptionContext *context)
{
    const GOptionEntry entries[] = {
        {"base", 0, 0, G_OPTION_ARG_FILENAME, &a->base,
         "what checkpoints are compared with (the first one that can be read)", "FILE"},
        {"log", 0, 0, G_OPTION_ARG_FILENAME, &a->log,
         "losses and other numbers by step, JSON lines or CSV, as the training writes them (one "
         "beside the checkpoints by default)",
         "FILE"},
        {"once", 0, 0, G_OPTION_ARG_NONE, &a->once,
         "a line for each checkpoint that is there now, then end", NULL},
        {"format", 0, 0, G_OPTION_ARG_STRING, &a->format,
         "lines: a line for each checkpoint as it comes, also on a terminal", "lines"},
        {NULL}};

    g_option_context_set_summary(
        context,
        "Follows a training that runs elsewhere: a folder that gains checkpoints, or a file "
        "that is\nreplaced or rewritten in place. It only reads, takes no lock, and is "
        "never in the writer's way.");
    g_option_context_set_description(
        context,
        "What is read is shown when nothing changed meanwhile. The status line says how far it can "
        "be trusted:\n"
        "  live      what is shown is what is there, as far as one reading can tell\n"
        "  writing   something newer is being written, or read\n"
        "  settled   two seconds were quiet, and a second reading found the same\n"
        "  stale     what is there now can't be read; the last that could stays\n"
        "  gone      it is no longer there; what was read stays\n\n"
        "Without a terminal, with --once or --format lines: a line for each checkpoint, until ^C.\n"
        "Without --base a copy of the first checkpoint is kept in the temporary folder (TMPDIR)\n"
        "while this runs: it may be rewritten.\n");
    g_option_context_add_main_entries(context, entries, NULL);
    arguments_add(&a->common, context);
}

void watch_arguments_finish(struct watch_arguments *a)
{
    arguments_finish(&a->common);
    g_free(a->base);
    g_free(a->log);
    g_free(a->format);
}

gboolean watch_arguments_options(struct watch_arguments *a, struct watch_options *out,
                                 GError **error)
{
    *out = (struct watch_options){.base = a->base, .log = a->log};
    if (!a->common.files || g_strv_length(a->common.files) != 1)
        g_set_error_literal(error, TARE_ERROR, TARE_ERROR_USAGE,
                            "watch needs one folder or file: tare watch PATH");
    else if (a->format && strcmp(a->format, "lines") != 0)
        g_set_error_literal(error, TARE_ERROR, TARE_ERROR_USAGE, "--format is lines");
    else if (arguments_options(&a->common, &out->comparison, error)) {
        out->path = a->common.files[0];
        return TRUE;
    }
    return FALSE;
}

bool watch_arguments_lines(const struct watch_arguments *a)
{
    return a->once || a->format || !isatty(STDOUT_FILENO) || !isatty(STDIN_FILENO);
}
