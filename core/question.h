/* What can be asked of the models of a study about one example: answered by the study's thread
 * between two batches, newest question of a kind first. The answers of a kind that were asked for
 * last are kept. UI thread. */
#ifndef TARE_CORE_QUESTION_H
#define TARE_CORE_QUESTION_H

#include "core/activity_effect.h"
#include "core/attention_pattern.h"
#include "core/blend.h"
#include "core/hidden_states.h"
#include "core/net/generate.h"
#include "core/study.h"

/* All of these return NULL while the answer is on its way, or if there is none, and then
 * *error_text (one line, raw) says why; it is NULL otherwise. What is returned is borrowed until
 * the next study_drain. */

/* Attention of an example in a block. */
const struct attention_pattern *study_pattern(struct study *s, uint32_t example, uint32_t block,
                                              const char **error_text);

/* Where which category changed, over all that was run so far (of a recording: in its layers,
 * whatever the kind); while it is run, the answer may be about a little less than the activity
 * shows. */
const struct activity_effects *study_effects(struct study *s, enum activity_kind kind,
                                             enum activity_value value, bool contrast,
                                             const char **error_text);

/* Units of a layer, or of all of its kind, the first UNITS_RANKED in that order. */
#define UNITS_RANKED 1000u
struct units_ask {
    uint32_t layer, category; /* of the activity; or ACTIVITY_ALL */
    guint32 all_layers;       /* bool */
    enum activity_order order;
    uint32_t examples; /* private */
};
struct ranked_unit {
    uint32_t layer;
    struct activity_unit unit;
};
struct units_ranking {
    struct units_ask ask;
    struct ranked_unit *units; /* [n] */
    uint32_t n, of;            /* of so many units */
};
/* As study_effects: while it is run, of a little less. */
const struct units_ranking *study_units(struct study *s, const struct units_ask *ask,
                                        const char **error_text);

/* What each token of an example costs, and what would have been likelier. */
#define TOKEN_CHOICES 5
struct token_choice {
    uint32_t id;
    float probability;
};
struct token_loss {
    double nll[ACTIVITY_SIDES];     /* of this token given those before; NAN: not predicted */
    double entropy[ACTIVITY_SIDES]; /* of the distribution it was drawn from, nats */
    uint32_t rank[ACTIVITY_SIDES];  /* of this token in it, from 1 */
    struct token_choice choices[ACTIVITY_SIDES][TOKEN_CHOICES]; /* likeliest first */
};
struct token_losses {
    uint32_t example, n;
    unsigned sides;
    struct token_loss *tokens; /* [n]; the prompt's have numbers too, but are no targets */
};
const struct token_losses *study_tokens(struct study *s, uint32_t example, const char **error_text);

/* The residual stream of an example's tokens, before and after. */
struct token_states {
    uint32_t example, n;
    uint32_t layers; /* embedded, after each block, behind the last norm */
    bool pair;
    struct hidden_state *states; /* [n][layers] */
};
const struct token_states *study_states(struct study *s, uint32_t example, const char **error_text);

/* What both models go on with. */
#define CONTINUATION_MOST 256
#define CONTINUATION_TEXT 1024
/* To be zeroed as a whole before it is filled: it is compared byte by byte. */
struct continuation_ask {
    uint32_t example; /* its prompt (without one: its first token); UINT32_MAX: text */
    char text[CONTINUATION_TEXT]; /* NUL-terminated, raw */
    uint32_t most;    /* tokens, at most CONTINUATION_MOST */
    struct net_sampling sampling;
};
/* A token, and what its model made of it: probabilities are those before temperature and cuts. */
struct continued {
    uint32_t id, rank; /* from 1 */
    float probability;
    struct token_choice choices[TOKEN_CHOICES]; /* likeliest first */
};
struct continuation {
    struct continuation_ask ask;
    GArray *prompt;               /* uint32_t */
    GArray *said[ACTIVITY_SIDES]; /* struct continued, as far as they are */
    bool ended[ACTIVITY_SIDES];   /* its last token ends the text */
    bool done;
};
/* Comes in pieces, a token of each model in turn: `done` tells the end. */
const struct continuation *study_continue(struct study *s, const struct continuation_ask *ask,
                                          const char **error_text);

/* Losses by category with some of the fine-tune put back to the base (core/blend.h): a first
 * estimate on some examples of each category, then on more, until all have been run. */
struct what_if {
    struct blend blend;
    uint32_t *examples; /* [n_categories] that count, test ones */
    double *loss;       /* [n_categories] of the mixture; NAN: none yet */
    double *base, *tuned; /* of the same examples */
    uint32_t n_categories;
    uint32_t n_general; /* the same of text of no category */
    double general, general_base, general_tuned;
    double seconds; /* from the question to this */
    bool done;
};
const struct what_if *study_what_if(struct study *s, const struct blend *blend,
                                    const char **error_text);

/* Stops what is being answered. */
bool study_stop_question(struct study *s);

#endif
