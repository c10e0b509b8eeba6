/* A run in the background: one thread owns the engine, does what it is asked between two steps, and
 * hands over what came of it.
 *
 * The UI's thread asks, drains when the wake descriptor is readable, and reads what was handed
 * over, which stays as it is until the next drain. Nothing here waits for a step but the end. */
#ifndef TARE_CORE_TRAIN_TRAINER_H
#define TARE_CORE_TRAIN_TRAINER_H

#include "core/source.h"
#include "core/train/kept.h"
#include "core/train/run_status.h"
#include "core/train/training.h"

/* How a run is opened, saved and closed: called by its thread. */
struct trainer_input {
    gpointer data; /* taken: close frees it */
    /* What *base and the engine borrow lives until close. */
    struct training *(*open)(gpointer data, const struct checkpoint **base, const gint *cancelled,
                             GError **error);
    /* The weights, or with the whole run what going on takes. */
    gboolean (*save)(gpointer data, struct training *t, const char *path, gboolean whole_run,
                     gboolean overwrite, GError **error);
    void (*close)(gpointer data, struct training *t); /* t NULL: it was never opened */
    uint64_t memory; /* bytes that kept states may take; the first and the last are kept anyway */
};

struct trainer;

/* Starts at once; pauses when it is open, at the step where it was. */
struct trainer *trainer_start(const struct trainer_input *input);
/* Gives up a step under way; what views read of it must be closed before. NULL is fine. */
void trainer_destroy(struct trainer *t);
int trainer_wake_fd(const struct trainer *t);
/* Takes over what is new; true if anything is. */
bool trainer_drain(struct trainer *t);

/* NULL until it is open. */
const struct timeline *trainer_timeline(const struct trainer *t);
void trainer_status(const struct trainer *t, struct run_status *out);
bool trainer_is_open(const struct trainer *t);
/* It runs, or does what was asked. */
bool trainer_is_busy(const struct trainer *t);
/* Steps that no file has. */
bool trainer_is_unsaved(const struct trainer *t);
/* Why it could not be opened: one line, raw; NULL: it could, or is not yet. */
const char *trainer_error(const struct trainer *t);
/* What went wrong or was done since the last call: one line, raw; owned by the caller. NULL:
 * nothing. */
char *trainer_take_message(struct trainer *t);

/* What is asked; false: not now, and *why says it (static). */
bool trainer_run(struct trainer *t, const char **why);
void trainer_pause(struct trainer *t);
bool trainer_steps(struct trainer *t, uint64_t n, const char **why);
/* To a kept step; to the last one before the one it is at. Pauses. */
bool trainer_rewind(struct trainer *t, uint64_t step, const char **why);
bool trainer_back(struct trainer *t, const char **why);
/* While paused. */
bool trainer_set_learning_rate(struct trainer *t, double rate, const char **why);
bool trainer_set_weight_decay(struct trainer *t, double decay, const char **why);
bool trainer_save(struct trainer *t, const char *path, bool whole_run, bool overwrite,
                  const char **why);

/* A kept step to look at, referenced; NULL: it was not kept. UINT64_MAX: the newest. */
struct kept *trainer_kept(const struct trainer *t, uint64_t step);
/* Keeps the step it is at, or the next one: what trainer_kept gives as the newest then. */
void trainer_keep(struct trainer *t);
/* What kept_source takes: valid while the trainer is; NULL until it is open. */
const struct checkpoint *trainer_base(const struct trainer *t);

#endif
