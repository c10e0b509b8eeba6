/* What the files of a trainer share; nobody else includes it. */
#ifndef TARE_CORE_TRAIN_TRAINER_INTERNAL_H
#define TARE_CORE_TRAIN_TRAINER_INTERNAL_H

#include "core/train/trainer.h"

enum trainer_phase {
    TRAINER_OPENING,
    TRAINER_FAILED,
    TRAINER_PAUSED,
    TRAINER_DONE,
    TRAINER_RUNNING, /* from here on it works */
    TRAINER_LOOKING,
    TRAINER_SAVING,
    TRAINER_MOVING
};

enum order_kind {
    ORDER_STEPS, /* n, UINT64_MAX: to the end */
    ORDER_PAUSE,
    ORDER_KEEP,
    ORDER_REWIND, /* to n */
    ORDER_BACK,
    ORDER_RATE,
    ORDER_DECAY,
    ORDER_SAVE
};

struct order {
    enum order_kind kind;
    uint64_t n;
    double value;
    char *path; /* owned */
    bool whole_run, overwrite;
};

struct progress_made {
    enum trainer_phase phase;
    uint64_t step, steps;
    double learning_rate, weight_decay, tokens_per_second, seconds_left;
    bool unsaved;
    guint64 answered; /* orders */
};

struct trainer {
    struct trainer_input input;
    GThread *thread;
    int wake;
    gint cancelled; /* atomic */
    GMutex lock;
    GCond changed;

    /* Under the lock. */
    GQueue orders; /* struct order */
    bool leave;
    struct {
        struct progress_made progress;
        struct timeline *timeline;
        GPtrArray *kept; /* struct kept, steps rising */
        char *message, *failure;
    } shared;

    /* The thread's own; base: from then on anybody's. */
    struct training *training;
    const struct checkpoint *base;
    uint64_t target; /* the step to stop at */
    bool unsaved;
    guint64 answered;
    double seconds; /* a step takes, with what is due behind it */

    /* The UI's own. */
    guint64 asked;
    struct progress_made seen;
    struct timeline *seen_timeline;
    GArray *seen_kept; /* uint64_t */
    char *message, *failure;
};

void trainer_order_free(gpointer order);
gpointer trainer_work(gpointer trainer);

#endif
