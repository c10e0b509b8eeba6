/* A listing as the rest of the program wants it: tensors in the model's order, what was skipped and
 * why, and what a reader should be told. Pure: no file is touched. */
#ifndef TARE_IO_HDF5_TENSORS_H
#define TARE_IO_HDF5_TENSORS_H

#include "core/source.h"
#include "io/dialect.h"

struct hdf5_tensors {
    const char *format; /* the dialect's name */
    struct claims *claims;
    struct tensor *tensors;
    guint32 *datasets; /* of each tensor: index into listing->datasets */
    guint32 n_tensors;
    GArray *skipped;        /* struct skipped */
    GPtrArray *warnings;    /* borrowed strings, NULL-terminated */
    GPtrArray *alias_lists; /* of those tensors that have aliases; owned */
};

/* Borrows the listing and config (JSON found beside the file, or NULL), which must outlive it. */
struct hdf5_tensors *hdf5_tensors_create(const struct listing *l, const char *config);
void hdf5_tensors_destroy(struct hdf5_tensors *t);

#endif
