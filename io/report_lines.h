/* What the sections of the text report print alike. Standard columns: a space and ten. */
#ifndef TARE_IO_REPORT_LINES_H
#define TARE_IO_REPORT_LINES_H

#include <stdio.h>

#define REPORT_NAME_COLUMNS 32

void report_escaped(FILE *out, const char *text);
/* A name, made safe, in this many columns; a longer one has a line of its own. */
void report_name(FILE *out, const char *name, int columns);
/* A number in 11 columns; "-" where nothing is defined. */
void report_number(FILE *out, double value);
void report_percent(FILE *out, double ratio);
/* The same of a relative delta, '<' before one that its storage can't tell from rounding. */
void report_relative(FILE *out, double ratio, double floor);

#endif
