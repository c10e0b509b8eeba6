/* The one reading of a tokenizer's file, for its tokens' texts and for the tokenizer itself.
 *
 * Lenient, as texts need it: what makes no tokenizer is noted in `refused`, not an error. */
#ifndef TARE_IO_TOKENIZER_PARSE_H
#define TARE_IO_TOKENIZER_PARSE_H

#include "core/error.h"
#include "core/text/tokenizer_tables.h"

/* Ids beyond this are no row of any table. */
#define TOKENIZER_IDS_MOST (1u << 20)

enum tokenizer_form {
    TOKENIZER_FULL, /* tokenizer.json of HuggingFace */
    TOKENIZER_IDS,  /* vocab.json: {"token": id ..} */
    TOKENIZER_LINES /* vocab.txt: a token a line */
};

/* A value inside the text that was parsed; bytes 0: not there, or null. */
struct json_part {
    const char *text;
    gsize bytes;
};

struct tokenizer_parse {
    enum tokenizer_form form;
    struct tokenizer_tables *tables; /* vocab, added, and the model's scalars; owned until taken */
    char *model;                     /* its type; NULL: not said */
    struct json_part merges, normalizer, pre_tokenizer, post_processor, decoder;
    char *refused; /* why no tokenizer can be made of it; NULL: nothing so far */
};

/* name: of the file, "" allowed; one that ends in .txt is read as lines. The text has to outlive
 * the parts. false: no vocabulary in it, nothing to finish. */
bool tokenizer_parse(struct tokenizer_parse *p, const char *name, const char *text, gsize bytes,
                     GError **error);

/* Of the first of a weight file's neighbours that has a vocabulary (io/neighbour.h says which files
 * are read). Its text, owned by the caller; NULL: none has. */
char *tokenizer_parse_beside(struct tokenizer_parse *p, const char *weights_path, GError **error);
/* Whether there is any file of such a name. */
bool tokenizer_lies_beside(const char *weights_path);

void tokenizer_parse_finish(struct tokenizer_parse *p);

#endif
