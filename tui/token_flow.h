/* A text's tokens laid out in lines, each with a mark under its first column: what it cost.
 *
 * Pure layout and drawing. UI thread. */
#ifndef TARE_TUI_TOKEN_FLOW_H
#define TARE_TUI_TOKEN_FLOW_H

#include "core/question.h"
#include "tui/surface.h"

/* What the marks tell. */
enum token_measure { TOKEN_CHANGE, TOKEN_TUNED, TOKEN_BASE, TOKEN_MEASURES };

struct token_flow {
    GPtrArray *texts; /* of each token, safe to show */
    GArray *rows;     /* int, of each token: its line */
    GArray *cols;     /* int */
    int lines, width;
};

void token_flow_init(struct token_flow *f);
void token_flow_finish(struct token_flow *f);
/* texts: n of them, taken. */
void token_flow_set(struct token_flow *f, char **texts, guint n);
/* Breaks lines at that width; a token that is longer is cut. */
void token_flow_layout(struct token_flow *f, int width);
/* The token below (above) that one; itself if there is none. */
guint token_flow_step(const struct token_flow *f, guint at, int lines);

/* NAN: the token is not predicted, or one model. */
double token_value(const struct token_loss *t, enum token_measure measure);
const char *token_measure_name(enum token_measure measure);
/* '0'..'9' whole nats (9: and more); of a change '-' for less, '.' for under half a nat either way. */
char token_mark(double value, enum token_measure measure);
/* Two rows a line, from line `top` on. tokens NULL: not computed yet. at: the selected one. */
void token_flow_draw(const struct token_flow *f, const struct token_losses *tokens,
                     enum token_measure measure, guint n_prompt, guint at, int top,
                     const struct surface *s);

#endif
