/* What a program did to a file while it saved, as operations to repeat: oracle/make_watch.py. */
#ifndef TARE_TESTS_WRITE_OPS_H
#define TARE_TESTS_WRITE_OPS_H

#include <glib.h>

struct write_op {
    char kind; /* 'T' length, 'W' bytes, 'F' a state is whole */
    guint64 at;
    const guint8 *bytes;
    guint32 n;
};

struct write_ops {
    guint8 *data;
    struct write_op *ops;
    guint n, n_states;
};

/* Of the folder oracle/watch. */
struct write_ops *write_ops_read(const char *name);
void write_ops_free(struct write_ops *w);
/* Operation i on a file. */
void write_ops_apply(const struct write_ops *w, guint i, int fd);
/* The file as it is at the end of that state. */
void write_ops_state(const struct write_ops *w, guint state, GByteArray *out);
/* flock for writing as HDF5 takes it, and given back; 0: it was free. */
int write_ops_lock(int fd);

#endif
