#include "io/command.h"

#include <stdio.h>
#include <string.h>
#include "core/escape.h"
#include "io/format.h"

extern const struct command command_report;

const struct command *const command_table[] = {&command_report, NULL};

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

struct checkpoint *command_load(const char *path, struct open_watch *watch, GError **error)
{
    struct source *s = format_open(path, watch, error);

    return s ? checkpoint_create(s) : NULL;
}
