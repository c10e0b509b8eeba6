/* The half of HDF5 that reads: pread at the listed addresses, unfilter, byte order. No libhdf5.
 *
 * Any number of threads. Decoded chunks are kept in a small shared cache, so that neighbouring
 * blocks of a tensor do not inflate a chunk twice. */
#ifndef TARE_IO_HDF5_READ_H
#define TARE_IO_HDF5_READ_H

#include "io/file.h"
#include "io/listing.h"

struct hdf5_reader;

/* Borrows both, which must outlive it. */
struct hdf5_reader *hdf5_reader_create(const struct file *f, const struct listing *l);
void hdf5_reader_destroy(struct hdf5_reader *r);

/* Elements [first, first+count) in row-major order, native byte order, into dst. */
gboolean hdf5_read(struct hdf5_reader *r, guint32 dataset, guint64 first, gsize count, void *dst,
                   GError **error);

/* Elements of the dataset from the file's byte order to the machine's, or back. */
void hdf5_order(const struct listing_dataset *d, void *values, gsize elems);

#endif
