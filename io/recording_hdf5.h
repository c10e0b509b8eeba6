/* Recorded activations: for models that tare can't run, or runs that happened elsewhere.
 *
 * One HDF5 file holds what one model showed; a pair is two files of the same rows. A row is what
 * the model saw at once: an image, a line of a table, a token.
 *
 *     /                      attributes  recording = 1
 *                                        categories = [names]
 *                                        layers = [names], in the model's order (optional)
 *     /activations/<layer>   [rows][units], any float type; further axes (channels and positions of
 *                            a convolution, say) become units, row-major
 *                            attribute activation = "relu": a unit is dead if it never exceeds 0
 *     /rows/category         [rows] integers, index into categories (optional: all in one)
 *     /rows/example          [rows] integers (optional: each row its own); rows of one example
 *                            follow each other
 *     /rows/position         [rows] integers, within the example (optional); rows at 0 are kept
 *                            apart, as those of a transformer are
 *
 * samples/record_keras.py and samples/record_pytorch.py write it. Reading goes through the
 * program's own HDF5 path: nothing is followed out of the file, nothing is allocated from a size
 * that limits.h has not been asked about, and rows are read a batch at a time. */
#ifndef TARE_IO_RECORDING_HDF5_H
#define TARE_IO_RECORDING_HDF5_H

#include "core/recorded.h"
#include "io/file.h"
#include "io/hdf5_walk.h"

struct recording;

/* One layer as it was found; names borrowed from the recording. */
struct recorded_layer {
    const char *name;
    uint32_t units;
    bool rectified;
    guint32 dataset; /* of the listing */
};

/* watch may be NULL. NULL: not a recording (the message says what is missing), or beyond a limit.
 */
struct recording *recording_open(const char *path, struct open_watch *watch, GError **error);
void recording_close(struct recording *r); /* NULL is fine */

const struct recorded_layer *recording_layers(const struct recording *r, uint32_t *n);
/* Activations that could not be used, and why: NULL-terminated lines, borrowed. */
const char *const *recording_skipped(const struct recording *r);

/* What the rows of one recording show, or of two whose layers have the same names and units (others
 * are left out, remarks say which); tuned may be NULL. Both are taken, also by a failure. cka_tokens
 * as in activity_options. NULL: the two are not of the same rows, or nothing is in both. */
struct recorded *recording_pair(struct recording *base, struct recording *tuned,
                                   uint32_t cka_tokens, GError **error);
/* The same of files: one, or base and tuned; NULL at the end. */
struct recorded *recording_read(const char *const *paths, GError **error);

#endif
