/* The vocabulary that a weight file carries itself.
 *
 * An attribute or a dataset of strings named "vocabulary" (of the root, else of the first object
 * that has one): a string a token, in the order of their ids; or one string, a JSON list of them or
 * a token a line. As Keras cuts long lists, "vocabulary0", "vocabulary1" .. go on from each other.
 * Else what the configuration in the file says of a Keras StringLookup or TextVectorization layer,
 * behind the ids that these keep for padding and unknown words. Any thread. */
#ifndef TARE_IO_STORED_VOCABULARY_H
#define TARE_IO_STORED_VOCABULARY_H

#include "core/token_texts.h"
#include "io/listing.h"

/* NULL: the file carries none. config: JSON, or NULL. The result's path is `path` and what of it.
 */
struct token_texts *stored_vocabulary_read(const struct listing *l, const char *config,
                                           const char *path);

#endif
