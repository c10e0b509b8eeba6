/* Makes struct examples out of what lines of a file say, whatever the file's form.
 *
 * A line that makes no example is kept as a bad line, with the reason. One thread. */
#ifndef TARE_CORE_EXAMPLES_BUILD_H
#define TARE_CORE_EXAMPLES_BUILD_H

#include "core/examples.h"

/* More than this are bad lines. */
#define EXAMPLES_MOST 1000000u
#define EXAMPLES_CATEGORIES_MOST 4096u

/* What a line says; borrowed. A text of NULL or "" was not given. */
struct example_fields {
    const char *id, *category, *split, *pair;
    const char *text;                /* alone, or */
    const char *prompt, *completion; /* both, or */
    const uint32_t *ids;             /* ready, with */
    uint32_t n_ids;
    const uint32_t *prompt_ids; /* those before them, or */
    uint32_t n_prompt_ids;
    int64_t n_prompt; /* how many of ids are the prompt; -1: not given */
};

struct examples_builder;

struct examples_builder *examples_builder_create(const char *path);
/* Lines from now on come from another file; every example of it is of this split, whatever it says.
 * The reasons of its bad lines name it. */
void examples_builder_file(struct examples_builder *b, const char *path, enum split split);
void examples_builder_add(struct examples_builder *b, uint32_t line,
                          const struct example_fields *f);
/* Takes ownership of reason. */
void examples_builder_bad(struct examples_builder *b, uint32_t line, char *reason);
/* Destroys the builder. */
struct examples *examples_builder_finish(struct examples_builder *b);

#endif
