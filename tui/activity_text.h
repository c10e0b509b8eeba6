/* The numbers of what flows through a layer, in words. UI thread. */
#ifndef TARE_TUI_ACTIVITY_TEXT_H
#define TARE_TUI_ACTIVITY_TEXT_H

#include "tui/study_text.h"

/* "residual stream", "attention out" ... */
const char *activity_site_name(enum activity_kind kind);
/* "L3", made safe to show; owned. */
char *activity_layer_label(const struct activity *a, uint32_t layer);

/* The layer of the next kind there is, of the same block or the nearest to it. */
uint32_t activity_next_site(const struct activity *a, uint32_t layer);
/* Of a layer of the residual stream the MLP's of its block, else the layer itself. */
uint32_t activity_hidden_of(const struct activity *a, uint32_t layer);

/* A cell of the study's activity, which is there; `bin` is a line of what the view points at. */
#define ACTIVITY_TEXT_ROWS 7
void activity_text_draw(const struct view *v, const struct surface *s, uint32_t layer,
                        uint32_t category, const char *bin);
/* In one line; owned. */
char *activity_text_line(const struct view *v, uint32_t layer, uint32_t category);
/* TSV with a heading: n layers from the first on, all categories together and each. */
void activity_text_write(const struct view *v, uint32_t first, uint32_t n, FILE *out);

#endif
