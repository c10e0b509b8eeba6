/* What two models (or one) do with a person's examples, and what follows: the other half of what a
 * comparison knows. Rules, reports and views read it; comparison->behaviour points to it.
 *
 * One thread; immutable once it is whole. */
#ifndef TARE_CORE_BEHAVIOUR_H
#define TARE_CORE_BEHAVIOUR_H

#include "core/association.h"
#include "core/category_coverage.h"
#include "core/category_losses.h"
#include "core/generations.h"
#include "core/pair_bias.h"
#include "core/probing.h"

struct behaviour {
    struct examples *examples; /* tokenized; owned, unless it is of a run that goes on */
    bool borrows;
    struct coverage_table coverage;
    struct evaluation *evaluation; /* owned */
    struct category_losses losses;
    GArray *pairs; /* struct pair_bias; owned */
    uint32_t odd_pairs;
    struct predictions_shift shift;
    struct activity *activity;      /* owned; NULL: not looked at, or of a run that goes on */
    struct association *association; /* NULL: no word lists; owned */
    struct generations *generations; /* NULL: not asked; owned */
    unsigned sides;
};

struct behaviour_run {
    struct net *nets[EVALUATION_SIDES]; /* [1] NULL: one model */
    guint threads;                      /* of what is done beside the nets; 0: all there are */
    const bool *uncovered; /* as the user says, [categories]; NULL: by train examples */
    void (*progress)(void *data, const struct evaluation *e);
    void *data;
    const gint *cancelled;
};

/* Takes the examples. Of a run that fails or is cancelled what was finished is described all the
 * same: error is set, and the result is there. */
struct behaviour *behaviour_create(struct examples *e, const struct behaviour_run *run,
                                   GError **error);
/* Of a run that goes on: what it has so far, as a copy, without the activity; the examples stay e's.
 * uncovered as above. */
struct behaviour *behaviour_so_far(const struct evaluation *e, const struct probing *p,
                                   const bool *uncovered);
void behaviour_destroy(struct behaviour *b); /* NULL is fine */

#endif
