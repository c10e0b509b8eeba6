/* The same weights in every framework's names, layout and fusion, by naive loops: a model is kept
 * as [out,in] matrices and vectors by the part's name, read from one dialect's tensors and written
 * in another's. */
#ifndef TARE_TESTS_FRAMEWORKS_H
#define TARE_TESTS_FRAMEWORKS_H

#include "core/checkpoint.h"

struct framework; /* one dialect of one architecture */

/* "gpt2.torch", "gpt2.tf", "gpt2.hub", "gpt2.linear", "llama.torch", "llama.fused", "llama.hub",
 * "bert.torch", "bert.tf", "bert.hub"; NULL-terminated. */
extern const char *const framework_names[];

struct weights;
/* Of a source whose tensors are float32 and named as the framework's are; heads: of queries. */
struct weights *weights_read(struct source *s, const char *framework, uint64_t heads);
/* Small made-up ones of "gpt2", "llama" or "bert": no two numbers are equal. rows: of vocabulary.
 */
struct weights *weights_make(const char *architecture, uint64_t rows);
void weights_free(struct weights *w);
/* A checkpoint in memory. */
struct checkpoint *weights_write(const struct weights *w, const char *framework);

#endif
