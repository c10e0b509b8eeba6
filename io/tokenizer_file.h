/* Texts of token ids from the tokenizer that lies beside a weight file.
 *
 * tokenizer.json of HuggingFace (BPE, WordPiece, Unigram, WordLevel; with its added tokens), else
 * vocab.json, else vocab.txt (a token a line), under KerasHub's names too. Byte-level BPE is
 * decoded to the bytes it stands for, so a leading space is a space; SentencePiece's U+2581 is one
 * too; WordPiece's "##" stays. Any thread. */
#ifndef TARE_IO_TOKENIZER_FILE_H
#define TARE_IO_TOKENIZER_FILE_H

#include "core/error.h"
#include "core/token_texts.h"

/* Of the weight file's neighbours (io/neighbour.h says which files are read); NULL: there is none,
 * or it is no tokenizer. */
struct token_texts *tokenizer_file_read(const char *weights_path, GError **error);

/* The text of such a file; its name decides how it is read. The result's path is the name. */
struct token_texts *tokenizer_file_parse(const char *name, const char *text, gsize bytes,
                                         GError **error);

#endif
