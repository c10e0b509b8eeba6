/* Signals that mean something to the terminal are for the UI's thread: one that took SIGWINCH would
 * leave the resize waiting for the next key. Every other thread is started with them blocked; a
 * crash stays the crashing thread's. */
#ifndef TARE_CORE_SIGNALS_H
#define TARE_CORE_SIGNALS_H

#include <glib.h>
#include <signal.h>

/* What is started between the two inherits the mask. Per thread; not nested. */
void signals_block(sigset_t *before);
void signals_restore(const sigset_t *before);

/* g_thread_new between the two. */
GThread *signals_thread(const char *name, GThreadFunc work, gpointer data);

#endif
