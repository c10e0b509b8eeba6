/* The one loop: poll(keys, wake, timer) -> act -> layout -> draw -> show. Owns the stack of views.
 */
#ifndef TARE_TUI_APP_H
#define TARE_TUI_APP_H

#include "core/train/trainer.h"
#include "core/watch.h"
#include "tui/term.h"
#include "tui/view.h"

struct app_options {
    const char *base, *tuned; /* tuned NULL: one file */
    /* Where not NULL, what is looked at comes from it, and base is what it watches; borrowed, and
     * closed by the caller unless app_run does not return. */
    struct watch *watch;
    /* A run that goes on here from the start, on base; NULL: none. */
    const struct trainer_input *run;
    struct comparison_options comparison;
    struct term_options term;
    /* Opens a checkpoint; called by the loading thread. */
    struct checkpoint *(*load)(const char *path, struct open_watch *watch, GError **error);
    /* Writes a file like values->path with these values, whole or not at all; none of the inputs
     * (NULL at the end), what is there only with overwrite. Called by a thread of its own. */
    gboolean (*save)(const char *path, struct source *values, const char *const *inputs,
                     gboolean overwrite, struct save_watch *watch, GError **error);
    const struct word_list *words; /* NULL: none until ":words FILE" */
    struct word_list *(*load_words)(const char *path, GError **error);
    const char *examples, *tokenizer, *uncovered; /* NULL: not said */
    /* In place of examples: what one model showed, or two; NULL: not said. */
    const char *const *recordings;
    struct recorded *(*open_recorded)(const char *const *paths, GError **error);
    struct examples *(*load_examples)(const char *path, const char *train, GError **error);
    /* What ":tune" and the words behind it run: a command line without the base. False: it is wrong. */
    gboolean (*tune)(const char *base, const char *examples, const char *tokenizer, int n,
                     char *const *words, struct trainer_input *out, GError **error);
    struct tokenizer *(*open_tokenizer)(const char *choice, struct source *weights,
                                        GError **error);
};

/* Runs until the user leaves; the exit status. An input that can't be read is shown in
 * the viewer and, after it, printed on standard error. */
int app_run(const struct app_options *options);

#endif
