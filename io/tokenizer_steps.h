/* The parts of a tokenizer.json around its model: normalizer, pre_tokenizer, post_processor and
 * decoder, as the tokenizers library writes them, into tables.
 *
 * A part that is not known, or an option of one that is not supported, is an error that names it:
 * ids that are wrong without a word would be worse than none. bytes 0: no such part. */
#ifndef TARE_IO_TOKENIZER_STEPS_H
#define TARE_IO_TOKENIZER_STEPS_H

#include "io/tokenizer_parse.h"

bool tokenizer_read_normalizer(const struct json_part *part, struct tokenizer_tables *t,
                               GError **error);
/* Sets model.byte_level too. */
bool tokenizer_read_pre_tokenizer(const struct json_part *part, struct tokenizer_tables *t,
                                  GError **error);
/* After all tokens are there. */
bool tokenizer_read_post_processor(const struct json_part *part, struct tokenizer_tables *t,
                                   GError **error);
bool tokenizer_read_decoder(const struct json_part *part, struct tokenizer_tables *t,
                            GError **error);

#endif
