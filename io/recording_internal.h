/* A recording that is open. Private to io/recording*.c. */
#ifndef TARE_IO_RECORDING_INTERNAL_H
#define TARE_IO_RECORDING_INTERNAL_H

#include "io/hdf5_read.h"
#include "io/recording_hdf5.h"

struct recording {
    struct file file;
    struct listing *listing;
    struct hdf5_reader *reader;
    GArray *layers;        /* struct recorded_layer, in the model's order */
    GPtrArray *skipped;    /* lines; owned; NULL at the end */
    GPtrArray *categories; /* names in the listing */
    guint64 rows;
    guint32 category, example, position; /* datasets; LISTING_NONE: not there */
};

struct ordered_layer {
    struct recorded_layer layer;
    guint32 place; /* in "layers" */
    char *key;
};

#endif
