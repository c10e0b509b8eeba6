/* Runs one model or two on examples: the loss of each, as it comes.
 *
 * An example's nll is the mean over its predicted tokens of -ln p, nats; tokens of the prompt, and
 * the first of a sequence without one, are not predicted. Test and general examples are run, train
 * ones are not. Sequences are packed into batches of at most `rows` tokens (a longer one
 * is alone), in an order drawn once with a fixed seed, test before general, so that what is there
 * when somebody stops is a fair sample. One thread. */
#ifndef TARE_CORE_EVALUATION_H
#define TARE_CORE_EVALUATION_H

#include "core/examples.h"
#include "core/net/net.h"

#define EVALUATION_ROWS 1024u
/* The longest sequence of a model that names no limit. */
#define EVALUATION_POSITIONS 32768u

enum evaluation_side { EVALUATION_BASE, EVALUATION_TUNED, EVALUATION_SIDES };

/* What gives losses, as net_losses does: a net, or known numbers. */
struct evaluation_model {
    gboolean (*losses)(void *data, const struct net_batch *b, double *losses, const gint *cancelled,
                       GError **error);
    void *data;
    uint32_t vocabulary;
    uint32_t positions; /* 0: no limit is known */
};

struct evaluated {
    uint32_t tokens;              /* predicted ones */
    double nll[EVALUATION_SIDES]; /* NAN: not run */
    char *skipped;                /* why it can't be run; NULL: it can */
};

struct evaluation {
    const struct examples *examples; /* borrowed, tokenized */
    struct evaluated *results;       /* [examples->n], in their order */
    unsigned sides;
    uint32_t rows; /* of a batch, EVALUATION_ROWS; fewer where a probe holds on to a batch */
    uint64_t tokens_done, tokens_total; /* rows run, of one model */
    bool cancelled;
};

/* What happens beside the losses; each may be NULL. */
struct evaluation_hooks {
    /* Before each batch: what it is of, examples[i] is that of sequence i. */
    void (*batch)(void *data, const struct net_batch *b, const uint32_t *examples);
    void (*progress)(void *data, const struct evaluation *e);
    void *data;
};

/* Finds out what can be run on both; runs nothing. */
struct evaluation *evaluation_create(const struct examples *e,
                                     const struct evaluation_model *models, unsigned sides);
void evaluation_destroy(struct evaluation *e); /* NULL is fine */
/* As it is now, of the same examples. */
struct evaluation *evaluation_copy(const struct evaluation *e);
/* Runs what has not been run, base before tuned batch by batch. False: an error, or *cancelled
 * became true (TARE_ERROR_CANCELLED); what was finished stays. */
gboolean evaluation_run(struct evaluation *e, const struct evaluation_model *models,
                        const struct evaluation_hooks *hooks, const gint *cancelled,
                        GError **error);

/* Whether every model has run it. */
bool evaluation_has(const struct evaluation *e, uint32_t example);
/* The first predicted token of an example; at least 1. */
uint32_t example_first_target(const struct example *x);

#endif
