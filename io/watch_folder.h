/* The files of a folder that gains checkpoints, and which is to be read next: no system call.
 *
 * Files are told apart by device and inode, so one that gets its final name by rename is no second
 * one. The newest checkpoint that could be read is the one shown. */
#ifndef TARE_IO_WATCH_FOLDER_H
#define TARE_IO_WATCH_FOLDER_H

#include "io/watch_file.h"

/* What is seen of one file. */
struct watch_item {
    const char *name; /* below the folder, "checkpoint-5/model.h5" */
    struct sight sight;
    bool known; /* its first bytes are those of weights */
};

struct watch_entry {
    char *name;
    char *key; /* strcmp of two is the order of their names */
    struct watch_file file;
    bool known, listed;
};

struct watch_folder {
    GPtrArray *entries; /* struct watch_entry, in the order they came */
    GHashTable *by_name;
    struct watch_entry *shown; /* NULL: none could be read yet */
    bool in_order;             /* nobody waits for the newest */
    bool begun;                /* what comes now was not there at the start */
    void (*renamed)(void *data, const char *from, const char *to);
    void *data;
};

/* renamed: a file's name from now on is `to`; one of that name that was there is gone. */
void watch_folder_init(struct watch_folder *w,
                       void (*renamed)(void *data, const char *from, const char *to), void *data);
void watch_folder_finish(struct watch_folder *w);

/* All that is there now, in any order. */
void watch_folder_see(struct watch_folder *w, const struct watch_item *items, guint n, gint64 now);
/* NULL: no such file. */
struct watch_entry *watch_folder_find(const struct watch_folder *w, const char *name);

/* The one to be read next and how; NULL: none is due. Newer ones than what is shown come first,
 * then whether it is settled, then the rest in the order of names. */
struct watch_entry *watch_folder_next(const struct watch_folder *w, enum watch_wish *wish);
gint64 watch_folder_due(const struct watch_folder *w);
/* The first, by name, of those that could be the base. */
struct watch_entry *watch_folder_first(const struct watch_folder *w);
guint watch_folder_waiting(const struct watch_folder *w);

/* It was read well: true if it is the one shown from now on. */
bool watch_folder_show(struct watch_folder *w, struct watch_entry *e);
/* Of the folder as a whole; *about, unless NULL: the entry that it is so by, or NULL. */
enum watch_state watch_folder_state(const struct watch_folder *w, const struct watch_entry **about);

#endif
