/* What a command prints, to standard output or a file, with the one line when that fails. */
#ifndef TARE_IO_OUTPUT_H
#define TARE_IO_OUTPUT_H

#include <glib.h>
#include <stdio.h>

/* path NULL: standard output; an HDF5 file is never replaced. write need not look for errors. False:
 * TARE_ERROR_OUTPUT. */
gboolean output_write(const char *path, void (*write)(const void *data, FILE *out),
                      const void *data, GError **error);

#endif
