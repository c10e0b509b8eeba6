/* What a tokenizer is made of, as io reads it from tokenizer.json and its older forms: the steps of
 * the tokenizers library, in its order: tokens written in the text are found, what is between them
 * is normalized, split into words, and each word becomes ids by the model.
 *
 * Filled by one thread, then given to tokenizer_create. */
#ifndef TARE_CORE_TEXT_TOKENIZER_TABLES_H
#define TARE_CORE_TEXT_TOKENIZER_TABLES_H

#include "core/text/spelling.h"
#include "core/text/token_table.h"
#include "core/text/tokenizer.h"

/* The kinds there are. */
extern const struct token_model_ops token_model_bytes, token_model_words, token_model_bpe,
    token_model_wordpiece;
/* By the name that tokenizer.json's model.type has; NULL: there is none. */
const struct token_model_ops *token_model_find(const char *name);

/* A token that is found in the text before anything else looks at it. */
struct added_token {
    char *text;
    uint32_t bytes;
    uint32_t id;
    bool special;
    bool normalized;  /* looked for after normalization, itself normalized */
    bool left, right; /* takes the spaces on that side with it */
    bool single_word; /* not inside a word */
};

/* Longer ones are refused: looking for them would take that times the text. */
#define ADDED_TOKEN_BYTES 1024u
/* Of what a step puts into a text, and of steps: a text must not grow without bound. */
#define TOKENIZER_INSERT_BYTES 16u
#define TOKENIZER_STEPS 32u

struct model_options {
    const struct token_model_ops *ops; /* a row of token_models */
    GString *merges;                   /* BPE: left, NUL, right, NUL, in order of rank */
    GArray *merge_bytes;               /* uint32_t: of each of them, without the NUL */
    char *unk;                         /* NULL: none */
    char *prefix;                      /* of a token inside a word: "##"; NULL or "": none */
    char *suffix;                 /* BPE: of a token at a word's end: "</w>"; NULL or "": none */
    bool byte_level;              /* BPE: the tokens spell bytes */
    bool byte_fallback;           /* BPE: an unknown character is its bytes' tokens <0x00> .. */
    bool fuse_unk;                /* BPE: a run of unknown characters is one */
    bool ignore_merges;           /* BPE: a word that is a token is that token */
    uint32_t longest;             /* WordPiece: characters of a word; longer ones are unknown */
    enum token_spelling spelling; /* of the vocabulary */
    bool strip_first;             /* a decoded text loses the space it begins with */
    bool cleanup; /* WordPiece: .,!? stand against the word before them in decoded text */
};

struct tokenizer_tables {
    char *path;               /* "" if from no file */
    struct token_table vocab; /* the model's own, as it spells them */
    struct token_table shown; /* what every id stands for; empty: tokenizer_create fills it */
    GArray *added;            /* struct added_token */
    GArray *normal;           /* struct normal_step */
    GArray *split;            /* struct split_step */
    GArray *before, *after;   /* uint32_t ids that the template puts around the text */
    uint32_t role[TOKEN_ROLES];
    bool roles_special; /* tokens of roles are special, beside added ones that say so */
    struct model_options model;
};

/* Empty: no token, no step, no special one. */
struct tokenizer_tables *tokenizer_tables_create(const char *path);
void tokenizer_tables_destroy(struct tokenizer_tables *t); /* NULL is fine */

/* The id of a token, an added one before the model's. After the last put; TOKEN_NONE: there is
 * none. */
uint32_t tokenizer_tables_find(struct tokenizer_tables *t, const char *text, size_t bytes);

/* Of the kind "bytes": 256 ids. */
struct tokenizer_tables *tokenizer_tables_bytes(void);
/* Of the kind "words": text is split where there is space, a word's id is its place. The unknown,
 * if there is one, is named so: [UNK], <unk> and the like, other special ones too. NULL entries are
 * ids without a word. */
struct tokenizer_tables *tokenizer_tables_words(const char *path, const char *const *words,
                                                uint32_t n);

#endif
