/* tare report: the same facts without a terminal. */
#include "core/spectrum_all.h"
#include "core/vocabulary.h"
#include "io/arguments.h"
#include "io/command.h"
#include "io/output.h"
#include "io/report.h"

struct report_options {
    struct arguments common;
    char *format, *output;
    gboolean exact, spectra;
};

static gboolean parse(int argc, char **argv, struct report_options *o, GError **error)
{
    const GOptionEntry entries[] = {
        {"format", 'f', 0, G_OPTION_ARG_STRING, &o->format, "text (the default), json or csv", "FORM"},
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &o->output, "write there, not to standard output",
         "FILE"},
        {"exact", 0, 0, G_OPTION_ARG_NONE, &o->exact, "exact quantiles, by reading further times",
         NULL},
        {"spectra", 0, 0, G_OPTION_ARG_NONE, &o->spectra,
         "singular values of every matrix and what follows from them; slow", NULL},
        {NULL}};
    GOptionContext *context = g_option_context_new("BASE [TUNED]");
    gboolean ok;

    g_set_prgname("tare report");
    g_option_context_set_summary(context, "Prints what changed from BASE to TUNED, or what BASE holds.");
    g_option_context_add_main_entries(context, entries, NULL);
    arguments_add(&o->common, context);
    ok = g_option_context_parse(context, &argc, &argv, error);
    g_option_context_free(context);
    return ok;
}

static gboolean check(const struct report_options *o, GError **error)
{
    guint n = o->common.files ? g_strv_length(o->common.files) : 0;
    const char *wrong = NULL;

    if (n < 1 || n > 2)
        wrong = "report needs one or two files: tare report BASE [TUNED]";
    else if (o->format && !report_find(o->format))
        wrong = "--format is text, json or csv";
    if (wrong)
        g_set_error_literal(error, TARE_ERROR, TARE_ERROR_USAGE, wrong);
    return !wrong;
}

struct writing {
    const struct report_form *form;
    const struct report_input *in;
};

static void write_form(const void *data, FILE *out)
{
    const struct writing *w = data;

    w->form->write(w->in, out);
}

static gboolean write_to(const struct report_input *in, const struct report_options *o,
                         GError **error)
{
    const struct writing w = {report_find(o->format ? o->format : "text"), in};

    return output_write(o->output, write_form, &w, error);
}

/* 3 if a weight could not be read, or nothing was left. */
static int status_of(const struct comparison *c)
{
    return c->summary.n_failed || c->summary.n == 0 ? EXIT_INPUT : EXIT_DONE;
}

/* NULL: there are none, or no table of tokens asks for them. */
static const struct token_texts *wait_texts(struct comparison *c)
{
    GArray *tables = vocabulary_tables(c);
    const struct token_texts *texts = NULL;
    const char *why = NULL;

    while (tables->len && !(texts = comparison_token_texts(c, &why)) && !why)
        comparison_wait(c);
    g_array_free(tables, TRUE);
    return texts;
}

static int report(struct report_options *o)
{
    GError *error = NULL;
    struct comparison *c = arguments_scan(&o->common, &error);
    struct exact_quantiles *exact = NULL;
    struct report_input in;
    struct word_list *words = NULL;
    GArray *findings;
    int status;

    if (c)
        words = arguments_words(&o->common, &error);
    if (error) {
        comparison_destroy(c);
        return command_fail(error);
    }
    if (o->exact) {
        exact = g_new0(struct exact_quantiles, c->pairing.n_entries);
        exact_all(c, exact);
    }
    if (o->spectra)
        spectrum_all(c);
    findings = rules_check(c);
    in = (struct report_input){.comparison = c,
                               .findings = findings,
                               .exact = exact,
                               .spectra = o->spectra,
                               .texts = wait_texts(c),
                               .words = words};
    status = write_to(&in, o, &error) ? status_of(c) : command_fail(error);
    if (status != EXIT_OUTPUT)
        command_name_failures(c);
    g_free(exact);
    word_list_destroy(words);
    findings_free(findings);
    comparison_destroy(c);
    return status;
}

static int run(int argc, char **argv)
{
    struct report_options o = {0};
    GError *error = NULL;
    int status;

    if (!parse(argc, argv, &o, &error) || !check(&o, &error))
        status = command_fail(error);
    else
        status = report(&o);
    g_free(o.format);
    g_free(o.output);
    arguments_finish(&o.common);
    return status;
}

const struct command command_report = {
    .name = "report", .help = "the same facts as text, JSON or CSV", .run = run};
