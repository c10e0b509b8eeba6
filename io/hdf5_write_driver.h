/* Our own HDF5 file driver that writes, over a safe_file: takes no lock, opens nothing.
 *
 * libhdf5 1.10 crashes on the way out when a write fails while it closes a file. So it is told that
 * all is well: the safe_file remembers what went wrong, writes nothing more, and its commit fails.
 * What is read back from then on is what the disk has; calls may fail, and the file is still
 * closed. */
#ifndef TARE_IO_HDF5_WRITE_DRIVER_H
#define TARE_IO_HDF5_WRITE_DRIVER_H

#include <hdf5.h>
#include "io/safe_file.h"

/* An access list for H5Fcreate or H5Fopen of f, to be closed by the caller; negative if the library
 * cannot. f must outlive the file so opened. Under hdf5_lock. */
hid_t hdf5_write_access(struct safe_file *f);

#endif
