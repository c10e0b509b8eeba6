/* Another source with every float value halved, or with some: what a save writes. */
#ifndef TARE_TESTS_CHANGED_SOURCE_H
#define TARE_TESTS_CHANGED_SOURCE_H

#include "core/source.h"

/* Owns `of`. every: tensors 0, every, 2 every ... are changed. */
struct source *changed_source_create(struct source *of, uint32_t every);

#endif
