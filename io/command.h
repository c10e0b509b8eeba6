/* Subcommands without a screen: a file and a row each. They parse their options, open, run, write. */
#ifndef TARE_IO_COMMAND_H
#define TARE_IO_COMMAND_H

#include "core/checkpoint.h"
#include "core/comparison.h"

struct command {
    const char *name;
    const char *help;
    /* argv[0] is the command's name; returns an enum exit_status. */
    int (*run)(int argc, char **argv);
};

/* NULL-terminated. */
extern const struct command *const command_table[];
const struct command *command_find(const char *name);

/* One line on standard error, "tare: ...", escaped; frees the error; the status that fits it. */
int command_fail(GError *error);
/* What could not be read of a scan that has ended, a line each on standard error. */
void command_name_failures(const struct comparison *c);
/* A checkpoint from a path, of any format. watch may be NULL. */
struct checkpoint *command_load(const char *path, struct open_watch *watch, GError **error);

#endif
