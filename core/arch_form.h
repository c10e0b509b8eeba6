/* The matrix form of a tensor: rows, columns, which way it leads.
 *
 * Shared by every row of the architecture table. Pure functions of the descriptors. */
#ifndef TARE_CORE_ARCH_FORM_H
#define TARE_CORE_ARCH_FORM_H

#include "core/arch.h"

/* Sets row_axes from role, orientation and shape; 0 for a vector. */
void arch_form_rows(const struct tensor *t, struct place *place);

/* How a variable of that name lies, by the conventions of Keras and torch: "kernel" leads from rows
 * to columns, "weight" from columns to rows, embeddings are tables. */
enum orientation arch_form_orientation(const struct tensor *t, enum role role);

/* Whether this is one of the matrices that group ratios pool: by role, not by rank. */
bool arch_form_is_matrix(const struct tensor *t, enum role role);

/* A place from the tensor's own words; block, slot and heads are left alone. */
void arch_form_fill(const struct tensor *t, struct place *place);

#endif
