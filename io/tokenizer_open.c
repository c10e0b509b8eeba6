#include "io/tokenizer_open.h"

#include <string.h>
#include "core/text/tokenizer_tables.h"
#include "core/token_texts.h"

static struct tokenizer *open_words(struct source *weights, GError **error)
{
    struct token_texts *texts;
    struct tokenizer *t;

    if (!weights || !weights->ops->tokens) {
        g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT,
                    "%s carries no vocabulary: a tokenizer of words needs one",
                    weights ? weights->path : "no file of weights");
        return NULL;
    }
    texts = weights->ops->tokens(weights, error);
    if (!texts)
        return NULL;
    t = tokenizer_create(
        tokenizer_tables_words(texts->path, (const char *const *)texts->text, texts->n), error);
    token_texts_destroy(texts);
    return t;
}

struct tokenizer *tokenizer_open(const char *choice, struct source *weights, GError **error)
{
    if (choice && strcmp(choice, "bytes") == 0)
        return tokenizer_create(tokenizer_tables_bytes(), error);
    if (choice && strcmp(choice, "words") == 0)
        return open_words(weights, error);
    g_set_error(error, TARE_ERROR, TARE_ERROR_USAGE, "a tokenizer is \"bytes\" or \"words\"");
    return NULL;
}
