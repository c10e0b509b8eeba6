/* Fields of CSV as reports write them (RFC 4180). Text is escaped (core/escape.h) and in quotes; a
 * number has 17 significant digits and no locale's comma, an undefined one is an empty field. */
#ifndef TARE_IO_CSV_WRITE_H
#define TARE_IO_CSV_WRITE_H

#include <stdio.h>

void csv_text(FILE *out, const char *text);
/* The comma in front too. */
void csv_number(FILE *out, double value);

#endif
