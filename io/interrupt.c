#include "io/interrupt.h"

#include <signal.h>

static gint signalled;

static void note(int signal)
{
    g_atomic_int_set(&signalled, signal);
}

const gint *interrupt_watch(void)
{
    struct sigaction action = {.sa_handler = note, .sa_flags = (int)SA_RESETHAND | SA_RESTART};

    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    return &signalled;
}

void interrupt_obey(void)
{
    int came = g_atomic_int_get(&signalled);

    if (!came)
        return;
    signal(came, SIG_DFL);
    raise(came);
}
