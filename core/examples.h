/* Examples a person brings: texts with categories, what models are run on.
 *
 * Filled by io (JSONL, CSV), tokenized once, then immutable; any thread. Raw bytes: escape before
 * showing. */
#ifndef TARE_CORE_EXAMPLES_H
#define TARE_CORE_EXAMPLES_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum split {
    SPLIT_TEST,    /* held out: what losses are reported on; the default */
    SPLIT_TRAIN,   /* what the tuned model was shown: coverage, never a loss */
    SPLIT_GENERAL, /* text of no category: what the tuned model should not have forgotten */
    SPLIT_COUNT
};

struct example {
    char *id;        /* as given, or the line's number; owned */
    uint32_t line;   /* 1-based */
    uint32_t category;
    enum split split;
    char *pair;      /* examples with the same one belong together; NULL: none */
    char *prompt;    /* NULL: none, or ready ids were given */
    char *text;      /* what is predicted; NULL: ready ids */
    uint32_t *ids;   /* [n_ids]; NULL until tokenized */
    uint32_t n_ids;
    uint32_t n_prompt; /* the first ids that are no target; the loss begins behind them */
};

struct bad_line {
    uint32_t line;
    char *reason;
};

struct examples {
    char *path;
    struct example *examples;
    uint32_t n;
    char **categories; /* in order of appearance; "" is what has none */
    uint32_t n_categories;
    struct bad_line *bad; /* skipped, never fatal */
    uint32_t n_bad;       /* all of them; the first BAD_LINES_KEPT are in bad */
};

#define BAD_LINES_KEPT 100

void examples_destroy(struct examples *e); /* NULL is fine */
const char *split_name(enum split s);      /* "test" ... */

#define CATEGORY_NONE UINT32_MAX
/* CATEGORY_NONE: no example is of that category. */
uint32_t examples_category(const struct examples *e, const char *name);
/* To be shown (escaped): "(none)" for the one without a name. */
const char *examples_category_name(const struct examples *e, uint32_t category);

#endif
