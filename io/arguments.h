/* The options that every way of comparing shares: the viewer, report, check. One thread. */
#ifndef TARE_IO_ARGUMENTS_H
#define TARE_IO_ARGUMENTS_H

#include "core/comparison.h"
#include "core/word_list.h"
#include "io/rules_file.h"

struct arguments {
    int threads;
    char *pair;        /* "rules", "names", "content" */
    char *pair_map;    /* a file */
    char *heads;       /* "16" or "16:4" */
    char *lora_alpha;  /* of an adapter */
    gboolean tie;
    char **threshold;  /* "depth.band=0.5" ... */
    char *rules;       /* a rules file; its thresholds give way to `threshold` */
    char *words;       /* a file of words by category */
    char **files;      /* BASE, TUNED; NULL if none was given */
    /* What arguments_options made of them. */
    struct thresholds limits;
    struct rule_levels levels;
    struct pair_map *map;
};

/* Adds the options to the context's main group; `a` must be zeroed and outlive the parsing. */
void arguments_add(struct arguments *a, GOptionContext *context);
void arguments_finish(struct arguments *a);

/* What was said, checked; false: TARE_ERROR_USAGE. The number of files is the caller's to check;
 * out borrows from a. */
gboolean arguments_options(struct arguments *a, struct comparison_options *out,
                           GError **error);
/* Opens one or two files and pairs them; NULL and error otherwise. */
struct comparison *arguments_open(struct arguments *a, GError **error);
/* The same, and the scan has ended. --pair content: sure proposals are applied and all is scanned
 * again. */
struct comparison *arguments_scan(struct arguments *a, GError **error);
/* The word list that was named, owned by the caller; NULL without an error: none was. */
struct word_list *arguments_words(const struct arguments *a, GError **error);

#endif
