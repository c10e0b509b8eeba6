/* The numbers of a spectrum in lines, each with the variant it is. Pure functions. */
#ifndef TARE_TUI_SPECTRUM_PAGE_H
#define TARE_TUI_SPECTRUM_PAGE_H

#include "core/comparison.h"
#include "tui/page.h"

void spectrum_page_make(struct page *p, const struct spectrum *s, int cols);

#endif
