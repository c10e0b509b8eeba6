/* Texts of token ids from a SentencePiece model: the protocol buffer tokenizer.model, spiece.model.
 *
 * Of the message only its pieces are looked at (field 1 of ModelProto, as sentencepiece_model.proto
 * of google/sentencepiece has it): piece = 1 (string), type = 3; a piece's id is its place. U+2581
 * is given as the space it stands for, a byte piece <0x0A> as the byte; control and unknown pieces
 * as written. Any thread. */
#ifndef TARE_IO_SENTENCEPIECE_FILE_H
#define TARE_IO_SENTENCEPIECE_FILE_H

#include "core/error.h"
#include "core/token_texts.h"

/* Of the weight file's neighbours; NULL: there is none, and no error, or it is no such model. */
struct token_texts *sentencepiece_file_read(const char *weights_path, GError **error);

/* The bytes of such a file; the result's path is the name. */
struct token_texts *sentencepiece_file_parse(const char *name, const guint8 *data, gsize bytes,
                                             GError **error);

#endif
