/* Numbers as people read them, in a stated width. Each writes into buf and returns it. */
#ifndef TARE_TUI_UNITS_H
#define TARE_TUI_UNITS_H

#include <glib.h>

#define UNIT_BYTES 32

/* 1234567 -> "1.23M"; at most 6 columns. */
char *unit_count(char buf[static UNIT_BYTES], guint64 n);
/* Bytes: "4.7 GB" (powers of 1000). */
char *unit_bytes(char buf[static UNIT_BYTES], double bytes);
/* A ratio as percent: "3.20 %", "0.012 %", "120 %", ">999 %"; "-" for NAN. */
char *unit_percent(char buf[static UNIT_BYTES], double ratio);
/* The same of a relative delta, '<' before one below its floor; a column more. */
char *unit_relative(char buf[static UNIT_BYTES], double relative, double floor);
/* A value in at most `width` columns, plain or scientific as fits best; "-" for NAN. */
char *unit_value(char buf[static UNIT_BYTES], double value, int width);
/* Seconds: "12 ms", "0.12 s", "4 s", "1m20s", "2h05m"; "-" for NAN. */
char *unit_seconds(char buf[static UNIT_BYTES], double seconds);
/* "[768,3072]", or "scalar". */
char *unit_shape(char *buf, gsize bytes, const guint64 *dim, unsigned rank);

#endif
