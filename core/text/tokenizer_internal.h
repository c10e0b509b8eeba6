/* Between the parts of core/text: what a kind of tokenizer does with a word, and where ids go. */
#ifndef TARE_CORE_TEXT_TOKENIZER_INTERNAL_H
#define TARE_CORE_TEXT_TOKENIZER_INTERNAL_H

#include "core/text/text_run.h"
#include "core/text/tokenizer_tables.h"

struct token_sink {
    GArray *ids;
    GArray *spans; /* NULL: nobody asks */
};

/* id for bytes [from, to) of p. */
void token_sink_put(struct token_sink *s, uint32_t id, const struct text_piece *p, uint32_t from,
                    uint32_t to);

/* A kind of tokenizer: a file and a row each. */
struct token_model_ops {
    const char *name; /* as tokenizer.json's model.type says */
    const char *kind; /* as the user says; NULL: as name */
    bool raw;         /* takes bytes that are no text */
    bool cached;      /* what a word becomes costs more than to remember it */
    /* Derives from the tables what encode needs; false: they can't be used. NULL: nothing to do. */
    bool (*prepare)(struct tokenizer *t, GError **error);
    void (*finish)(struct tokenizer *t); /* NULL: nothing to do */
    bool (*encode)(const struct tokenizer *t, const struct text_piece *word, struct token_sink *s,
                   GError **error);
    /* Appends a token to a decoded text; first: it is the first. */
    void (*append)(const struct tokenizer *t, const char *token, size_t bytes, bool first,
                   GString *out);
};

struct tokenizer {
    struct tokenizer_tables *tables;
    uint32_t size;
    uint32_t unk;    /* of the model's vocabulary; TOKEN_NONE: it has none */
    guint8 *special; /* [size]: left out of a decoded text */
    void *model;     /* the model's own */
    struct added_tokens *plain, *normalized; /* found before and after the normalizer; or NULL */
    struct word_cache *cache;                /* NULL: the model is as fast */
    bool with_origin;                        /* some step asks where in the text it is */
};

/* false, saying that there is no id for the word. */
bool tokenizer_fail_unknown(const struct tokenizer *t, const struct text_piece *word,
                            GError **error);

#endif
