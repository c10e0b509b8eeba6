/* The half of HDF5 that parses: libhdf5 over our own read-only driver, into a flat listing.
 *
 * Only hard links are walked, each object once; soft links inside the file are resolved by us and
 * become aliases; everything else is listed as refused. Values of datasets are never read, but for
 * compact ones, which live in the object header. One thread at a time (libhdf5 has a global lock).
 */
#ifndef TARE_IO_HDF5_WALK_H
#define TARE_IO_HDF5_WALK_H

#include "core/source.h"
#include "io/file.h"
#include "io/listing.h"

/* A new listing, owned by the caller, or NULL. One bad object does not end the walk: it is listed
 * with its reason. watch may be NULL. */
struct listing *hdf5_walk(const struct file *f, struct open_watch *watch, GError **error);

#endif
