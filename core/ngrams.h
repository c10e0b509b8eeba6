/* Which n-grams a set of texts holds, and how often: exact, whatever n. One thread. */
#ifndef TARE_CORE_NGRAMS_H
#define TARE_CORE_NGRAMS_H

#include <glib.h>
#include "core/symbols.h"

struct ngrams;

/* n at least 1. What is added is borrowed: sequences must outlive it. */
struct ngrams *ngrams_create(unsigned n);
void ngrams_destroy(struct ngrams *g); /* NULL is fine */
/* Every n-gram of the sequence. */
void ngrams_add(struct ngrams *g, const struct symbols *s);
/* The same, each n-gram once however often the sequence has it: counts are then of sequences. Not
 * both on one set. */
void ngrams_add_distinct(struct ngrams *g, const struct symbols *s);
uint64_t ngrams_total(const struct ngrams *g);
uint64_t ngrams_distinct(const struct ngrams *g);
/* How often the n symbols from at on were added. */
uint32_t ngrams_count(const struct ngrams *g, const uint32_t *at);
/* Distinct / total: NAN if there are none. Li et al. 2016 for n 1 and 2. */
double ngrams_distinct_share(const struct ngrams *g);

#endif
