/* A run in numbers at one step: losses by category with their trend, what else was measured, and
 * what the model said. UI thread. */
#ifndef TARE_TUI_TRAINING_TABLE_H
#define TARE_TUI_TRAINING_TABLE_H

#include "core/train/timeline.h"
#include "tui/surface.h"

/* At the last look and step that are not behind the cursor's. `top`: categories scrolled away. */
void training_table_draw(const struct surface *s, const struct timeline *t, uint64_t step,
                         guint top);
/* What it takes of so many rows, with room left below for what the model says. */
int training_table_rows(const struct timeline *t, int rows);
/* Categories that don't fit into so many rows. */
guint training_table_hidden(const struct timeline *t, int rows);
/* The continuation, wrapped under a title. */
void training_text_draw(const struct surface *s, const struct timeline *t, uint64_t step);

#endif
