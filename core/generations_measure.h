/* The measuring half of core/generations.h. */
#ifndef TARE_CORE_GENERATIONS_MEASURE_H
#define TARE_CORE_GENERATIONS_MEASURE_H

#include "core/generations.h"

/* Fills rows and groups from what was said. Training texts are the train examples'. */
void generations_measure(const struct generations_input *in, struct word_index *w,
                         const struct category_words *words, struct generations *out);

#endif
