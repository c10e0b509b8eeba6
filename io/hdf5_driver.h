/* Our own read-only HDF5 file driver over an open `struct file`.
 *
 * It opens nothing, locks nothing, and can note where the library wants to read raw data without
 * reading it, which is how the addresses of chunks are learnt. One walk at a time may use it. */
#ifndef TARE_IO_HDF5_DRIVER_H
#define TARE_IO_HDF5_DRIVER_H

#include <hdf5.h>
#include "io/file.h"

struct hdf5_driver {
    const struct file *file;
    gboolean opened;  /* a second open would be a link of the file's choosing: refused */
    gboolean overrun; /* something was looked for beyond the end of the file */
    gboolean noting;  /* raw data: remember the request, leave the buffer alone */
    guint64 address;  /* of the last noted request, user block included */
    gsize bytes;      /* 0: nothing noted */
};

/* An access list for one H5Fopen of f, to be closed by the caller; negative if the library cannot.
 * d and f must outlive the file so opened. Also keeps the library, in this thread, from printing,
 * loading plugins and following links to other files. */
hid_t hdf5_driver_access(struct hdf5_driver *d, const struct file *f);

/* libhdf5 is one thread's at a time. */
void hdf5_lock(void);
void hdf5_unlock(void);

/* Keeps the library, in this thread, from printing, loading plugins and following links to other
 * files. */
void hdf5_restrain(void);

#endif
