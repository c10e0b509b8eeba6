#include "tui/term_restore.h"

#include <errno.h>
#include <glib.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HANDLER_STACK (64 * 1024)

/* All a handler touches. `armed` is taken by whoever restores first. */
static struct {
    gint armed;
    int fd;
    struct termios settings;
    char bytes[512];
    gsize n_bytes;
} saved;

void restore_arm(int fd, const struct termios *settings, const char *bytes)
{
    g_atomic_int_set(&saved.armed, 0);
    saved.fd = fd;
    saved.settings = *settings;
    saved.n_bytes = g_strlcpy(saved.bytes, bytes, sizeof saved.bytes);
    saved.n_bytes = MIN(saved.n_bytes, sizeof saved.bytes - 1);
    g_atomic_int_set(&saved.armed, 1);
}

void restore_rearm(void)
{
    g_atomic_int_set(&saved.armed, 1);
}

void restore_disarm(void)
{
    g_atomic_int_set(&saved.armed, 0);
}

void restore_now(void)
{
    gsize done = 0;
    int before = errno;

    if (!g_atomic_int_compare_and_exchange(&saved.armed, 1, 0))
        return;
    while (done < saved.n_bytes) {
        ssize_t n = write(saved.fd, saved.bytes + done, saved.n_bytes - done);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        done += (gsize)n;
    }
    /* Not TCSADRAIN: a terminal that takes no more output must not hold the process. */
    tcsetattr(saved.fd, TCSANOW, &saved.settings);
    errno = before;
}

/* SA_RESETHAND has put the default back: the signal raised again ends the process. */
static void on_fatal(int signal)
{
    sigset_t only;

    restore_now();
    sigemptyset(&only);
    sigaddset(&only, signal);
    raise(signal);
    pthread_sigmask(SIG_UNBLOCK, &only, NULL);
}

static void own_stack(void)
{
    static char memory[HANDLER_STACK];
    stack_t stack = {.ss_sp = memory, .ss_size = sizeof memory};

    sigaltstack(&stack, NULL);
}

void restore_install(void)
{
    static const int fatal[] = {SIGHUP, SIGTERM, SIGQUIT, SIGSEGV, SIGBUS,
                                SIGFPE, SIGILL,  SIGABRT, SIGSYS};
    static bool installed;
    struct sigaction action = {.sa_handler = on_fatal,
                               .sa_flags = (int)(SA_RESETHAND | SA_ONSTACK)};

    if (installed)
        return;
    installed = true;
    own_stack();
    sigfillset(&action.sa_mask);
    for (gsize i = 0; i < G_N_ELEMENTS(fatal); i++) {
        struct sigaction before;

        sigaction(fatal[i], NULL, &before);
        /* nohup and its like mean it; the lost terminal is noticed by poll. */
        if (before.sa_handler != SIG_IGN)
            sigaction(fatal[i], &action, NULL);
    }
    atexit(restore_now);
}
