/* Presents the tuned checkpoint in the base's names and layout, so that pairs of equal shape
 * remain: equal names first, then names without wrappers, then another framework's words for
 * variables, then the same part of the same block where both are one architecture; what is fused on
 * one side is cut or put together, what lies the other way round is turned. By orientation, never
 * by shape: a square matrix hides a transposition. Nothing is read and nothing copied
 * (core/layout_source.h).
 *
 * Tables of the vocabulary with more rows on one side are both shown with the rows they have in
 * common. */
#ifndef TARE_CORE_ALIGN_H
#define TARE_CORE_ALIGN_H

#include "core/pair_map.h"

/* Both checkpoints may get another source over their own. use_rules false: only what the map says.
 * map may be NULL. False: the map names a tensor that isn't there. */
gboolean align_checkpoints(struct checkpoint *base, struct checkpoint *tuned, bool use_rules,
                           const struct pair_map *map, GError **error);

#endif
