/* Subcommands without a screen: a file and a row each. They parse their options, open, run, write. */
#ifndef TARE_IO_COMMAND_H
#define TARE_IO_COMMAND_H

#include "core/checkpoint.h"
#include "core/comparison.h"
#include "io/behaviour_open.h"

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
/* A file like values->path with these values, as checkpoint_save writes it. */
gboolean command_save(const char *path, struct source *values, const char *const *inputs,
                      gboolean overwrite, struct save_watch *watch, GError **error);
/* Runs c's models on the examples that the options name, or reads what was recorded of them, and
 * hangs what came out into c; nothing if they name none. Models that can't be run keep nothing else from being said: the reason is printed,
 * and its status returned. ^C stops it (io/interrupt.h). */
int command_run_examples(const struct behaviour_options *o, struct comparison *c,
                         const struct word_list *words, struct behaviour_result *out);

#endif
