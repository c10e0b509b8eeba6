/* Proposals for tensors that no name and no rule paired: which of the other side holds nearly the
 * same numbers, from what the scan kept; nothing is read again and nothing is applied here.
 *
 * Matrices: the score is c * d. c is the correlation (Pearson) of their rows' norms and of their
 * columns' norms, weighted by their number; as they lie, or with rows against columns, whichever is
 * larger: then the pair is a transposed one. Norms of rows tell layers apart that one initialiser
 * made alike: unrelated ones correlate by about 1 / sqrt(n). d = exp(-W1 / (std / 10)), W1 the
 * Wasserstein distance of the two distributions and std the base's: what training moved on the
 * whole. Vectors and matrices without norms of rows: d / 2, for one distribution says little.
 * Whatever the form: 1 if count, extremes, l1, l2 and mean are equal to 1e-12 (the same values in
 * any order), but 1/2 if the tensor is constant. Pairs of one number of elements and one kind only.
 *
 * Best first, one partner each; equal scores in model order. */
#ifndef TARE_CORE_PAIR_CONTENT_H
#define TARE_CORE_PAIR_CONTENT_H

#include "core/comparison.h"

/* Below the first nothing is proposed; from the second on `--pair content` applies it. */
#define PROPOSAL_LEAST 0.3
#define PROPOSAL_SURE 0.8

struct proposal {
    uint32_t base, tuned; /* entries of the pairing; equal: a pair that differs in shape */
    double score;         /* 0 to 1 */
    enum pair_how how;
    char *why; /* owned */
};

/* Of a comparison whose scan has ended; struct proposal, best first. Free with proposals_free. */
GArray *proposals_find(const struct comparison *c);
void proposals_free(GArray *proposals);

/* The names that a pair map calls them by. */
const char *proposal_base_name(const struct comparison *c, const struct proposal *p);
const char *proposal_tuned_name(const struct comparison *c, const struct proposal *p);
/* Adds those from PROPOSAL_SURE on to the map; how many. */
guint proposals_accept(const struct comparison *c, const GArray *proposals, struct pair_map *map);

#endif
