/* The only wiring: options, then one of the subcommands. */
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include "tui/command.h"

static const struct command *const commands[] = {&command_report, NULL};

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; commands[i]; i++)
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    return NULL;
}

int main(int argc, char **argv)
{
    const struct command *command = argc > 1 ? find_command(argv[1]) : NULL;

    setlocale(LC_ALL, "");
    if (command)
        return command->run(argc - 1, argv + 1);
    return command_view.run(argc, argv);
}
