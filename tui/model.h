/* What views look at: the comparison, once it is there, and how far the loading is. */
#ifndef TARE_TUI_MODEL_H
#define TARE_TUI_MODEL_H

#include "core/blend.h"
#include "core/comparison.h"
#include "core/question.h"
#include "core/rule.h"
#include "core/train/run_status.h"
#include "core/train/timeline.h"
#include "core/word_list.h"

struct view_ops;

enum load_state { LOAD_READING, LOAD_READY, LOAD_FAILED };

struct model {
    enum load_state state;
    const char *base_path, *tuned_path; /* as given; tuned NULL: one file */
    gint objects;                       /* found so far while LOAD_READING */
    const char *error;                  /* LOAD_FAILED, one line, raw */
    struct comparison *comparison;      /* LOAD_READY, else NULL */
    const struct word_list *words;      /* what the vocabulary is asked about; NULL: none */
    guint words_version;                /* grows with every other list */
    GArray *findings;                   /* struct finding; of the latest check */
    struct study *study;                /* both models on examples; NULL: none were named */
    const struct timeline *timeline;    /* of a run that goes on here or is watched; NULL: none */
    struct run_status run;              /* of that */
    struct blend blend; /* what of the tuning the what-if view puts back */
    struct continuation_ask ask; /* how models go on with a prompt (tui/continuation_ask.h) */
    uint32_t example, category;         /* what the views of examples look at; UINT32_MAX: none */
    double seconds_to_list;
    GPtrArray *ignored;                 /* findings set aside: tui/ignored.h; NULL: none */
    uint32_t head;  /* what the views of heads look at */
    uint32_t layer; /* of the activity: what the views of it look at */
    uint32_t entry; /* what the views look at, PAIR_NONE: nothing yet; view_set_entry writes it */
    const struct view_ops *explained; /* what help is about: the view it was asked from, or NULL */
};

#endif
