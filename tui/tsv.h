/* Fields of the TSV that `w` writes. */
#ifndef TARE_TUI_TSV_H
#define TARE_TUI_TSV_H

#include <stdio.h>

/* A tab and the number, with 17 significant digits and no locale's comma; nothing behind the tab
 * where it is not finite. */
void tsv_number(FILE *out, double value);

#endif
