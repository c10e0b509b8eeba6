/* The rows of the format table, a file each. */
#ifndef TARE_IO_FORMATS_H
#define TARE_IO_FORMATS_H

#include "io/format.h"

extern const struct format format_hdf5;

#endif
