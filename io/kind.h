/* Weights, state or optimizer: by the words of a name. */
#ifndef TARE_IO_KIND_H
#define TARE_IO_KIND_H

#include "core/tensor.h"

/* path in the file, canonical name. TENSOR_OTHER is never the answer. */
enum tensor_kind kind_of(const char *path, const char *name);

/* True for state that belongs to no layer: metrics, counters and seeds at the top. */
bool kind_is_apart(const char *path, const char *name, enum tensor_kind kind);

#endif
