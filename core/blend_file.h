/* A blended side as the tensors of the file that it would be saved like: what the comparison
 * turned, cut, put together or renamed is put back, an adapter's sums stand in its base's tensors,
 * in the types that the file has.
 *
 * No whole tensor is ever made. Reading is as safe for threads as that of both sides. */
#ifndef TARE_CORE_BLEND_FILE_H
#define TARE_CORE_BLEND_FILE_H

#include "core/comparison.h"

/* blended: by blend_source_create of the same comparison. Borrows both. The source's path is that
 * of the file: the tuned one's, the base's where the tuned side is an adapter on it; its tensors
 * have the paths of that file. */
struct source *blend_file_create(const struct comparison *c, struct source *blended);

#endif
