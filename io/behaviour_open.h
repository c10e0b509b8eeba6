/* Runs models on files of examples: what evaluate and report share. */
#ifndef TARE_IO_BEHAVIOUR_OPEN_H
#define TARE_IO_BEHAVIOUR_OPEN_H

#include "core/activity_effect.h"
#include "core/behaviour.h"
#include "core/comparison.h"
#include "core/recorded.h"

struct behaviour_options {
    char *examples, *train, *uncovered, *tokenizer, *weat, *save_logits;
    char **recordings; /* in place of examples: base, tuned; NULL: none */
    int generate; /* prompts of each category to go on with; 0: none */
};

/* What came out, and what it was made with. */
struct behaviour_result {
    struct behaviour *behaviour; /* NULL: no examples */
    struct recorded *recorded;   /* NULL: no recordings */
    struct category_shifts *shifts; /* of its activity, or theirs; NULL: none */
    char *tokenizer;                 /* its kind and file; NULL: none was needed */
    char *assumed[EVALUATION_SIDES]; /* of the models, what no file said; NULL: nothing */
    struct word_list *weat;          /* behaviour->association borrows it */
    bool stopped;                    /* before the end */
};

/* Adds the options to the context's main group; o must be zeroed and outlive the parsing. */
void behaviour_options_add(struct behaviour_options *o, GOptionContext *context);
/* What doesn't go together, NULL: all does. */
const char *behaviour_options_wrong(const struct behaviour_options *o);
void behaviour_options_finish(struct behaviour_options *o);

/* Runs c's models (words: of categories, may be NULL) on o->examples. False: nothing came out.
 * True with an error: what was finished until then is in out. */
gboolean behaviour_open(const struct behaviour_options *o, const struct comparison *c,
                        const struct word_list *words, const gint *cancelled,
                        struct behaviour_result *out, GError **error);
/* Reads the recordings that o names, and hangs their activity into c. As above: what was read until
 * an error is there. */
gboolean behaviour_open_recordings(const struct behaviour_options *o, struct comparison *c,
                                   const gint *cancelled, struct behaviour_result *out,
                                   GError **error);
/* Lines; NULL: there is no recording. */
const char *const *behaviour_remarks(const struct behaviour_result *r);
/* Rules read it from now on; it must outlive what they say. */
void behaviour_result_tell(struct behaviour_result *r, struct comparison *c);
void behaviour_result_finish(struct behaviour_result *r);

#endif
