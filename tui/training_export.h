/* A run as TSV: a row for every step that was made or looked at. UI thread. */
#ifndef TARE_TUI_TRAINING_EXPORT_H
#define TARE_TUI_TRAINING_EXPORT_H

#include <stdio.h>
#include "core/train/timeline.h"

void training_export(const struct timeline *t, FILE *out);

#endif
