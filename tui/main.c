/* The only wiring of all folders: a subcommand, or the viewer, or what `tare` says of itself. */
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include "io/arguments.h"
#include "io/command.h"
#include "io/examples.h"
#include "io/recording_hdf5.h"
#include "io/tokenizer_open.h"
#include "io/watch_arguments.h"
#include "io/tune_session.h"
#include "io/words_file.h"
#include "tui/app.h"

struct view_options {
    struct watch_arguments watch; /* what comparing takes is in it, watching or not */
    gboolean version, ascii, mouse, light;
    char *examples, *tokenizer, *uncovered, **recordings;
};

static const char introduction[] =
    "tare shows what training changed in a model's weights.\n"
    "\n"
    "  tare base.h5 tuned.h5           open both, subtract one from the other, look around\n"
    "  tare model.h5                   inspect one file\n"
    "  tare report base.h5 tuned.h5    the same facts as text; --format json or csv for scripts\n"
    "  tare check base.h5 tuned.h5     the rules as a gate: a line each that is violated, exit 1\n"
    "  tare watch folder               follow a training that writes checkpoints into it\n"
    "\n"
    "Files: weights in HDF5 as Keras 2 and 3, KerasHub, HuggingFace TF and h5py users write them.\n"
    "Keys in the viewer: ? shows them, q leaves. More: tare --help\n";

static void add_viewer(struct view_options *o, GOptionContext *context)
{
    const GOptionEntry entries[] = {
        {"ascii", 0, 0, G_OPTION_ARG_NONE, &o->ascii, "draw with 7-bit characters only", NULL},
        {"mouse", 0, 0, G_OPTION_ARG_NONE, &o->mouse, "react to the mouse (% switches it)", NULL},
        {"light", 0, 0, G_OPTION_ARG_NONE, &o->light, "colours for a light background", NULL},
        {"examples", 0, 0, G_OPTION_ARG_FILENAME, &o->examples,
         "texts with categories to run both models on (tare examples --help)", "FILE"},
        {"tokenizer", 0, 0, G_OPTION_ARG_FILENAME, &o->tokenizer,
         "bytes, words, or a tokenizer's file (what lies beside the weights by default)", "KIND"},
        {"recording", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o->recordings,
         "what a model's layers showed elsewhere, in place of running it; twice: base, then tuned "
         "(samples/record_*.py write it)",
         "FILE"},
        {"uncovered", 0, 0, G_OPTION_ARG_STRING, &o->uncovered,
         "categories that the training did not cover (told by its examples by default)", "A,B"},
        {NULL}};

    g_option_context_add_main_entries(context, entries, NULL);
}

static gboolean parse(int argc, char **argv, struct view_options *o, GError **error)
{
    const GOptionEntry entries[] = {
        {"version", 'V', 0, G_OPTION_ARG_NONE, &o->version, "print the version", NULL}, {NULL}};
    GOptionContext *context = g_option_context_new("BASE [TUNED]");
    gboolean ok;

    g_option_context_set_summary(context,
                                 "Shows what training changed from BASE to TUNED, or what BASE holds.");
    g_option_context_set_description(
        context, "Commands:\n"
                 "  tare report BASE [TUNED]   the same facts as text, JSON or CSV\n"
                 "                             (tare report --help)\n"
                 "  tare check BASE [TUNED]    a line for every rule that is violated, then exit 1\n"
                 "                             (tare check --help; --list: all rules, thresholds)\n"
                 "  tare evaluate -e FILE BASE [TUNED]\n"
                 "                             runs the models on examples: losses by category, what the\n"
                 "                             training did not cover (tare evaluate --help)\n"
                 "  tare tune BASE -e FILE -o OUT.h5\n"
                 "                             fine-tunes a model on examples (tare tune --help)\n"
                 "  tare init --arch KIND -o OUT.h5\n"
                 "                             a model that has learned nothing (tare init --help)\n"
                 "  tare watch PATH            follows a training that runs elsewhere by the checkpoints\n"
                 "                             it writes (tare watch --help)\n"
                 "  tare examples FILE         checks texts with categories and says what they cover\n"
                 "                             (tare examples --help: what a file of them looks like)\n"
                 "\n"
                 "Environment: NO_COLOR (no colours), TARE_CPU=scalar|avx2|avx512 (kernel variant).\n"
                 "Exit status: 0 done, 1 a check is violated, 2 wrong command line, 3 an input could\n"
                 "not be read, 4 could not write.\n");
    g_option_context_add_main_entries(context, entries, NULL);
    add_viewer(o, context);
    arguments_add(&o->watch.common, context);
    ok = g_option_context_parse(context, &argc, &argv, error);
    g_option_context_free(context);
    return ok;
}

static gboolean parse_watch(int argc, char **argv, struct view_options *o, GError **error)
{
    GOptionContext *context = g_option_context_new("PATH");
    gboolean ok;

    g_set_prgname("tare watch");
    watch_arguments_add(&o->watch, context);
    add_viewer(o, context);
    ok = g_option_context_parse(context, &argc, &argv, error);
    g_option_context_free(context);
    return ok;
}

static gboolean recordings_fit(const struct view_options *o, GError **error)
{
    if (o->recordings && o->examples)
        g_set_error_literal(error, TARE_ERROR, TARE_ERROR_USAGE,
                            "--recording is in place of --examples: name one of the two");
    else if (o->recordings && g_strv_length(o->recordings) > 2)
        g_set_error_literal(error, TARE_ERROR, TARE_ERROR_USAGE,
                            "at most two recordings: of the base, then of the tuned model");
    return !*error;
}

/* ":tune" in the viewer. */
static gboolean open_tune(const char *base, const char *examples, const char *tokenizer, int n,
                          char *const *words, struct trainer_input *out, GError **error)
{
    struct tune_options *o = g_new0(struct tune_options, 1);
    GPtrArray *line = g_ptr_array_new();

    g_ptr_array_add(line, "tune");
    g_ptr_array_add(line, "-i");
    if (examples) {
        g_ptr_array_add(line, "--examples");
        g_ptr_array_add(line, (char *)(gsize)examples);
    }
    if (tokenizer) {
        g_ptr_array_add(line, "--tokenizer");
        g_ptr_array_add(line, (char *)(gsize)tokenizer);
    }
    for (int i = 0; i < n; i++) /* what is said counts */
        g_ptr_array_add(line, words[i]);
    g_ptr_array_add(line, (char *)(gsize)base);
    g_ptr_array_add(line, NULL);
    if (tune_options_parse((int)line->len - 1, (char **)line->pdata, o, error)) {
        tune_session_input(o, out);
    } else {
        tune_options_finish(o);
        g_clear_pointer(&o, g_free);
    }
    g_ptr_array_unref(line);
    return o != NULL;
}

/* What the app does with files, by what io knows of them. */
static const struct app_options by_io = {
    .load = command_load,
    .save = command_save,
    .load_words = words_file_read,
    .load_examples = examples_read,
    .open_tokenizer = tokenizer_open,
    .open_recorded = recording_read,
};

/* The comparison is what was said. */
static int show(struct view_options *o, const struct comparison_options *comparison,
                struct watch *watch, GError **error)
{
    struct app_options options = by_io;
    struct word_list *words = arguments_words(&o->watch.common, error);
    int status;

    if (*error)
        return EXIT_INPUT;
    options.base = o->watch.common.files[0];
    options.tuned = o->watch.common.files[1];
    options.comparison = *comparison;
    options.watch = watch;
    options.term = (struct term_options){.ascii = o->ascii, .mouse = o->mouse, .light = o->light};
    options.examples = o->examples;
    options.tokenizer = o->tokenizer;
    options.uncovered = o->uncovered;
    options.tune = open_tune;
    options.recordings = (const char *const *)(const void *)o->recordings;
    options.words = words;
    status = app_run(&options);
    word_list_destroy(words);
    return status;
}

static int view(struct view_options *o, GError **error)
{
    struct comparison_options comparison;

    if (g_strv_length(o->watch.common.files) > 2)
        g_set_error_literal(error, TARE_ERROR, TARE_ERROR_USAGE,
                            "at most two files: tare BASE [TUNED]");
    if (*error || !recordings_fit(o, error) ||
        !arguments_options(&o->watch.common, &comparison, error))
        return EXIT_USAGE;
    return show(o, &comparison, NULL, error);
}

static int view_watched(struct view_options *o, GError **error)
{
    struct watch_options options;
    struct watch *w;
    int status;

    if (!recordings_fit(o, error) || !watch_arguments_options(&o->watch, &options, error))
        return EXIT_USAGE;
    w = watch_create(&options);
    status = show(o, &options.comparison, w, error);
    w->ops->close(w);
    return status;
}

static void finish(struct view_options *o)
{
    watch_arguments_finish(&o->watch);
    g_free(o->examples);
    g_free(o->tokenizer);
    g_free(o->uncovered);
    g_strfreev(o->recordings);
}

static int run_watch(int argc, char **argv)
{
    struct view_options o = {0};
    GError *error = NULL;
    int status = EXIT_USAGE;

    if (parse_watch(argc, argv, &o, &error))
        status = watch_arguments_lines(&o.watch) ? command_watch_lines(&o.watch)
                                                 : view_watched(&o, &error);
    if (error)
        status = command_fail(error);
    finish(&o);
    return status;
}

static int view_run(struct tune_options *o)
{
    struct app_options options = by_io;
    struct trainer_input run;

    options.base = o->base;
    options.comparison = (struct comparison_options){.use_rules = true,
                                                     .threads = o->training.threads,
                                                     .heads = o->heads,
                                                     .kv_heads = o->kv_heads};
    options.term = (struct term_options){.ascii = o->ascii, .mouse = o->mouse, .light = o->light};
    options.examples = o->examples;
    options.tokenizer = o->tokenizer;
    options.uncovered = o->uncovered;
    options.run = &run;
    tune_session_input(o, &run);
    return app_run(&options);
}

/* tare tune -i; without -i it is a command like the others. */
static int run_tune(int argc, char **argv)
{
    struct tune_options *o = g_new0(struct tune_options, 1);
    char **words = g_strdupv(argv), **line = g_memdup2(words, ((gsize)argc + 1) * sizeof *words);
    GError *error = NULL;
    int status = EXIT_USAGE;
    bool here = false, parsed = tune_options_parse(argc, line, o, &error);

    if (parsed && o->interactive && tune_session_prepare(o, &error)) {
        status = view_run(o);
        here = true;
    }
    if (!here) {
        tune_options_finish(o);
        g_free(o);
    }
    g_free(line);
    g_strfreev(words);
    if (error)
        return command_fail(error);
    return here ? status : command_find("tune")->run(argc, argv);
}

static int run_viewer(int argc, char **argv)
{
    struct view_options o = {0};
    GError *error = NULL;
    int status = EXIT_DONE;

    if (!parse(argc, argv, &o, &error))
        status = EXIT_USAGE;
    else if (o.version)
        printf("tare %s\n", TARE_VERSION);
    else if (!o.watch.common.files)
        fputs(introduction, stdout);
    else
        status = view(&o, &error);
    if (error)
        status = command_fail(error);
    finish(&o);
    return status;
}

int main(int argc, char **argv)
{
    const struct command *command = argc > 1 ? command_find(argv[1]) : NULL;

    setlocale(LC_ALL, "");
    if (argc > 1 && strcmp(argv[1], "watch") == 0)
        return run_watch(argc - 1, argv + 1);
    if (command && strcmp(command->name, "tune") == 0)
        return run_tune(argc - 1, argv + 1);
    return command ? command->run(argc - 1, argv + 1) : run_viewer(argc, argv);
}
