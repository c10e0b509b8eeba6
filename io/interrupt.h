/* ^C during long work that keeps what is finished. */
#ifndef TARE_IO_INTERRUPT_H
#define TARE_IO_INTERRUPT_H

#include <glib.h>

/* From now on SIGINT and SIGTERM set the flag that is returned, the second one ends the process.
 * One thread, once. */
const gint *interrupt_watch(void);
/* Ends the process by the signal that came, as its caller expects; does nothing if none did. */
void interrupt_obey(void);

#endif
