/* What both ways to save share, and logits in part. Private to io/hdf5_save*.c and
 * io/logits_hdf5.c. */
#ifndef TARE_IO_HDF5_SAVE_INTERNAL_H
#define TARE_IO_HDF5_SAVE_INTERNAL_H

#include "io/hdf5_save.h"
#include "io/hdf5_tiles.h"
#include "io/hdf5_write_driver.h"

struct saving {
    struct source *values;
    struct save_watch *watch; /* or NULL */
    struct safe_file out;
    guint64 done, total; /* bytes */
};

/* The rules' inputs and one more, NULL at the end; the array is the caller's. */
const char **saving_inputs(const struct safe_file_rules *rules, const char *more);
/* Creates s->out; total is what s->values have. */
gboolean saving_begin(struct saving *s, const char *path, const struct save_options *options,
                      const char *const *inputs, GError **error);
/* So many bytes more are done. FALSE: the disk failed, or the user stopped it. */
gboolean saving_go_on(struct saving *s, guint64 bytes, GError **error);
/* Sets what the disk said, else what libhdf5 did, of the object; under hdf5_lock, right after it
 * failed. Always FALSE. */
gboolean saving_library_error(struct saving *s, const char *object, GError **error);
/* Closes the HDF5 file, if it is open; ok: so far. */
gboolean saving_close(struct saving *s, hid_t *file, gboolean ok, GError **error);
/* ok: walks what was written, which must have so many objects (0: not known), and puts it in place;
 * else takes it away. */
gboolean saving_end(struct saving *s, gboolean ok, guint objects, GError **error);

#endif
