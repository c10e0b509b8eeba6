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

/* What becomes of a match. */
enum split_behaviour {
    SPLIT_REMOVED,
    SPLIT_ISOLATED,
    SPLIT_MERGED_WITH_PREVIOUS,
    SPLIT_MERGED_WITH_NEXT,
    SPLIT_CONTIGUOUS, /* isolated, neighbours together */
    SPLIT_BEHAVIOURS
};

/* Whether a piece gets a space (or what stands for one) put in front, if it has none. */
enum split_prefix { SPLIT_PREFIX_NEVER, SPLIT_PREFIX_FIRST, SPLIT_PREFIX_ALWAYS };

struct split_step;
struct split_pattern;

struct split_kind {
    const char *name; /* as tokenizer.json's pre_tokenizer.type says */
    bool (*apply)(const struct split_step *step, const struct text_piece *p, struct split_sink *s);
};

struct split_step {
    const struct split_kind *kind;
    const struct split_pattern *pattern; /* split_by_pattern; of split_byte_level NULL: don't */
    char *text; /* split_by_text: what is looked for; split_metaspace: what stands for a space */
    enum split_behaviour behaviour; /* digits, punctuation, text */
    enum split_prefix prefix;       /* byte level, metaspace */
    bool whole;                     /* metaspace: don't cut */
};

void split_step_clear(void *step);

/* Where there is space, which is left out. */
extern const struct split_kind split_spaces;
/* The same, and words apart from what is neither word nor space: \w+|[^\w\s]+ */
extern const struct split_kind split_words;
/* Spaces left out, every character of punctuation by itself. */
extern const struct split_kind split_bert;
extern const struct split_kind split_digits, split_punctuation, split_by_text;
/* The last one of byte-level tokenizers, whose pieces are seen as bytes from there on. */
extern const struct split_kind split_byte_level;
/* Spaces become a visible character, pieces begin with it. */
extern const struct split_kind split_metaspace;
/* One of the patterns below, each match by itself. */
extern const struct split_kind split_by_pattern;

/* NULL: no such pattern is known; they are compared as written. */
const struct split_pattern *split_pattern_find(const char *regex);
const struct split_pattern *split_pattern_gpt2(void);
/* Cuts p at every match. */
bool split_pattern_apply(const struct split_pattern *pattern, const struct text_piece *p,
                         struct split_sink *s);

/* The behaviour named "MergedWithNext" or the like; SPLIT_BEHAVIOURS: none is. */
enum split_behaviour split_behaviour_find(const char *name);

/* Bytes [from, to) of p on to the next step; nothing if there are none. */
bool split_put(struct split_sink *s, const struct text_piece *p, uint32_t from, uint32_t to);

#endif
