/* tare evaluate: runs the models on examples. */
#include <stdio.h>
#include <string.h>
#include "io/arguments.h"
#include "io/command.h"
#include "io/interrupt.h"
#include "io/output.h"
#include "io/report_evaluate.h"

struct evaluate_options {
    struct arguments common;
    struct behaviour_options behaviour;
    char *format, *output, *data_spec;
};

static gboolean parse(int argc, char **argv, struct evaluate_options *o, GError **error)
{
    const GOptionEntry entries[] = {
        {"format", 'f', 0, G_OPTION_ARG_STRING, &o->format, "text (the default), json or csv",
         "FORM"},
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &o->output, "write there, not to standard output",
         "FILE"},
        {"data-spec", 0, 0, G_OPTION_ARG_FILENAME, &o->data_spec,
         "write a page that says how broad the data was and what it lacks", "FILE"},
        {NULL}};
    GOptionContext *context = g_option_context_new("--examples FILE BASE [TUNED]");
    gboolean ok;

    g_set_prgname("tare evaluate");
    g_option_context_set_summary(
        context, "Runs the models on examples and says which categories they serve badly.");
    g_option_context_set_description(
        context,
        "Losses are nats a predicted token; of a prompt and its completion the completion's "
        "alone.\n"
        "Intervals (95 %, bootstrap) from 30 examples a category on. Examples with split train, or "
        "of\n--train, are not run: they tell which categories the training covered (at least a "
        "tenth of the\nmedian). Examples with split general tell what the tuned model has "
        "forgotten.\n^C prints what was finished.\n");
    g_option_context_add_main_entries(context, entries, NULL);
    behaviour_options_add(&o->behaviour, context);
    arguments_add(&o->common, context);
    ok = g_option_context_parse(context, &argc, &argv, error);
    g_option_context_free(context);
    return ok;
}

static gboolean check(const struct evaluate_options *o, GError **error)
{
    guint n = o->common.files ? g_strv_length(o->common.files) : 0;
    const char *wrong = NULL;

    if (n < 1 || n > 2)
        wrong = "evaluate needs one or two files: tare evaluate --examples FILE BASE [TUNED]";
    else if (!o->behaviour.examples && !o->behaviour.recordings)
        wrong = "evaluate needs --examples FILE";
    else if (!o->behaviour.examples && o->data_spec)
        wrong = "--data-spec needs --examples FILE: a recording has no losses";
    else if (o->format && !evaluate_form_find(o->format))
        wrong = "--format is text, json or csv";
    else
        wrong = behaviour_options_wrong(&o->behaviour);
    if (wrong)
        g_set_error_literal(error, TARE_ERROR, TARE_ERROR_USAGE, wrong);
    return !wrong;
}

struct writing {
    const struct evaluate_form *form;
    const struct evaluate_report *report;
};

static void write_chosen(const void *data, FILE *out)
{
    const struct writing *w = data;

    w->form->write(w->report, out);
}

static void write_spec(const void *data, FILE *out)
{
    report_data_spec(data, out);
}

/* What rules say of the models' behaviour; those of the weights have not been read. */
static GArray *findings_of(const struct comparison *c)
{
    GArray *out = g_array_new(FALSE, TRUE, sizeof(struct finding));
    static const char *const ids[] = {"uncovered_categories", "general_text"};

    for (gsize i = 0; i < G_N_ELEMENTS(ids); i++) {
        const struct rule *rule = rule_find(ids[i]);

        rule->check(rule, c, out);
    }
    return out;
}

static gboolean report(const struct evaluate_options *o, const struct comparison *c,
                       const struct behaviour_result *result, GError **error)
{
    GArray *findings = findings_of(c);
    const struct evaluate_report r = {c, result, findings};
    const struct writing w = {evaluate_form_find(o->format ? o->format : "text"), &r};
    gboolean ok = output_write(o->output, write_chosen, &w, error) &&
                  (!o->data_spec || output_write(o->data_spec, write_spec, &r, error));

    findings_free(findings);
    return ok;
}

/* False: nothing came out. */
static gboolean look(const struct evaluate_options *o, struct comparison *c,
                     const struct word_list *words, struct behaviour_result *out, GError **error)
{
    if (o->behaviour.recordings)
        return behaviour_open_recordings(&o->behaviour, c, interrupt_watch(), out, error);
    if (!behaviour_open(&o->behaviour, c, words, interrupt_watch(), out, error))
        return FALSE;
    behaviour_result_tell(out, c);
    return TRUE;
}

/* What was finished is printed also when the rest failed. */
static int evaluate(struct evaluate_options *o, GError **error)
{
    /* The page says what the weights tell, too. */
    struct comparison *c = o->data_spec ? arguments_scan(&o->common, error)
                                        : arguments_open(&o->common, error);
    struct word_list *words = c ? arguments_words(&o->common, error) : NULL;
    struct behaviour_result result = {0};
    GError *why = NULL, *output = NULL;
    int status = EXIT_DONE;

    if (!*error && look(o, c, words, &result, &why))
        report(o, c, &result, &output);
    if (output)
        status = command_fail(output);
    if (why) {
        int failed = command_fail(why);

        status = status == EXIT_DONE ? failed : status;
    }
    behaviour_result_finish(&result);
    word_list_destroy(words);
    comparison_destroy(c);
    interrupt_obey();
    return *error ? (int)error_exit_status(*error) : status;
}

static int run(int argc, char **argv)
{
    struct evaluate_options o = {0};
    GError *error = NULL;
    int status = EXIT_USAGE;

    if (parse(argc, argv, &o, &error) && check(&o, &error))
        status = evaluate(&o, &error);
    if (error)
        status = command_fail(error);
    g_free(o.format);
    g_free(o.output);
    g_free(o.data_spec);
    behaviour_options_finish(&o.behaviour);
    arguments_finish(&o.common);
    return status;
}

const struct command command_evaluate = {
    .name = "evaluate", .help = "runs the models on examples: losses by category", .run = run};
