/* Gives the terminal back whatever ends the process: bytes and settings are computed when it is
 * taken, a handler only writes them and raises the signal again, so the exit status stays true.
 *
 * One terminal a process. The handlers run on a stack of their own in the thread that installs
 * them; a crash in another thread uses that thread's stack. */
#ifndef TARE_TUI_TERM_RESTORE_H
#define TARE_TUI_TERM_RESTORE_H

#include <stdbool.h>
#include <termios.h>

/* settings: as they were before anything changed them. bytes: copied, cut to a fixed room. */
void restore_arm(int fd, const struct termios *settings, const char *bytes);
/* Writes them now if armed; safe in a handler. The terminal counts as given back until the next
 * restore_arm or restore_rearm. */
void restore_now(void);
/* The terminal was taken again with the same bytes and settings. */
void restore_rearm(void);
/* Nothing is written any more. */
void restore_disarm(void);

/* Handlers for HUP TERM QUIT SEGV BUS FPE ILL ABRT SYS, and atexit. Once a process. */
void restore_install(void);

#endif
