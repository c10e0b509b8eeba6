/* HDF5's filter pipeline backwards: from the bytes of a stored chunk to its elements.
 *
 * Deflate, shuffle, Fletcher-32 and LZF. Every output is bounded by the size of one chunk, which is
 * known beforehand; nothing grows by what the data says. */
#ifndef TARE_IO_HDF5_FILTERS_H
#define TARE_IO_HDF5_FILTERS_H

#include "io/listing.h"

#define HDF5_FILTER_DEFLATE 1
#define HDF5_FILTER_SHUFFLE 2
#define HDF5_FILTER_FLETCHER32 3
#define HDF5_FILTER_LZF 32000

/* Working memory of one thread at a time, worth reusing. */
struct filter_scratch;

struct filter_scratch *filter_scratch_create(void);
void filter_scratch_destroy(struct filter_scratch *s);

/* Where the caller puts the stored bytes, NULL if there is no memory for so many. */
guint8 *filter_scratch_input(struct filter_scratch *s, gsize stored);

/* True if every filter is one of the four; otherwise *id is the first that is not. */
gboolean hdf5_filters_known(const struct listing_filter *filters, guint32 n, guint32 *id);

/* "deflate", "blosc" ...; NULL for a number nobody here has heard of. */
const char *hdf5_filter_name(guint32 id);

/* Undoes the filters (bit i of skipped: filter i was never applied) of the `stored` bytes in the
 * scratch's input, into exactly `bytes` bytes at dst. The error names the filter, not the file. */
gboolean hdf5_unfilter(struct filter_scratch *s, const struct listing_dataset *dataset,
                       guint32 skipped, gsize stored, guint8 *dst, gsize bytes, GError **error);

/* As HDF5 stores it. */
guint32 hdf5_fletcher32(const guint8 *data, gsize bytes);

#endif
