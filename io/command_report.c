/* tare report: the same facts without a terminal. */
#include "core/spectrum_all.h"
#include "core/vocabulary.h"
#include "io/arguments.h"
#include "io/command.h"
#include "io/interrupt.h"
#include "io/output.h"
#include "io/report.h"

struct report_options {
    struct arguments common;
    struct behaviour_options behaviour;
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
    behaviour_options_add(&o->behaviour, context);
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
    else
        wrong = behaviour_options_wrong(&o->behaviour);
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

static int report_scanned(const struct report_options *o, struct comparison *c,
                          const struct word_list *words)
{
    struct exact_quantiles *exact = NULL;
    struct behaviour_result behaviour = {0};
    struct report_input in;
    GArray *findings;
    GError *error = NULL;
    int ran, status;

    if (o->exact) {
        exact = g_new0(struct exact_quantiles, c->pairing.n_entries);
        exact_all(c, exact);
    }
    if (o->spectra)
        spectrum_all(c);
    ran = command_run_examples(&o->behaviour, c, words, &behaviour);
    findings = rules_check(c);
    in = (struct report_input){.comparison = c,
                               .findings = findings,
                               .exact = exact,
                               .spectra = o->spectra,
                               .texts = wait_texts(c),
                               .words = words,
                               .behaviour = c->behaviour ? &behaviour : NULL,
                               .remarks = behaviour_remarks(&behaviour)};
    status = write_to(&in, o, &error) ? MAX(status_of(c), ran) : command_fail(error);
    if (status != EXIT_OUTPUT)
        command_name_failures(c);
    g_free(exact);
    findings_free(findings);
    behaviour_result_finish(&behaviour);
    return status;
}

static int report(struct report_options *o)
{
    GError *error = NULL;
    struct comparison *c = arguments_scan(&o->common, &error);
    struct word_list *words = c ? arguments_words(&o->common, &error) : NULL;
    int status = error ? command_fail(error) : report_scanned(o, c, words);

    word_list_destroy(words);
    comparison_destroy(c);
    interrupt_obey();
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
    behaviour_options_finish(&o.behaviour);
    arguments_finish(&o.common);
    return status;
}

const struct command command_report = {
    .name = "report", .help = "the same facts as text, JSON or CSV", .run = run};
