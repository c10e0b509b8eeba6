/* What lies where weights were expected: files that are no HDF5, named by their first bytes. */
#ifndef TARE_IO_SNIFF_H
#define TARE_IO_SNIFF_H

#include <glib.h>

/* "this is ..., what to do" of a file of `size` bytes that starts with head[n]; NULL if the bytes
 * say nothing. A static string. */
const char *sniff_file(const unsigned char *head, gsize n, guint64 size);

/* True for what can't be HDF5 even if a signature follows: archives that may store one inside. */
gboolean sniff_is_container(const unsigned char *head, gsize n);

#endif
