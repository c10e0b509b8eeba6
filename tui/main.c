/* The only wiring of all folders: a subcommand, or the viewer, or what `tare` says of itself. */
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include "io/command.h"
#include "tui/app.h"

struct view_options {
    gboolean version, ascii, mouse, light;
    int threads;
    char *pair;
    char **files;
};

static const char introduction[] =
    "tare shows what training changed in a model's weights.\n"
    "\n"
    "  tare base.h5 tuned.h5           open both, subtract one from the other, look around\n"
    "  tare model.h5                   inspect one file\n"
    "  tare report base.h5 tuned.h5    the same facts as text; --format json or csv for scripts\n"
    "\n"
    "Files: weights in HDF5 as Keras 2 and 3, KerasHub, HuggingFace TF and h5py users write them.\n"
    "Keys in the viewer: ? shows them, q leaves. More: tare --help\n";

static gboolean parse(int argc, char **argv, struct view_options *o, GError **error)
{
    const GOptionEntry entries[] = {
        {"version", 'V', 0, G_OPTION_ARG_NONE, &o->version, "print the version", NULL},
        {"ascii", 0, 0, G_OPTION_ARG_NONE, &o->ascii, "draw with 7-bit characters only", NULL},
        {"mouse", 0, 0, G_OPTION_ARG_NONE, &o->mouse, "react to the mouse (% switches it)", NULL},
        {"light", 0, 0, G_OPTION_ARG_NONE, &o->light, "colours for a light background", NULL},
        {"threads", 't', 0, G_OPTION_ARG_INT, &o->threads, "workers (all cores by default)", "N"},
        {"pair", 0, 0, G_OPTION_ARG_STRING, &o->pair,
         "rules (the default): drop wrappers from names; names: equal names only", "HOW"},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o->files, NULL, NULL},
        {NULL}};
    GOptionContext *context = g_option_context_new("BASE [TUNED]");
    gboolean ok;

    g_option_context_set_summary(context,
                                 "Shows what training changed from BASE to TUNED, or what BASE holds.");
    g_option_context_set_description(
        context, "Commands:\n"
                 "  tare report BASE [TUNED]   the same facts as text, JSON or CSV\n"
                 "                             (tare report --help)\n"
                 "\n"
                 "Environment: NO_COLOR (no colours), TARE_CPU=scalar|avx2|avx512 (kernel variant).\n"
                 "Exit status: 0 done, 2 wrong command line, 3 an input could not be read, 4 could\n"
                 "not write.\n");
    g_option_context_add_main_entries(context, entries, NULL);
    ok = g_option_context_parse(context, &argc, &argv, error);
    g_option_context_free(context);
    return ok;
}

static gboolean check(const struct view_options *o, GError **error)
{
    const char *wrong = NULL;

    if (g_strv_length(o->files) > 2)
        wrong = "at most two files: tare BASE [TUNED]";
    else if (o->threads < 0 || o->threads > 256)
        wrong = "--threads is 1 to 256";
    else if (o->pair && strcmp(o->pair, "rules") != 0 && strcmp(o->pair, "names") != 0)
        wrong = "--pair is rules or names";
    if (wrong)
        g_set_error_literal(error, TARE_ERROR, TARE_ERROR_USAGE, wrong);
    return !wrong;
}

static int view(const struct view_options *o)
{
    const struct app_options options = {
        .base = o->files[0],
        .tuned = o->files[1],
        .comparison = {.threads = (guint)o->threads,
                       .use_rules = !o->pair || strcmp(o->pair, "rules") == 0},
        .term = {.ascii = o->ascii, .mouse = o->mouse, .light = o->light},
        .load = command_load,
    };

    return app_run(&options);
}

static int run_viewer(int argc, char **argv)
{
    struct view_options o = {0};
    GError *error = NULL;
    int status = EXIT_DONE;

    if (!parse(argc, argv, &o, &error))
        status = command_fail(error);
    else if (o.version)
        printf("tare %s\n", TARE_VERSION);
    else if (!o.files)
        fputs(introduction, stdout);
    else if (!check(&o, &error))
        status = command_fail(error);
    else
        status = view(&o);
    g_free(o.pair);
    g_strfreev(o.files);
    return status;
}

int main(int argc, char **argv)
{
    const struct command *command = argc > 1 ? command_find(argv[1]) : NULL;

    setlocale(LC_ALL, "");
    return command ? command->run(argc - 1, argv + 1) : run_viewer(argc, argv);
}
