/* The numbers of one tensor as lines: statistics of base, tuned and delta side by side, what the
 * pair says, quantiles, the largest weights. Pure. */
#ifndef TARE_TUI_TENSOR_PAGE_H
#define TARE_TUI_TENSOR_PAGE_H

#include "core/comparison.h"
#include "tui/page.h"

/* exact NULL: quantiles of the sketch, no largest weights. */
void tensor_page_make(struct page *p, const struct comparison *c, uint32_t entry,
                      const struct exact_result *exact, int cols);
/* Tuned minus base at seven quantiles, as many on a line as fit; nothing without both sides. Of the
 * sketch, what its error could be alone is '~0'. */
void tensor_page_shifts(struct page *p, const struct scan_result *r,
                        const struct exact_result *exact, int cols);

#endif
