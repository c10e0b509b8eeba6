/* A checkpoint that was read, as a line for people and their scripts. */
#ifndef TARE_IO_WATCH_LINE_H
#define TARE_IO_WATCH_LINE_H

#include "io/watch_points.h"

/* "15:02:11  checkpoint-500.h5  relative 1.2 %  early 0.8 %  ...", escaped; the caller's. */
char *watch_line(const struct watch_point *p);
char *watch_line_failed(const char *name, const char *reason);

#endif
