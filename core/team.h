/* Threads that share one loop at a time: the caller takes part and goes on when all of it is done.
 *
 * For work of microseconds to milliseconds that comes again and again: workers look out for the
 * next loop a short while before they sleep. Which thread gets which item is left to chance; items
 * are the caller's, so results depend on the cut alone, never on the number of threads. */
#ifndef TARE_CORE_TEAM_H
#define TARE_CORE_TEAM_H

#include <glib.h>

struct team;

/* thread: 0 .. threads - 1, the caller being 0; for scratch memory. */
typedef void (*team_work)(void *data, guint item, guint thread);

/* threads: those that work, the caller included; 0: as many as the machine gives. */
struct team *team_create(guint threads);
void team_destroy(struct team *t);
guint team_threads(const struct team *t);

/* work(data, 0 .. items - 1). One thread at a time a team; not from within work. */
void team_run(struct team *t, guint items, team_work work, void *data);

#endif
