/* What each model would have said at a token, likeliest first, side by side. UI thread. */
#ifndef TARE_TUI_TOKEN_CHOICES_H
#define TARE_TUI_TOKEN_CHOICES_H

#include "tui/view.h"

#define TOKEN_CHOICES_COLUMNS 30

void token_choices_draw(const struct view *v, const struct token_losses *tokens, uint32_t token,
                        const struct surface *s);

#endif
