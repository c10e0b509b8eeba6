#include "core/text/tokenizer_internal.h"

#include <string.h>
#include "core/text/added_tokens.h"
#include "core/text/split.h"
#include "core/text/word_cache.h"

const struct token_model_ops *token_model_find(const char *name)
{
    static const struct token_model_ops *const models[] = {
        &token_model_bytes, &token_model_words, &token_model_bpe, &token_model_wordpiece};

    for (gsize i = 0; i < G_N_ELEMENTS(models); i++)
        if (strcmp(models[i]->name, name) == 0)
            return models[i];
    return NULL;
}

bool tokenizer_fail_unknown(const struct tokenizer *t, const struct text_piece *word,
                            GError **error)
{
    char *text = g_strndup(word->text, MIN(word->bytes, 40));

    g_set_error(
        error, TARE_ERROR, TARE_ERROR_INPUT,
        "%s%sthe word \"%s\" is not in the vocabulary, which has no token for unknown words",
        t->tables->path, *t->tables->path ? ": " : "", text);
    g_free(text);
    return false;
}

static void mark_special(struct tokenizer *t)
{
    t->special = g_malloc0(t->size + 1);
    for (int role = 0; t->tables->roles_special && role < TOKEN_ROLES; role++)
        if (t->tables->role[role] < t->size)
            t->special[t->tables->role[role]] = 1;
    for (guint i = 0; i < t->tables->added->len; i++) {
        const struct added_token *a = &g_array_index(t->tables->added, struct added_token, i);

        if (a->special && a->id < t->size)
            t->special[a->id] = 1;
    }
}

/* What every id stands for: the model's tokens decoded, the added ones as they are. */
static void fill_shown(struct tokenizer_tables *tables)
{
    GString *text = g_string_new(NULL);

    for (uint32_t id = 0; id < token_table_size(&tables->vocab); id++) {
        size_t bytes;
        const char *token = token_table_get(&tables->vocab, id, &bytes);

        if (!token)
            continue;
        g_string_truncate(text, 0);
        spelling_decode(tables->model.spelling, token, bytes, text);
        token_table_put(&tables->shown, id, text->str, text->len);
    }
    for (guint i = 0; i < tables->added->len; i++) {
        const struct added_token *a = &g_array_index(tables->added, struct added_token, i);

        token_table_put(&tables->shown, a->id, a->text, a->bytes);
    }
    g_string_free(text, TRUE);
}

/* A step that acts on the beginning of the text alone has to know where that is. */
static bool asks_origin(const struct tokenizer_tables *tables)
{
    for (guint i = 0; i < tables->split->len; i++)
        if (g_array_index(tables->split, struct split_step, i).prefix == SPLIT_PREFIX_FIRST)
            return true;
    return false;
}

static void prepare(struct tokenizer *t)
{
    struct tokenizer_tables *tables = t->tables;
    const char *unk = tables->model.unk;

    if (!token_table_size(&tables->shown))
        fill_shown(tables);
    t->size = token_table_size(&tables->shown);
    if (!tables->vocab.slot)
        token_table_index(&tables->vocab);
    t->unk = unk ? token_table_find(&tables->vocab, unk, strlen(unk)) : TOKEN_NONE;
    t->plain = added_tokens_create(tables, false);
    t->normalized = added_tokens_create(tables, true);
    t->cache = tables->model.ops->cached ? word_cache_create() : NULL;
    t->with_origin = asks_origin(tables);
    mark_special(t);
}

struct tokenizer *tokenizer_create(struct tokenizer_tables *tables, GError **error)
{
    struct tokenizer *t = g_new0(struct tokenizer, 1);

    t->tables = tables;
    prepare(t);
    if (tables->model.ops->prepare && !tables->model.ops->prepare(t, error)) {
        tokenizer_destroy(t);
        return NULL;
    }
    return t;
}

void tokenizer_destroy(struct tokenizer *t)
{
    if (!t)
        return;
    if (t->tables->model.ops->finish)
        t->tables->model.ops->finish(t);
    added_tokens_destroy(t->plain);
    added_tokens_destroy(t->normalized);
    word_cache_destroy(t->cache);
    tokenizer_tables_destroy(t->tables);
    g_free(t->special);
    g_free(t);
}

const char *tokenizer_kind(const struct tokenizer *t)
{
    const struct token_model_ops *ops = t->tables->model.ops;

    return ops->kind ? ops->kind : ops->name;
}

const char *tokenizer_path(const struct tokenizer *t)
{
    return t->tables->path;
}

uint32_t tokenizer_size(const struct tokenizer *t)
{
    return t->size;
}

uint32_t tokenizer_special(const struct tokenizer *t, enum token_role role)
{
    return t->tables->role[role];
}

const char *tokenizer_token(const struct tokenizer *t, uint32_t id, size_t *bytes)
{
    return token_table_get(&t->tables->shown, id, bytes);
}

char *tokenizer_decode(const struct tokenizer *t, const uint32_t *ids, size_t n, bool special,
                       size_t *bytes)
{
    const char *suffix = t->tables->model.suffix;
    GString *out = g_string_new(NULL);
    bool first = true;

    for (size_t i = 0; i < n; i++) {
        size_t length;
        const char *token = tokenizer_token(t, ids[i], &length);

        if (!token || (!special && t->special[ids[i]]))
            continue;
        t->tables->model.ops->append(t, token, length, first, out);
        first = false;
    }
    /* What a word's end became, after the last one. */
    if (suffix && *suffix && out->len && out->str[out->len - 1] == ' ')
        g_string_truncate(out, out->len - 1);
    if (bytes)
        *bytes = out->len;
    return g_string_free(out, FALSE);
}
