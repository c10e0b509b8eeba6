#include "io/command.h"

#include <stdio.h>
#include <string.h>
#include "core/escape.h"
#include "io/format.h"
#include "io/hdf5_save.h"
#include "io/interrupt.h"

extern const struct command command_check, command_evaluate, command_examples, command_init,
    command_report, command_tune;

const struct command *const command_table[] = {&command_check, &command_evaluate,
                                               &command_examples, &command_init,
                                               &command_report, &command_tune,
                                               NULL};

const struct command *command_find(const char *name)
{
    for (size_t i = 0; command_table[i]; i++)
        if (strcmp(command_table[i]->name, name) == 0)
            return command_table[i];
    return NULL;
}

int command_fail(GError *error)
{
    char *safe = escape_text(error->message);
    int status = error_exit_status(error);

    fprintf(stderr, "tare: %s\n", safe);
    g_free(safe);
    g_error_free(error);
    return status;
}

void command_name_failures(const struct comparison *c)
{
    for (uint32_t i = 0; i < c->summary.n; i++)
        if (c->summary.entries[i].error)
            command_fail(g_error_new_literal(TARE_ERROR, TARE_ERROR_INPUT,
                                             c->summary.entries[i].error));
    if (c->summary.n == 0)
        command_fail(g_error_new(TARE_ERROR, TARE_ERROR_INPUT,
                                 "%s: no readable weights in it; what it holds is listed as skipped",
                                 c->base->source->path));
}

struct checkpoint *command_load(const char *path, struct open_watch *watch, GError **error)
{
    struct source *s = format_open(path, watch, error);

    return s ? checkpoint_create(s) : NULL;
}

gboolean command_save(const char *path, struct source *values, const char *const *inputs,
                      gboolean overwrite, struct save_watch *watch, GError **error)
{
    const struct save_options options = {.rules = {.overwrite = overwrite, .inputs = inputs},
                                         .watch = watch};

    return checkpoint_save(path, values->path, values, &options, error);
}

int command_run_examples(const struct behaviour_options *o, struct comparison *c,
                         const struct word_list *words, struct behaviour_result *out)
{
    GError *error = NULL;

    if (o->recordings)
        behaviour_open_recordings(o, c, interrupt_watch(), out, &error);
    if (!o->examples)
        return error ? command_fail(error) : EXIT_DONE;
    if (behaviour_open(o, c, words, interrupt_watch(), out, &error))
        behaviour_result_tell(out, c);
    return error ? command_fail(error) : EXIT_DONE;
}
