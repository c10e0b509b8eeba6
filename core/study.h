/* Both models on a person's examples, in the background: what flows through them, what they lose,
 * and, afterwards or in between, what is asked about one example. Or what was recorded of them
 * elsewhere: then there is activity alone, by the recording's categories.
 *
 * A thread of its own loads the weights, tokenizes, and runs batch by batch; it alone touches the
 * nets. The UI's thread starts it, drains when the wake descriptor is readable, and reads what was
 * handed over: snapshots that stay as they are until the next drain. Of a comparison with one file
 * there is a base only. */
#ifndef TARE_CORE_STUDY_H
#define TARE_CORE_STUDY_H

#include "core/activity_effect.h"
#include "core/behaviour.h"
#include "core/comparison.h"
#include "core/recorded.h"
#include "core/text/tokenizer.h"

struct study;

struct study_input {
    const struct comparison *comparison; /* borrowed; must outlive the study */
    struct examples *examples;           /* taken; NULL: recordings */
    /* In place of examples: files of what one model showed, or two; NULL at the end. */
    const char *const *recordings;
    struct recorded *(*open_recorded)(const char *const *paths, GError **error);
    const char *tokenizer;               /* as io's tokenizer_open takes it; NULL: beside the weights */
    struct tokenizer *(*open_tokenizer)(const char *choice, struct source *weights, GError **error);
    const char *uncovered;               /* "a,b"; NULL: told by the train examples */
};

enum study_phase {
    STUDY_LOADING, /* weights */
    STUDY_READING, /* tokenizer, token ids; what a recording holds */
    STUDY_RUNNING,
    STUDY_STOPPED, /* by the user: what was finished stays, study_resume goes on */
    STUDY_DONE,
    STUDY_FAILED /* study_error */
};

/* Starts at once. */
struct study *study_start(const struct study_input *input);
/* Waits for the batch under way to end, which looks at a flag often. NULL is fine. */
void study_destroy(struct study *s);
int study_wake_fd(const struct study *s);
/* Takes over what is new; true if anything is. */
bool study_drain(struct study *s);

struct study_progress {
    enum study_phase phase;
    uint64_t tokens_done, tokens_total; /* through one model; of a recording, rows */
    double tokens_per_second;           /* of all models together; 0: not known yet */
    double seconds_left;                /* NAN: not known */
    bool busy;                          /* running, or answering a question */
};
void study_progress(const struct study *s, struct study_progress *out);
/* "loading the weights" ... */
const char *study_phase_name(const struct study *s);
/* STUDY_FAILED: why; one line, raw. NULL otherwise. */
const char *study_error(const struct study *s);
/* Stops the run; false: nothing runs. Questions are answered all the same. */
bool study_stop(struct study *s);
bool study_resume(struct study *s);
/* Grows with everything that is handed over. */
uint64_t study_version(const struct study *s);

/* Whether it is of a recording: no models, no text, no tokens. */
bool study_is_recorded(const struct study *s);
/* What of it was left out, and why: raw lines, NULL at the end. NULL: no recording, or not yet. */
const char *const *study_remarks(const struct study *s);
/* With their token ids; of a recording: categories alone. NULL before STUDY_RUNNING. */
const struct examples *study_examples(const struct study *s);
/* NULL until there is one: examples with ready ids need none. */
const struct tokenizer *study_tokenizer(const struct study *s);
/* What no file said and a family's habit filled in, of each side; NULL: nothing. Borrowed. */
const char *study_assumed(const struct study *s, enum activity_side side);
/* Snapshots; NULL until there is one. */
const struct activity *study_activity(const struct study *s);
/* There will be none, because; one line, raw. NULL otherwise. */
const char *study_why_no_activity(const struct study *s);
/* For rules (comparison->shifts). */
const struct category_shifts *study_shifts(const struct study *s);
const struct evaluated *study_results(const struct study *s); /* [examples->n] */
const struct category_losses *study_losses(const struct study *s);
/* The whole of it, for rules (comparison->behaviour). */
const struct behaviour *study_behaviour(const struct study *s);
/* Blocks of the model that runs, 0 until it is loaded. */
uint32_t study_blocks(const struct study *s);
unsigned study_sides(const struct study *s);

#endif
