/* A base with an adapter applied, as a source: adapted tensors are W + scale * L R in float64,
 * summed for the elements that are asked for; no whole matrix is ever made. Everything else reads
 * through.
 *
 * Lists the base's tensors under the base's names, so that it pairs and scans like any tuned file.
 * The sum over the rank goes from 0 up in float64 and is then scaled and added: the same bits on
 * every processor and for every cut into blocks. */
#ifndef TARE_CORE_LORA_SOURCE_H
#define TARE_CORE_LORA_SOURCE_H

#include "core/adapter.h"

/* Borrows base, which must outlive it; owns file and adapter. */
struct source *lora_source_create(const struct checkpoint *base, struct source *file,
                                  struct adapter *adapter);

#endif
