/* Arrays in memory as a source, to be saved like the tensors of a file.
 *
 * Built by one thread, array by array; once finished it is read by any number. */
#ifndef TARE_CORE_ARRAY_SOURCE_H
#define TARE_CORE_ARRAY_SOURCE_H

#include "core/source.h"

struct array_source;

/* path: what it is called; copied, as names are. */
struct array_source *array_source_create(const char *path);
/* dim [rank], rank at most 2; values [product of dim], borrowed. own: freed with the source, may be
 * values; NULL: nothing is. */
void array_source_add(struct array_source *s, const char *name, enum dtype dtype, unsigned rank,
                      const uint64_t *dim, const void *values, void *own);
/* Ends building; closed as any source is. */
struct source *array_source_finish(struct array_source *s);

#endif
