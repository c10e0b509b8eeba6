/* The LZF compression that h5py calls "lzf" (HDF5 filter 32000).
 *
 * Bounded on both sides: hostile input can neither read nor write outside the two buffers. */
#ifndef TARE_IO_LZF_H
#define TARE_IO_LZF_H

#include <glib.h>

/* Decodes all of src into dst; returns the bytes written, or -1 and a reason (static text). */
gssize lzf_decode(guint8 *dst, gsize capacity, const guint8 *src, gsize bytes, const char **reason);

#endif
