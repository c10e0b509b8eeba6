/* A fine-tune as its options say: opened, resumed, saved. What the command and the viewer run. */
#ifndef TARE_IO_TUNE_SESSION_H
#define TARE_IO_TUNE_SESSION_H

#include "core/train/trainer.h"
#include "io/tune_options.h"

struct tune_session {
    struct tune_options *options; /* borrowed */
    struct checkpoint *base;
    struct examples *examples;
    struct tokenizer *tokenizer;
    bool *uncovered;
    struct training *training;
    char *base_hash, *examples_hash;
    bool saved, adapter_saved, run_saved; /* the files are of this run: they may be replaced */
};

/* Of a run that is resumed, where base and examples are; of another nothing. */
gboolean tune_session_prepare(struct tune_options *o, GError **error);
/* Of a resumed run what the options leave open is as it was. s must be zeroed but for its options;
 * to be finished either way. */
gboolean tune_session_open(struct tune_session *s, const gint *cancelled, GError **error);
void tune_session_finish(struct tune_session *s);
/* The weights, like the base's file. */
gboolean tune_session_save(struct tune_session *s, const char *path, gboolean overwrite,
                           GError **error);
/* The factors of adapters alone, as PEFT names them. */
gboolean tune_session_save_adapter(struct tune_session *s, const char *path, gboolean overwrite,
                                   GError **error);
/* All that going on takes (io/run_file.h). */
gboolean tune_session_save_run(struct tune_session *s, const char *path, gboolean overwrite,
                               GError **error);
/* For a trainer, whose thread opens it; options are taken and freed. */
void tune_session_input(struct tune_options *options, struct trainer_input *out);

#endif
