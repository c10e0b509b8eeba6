/* What a fine-tune says of itself on the way. */
#ifndef TARE_IO_TUNE_PRINT_H
#define TARE_IO_TUNE_PRINT_H

#include "core/train/training.h"

/* What is trained, how fast, what decays and what not; the examples. */
void tune_print_plan(const struct training *t, const struct checkpoint *base,
                     const struct examples *e);
/* The last step: in place on a terminal, else a line where `line` is true. */
void tune_print_step(const struct training *t, bool line);
/* The last look: losses by category, how far blocks moved. */
void tune_print_look(const struct training *t);
/* Of training_weights_hash. */
void tune_print_hash(const struct training *t);

#endif
