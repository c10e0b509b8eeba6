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

struct tensor {
    const char *name;           /* canonical: what the framework's user calls it, '.' between parts */
    const char *path;           /* the object's path in the file */
    const char *layer_class;    /* the framework's layer class ("Dense"), NULL if unknown */
    const char *const *aliases; /* other names of the same storage, NULL-terminated, never NULL */
    const char *note;           /* what a reader should know ("quantised: ..."), or NULL */
    enum dtype dtype;
    enum tensor_kind kind;
    uint8_t rank;        /* 0: a scalar, one element */
    const uint64_t *dim; /* [rank], dim[0] slowest (row-major), as the file has it */
    uint64_t elems;      /* product of dim, checked by the source; 0 for an empty one */
};

/* "weight", "state", "optimizer", "other". */
const char *tensor_kind_name(enum tensor_kind kind);

/* Number of dimensions that are not 1. */
unsigned tensor_squeezed_rank(const struct tensor *t);

/* True if both have the same rank and dimensions. */
bool tensor_same_shape(const struct tensor *a, const struct tensor *b);

/* Row-major index of element `at` as "[3,17]" into buf; returns buf. */
char *tensor_position(const struct tensor *t, uint64_t at, char *buf, size_t bytes);

/* "[3,17]", the tensor's dimensions; owned by the caller. */
char *tensor_shape_text(const struct tensor *t);

#endif
