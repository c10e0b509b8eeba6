/* The residual stream of an example as a map: a token a row, a layer a column, how far the tuned
 * model's vector lies from the base's.
 *
 * Pure layout and drawing. UI thread. */
#ifndef TARE_TUI_STREAM_GRID_H
#define TARE_TUI_STREAM_GRID_H

#include "core/question.h"
#include "tui/surface.h"

enum stream_measure { STREAM_SHIFT, STREAM_COSINE, STREAM_MEASURES };

struct stream_grid {
    enum stream_measure measure;
    uint32_t layer; /* selected */
    uint32_t top, left;
};

const char *stream_measure_name(enum stream_measure measure);
/* NAN: undefined. Of one model the norm, whatever the measure. */
double stream_value(const struct token_states *t, enum stream_measure measure, uint32_t token,
                    uint32_t layer);
/* Keeps `token` and the layer in sight. */
void stream_grid_layout(struct stream_grid *g, const struct token_states *t, uint32_t token,
                        int rows, int cols);
/* texts: of the tokens, safe to show. */
void stream_grid_draw(const struct stream_grid *g, const struct token_states *t,
                      const GPtrArray *texts, uint32_t token, const struct surface *s);
/* The same under a rule that says what the map shows; t NULL: not computed yet, or error (one line,
 * raw) says why not. */
void stream_grid_pane(const struct stream_grid *g, const struct token_states *t, const char *error,
                      const GPtrArray *texts, uint32_t token, const struct surface *s);
/* "final", "embedded", "L3". */
void stream_layer_name(const struct token_states *t, uint32_t layer, char out[static 16]);

#endif
