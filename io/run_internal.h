/* What saving and opening of runs share. Private to io/run_*.c. */
#ifndef TARE_IO_RUN_INTERNAL_H
#define TARE_IO_RUN_INTERNAL_H

#include "core/train/training.h"
#include "io/file.h"
#include "io/hdf5_read.h"
#include "io/listing.h"
#include "io/run_file.h"

#define RUN_FORM 1 /* of the file; others are refused */

/* What is a number in the state. */
struct run_position {
    uint64_t step, epoch, position, random;
    double learning_rate, weight_decay, smoothing;
};

/* A field of a record that is a column of the file. */
struct run_column {
    const char *name;
    size_t offset;
    enum dtype dtype; /* f64, u64 or u32, as the field */
};
/* name NULL at the end. */
extern const struct run_column run_step_columns[], run_look_columns[];

/* An array of doubles of the timeline: rows of steps or of looks. */
struct run_table {
    const char *name;
    size_t offset; /* of the GArray * in struct timeline */
    bool of_steps;
    enum { RUN_BLOCKS, RUN_BLOCKS_AND_REST, RUN_CATEGORIES } width;
};
extern const struct run_table run_tables[];
uint32_t run_table_width(const struct run_table *t, const struct timeline *timeline);

/* JSON, owned by the caller. */
char *run_json(const struct run_origin *o, const struct training_options *options,
               const struct run_position *p);
char *run_timeline_json(const struct timeline *t);

/* The strings of options and origin live in the pool. FALSE: it is no such text. */
gboolean run_parse(const char *json, GStringChunk *strings, struct run_origin *o,
                   struct training_options *options, struct run_position *p, GError **error);
/* Names, events and what is said of looks; their numbers stay zero. most: doubles that all looks may
 * hold, as the file's size allows. */
struct timeline *run_timeline_parse(const char *json, uint64_t most, GError **error);

#endif
