/* Logits of examples in an HDF5 file, for what other tools make of them.
 *
 *     /base/ID, /tuned/ID   [tokens, vocabulary] float32: row i is about the token that follows i
 *     /token_ids/ID         [tokens] uint32
 *
 * ID is the example's, with / and what does not print replaced; where that is not unique, a hyphen
 * and the line's number follow. Attributes of token_ids/ID: category, split, n_prompt. */
#ifndef TARE_IO_LOGITS_HDF5_H
#define TARE_IO_LOGITS_HDF5_H

#include "core/evaluation.h"

/* Runs every example that can be run once more on each net (nets[1] may be NULL). The file appears
 * under its name when it is whole; it replaces none of the inputs (NULL at the end). */
gboolean logits_hdf5_write(const char *path, const char *const *inputs, const struct evaluation *e,
                           struct net *const nets[EVALUATION_SIDES], const gint *cancelled,
                           GError **error);

#endif
