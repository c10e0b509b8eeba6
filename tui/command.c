#include "tui/command.h"

#include <stdio.h>
#include "core/escape.h"
#include "io/format.h"

int command_fail(GError *error)
{
    char *safe = escape_text(error->message);
    int status = EXIT_INPUT;

    fprintf(stderr, "tare: %s\n", safe);
    if (error->domain == G_OPTION_ERROR || g_error_matches(error, TARE_ERROR, TARE_ERROR_USAGE))
        status = EXIT_USAGE;
    if (g_error_matches(error, TARE_ERROR, TARE_ERROR_OUTPUT))
        status = EXIT_OUTPUT;
    g_free(safe);
    g_error_free(error);
    return status;
}

struct checkpoint *command_load(const char *path, struct open_watch *watch, GError **error)
{
    struct source *s = format_open(path, watch, error);

    return s ? checkpoint_create(s) : NULL;
}
