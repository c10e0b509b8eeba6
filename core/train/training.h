/* Fine-tuning: an engine that goes one step at a time, and does nothing by itself.
 *
 * Examples with split train are what it learns from, test and general ones what it is looked at
 * with: the token that follows, from the completion alone where there is a prompt; of an encoder
 * tokens that its tokenizer's mask hides. A step: the next `batch` examples of a shuffled order (a
 * new shuffle every epoch), gradients, clipping, optimizer. The same bits for any number of threads
 * and every width of vectors, and after a resume. Not thread-safe: one thread owns it
 * (core/train/trainer.h, or a command). */
#ifndef TARE_CORE_TRAIN_TRAINING_H
#define TARE_CORE_TRAIN_TRAINING_H

#include "core/checkpoint.h"
#include "core/examples.h"
#include "core/net/net.h"
#include "core/text/tokenizer.h"
#include "core/train/optimizer.h"
#include "core/train/schedule.h"
#include "core/train/timeline.h"

/* Glob patterns (g_pattern_match) on the names of the checkpoint's tensors; the last that fits
 * counts. factor 0: frozen, not decayed either. */
struct tensor_factor {
    const char *pattern;
    double factor;
};

struct training_options {
    double learning_rate, weight_decay, clip; /* clip 0: none */
    const struct optimizer *optimizer;
    struct optimizer_numbers numbers; /* betas, epsilon, momentum */
    const struct schedule *schedule;
    double final_rate; /* of the schedule's end, as a share of learning_rate */
    uint64_t steps, warmup;
    uint32_t batch;   /* examples a step */
    uint32_t longest; /* tokens of an example, longer ones are cut; 0: the model's limit */
    const struct tensor_factor *factors;
    guint n_factors;
    double layer_decay; /* factor a block, counted from the last one: x d per block down and
                         * once more for what stands before block 0; 1: none */
    const char *lora;   /* roles, "query,value"; NULL: full fine-tune */
    uint32_t lora_rank;
    double lora_alpha;
    uint64_t seed;
    uint64_t look_every; /* steps; 0: at the ends only */
    guint threads;       /* 0: as many as the machine gives */
    /* Copied: categories that the training does not cover, [categories]; NULL: told by examples. */
    const bool *uncovered;
    const struct tokenizer *tokenizer; /* borrowed, for continuations and masks; NULL: no such */
};
/* The defaults of torch.optim.AdamW with lr 1e-4, cosine to 0, warm-up 5 %, clip 1, batch 4. */
void training_options_init(struct training_options *o);

struct training;

/* base and examples (tokenized) are borrowed and must outlive it. False: the model can't be run or
 * trained, an option is wrong, no train example is left (the message says which). */
struct training *training_create(const struct checkpoint *base, const struct examples *examples,
                                 const struct training_options *o, const gint *cancelled,
                                 GError **error);
void training_destroy(struct training *t);

/* One step, recorded in the timeline. False: its loss or gradient has NaN or Inf (nothing changed),
 * or the weights that it made have (they stay); the message names the first tensor,
 * TARE_ERROR_DATA. Or *cancelled became true (nothing changed). */
gboolean training_step(struct training *t, const gint *cancelled, GError **error);
/* Runs the held-out examples and looks at the weights; a record in the timeline. */
gboolean training_look(struct training *t, const gint *cancelled, GError **error);

const struct timeline *training_timeline(const struct training *t);
/* In place of its own, which goes on from there; taken. What a resumed run had. */
void training_set_timeline(struct training *t, struct timeline *timeline);
/* What happened beside the steps, at the step that was taken last. */
void training_note(struct training *t, enum event_kind kind, double value, const char *text);
const struct training_options *training_options(const struct training *t);
/* Noted, too. The schedule's peak, and the decay. */
void training_set_learning_rate(struct training *t, double rate);
void training_set_weight_decay(struct training *t, double decay);

/* What decides everything that comes: for saving, and for going back to. */
struct training_state {
    uint64_t step, epoch, position; /* examples of the epoch's order that were used */
    uint64_t random;                /* of whatever is drawn next */
    double learning_rate, weight_decay, smoothing;
    struct net_weights weights;                    /* f32; with LoRA: merged */
    struct net_weights moments[OPTIMIZER_MOMENTS]; /* unused ones are empty; with LoRA all are */
    /* With LoRA: A and B of each adapted tensor, one behind the other, and their moments. */
    float *factors, *factor_moments[OPTIMIZER_MOMENTS]; /* [n_factors]; NULL: unused */
    uint64_t n_factors;
};
/* The engine's own, borrowed: to be read between steps. */
const struct training_state *training_state(const struct training *t);
/* A copy that the caller finishes; FALSE: no memory. */
gboolean training_state_copy(struct training_state *out, const struct training_state *from,
                             GError **error);
void training_state_finish(struct training_state *s);
/* Puts the engine where the state is and rewinds the timeline; s is copied. */
void training_restore(struct training *t, const struct training_state *s);

/* Everything in a state that is an array, by name, in a fixed order: what a run's file stores and
 * fills again. "weights/NAME", "moment_1/NAME" with the checkpoint's names of what is trained, and
 * the factors of adapters. values are the state's own. An array of struct training_array; names
 * live as long as t; the caller frees the array. */
struct training_array {
    const char *name;
    float *values;
    uint64_t rows, columns; /* [out][in] form */
};
GArray *training_arrays(const struct training *t, const struct training_state *s);
/* SHA-256, in hexadecimal, of the weights that are trained as they are now: float32 in [out][in] form,
 * in the base's order. The caller frees it; reads all of them. */
char *training_weights_hash(const struct training *t);

/* What it learns from. */
struct training_data {
    uint32_t examples; /* an epoch */
    uint32_t cut;      /* of these: were longer than `longest` tokens */
    uint32_t longest;
    uint32_t skipped; /* others: nothing to predict, or tokens that the model has not */
};
void training_data(const struct training *t, struct training_data *out);

/* What is trained: a tensor of the base's source each, in its order. For printing and for files. */
struct training_parameter {
    uint32_t tensor; /* of base->source */
    double factor;   /* of the learning rate; 0: frozen */
    bool decays;     /* matrices do, vectors and norms don't, embeddings do */
    uint64_t elems;
};
const struct training_parameter *training_parameters(const struct training *t, guint *n);

#endif
