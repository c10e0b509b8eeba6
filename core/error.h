/* The one error domain of the program.
 *
 * Functions that can fail take a GError ** last and return gboolean or a pointer. The message is one
 * line a user can act on: which file, which object in it, what is wrong, what to do. Names that came
 * from a file are raw in it; whoever prints escapes (core/escape.h). */
#ifndef TARE_CORE_ERROR_H
#define TARE_CORE_ERROR_H

#include <glib.h>

enum tare_error {
    TARE_ERROR_USAGE,    /* the command line is wrong: exit 2 */
    TARE_ERROR_INPUT,    /* an input could not be read or was refused: exit 3 */
    TARE_ERROR_LIMIT,    /* an input asks for more than a stated limit: exit 3 */
    TARE_ERROR_DATA,     /* NaN or Inf where numbers should be: exit 3 */
    TARE_ERROR_CHANGED,  /* the file changed while it was read: exit 3 */
    TARE_ERROR_OUTPUT,   /* could not write: exit 4 */
    TARE_ERROR_CANCELLED /* the user stopped it */
};

/* What the process returns. */
enum exit_status {
    EXIT_DONE = 0,
    EXIT_CONDITION = 1, /* done, and what the user asked to be told of holds */
    EXIT_USAGE = 2,     /* the command line is wrong, or there is no usable terminal */
    EXIT_INPUT = 3,
    EXIT_OUTPUT = 4
};

/* The status that fits an error, GOption's own too. */
enum exit_status error_exit_status(const GError *error);

#define TARE_ERROR (tare_error_quark())
GQuark tare_error_quark(void);

/* TRUE, with TARE_ERROR_CANCELLED, once *cancelled is true; cancelled may be NULL. Any thread. */
gboolean error_is_cancelled(const gint *cancelled, GError **error);

#endif
