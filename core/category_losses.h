/* What losses of examples say of their categories: which the tuned model serves badly.
 *
 *     loss_c   mean over its test examples of their nll;  token_loss_c weighs them by their tokens
 *     gain_c   mean over examples of nll(base) - nll(tuned), with a BCa interval
 *     gap      mean over uncovered c of loss_c(last model) - mean over covered c of it
 *     did      mean over covered c of gain_c - mean over uncovered c of it: the gap less what it
 *              was before, so that categories that are hard in themselves don't count
 *     left     gap of the tuned model over that of the base: what is left of the base's
 *     worse    c's mean of (tuned - base) nll, of nll where there is one model, above the mean of
 *              the covered categories (of all others where coverage is not known): one-sided
 *              bootstrap p, adjusted by Holm over the categories
 *     rho      Spearman's, of train examples and gain (or of -loss)
 *
 * Only examples that every model has run count. Intervals (95 %) from CATEGORY_EXAMPLES on. */
#ifndef TARE_CORE_CATEGORY_LOSSES_H
#define TARE_CORE_CATEGORY_LOSSES_H

#include "core/bootstrap.h"
#include "core/evaluation.h"

#define CATEGORY_EXAMPLES 30u /* fewer give no interval */
#define CATEGORY_WORSE_P 0.05
#define UNCOVERED_SHARE 0.1 /* of the median of the categories' train examples */

enum cover { COVER_UNKNOWN, COVER_COVERED, COVER_UNCOVERED };

struct category_loss {
    uint32_t examples; /* test ones that count */
    uint64_t tokens;
    uint32_t train; /* examples */
    enum cover cover;
    double loss[EVALUATION_SIDES], token_loss[EVALUATION_SIDES]; /* NAN: none */
    double gain;                                                 /* NAN: one model */
    struct interval gain_interval;
    double excess; /* by how much it is above the reference; NAN: there is none */
    double p, p_adjusted;
    bool worse; /* p_adjusted < CATEGORY_WORSE_P */
};

struct category_gap {
    uint32_t covered, uncovered;                /* categories with examples */
    double covered_loss[EVALUATION_SIDES], uncovered_loss[EVALUATION_SIDES]; /* of categories */
    double gap, did;                            /* NAN: one of the two has none; did: one model */
    struct interval gap_within, gap_categories; /* examples drawn; categories too */
    struct interval did_within, did_categories;
    double base_gap, left; /* NAN: one model; left: where the base had no gap too */
    struct interval left_within;
};

/* Loss on text of no category. */
struct general_loss {
    uint32_t examples;
    double loss[EVALUATION_SIDES];
    double change; /* mean of tuned - base; NAN: one model */
    struct interval interval;
};

struct category_losses {
    struct category_loss *categories; /* [n], as in the examples */
    uint32_t n;
    unsigned sides;
    bool cover_known;
    bool few; /* a category of the gap has fewer than CATEGORY_EXAMPLES */
    struct category_gap gap;
    double rho, p; /* NAN: no train examples, or fewer than 3 categories */
    struct general_loss general;
};

/* told: which categories are uncovered, as the user says, [n_categories]; NULL: told by the train
 * examples. */
void category_losses_of(const struct evaluation *e, const bool *told, struct category_losses *out);
void category_losses_finish(struct category_losses *c);

const char *cover_name(enum cover c); /* "covered" ... */

#endif
