#include "io/tokenizer_open.h"

#include <string.h>
#include "core/text/tokenizer_tables.h"
#include "core/token_texts.h"
#include "io/limits.h"
#include "io/text_file.h"
#include "io/tokenizer_build.h"

/* A token that no word between spaces can be: pieces of words are cut by another tokenizer. */
static const char *find_piece(const struct token_texts *texts)
{
    for (uint32_t id = 0; id < texts->n; id++) {
        const char *token = texts->text[id];

        if (token && (g_str_has_prefix(token, "##") || (strchr(token, ' ') && token[1])))
            return token;
    }
    return NULL;
}

static struct tokenizer *build_words(const struct token_texts *texts, GError **error)
{
    const char *piece = texts->words ? NULL : find_piece(texts);

    if (piece) {
        g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT,
                    "%s: its vocabulary is not of words between spaces, \"%s\" is one of its "
                    "tokens: give the model's tokenizer.json",
                    texts->path, piece);
        return NULL;
    }
    return tokenizer_create(
        tokenizer_tables_words(texts->path, (const char *const *)texts->text, texts->n), error);
}

/* carried: nothing but what the file carries, whatever else knows texts of its tokens. */
static struct tokenizer *open_words(struct source *weights, bool carried, GError **error)
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
    if (carried && !texts->words) {
        g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT,
                    "%s is no tokenizer that text can be cut with here; a tokenizer.json can",
                    texts->path);
        token_texts_destroy(texts);
        return NULL;
    }
    t = build_words(texts, error);
    token_texts_destroy(texts);
    return t;
}

static struct tokenizer *build_text(const char *path, const char *text, gsize bytes, GError **error)
{
    struct tokenizer_parse p;
    struct tokenizer *t;

    if (!tokenizer_parse(&p, path, text, bytes, error))
        return NULL;
    t = tokenizer_build(&p, path, error);
    tokenizer_parse_finish(&p);
    return t;
}

/* A file that the user names: a link may lead to it, as in caches of downloads. */
static struct tokenizer *open_file(const char *path, GError **error)
{
    gsize bytes;
    char *text = text_file_read(path, "a tokenizer", LIMIT_JSON_BYTES, &bytes, error);
    struct tokenizer *t = text ? build_text(path, text, bytes, error) : NULL;

    g_free(text);
    return t;
}

/* What lies beside the path; NULL: nothing does, or it is unusable. */
static struct tokenizer *open_beside(const char *path, GError **error)
{
    struct tokenizer_parse p;
    char *directory, *file, *text = tokenizer_parse_beside(&p, path, error);
    struct tokenizer *t;

    if (!text)
        return NULL;
    directory = g_path_get_dirname(path);
    file = g_build_filename(directory, p.tables->path, NULL);
    t = tokenizer_build(&p, file, error);
    tokenizer_parse_finish(&p);
    g_free(file);
    g_free(directory);
    g_free(text);
    return t;
}

static struct tokenizer *open_folder(const char *folder, GError **error)
{
    char *inside = g_build_filename(folder, "weights", NULL);
    struct tokenizer *t = open_beside(inside, error);

    g_free(inside);
    return t;
}

/* Beside the weights; where nothing lies there, in them. */
static struct tokenizer *open_theirs(struct source *weights, GError **error)
{
    struct tokenizer *t;

    if (!weights) {
        g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT, "no file of weights, no tokenizer");
        return NULL;
    }
    t = tokenizer_lies_beside(weights->path) ? open_beside(weights->path, error)
                                             : open_words(weights, true, error);
    if (!t)
        g_prefix_error(error, "no tokenizer for %s (one can be given: bytes, words or a file): ",
                       weights->path);
    return t;
}

struct tokenizer *tokenizer_open(const char *choice, struct source *weights, GError **error)
{
    if (!choice)
        return open_theirs(weights, error);
    if (strcmp(choice, "bytes") == 0)
        return tokenizer_create(tokenizer_tables_bytes(), error);
    if (strcmp(choice, "words") == 0)
        return open_words(weights, false, error);
    return g_file_test(choice, G_FILE_TEST_IS_DIR) ? open_folder(choice, error)
                                                   : open_file(choice, error);
}
