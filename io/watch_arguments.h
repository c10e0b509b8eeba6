/* What tare watch is told on its command line. One thread. */
#ifndef TARE_IO_WATCH_ARGUMENTS_H
#define TARE_IO_WATCH_ARGUMENTS_H

#include "io/arguments.h"
#include "io/watch.h"

struct watch_arguments {
    struct arguments common;
    char *base, *log, *format;
    gboolean once;
};

/* Adds the options to the context's main group, and says what the command does; a must be zeroed
 * and outlive the parsing. */
void watch_arguments_add(struct watch_arguments *a, GOptionContext *context);
void watch_arguments_finish(struct watch_arguments *a);
/* Checked; out borrows from a. False: TARE_ERROR_USAGE. */
gboolean watch_arguments_options(struct watch_arguments *a, struct watch_options *out,
                                 GError **error);
/* Lines are wanted: said, or there is no terminal. */
bool watch_arguments_lines(const struct watch_arguments *a);

/* Prints them until ^C, or ends; an enum exit_status. */
int command_watch_lines(struct watch_arguments *a);

#endif
