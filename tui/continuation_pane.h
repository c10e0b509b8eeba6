/* What one model goes on with: its tokens, what each cost it, and what else it might have said.
 *
 * Pure layout and drawing. UI thread. */
#ifndef TARE_TUI_CONTINUATION_PANE_H
#define TARE_TUI_CONTINUATION_PANE_H

#include "tui/token_flow.h"
#include "tui/view.h"

struct continuation_pane {
    unsigned side;
    struct token_flow flow;
    struct token_losses losses; /* of the tokens in the flow */
    int top;                    /* first line on the screen */
};

void continuation_pane_init(struct continuation_pane *p, unsigned side);
void continuation_pane_finish(struct continuation_pane *p);
/* At what the model has said so far, with the token `at` in sight. */
void continuation_pane_layout(struct continuation_pane *p, const struct view *v,
                              const struct continuation *c, uint32_t at, int rows, int cols);
/* c NULL: nothing yet. readout: rows of it at the bottom. `here`: keys move in this one. */
void continuation_pane_draw(const struct continuation_pane *p, const struct view *v,
                            const struct continuation *c, uint32_t at, int readout, bool here,
                            const struct surface *s);
/* Tokens that the model has said; c may be NULL. */
uint32_t continuation_said(const struct continuation *c, unsigned side);
const struct continued *continuation_at(const struct continuation *c, unsigned side, uint32_t i);

#endif
