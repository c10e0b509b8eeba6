/* What a checkpoint holds: descriptors of named arrays, never their values.
 *
 * All strings and arrays are borrowed from the source that listed the tensor and live as long as it.
 * Names are raw bytes of the file: escape (core/escape.h) before showing. */
#ifndef TARE_CORE_TENSOR_H
#define TARE_CORE_TENSOR_H

#include "core/dtype.h"

#define TENSOR_MAX_RANK 32

/* Only TENSOR_WEIGHT enters any sum over the model. */
enum tensor_kind {
    TENSOR_WEIGHT,    /* trained parameters, frozen ones too */
    TENSOR_STATE,     /* moving statistics, RNG and seed states, amax histories, counters */
    TENSOR_OPTIMIZER, /* slots, iteration, learning rate */
    TENSOR_OTHER,     /* numbers that are no plain weights: quantised codes and their scales ... */
    TENSOR_KIND_COUNT
};

/* What a tensor is in the file where it is shown otherwise: renamed, transposed, cut, put together. */
struct tensor_origin {
    const char *name; /* of the first part, if there are several */
    const char *rule; /* the pairing rule that asked for it */
    const char *what; /* what was done: "transposed from [3072,768]"; NULL: renamed only */
    const char *remark; /* on the pair: "4 new rows; compared on 4096"; NULL: none */
    uint8_t rank;     /* the file's shape; of several parts the shape they have together */
    const uint64_t *dim;
};

struct tensor {
    const char *name;           /* canonical: what the framework's user calls it, '.' between parts */
    const char *path;           /* the object's path in the file */
    const char *layer_class;    /* the framework's layer class ("Dense"), NULL if unknown */
    const char *const *aliases; /* other names of the same storage, NULL-terminated, never NULL */
    const char *note;           /* what a reader should know ("quantised: ..."), or NULL */
    enum dtype dtype;
    enum tensor_kind kind;
    uint8_t rank;        /* 0: a scalar, one element */
    const uint64_t *dim; /* [rank], dim[0] slowest (row-major) */
    uint64_t elems;      /* product of dim, checked by the source; 0 for an empty one */
    const struct tensor_origin *origin; /* NULL: as the file has it */
};

/* "weight", "state", "optimizer", "other". */
const char *tensor_kind_name(enum tensor_kind kind);

/* The name and the shape that the file has. */
const char *tensor_stored_name(const struct tensor *t);
const uint64_t *tensor_stored_shape(const struct tensor *t, unsigned *rank);

/* Number of dimensions that are not 1. */
unsigned tensor_squeezed_rank(const struct tensor *t);

/* True if both have the same rank and dimensions. */
bool tensor_same_shape(const struct tensor *a, const struct tensor *b);

/* Row-major index of element `at` as "[3,17]" into buf; returns buf. */
char *tensor_position(const struct tensor *t, uint64_t at, char *buf, size_t bytes);

/* "[3,17]", the tensor's dimensions; owned by the caller. */
char *tensor_shape_text(const struct tensor *t);

#endif
