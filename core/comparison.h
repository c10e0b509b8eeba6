/* Two checkpoints (or one), their pairing, their groups and the summary of the scan over them.
 *
 * Everything a view or a report needs hangs here. Created and used by one thread (the UI's, or the
 * report's); workers touch only the sources and their own jobs. */
#ifndef TARE_CORE_COMPARISON_H
#define TARE_CORE_COMPARISON_H

#include "core/attention.h"
#include "core/exact_pair.h"
#include "core/jobs.h"
#include "core/pair.h"
#include "core/pair_map.h"
#include "core/spectrum_pair.h"
#include "core/summary.h"
#include "core/threshold.h"
#include "core/tie.h"
#include "core/token_cache.h"

struct behaviour;
struct activity;
struct category_shifts;
struct timeline;

/* A block, or the tensors of one layer outside the blocks: what folds in the overview. */
struct group {
    char *label;        /* raw bytes like every name; owned */
    int32_t block;      /* -1: outside the blocks */
    uint32_t *entries;  /* in model order; owned */
    uint32_t n_entries;
};

struct comparison {
    struct checkpoint *base;
    struct checkpoint *tuned; /* NULL: one file is inspected */
    struct pairing pairing;
    struct pair_map *map; /* pairs that were told or accepted; NULL: none */
    struct group *groups; /* in model order: weights and state; optimizer and others come last */
    uint32_t n_groups;
    uint32_t *group_of; /* [n_entries] */
    struct attentions attentions;
    struct summary summary;
    const struct scan_ops *ops;
    guint threads;
    struct thresholds thresholds; /* what the rules compare with */
    bool heads_set;               /* told by a person: not by the files */
    struct scan_plan *plan;
    struct pool *pool; /* NULL until the scan starts */
    struct token_cache tokens;
    struct lazy_cache exact, spectra;
    struct tie tie;
    /* What the models do with examples; NULL: not run. Borrowed, set by who ran them. */
    const struct behaviour *behaviour;
    /* What flowed through the models on examples; NULL: not looked at. Borrowed, set by who ran
     * them, and not written while it is here. */
    const struct activity *activity;
    const struct category_shifts *shifts; /* of it; NULL: of one model, or of one category */
    /* How the training of the tuned side went; NULL: not seen. Borrowed, set by who runs or watches
     * it, and not written while rules look. */
    const struct timeline *timeline;
};

struct comparison_options {
    guint threads; /* 0: as many as the machine gives */
    bool use_rules;
    uint16_t heads, kv_heads; /* where the files don't say; 0: not told either */
    bool tie; /* comparison_tie from the start */
    double lora_alpha; /* of an adapter; 0: its configuration's, or its rank */
    const struct thresholds *thresholds; /* NULL: the defaults; copied */
    const struct pair_map *map; /* NULL: none; copied */
    bool by_content; /* what opened this applies sure proposals when the scan has ended */
};

/* Takes ownership of both. A tuned side that is an adapter is applied to the base. */
struct comparison *comparison_create(struct checkpoint *base, struct checkpoint *tuned,
                                     const struct comparison_options *options, GError **error);
void comparison_destroy(struct comparison *c);

/* Heads of both sides, whatever the files say; kv_heads 0: told by the shapes. Nothing is read
 * again: energies don't depend on heads. */
void comparison_set_heads(struct comparison *c, uint32_t heads, uint32_t kv_heads);

/* Copies (weights of one file stored twice) are counted once from now on: as soon as the scan has
 * ended and every value of what looks like one was compared in the background. Summary's version
 * grows when that is done. */
void comparison_tie(struct comparison *c);
void comparison_untie(struct comparison *c);
/* Waits for the end of the scan and of that (reports). */
void comparison_tie_wait(struct comparison *c);
/* The entry before it that this one is a merged copy of, PAIR_NONE: it counts. */
uint32_t comparison_copy_of(const struct comparison *c, uint32_t entry);
/* The first merged copy of a kept entry, then of each copy the following; PAIR_NONE: no more. */
uint32_t comparison_next_copy(const struct comparison *c, uint32_t entry);
/* What a side has, merged copies left out. */
uint32_t comparison_tensors(const struct comparison *c, bool tuned);
uint64_t comparison_parameters(const struct comparison *c, bool tuned);

/* The tensor that stands for an entry: the base's, else the tuned one's. */
const struct tensor *comparison_tensor(const struct comparison *c, uint32_t entry);
const struct place *comparison_place(const struct comparison *c, uint32_t entry);
/* Relative delta below which the coarser of a pair's two types can't resolve a change. The delta of
 * an adapter is stored apart, so the base's type does not blur it. */
double comparison_floor(const struct comparison *c, uint32_t entry);
/* Is a side of the entry quantised codes or their scales? What they say is no verdict on weights. */
bool comparison_holds_codes(const struct comparison *c, uint32_t entry);
/* How many tensors of either side are quantised codes or their scales: numbers that are no weights.
 * *first, unless NULL: an entry of one, PAIR_NONE if there is none. */
uint32_t comparison_quantised(const struct comparison *c, uint32_t *first);
uint32_t comparison_blocks(const struct comparison *c);
/* Pooled numbers of a group (a block is one), of the whole model. */
void comparison_group_rollup(const struct comparison *c, uint32_t group, struct rollup *out);
void comparison_model_rollup(const struct comparison *c, struct rollup *out);

/* The scan: start, then drain when the wake descriptor is readable. */
void comparison_scan_start(struct comparison *c);
/* These entries first (what is on the screen). */
void comparison_scan_prefer(struct comparison *c, const uint32_t *entries, uint32_t n);
/* Blocks under way end; what was not finished is marked cancelled; finished rows stay. */
void comparison_scan_cancel(struct comparison *c);
/* Starts again on what was cancelled. */
void comparison_scan_resume(struct comparison *c);
bool comparison_scan_running(const struct comparison *c);
int comparison_wake_fd(const struct comparison *c);
/* Absorbs what is finished; true if the summary changed. */
bool comparison_drain(struct comparison *c);
/* Blocks until something can be drained, and drains it; until the scan has ended (reports). */
void comparison_wait(struct comparison *c);
void comparison_scan_wait(struct comparison *c);

struct progress {
    uint64_t bytes_done, bytes_total;
    double seconds;        /* since the start, not counting after the end */
    double bytes_per_second;
    double seconds_left;   /* NAN if not known */
    uint32_t tensors_done, tensors_total;
    bool running, cancelled;
};
void comparison_progress(const struct comparison *c, struct progress *out);

/* Exact numbers of one entry, computed in the background from the first call on (the scan must have
 * started). NULL: not ready, or failed, and then *error_text says why. Borrowed until the next call;
 * the last few are kept. */
const struct exact_result *comparison_exact(struct comparison *c, uint32_t entry,
                                            const char **error_text);

/* Texts of the rows of the vocabulary, read in the background from the first call on (the scan must
 * have started). NULL: not there yet, or there are none, and then *error_text says why. */
const struct token_texts *comparison_token_texts(struct comparison *c, const char **error_text);

/* What cuts words into those tokens; NULL: nothing does, or they are not there. */
const struct tokenizer *comparison_tokenizer(const struct comparison *c);

/* The same for the spectrum of an entry that is scanned; all stay until the end. */
const struct spectrum *comparison_spectrum(struct comparison *c, uint32_t entry,
                                           const char **error_text);
/* One that is there already, without asking for it; NULL: none, and *error_text (may be NULL) says
 * why if it was asked for. */
const struct spectrum *comparison_known_spectrum(const struct comparison *c, uint32_t entry,
                                                 const char **error_text);
/* Is one being computed? step of `of`, see spectrum_step_name. */
bool comparison_spectrum_running(const struct comparison *c, guint *step, guint *of);
/* Stops it, and what was stopped is computed again when it is asked for the next time; false: there
 * was none. */
bool comparison_spectrum_cancel(struct comparison *c);
bool comparison_spectrum_resume(struct comparison *c);

#endif
