/* Spectra of every matrix of a comparison, for reports: all workers, the largest first.
 *
 * The thread that owns the comparison; the scan must have ended. */
#ifndef TARE_CORE_SPECTRUM_ALL_H
#define TARE_CORE_SPECTRUM_ALL_H

#include "core/comparison.h"

/* Waits until comparison_known_spectrum has all matrices of the model. One beyond the limits has
 * none, and comparison_spectrum says why; one whose second read fails becomes ENTRY_FAILED. */
void spectrum_all(struct comparison *c);

#endif
