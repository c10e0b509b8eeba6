#include "core/signals.h"

void signals_block(sigset_t *before)
{
    static const int crashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS};
    sigset_t all;

    sigfillset(&all);
    for (gsize i = 0; i < G_N_ELEMENTS(crashes); i++)
        sigdelset(&all, crashes[i]);
    pthread_sigmask(SIG_BLOCK, &all, before);
}

void signals_restore(const sigset_t *before)
{
    pthread_sigmask(SIG_SETMASK, before, NULL);
}

GThread *signals_thread(const char *name, GThreadFunc work, gpointer data)
{
    sigset_t before;
    GThread *thread;

    signals_block(&before);
    thread = g_thread_new(name, work, data);
    signals_restore(&before);
    return thread;
}
