/* tare examples: checks a file of examples, and says what it covers. */
#include "core/category_coverage.h"
#include "core/examples_tokenize.h"
#include "io/command.h"
#include "io/examples.h"
#include "io/output.h"
#include "io/report_examples.h"
#include "io/tokenizer_open.h"

struct examples_options {
    char *format, *output, *train, *tokenizer;
    char **files;
};

static gboolean parse(int argc, char **argv, struct examples_options *o, GError **error)
{
    const GOptionEntry entries[] = {
        {"format", 'f', 0, G_OPTION_ARG_STRING, &o->format, "text (the default), json or csv",
         "FORM"},
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &o->output, "write there, not to standard output",
         "FILE"},
        {"train", 0, 0, G_OPTION_ARG_FILENAME, &o->train,
         "examples the tuned model was trained on, as if their split were train", "FILE"},
        {"tokenizer", 0, 0, G_OPTION_ARG_FILENAME, &o->tokenizer,
         "count tokens, not words: bytes, or a tokenizer's file", "WHICH"},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o->files, NULL, NULL},
        {NULL}};
    GOptionContext *context = g_option_context_new("FILE");
    gboolean ok;

    g_set_prgname("tare examples");
    g_option_context_set_summary(
        context, "Checks a file of examples and prints what it covers, category by category.");
    g_option_context_set_description(
        context,
        "FILE is JSON lines, an object a line, or CSV with a heading. Names:\n"
        "  text                  what the model is to predict, or\n"
        "  prompt, completion    the loss is of the completion alone, or\n"
        "  ids                   token ids ready made; n_prompt: the first that are a prompt,\n"
        "                        or prompt_ids: those before them\n"
        "  category              what it belongs to\n"
        "  split                 test (the default), train: what the model was tuned on,\n"
        "                        general: text that it should not have forgotten\n"
        "  pair                  examples of the same pair are compared with each other\n"
        "  id                    its name; its line unless said\n"
        "Lines that are no example are named and skipped.\n");
    g_option_context_add_main_entries(context, entries, NULL);
    ok = g_option_context_parse(context, &argc, &argv, error);
    g_option_context_free(context);
    return ok;
}

static gboolean check(const struct examples_options *o, GError **error)
{
    const char *wrong = NULL;

    if (!o->files || g_strv_length(o->files) != 1)
        wrong = "examples needs one file: tare examples FILE";
    else if (o->format && !examples_form_find(o->format))
        wrong = "--format is text, json or csv";
    if (wrong)
        g_set_error_literal(error, TARE_ERROR, TARE_ERROR_USAGE, wrong);
    return !wrong;
}

struct writing {
    const struct examples_form *form;
    struct examples_report report;
};

static void write_form(const void *data, FILE *out)
{
    const struct writing *w = data;

    w->form->write(&w->report, out);
}

static gboolean tokenize(const struct examples_options *o, struct examples *e, GError **error)
{
    struct tokenizer *t = o->tokenizer ? tokenizer_open(o->tokenizer, NULL, error) : NULL;

    if (o->tokenizer && !t)
        return FALSE;
    if (t)
        examples_tokenize(e, t);
    tokenizer_destroy(t);
    return TRUE;
}

static gboolean report(const struct examples_options *o, GError **error)
{
    struct examples *e = examples_read(o->files[0], o->train, error);
    struct coverage_table coverage;
    gboolean ok;

    if (!e || !tokenize(o, e, error)) {
        examples_destroy(e);
        return FALSE;
    }
    coverage_table_of(e, &coverage);
    ok = output_write(
        o->output, write_form,
        &(struct writing){examples_form_find(o->format ? o->format : "text"), {e, &coverage}},
        error);
    coverage_table_finish(&coverage);
    examples_destroy(e);
    return ok;
}

static int run(int argc, char **argv)
{
    struct examples_options o = {0};
    GError *error = NULL;
    int status = EXIT_DONE;

    if (!parse(argc, argv, &o, &error) || !check(&o, &error) || !report(&o, &error))
        status = command_fail(error);
    g_free(o.format);
    g_free(o.output);
    g_free(o.train);
    g_free(o.tokenizer);
    g_strfreev(o.files);
    return status;
}

const struct command command_examples = {
    .name = "examples", .help = "checks a file of examples, and what it covers", .run = run};
