/* What the system says of a path that is watched: a folder and the folders in it, or one file.
 *
 * inotify on folders, never on a file (a rename over it would be missed); who asks once a second
 * too sees what happens on a network file system, where nothing is told. Opens files to read their
 * first bytes only; locks nothing. One thread. */
#ifndef TARE_IO_WATCH_SYSTEM_H
#define TARE_IO_WATCH_SYSTEM_H

#include "io/watch_folder.h"

struct watch_system;

struct watch_system *watch_system_create(const char *path);
void watch_system_destroy(struct watch_system *s);
/* Readable when something was told; -1: the kernel tells nothing. */
int watch_system_fd(const struct watch_system *s);
/* Is, or was at last, a single file. */
bool watch_system_is_file(const struct watch_system *s);

/* Everything that is there now; valid until the next call. False: the path itself is not there. */
bool watch_system_list(struct watch_system *s, const struct watch_item **items, guint *n);
/* One of them; valid until the next call. False: it is not there. */
bool watch_system_look(struct watch_system *s, const char *name, struct watch_item *out);
/* Takes in what was told: touched is called with the name of a file that is written into. True:
 * list again, something came, went or was closed. */
bool watch_system_drain(struct watch_system *s, void (*touched)(void *data, const char *name),
                        void *data);

/* The file's path, owned by the caller. */
char *watch_system_path(const struct watch_system *s, const char *name);

#endif
