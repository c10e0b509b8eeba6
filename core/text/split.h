/* Text into words: the steps of a pre-tokenizer, a row each.
 *
 * A step cuts a piece into smaller ones, in order, and may leave bytes out or rewrite them; linear
 * in the piece. Any thread. */
#ifndef TARE_CORE_TEXT_SPLIT_H
#define TARE_CORE_TEXT_SPLIT_H

#include "core/text/text_run.h"

/* Where pieces go: the next step, the model in the end. false: stop, it has failed. */
struct split_sink {
    bool (*put)(struct split_sink *s, const struct text_piece *piece);
};

struct split_step;

struct split_kind {
    const char *name; /* as tokenizer.json's pre_tokenizer.type says */
    bool (*apply)(const struct split_step *step, const struct text_piece *p, struct split_sink *s);
};

struct split_step {
    const struct split_kind *kind;
};

extern const struct split_kind split_spaces;

/* Bytes [from, to) of p on to the next step; nothing if there are none. */
bool split_put(struct split_sink *s, const struct text_piece *p, uint32_t from, uint32_t to);

#endif
