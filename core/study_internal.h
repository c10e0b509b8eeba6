/* What the files of a study share; nobody else includes it. */
#ifndef TARE_CORE_STUDY_INTERNAL_H
#define TARE_CORE_STUDY_INTERNAL_H

#include "core/question.h"

enum question_kind {
    QUESTION_PATTERN,
    QUESTION_TOKENS,
    QUESTION_STATES,
    QUESTION_EFFECTS,
    QUESTION_UNITS,
    QUESTION_CONTINUE,
    QUESTION_WHAT_IF,
    QUESTIONS
};

/* One that is being answered. Study thread. */
struct question {
    struct study *study;
    enum question_kind kind;
    guint64 serial;
    GBytes *key;         /* what was asked */
    gpointer attachment; /* what was handed over with it */
    gint cancelled;      /* another one took its place */
};

/* NULL and error: it has no tokens. */
const struct example *question_example(const struct study *s, uint32_t example, GError **error);
/* The likeliest of a row of logits; log_sum: ln of the sum of their exponentials. */
void question_choices(struct token_choice choices[TOKEN_CHOICES], const float *logits, uint32_t n,
                      double log_sum);
/* Tokens whose logit is larger, and one. */
uint32_t question_rank(const float *logits, uint32_t n, uint32_t id);

/* How a kind is answered: NULL and error, or the (last) answer. Study thread. */
struct question_ops {
    gpointer (*answer)(struct question *q, GError **error);
    void (*free)(gpointer answer);
    void (*free_attachment)(gpointer attachment); /* NULL: there is none */
    bool of_activity; /* what a recording holds is enough to answer it */
};
extern const struct question_ops question_pattern, question_tokens, question_states,
    question_effects, question_units, question_continue, question_what_if;
const struct question_ops *question_ops(enum question_kind kind);

/* A piece of the answer, on the way to the whole one; taken. */
void question_publish(struct question *q, gpointer answer);
/* UI thread: see core/question.h. attachment is taken if the question is new; else freed. */
gconstpointer question_ask(struct study *s, enum question_kind kind, GBytes *key,
                           gpointer attachment, const char **error_text);
/* The same of a key that is all there is to it; copied. */
gconstpointer question_ask_of(struct study *s, enum question_kind kind, const void *key,
                              gsize bytes, const char **error_text);
/* The answer that came last, whatever it was about; NULL: none. */
gconstpointer question_last(const struct study *s, enum question_kind kind);
/* Whether the answer to that is there or on its way. */
bool question_is(const struct study *s, enum question_kind kind, GBytes *key);

/* A model as the study's thread runs it. */
struct study_model {
    struct net_weights weights;
    struct net *net;
};

/* A question on its way, and its answer; those marked UI belong to that thread, the rest is under
 * the study's lock. */
struct question_slot {
    guint64 asked, answered, answering; /* serials */
    GBytes *key;
    gpointer attachment;
    gpointer posted; /* NULL: nothing new */
    char *posted_error;
    guint64 posted_serial;
    bool posted_end;
    GBytes *ui_key;
    gpointer ui_answer;
    char *ui_error;
    guint64 ui_serial; /* of what ui_answer belongs to */
};

struct snapshot {
    struct activity *activity;      /* NULL: there is none, study_why_no_activity */
    struct category_shifts *shifts; /* of it */
    struct behaviour *behaviour;    /* NULL: an encoder, which loses nothing */
};

struct study {
    struct study_input input; /* its strings are copies */
    const struct checkpoint *side[ACTIVITY_SIDES];
    unsigned sides;
    GThread *thread;
    int wake;

    /* Study thread alone; examples and tokenizer are nobody's to write from STUDY_RUNNING on. */
    struct study_model model[ACTIVITY_SIDES];
    struct examples *examples;
    struct recorded *recorded; /* NULL: models are run */
    struct tokenizer *tokenizer;
    bool *told; /* uncovered categories; NULL: not told */
    struct probing probing;        /* of the models */
    struct evaluation *evaluation; /* NULL: not begun */
    struct activity *activity;     /* of the probing, or of what was recorded */
    struct what_if_cache *what_if;
    gint64 next_snapshot, resumed; /* when, by the monotonic clock */

    GMutex lock;
    GCond changed;
    gint cancelled; /* of the run; atomic */
    bool leave, wants_run;
    enum study_phase phase;
    char *error;
    uint64_t tokens_done, tokens_total;
    double seconds; /* of the run, so far */
    struct snapshot *posted;
    struct question_slot slots[QUESTIONS];
    struct question *current;

    /* UI thread. */
    enum study_phase ui_phase;
    struct snapshot *held;
    uint64_t version;
};

void study_post(struct study *s, struct snapshot *snapshot);
void study_wake(struct study *s);
/* Answers what is asked; true if anything was. Study thread. */
bool study_answer(struct study *s);
/* The run over all examples, from where it stands. False: stopped or failed (error set). */
gboolean study_run(struct study *s, GError **error);
struct snapshot *study_snapshot(struct study *s);
/* How far it is. */
void study_tell(struct study *s, uint64_t done, uint64_t total);
/* Posts a snapshot if the last one is old enough, answers what is asked. */
void study_after_batch(struct study *s);
/* The same of a recording. */
gboolean study_recorded_open(struct study *s, GError **error);
gboolean study_recorded_run(struct study *s, GError **error);
void snapshot_destroy(struct snapshot *x); /* NULL is fine */
void what_if_cache_destroy(struct what_if_cache *x); /* NULL is fine */

#endif
