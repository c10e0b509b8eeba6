/* A source over arrays in memory, for tests: what live weights will be to the program.
 *
 * Tensors are added one by one with planted values; the memory source owns everything it is given.
 */
#ifndef TARE_TESTS_MEMORY_SOURCE_H
#define TARE_TESTS_MEMORY_SOURCE_H

#include "core/source.h"

struct memory_source;

struct memory_source *memory_source_create(const char *path);

/* dims: 0-terminated is not possible for empty tensors, so rank and an array. values: elems of the
 * dtype, copied. */
void memory_source_add(struct memory_source *m, const char *name, enum tensor_kind kind,
                       enum dtype dtype, unsigned rank, const uint64_t *dim, const void *values);
/* float32 of shape [rows, cols] (cols 0: a vector), value i = f(i). */
void memory_source_add_f32(struct memory_source *m, const char *name, uint64_t rows, uint64_t cols,
                           float (*f)(uint64_t i));
/* What a reader should know of that tensor; the text must stay. */
void memory_source_note(struct memory_source *m, const char *name, const char *note);
/* Where that tensor lies in the file, "/" and its name without this. */
void memory_source_place(struct memory_source *m, const char *name, const char *path);
void memory_source_skip(struct memory_source *m, const char *path, const char *reason);
void memory_source_warn(struct memory_source *m, const char *warning);
/* Reads of that tensor fail from now on. */
void memory_source_break(struct memory_source *m, const char *name);
/* Reads wait while *gate is 0 (polled), to hold a scan half-way. */
void memory_source_gate(struct memory_source *m, const gint *gate);

/* Ends building; the result closes as any source does. */
struct source *memory_source_finish(struct memory_source *m);

#endif
