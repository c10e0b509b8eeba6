/* Word embedding association test (Caliskan, Bryson and Narayanan 2017): do two sets of target
 * words lie differently to two sets of attribute words?
 *
 *     s(w) = mean over a in A of cos(w, a) - mean over b in B of cos(w, b)
 *     d    = (mean over X of s - mean over Y of s) / std over X and Y of s
 *     p    = share of all splits of X and Y into sets of their sizes that have at least this
 *            difference of means: of all of them if there are up to WEAT_SPLITS, else of
 *            WEAT_SHUFFLES random ones, this one counted too (Phipson and Smyth 2010)
 *
 * The std is the population's (WEFE's choice); effect_sample has that of a sample, which other code
 * uses. It describes how vectors lie, and is of use for a change from one model to the next: how a
 * model treats people it does not tell (Goldfarb-Tarrant et al. 2021). Pure. */
#ifndef TARE_CORE_WEAT_H
#define TARE_CORE_WEAT_H

#include <stdbool.h>
#include <stdint.h>

#define WEAT_SPLITS 12870u /* of 8 and 8 words */
#define WEAT_SHUFFLES 100000u

enum weat_set { WEAT_X, WEAT_Y, WEAT_A, WEAT_B, WEAT_SETS };

struct weat_input {
    const double *rows[WEAT_SETS]; /* [n][width], a word's vector each */
    uint32_t n[WEAT_SETS];
    uint32_t width;
};

struct weat {
    double effect;        /* NAN: a set of less than 1 word, or no spread */
    double effect_sample; /* with n - 1 */
    double mean[2];       /* of s over X, over Y */
    double p;             /* one-sided: X nearer to A than Y is; NAN where effect is */
    bool exact;
    uint64_t splits; /* that p is of */
};

void weat_of(const struct weat_input *in, struct weat *out);

#endif
