/* tare check: the findings' rules as a gate for scripts. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "core/escape.h"
#include "io/arguments.h"
#include "io/command.h"
#include "io/interrupt.h"

struct check_options {
    struct arguments common;
    struct behaviour_options behaviour;
    gboolean list;
};

static gboolean parse(int argc, char **argv, struct check_options *o, GError **error)
{
    const GOptionEntry entries[] = {
        {"list", 0, 0, G_OPTION_ARG_NONE, &o->list,
         "print every rule and threshold with what it means, and compare nothing", NULL},
        {NULL}};
    GOptionContext *context = g_option_context_new("BASE [TUNED]");
    gboolean ok;

    g_set_prgname("tare check");
    g_option_context_set_summary(
        context, "Prints a line for every rule that is violated, nothing if none is: the rule, how "
                 "serious, where, what, the numbers; tabs between them.");
    g_option_context_set_description(
        context, "Exit status: 0 nothing violated, 1 something is, 2 wrong command line or rules "
                 "file, 3 an\ninput could not be read, 4 could not write.\n\n"
                 "Rules file:  [thresholds]  NAME=VALUE\n"
                 "             [rules]       RULE=error|warning|info|off: from which severity on\n"
                 "                           it is a violation; warning unless said\n");
    g_option_context_add_main_entries(context, entries, NULL);
    behaviour_options_add(&o->behaviour, context);
    arguments_add(&o->common, context);
    ok = g_option_context_parse(context, &argc, &argv, error);
    g_option_context_free(context);
    return ok;
}

static void print_wrapped(const char *lead, const char *text)
{
    printf("    %-8s %s\n", lead, text);
}

static void print_rule(const struct arguments *a, guint i)
{
    const struct rule *r = rule_table[i];
    int from = a->levels.from[i];

    printf("%s  %s (violated from: %s)\n", r->id, r->title,
           from > SEVERITY_ERROR ? "off" : severity_name((enum severity)from));
    print_wrapped("means", r->meaning);
    print_wrapped("do", r->advice);
    print_wrapped("limits", r->limits);
    print_wrapped("after", r->source);
    for (int k = 0; r->thresholds && r->thresholds[k] != THRESHOLD_COUNT; k++)
        print_wrapped("reads", threshold_table[r->thresholds[k]].name);
}

static void print_threshold(const struct arguments *a, int i)
{
    const struct threshold_info *t = &threshold_table[i];

    printf("%s=%g  %g to %g, default %g\n", t->name, a->limits.value[i], t->low, t->high, t->value);
    print_wrapped("is", t->help);
    print_wrapped("after", t->source);
}

static int list(struct arguments *a, GError **error)
{
    struct comparison_options unused;

    if (!arguments_options(a, &unused, error))
        return EXIT_USAGE;
    printf("Rules\n\n");
    for (guint i = 0; i < rule_count(); i++)
        print_rule(a, i);
    printf("\nThresholds: NAME=VALUE\n\n");
    for (int i = 0; i < THRESHOLD_COUNT; i++)
        print_threshold(a, i);
    return EXIT_DONE;
}

static void print_violation(const struct finding *f, guint others)
{
    char *where = escape_text(f->where), *what = escape_text(f->what);

    printf("%s\t%s\t%s\t%s", f->rule->id, severity_name(f->severity), where, what);
    if (others)
        printf(" (and %u more of this rule)", others);
    for (unsigned i = 0; i < f->n_evidence; i++)
        printf("%s%s=%.6g", i ? " " : "\t", f->evidence[i].name, f->evidence[i].value);
    putchar('\n');
    g_free(where);
    g_free(what);
}

/* A line a rule: the gravest of its findings stands for all. */
static bool print_rule_violations(const struct arguments *a, const GArray *findings,
                                  const struct rule *rule)
{
    const struct finding *worst = NULL;
    guint n = 0;

    for (guint i = 0; i < findings->len; i++) {
        const struct finding *f = &g_array_index(findings, struct finding, i);

        if (f->rule != rule || !rule_levels_violated(&a->levels, f))
            continue;
        n++;
        if (!worst || f->severity > worst->severity)
            worst = f;
    }
    if (worst)
        print_violation(worst, n - 1);
    return n > 0;
}

static int print_violations(const struct arguments *a, const struct comparison *c)
{
    GArray *findings = rules_check(c);
    bool violated = false;

    for (guint i = 0; i < rule_count(); i++)
        violated |= print_rule_violations(a, findings, rule_table[i]);
    findings_free(findings);
    return violated ? EXIT_CONDITION : EXIT_DONE;
}

/* An input that failed outweighs what was found in the rest: the rest is printed all the same. */
static int check(struct check_options *o, GError **error)
{
    struct comparison *c = arguments_scan(&o->common, error);
    struct word_list *words = c ? arguments_words(&o->common, error) : NULL;
    struct behaviour_result behaviour = {0};
    int status, ran;

    if (*error) {
        comparison_destroy(c);
        return (int)error_exit_status(*error);
    }
    ran = command_run_examples(&o->behaviour, c, words, &behaviour);
    status = print_violations(&o->common, c);
    status = MAX(status, ran);
    if (c->summary.n_failed || c->summary.n == 0)
        status = EXIT_INPUT;
    command_name_failures(c);
    behaviour_result_finish(&behaviour);
    word_list_destroy(words);
    comparison_destroy(c);
    return status;
}

static gboolean files_fit(const struct check_options *o, GError **error)
{
    guint n = o->common.files ? g_strv_length(o->common.files) : 0;

    const char *wrong = behaviour_options_wrong(&o->behaviour);

    if (!(o->list ? n == 0 : n == 1 || n == 2))
        wrong = o->list ? "--list takes no files"
                        : "check needs one or two files: tare check BASE [TUNED]";
    if (wrong)
        g_set_error_literal(error, TARE_ERROR, TARE_ERROR_USAGE, wrong);
    return !wrong;
}

static int run(int argc, char **argv)
{
    struct check_options o = {0};
    GError *error = NULL;
    int status = EXIT_USAGE;

    if (parse(argc, argv, &o, &error) && files_fit(&o, &error))
        status = o.list ? list(&o.common, &error) : check(&o, &error);
    if (error)
        status = command_fail(error);
    if (status != EXIT_USAGE && (fflush(stdout) != 0 || ferror(stdout)))
        status = command_fail(g_error_new(TARE_ERROR, TARE_ERROR_OUTPUT,
                                          "standard output: can't write: %s", g_strerror(errno)));
    behaviour_options_finish(&o.behaviour);
    arguments_finish(&o.common);
    interrupt_obey();
    return status;
}

const struct command command_check = {
    .name = "check",
    .help = "the rules as a gate: exit 1 and a line for each violated",
    .run = run};
