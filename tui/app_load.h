/* Opening the files without holding up a key: a thread that opens one, then the other. UI thread.
 */
#ifndef TARE_TUI_APP_LOAD_H
#define TARE_TUI_APP_LOAD_H

#include <stdbool.h>
#include "core/train/kept.h"

typedef struct checkpoint *(*load_function)(const char *path, struct open_watch *watch,
                                            GError **error);

struct loading;

/* tuned may be NULL, or the name of a kept step of a run, whose weights of this checkpoint are the
 * tuned side then. */
struct loading *loading_start(load_function load, const char *base, const char *tuned,
                              struct kept *live, const struct checkpoint *live_base);
/* Becomes readable at the end; never read it. */
int loading_fd(const struct loading *l);
gint loading_objects(const struct loading *l);
bool loading_done(const struct loading *l);

/* After the end: hands both over and frees l. False if one could not be opened. */
bool loading_take(struct loading *l, struct checkpoint **base, struct checkpoint **tuned,
                  GError **error);
/* Asks the thread to stop and waits so long; false if it is still in the library then: the thread
 * and l stay, and the process must be left by _exit. */
bool loading_stop(struct loading *l, int milliseconds);

#endif
