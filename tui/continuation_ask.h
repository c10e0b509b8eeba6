/* How models are asked to go on: the settings of ":set" and ":prompt". UI thread. */
#ifndef TARE_TUI_CONTINUATION_ASK_H
#define TARE_TUI_CONTINUATION_ASK_H

#include "core/question.h"

/* The likeliest token each time, of the prompt of whatever example is looked at. */
void continuation_ask_init(struct continuation_ask *ask);
/* "temperature", "top_k", "top_p", "seed", "length". */
bool continuation_setting(const char *name);
/* False: not a number that this may be; *range (owned by the caller) says which. */
bool continuation_set(struct continuation_ask *ask, const char *name, const char *value,
                      char **range);
/* A text to go on with, NULL: an example's prompt again. False: it is too long. */
bool continuation_prompt(struct continuation_ask *ask, const char *text);
bool continuation_typed(const struct continuation_ask *ask);
/* "greedy", "temperature 0.8 top_p 0.9 seed 3"; owned. */
char *continuation_text(const struct continuation_ask *ask);

#endif
