/* Whether numbered parts of names are blocks of a stack, where no word says so: their numbers run
 * from 0 without a hole, there are at least two, and most of what is in them is in most of them.
 * "stages.2.mixer.weight" is such a name, layers of a plain sequence are not. One thread. */
#ifndef TARE_CORE_ARCH_LIKENESS_H
#define TARE_CORE_ARCH_LIKENESS_H

#include <stdbool.h>
#include <stdint.h>

struct likeness;

struct likeness *likeness_create(void);
void likeness_destroy(struct likeness *l);
/* A tensor of that number; rest: what follows it in the name, which must outlive this. */
void likeness_add(struct likeness *l, uint32_t number, const char *rest);
bool likeness_is_stack(const struct likeness *l);

#endif
