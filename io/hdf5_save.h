/* Checkpoints written: like another file with other values, or from nothing.
 *
 * What stood at the path stays until the new file is whole and on the disk (io/safe_file.h); a full
 * disk is an error with a reason. Takes its time: a thread of its own may call these while others
 * walk files. */
#ifndef TARE_IO_HDF5_SAVE_H
#define TARE_IO_HDF5_SAVE_H

#include "core/source.h"
#include "io/safe_file.h"

struct save_options {
    struct safe_file_rules rules;
    struct save_watch *watch; /* or NULL */
};

/* A copy of the HDF5 file like_path, byte for byte but for the values of those tensors of `values`
 * that differ: attributes, links, types, chunks, filters and everything that is no weight stay. So
 * without a difference the two files are equal. The tensors say by their path which dataset they
 * are, must be of its shape and type, and need not be all. like_path is an input that is never
 * replaced. */
gboolean checkpoint_save(const char *path, const char *like_path, struct source *values,
                         const struct save_options *options, GError **error);

/* One text, an attribute of the file; or a list of them, a dataset of that name. UTF-8. */
struct save_text {
    const char *name; /* "config", "vocabulary" ... */
    const char *const *texts;
    guint n;
    gboolean list;
};

/* A file of these tensors and texts alone: datasets by the tensors' names, which '/' puts into
 * groups; contiguous, little-endian. Reads back under the same names, by other programs too. */
gboolean checkpoint_save_new(const char *path, struct source *values, const struct save_text *texts,
                             guint n_texts, const struct save_options *options, GError **error);

#endif
