#include "io/arguments.h"

#include <math.h>
#include <string.h>
#include "core/heads.h"
#include "core/pair_content.h"
#include "io/command.h"
#include "io/pair_map_file.h"
#include "io/words_file.h"

void arguments_add(struct arguments *a, GOptionContext *context)
{
    const GOptionEntry entries[] = {
        {"threads", 't', 0, G_OPTION_ARG_INT, &a->threads,
         "workers (all cores by default); no result depends on it", "N"},
        {"pair", 0, 0, G_OPTION_ARG_STRING, &a->pair,
         "rules (the default): wrappers, other frameworks' names and layouts; names: equal names "
         "only; content: rules, then what holds nearly the same numbers", "HOW"},
        {"pair-map", 0, 0, G_OPTION_ARG_FILENAME, &a->pair_map,
         "pairs from a file, lines of base name, tab, tuned name; the viewer writes such", "FILE"},
        {"heads", 0, 0, G_OPTION_ARG_STRING, &a->heads,
         "attention heads where the files don't say; N:KV with grouped queries", "N"},
        {"lora-alpha", 0, 0, G_OPTION_ARG_STRING, &a->lora_alpha,
         "alpha of an adapter, whose update is scaled by alpha / rank (its configuration's, or the "
         "rank)", "X"},
        {"tie", 0, 0, G_OPTION_ARG_NONE, &a->tie,
         "weights stored twice count once, after every value of them was compared", NULL},
        {"threshold", 0, 0, G_OPTION_ARG_STRING_ARRAY, &a->threshold,
         "what a rule compares with, as depth.band=0.5; may be given more than once", "NAME=VALUE"},
        {"rules", 0, 0, G_OPTION_ARG_FILENAME, &a->rules,
         "thresholds, and what is a violation, from a file: see tare check --help", "FILE"},
        {"words", 0, 0, G_OPTION_ARG_FILENAME, &a->words,
         "words by category (lines of category,word) that the vocabulary is asked about", "FILE"},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &a->files, NULL, NULL},
        {NULL}};

    g_option_context_add_main_entries(context, entries, NULL);
}

void arguments_finish(struct arguments *a)
{
    g_free(a->pair);
    g_free(a->pair_map);
    pair_map_destroy(a->map);
    g_free(a->heads);
    g_free(a->lora_alpha);
    g_free(a->rules);
    rule_levels_finish(&a->levels);
    g_free(a->words);
    g_strfreev(a->threshold);
    g_strfreev(a->files);
}

static gboolean wrong(GError **error, const char *what)
{
    g_set_error_literal(error, TARE_ERROR, TARE_ERROR_USAGE, what);
    return FALSE;
}

static gboolean parse_alpha(const char *text, double *out)
{
    char *end;

    *out = g_ascii_strtod(text, &end);
    return end != text && !*end && isfinite(*out) && *out > 0;
}

gboolean arguments_options(struct arguments *a, struct comparison_options *out,
                           GError **error)
{
    *out = (struct comparison_options){
        .threads = (guint)a->threads,
        .use_rules = !a->pair || strcmp(a->pair, "names") != 0,
        .by_content = a->pair && strcmp(a->pair, "content") == 0,
        .tie = a->tie,
        .thresholds = &a->limits,
    };
    thresholds_init(&a->limits);
    rule_levels_finish(&a->levels);
    rule_levels_init(&a->levels);
    if (a->threads < 0 || a->threads > 256)
        return wrong(error, "--threads is 1 to 256");
    if (a->pair && strcmp(a->pair, "rules") != 0 && strcmp(a->pair, "names") != 0 &&
        strcmp(a->pair, "content") != 0)
        return wrong(error, "--pair is rules, names or content");
    if (a->heads && !heads_parse(a->heads, &out->heads, &out->kv_heads))
        return wrong(error, "--heads is the number of heads, as 16, or with the number of key and "
                            "value heads that divides it, as 16:4");
    if (a->lora_alpha && !parse_alpha(a->lora_alpha, &out->lora_alpha))
        return wrong(error, "--lora-alpha is a number above 0, as 16");
    if (a->rules && !rules_file_load(a->rules, &a->limits, &a->levels, error))
        return FALSE;
    if (a->pair_map && !a->map && !(a->map = pair_map_file_read(a->pair_map, error)))
        return FALSE;
    out->map = a->map;
    for (char **t = a->threshold; t && *t; t++)
        if (!thresholds_set(&a->limits, *t, error))
            return FALSE;
    return TRUE;
}

struct comparison *arguments_open(struct arguments *a, GError **error)
{
    struct comparison_options options;
    struct checkpoint *base, *tuned = NULL;

    if (!arguments_options(a, &options, error) ||
        !(base = command_load(a->files[0], NULL, error)))
        return NULL;
    if (a->files[1] && !(tuned = command_load(a->files[1], NULL, error))) {
        checkpoint_destroy(base);
        return NULL;
    }
    return comparison_create(base, tuned, &options, error);
}

static void scan(struct comparison *c)
{
    comparison_scan_start(c);
    comparison_tie_wait(c);
}

/* Whether the map has grown by what the scan shows. */
static bool accept_proposals(struct arguments *a, const struct comparison *c)
{
    GArray *proposals = proposals_find(c);
    guint n;

    if (!a->map)
        a->map = pair_map_create();
    n = proposals_accept(c, proposals, a->map);
    proposals_free(proposals);
    return n > 0;
}

struct comparison *arguments_scan(struct arguments *a, GError **error)
{
    struct comparison *c = arguments_open(a, error);

    if (!c)
        return NULL;
    scan(c);
    if (!a->pair || strcmp(a->pair, "content") != 0 || !accept_proposals(a, c))
        return c;
    comparison_destroy(c);
    c = arguments_open(a, error);
    if (c)
        scan(c);
    return c;
}

struct word_list *arguments_words(const struct arguments *a, GError **error)
{
    return a->words ? words_file_read(a->words, error) : NULL;
}
