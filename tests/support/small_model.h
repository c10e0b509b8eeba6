/* A small GPT-2 like pair in memory with one of everything that a view must be able to show: three
 * blocks, a tensor with a NaN, an unchanged one, one below the floor of its type, another shape,
 * one-sided ones, one that can't be read, a name with control bytes, optimizer state. */
#ifndef TARE_TESTS_SMALL_MODEL_H
#define TARE_TESTS_SMALL_MODEL_H

#include "core/comparison.h"

/* pair false: the base alone. gate: reads of the tuned side wait while *gate is 0; may be NULL. The
 * scan is not started. */
struct comparison *small_model(bool pair, const gint *gate);
/* The same of n_layers layers outside of any block with two tensors each, for sizes. */
struct comparison *many_layers(uint32_t n_layers);

uint32_t small_model_find(const struct comparison *c, const char *name);
/* Starts the scan and waits for all of it. */
void small_model_scan(struct comparison *c);

#endif
