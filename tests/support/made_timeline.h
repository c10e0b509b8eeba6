/* A run that nobody made: of every number a simple function of the step, and healthy; tests plant
 * what is wrong. */
#ifndef TARE_TESTS_MADE_TIMELINE_H
#define TARE_TESTS_MADE_TIMELINE_H

#include "core/train/timeline.h"

#define MADE_BLOCKS 8
#define MADE_CATEGORIES 4 /* the last one is not covered */
#define MADE_LOOKS 20     /* steps between */

/* So many steps of a cosine schedule with a warm-up, a look every MADE_LOOKS and one before. */
struct timeline *made_timeline(uint64_t steps);
/* The record of a step, of a look. */
struct step_record *made_step(struct timeline *t, uint64_t step);
struct look_record *made_look(struct timeline *t, guint look);
/* The number of a block (MADE_BLOCKS: the rest) at a step's update, at a look's array. */
double *made_update(struct timeline *t, uint64_t step, uint32_t block);
double *made_number(GArray *a, guint look, uint32_t width, uint32_t block);

#endif
