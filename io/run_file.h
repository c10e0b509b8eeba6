/* The file of a run: everything that going on takes, and what the run was like.
 *
 * HDF5 that any program reads: /state holds arrays in [out][in] form (weights, moments), /timeline
 * a dataset a column, the attribute "run" says the options and where base and examples are, the
 * attribute "timeline" what is no number. It is written whole or not at all (io/safe_file.h), so
 * what stood there before stays until the new one is on the disk.
 *
 * A run that goes on has the same bits as one that never stopped, on any number of threads and any
 * width of vectors: nothing of the machine decides. What does (base, examples) is kept by a hash,
 * so that another file is refused and not silently learned from. One thread at a time. */
#ifndef TARE_IO_RUN_FILE_H
#define TARE_IO_RUN_FILE_H

#include "core/train/training.h"
#include "io/hdf5_save.h"

/* Where a run came from, as the user gave it; NULL: not given. */
struct run_origin {
    const char *base, *examples, *train, *tokenizer, *uncovered;
    const char *output;        /* the checkpoint that it writes */
    const char *base_hash;     /* of the weights that it started from */
    const char *examples_hash; /* of token ids and splits */
};

/* t between two steps. */
gboolean run_save(const char *path, const struct run_origin *origin, struct training *t,
                  const struct save_options *options, GError **error);

struct run_file;

/* Reads and checks all but the arrays; NULL: no run, or one that was damaged. */
struct run_file *run_open(const char *path, GError **error);
void run_close(struct run_file *r); /* NULL is fine */
/* Borrowed until run_close. */
const struct run_origin *run_origin(const struct run_file *r);
const struct training_options *run_options(const struct run_file *r);
uint64_t run_step(const struct run_file *r);
const struct timeline *run_timeline(const struct run_file *r);
/* Puts t, made with run_options, where the run was, timeline too. False: it has other tensors. */
gboolean run_restore(struct run_file *r, struct training *t, GError **error);

#endif
