#include "core/text/tokenizer_internal.h"

#include <string.h>
#include "core/text/split.h"

const struct token_model_ops *const token_models[] = {&token_model_bytes, &token_model_words, NULL};

const struct token_model_ops *token_model_find(const char *name)
{
    for (gsize i = 0; token_models[i]; i++)
        if (strcmp(token_models[i]->name, name) == 0)
            return token_models[i];
    return NULL;
}

void token_sink_put(struct token_sink *s, uint32_t id, const struct text_piece *p, uint32_t from,
                    uint32_t to)
{
    g_array_append_val(s->ids, id);
    if (s->spans) {
        struct token_span span = text_piece_span(p, from, to);

        g_array_append_val(s->spans, span);
    }
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
    for (int role = 0; role < TOKEN_ROLES; role++)
        if (t->tables->role[role] < t->size)
            t->special[t->tables->role[role]] = 1;
    for (guint i = 0; i < t->tables->added->len; i++) {
        const struct added_token *a = &g_array_index(t->tables->added, struct added_token, i);

        if (a->special && a->id < t->size)
            t->special[a->id] = 1;
    }
}

struct tokenizer *tokenizer_create(struct tokenizer_tables *tables, GError **error)
{
    struct tokenizer *t = g_new0(struct tokenizer, 1);
    const char *unk = tables->model.unk;

    t->tables = tables;
    t->size = MAX(token_table_size(&tables->vocab), token_table_size(&tables->shown));
    token_table_index(&tables->vocab);
    t->unk = unk ? token_table_find(&tables->vocab, unk, strlen(unk)) : TOKEN_NONE;
    mark_special(t);
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

/* The steps of splitting one after the other, the model at the end. */
struct stage {
    struct split_sink sink;
    const struct tokenizer *t;
    struct token_sink *out;
    GError **error;
    guint step;
};

static bool put_piece(struct split_sink *s, const struct text_piece *p)
{
    struct stage *now = (struct stage *)(void *)s, next = *now;
    const struct tokenizer_tables *tables = now->t->tables;

    if (now->step == tables->split->len)
        return p->bytes == 0 || tables->model.ops->encode(now->t, p, now->out, now->error);
    next.step++;
    return g_array_index(tables->split, struct split_step, now->step)
        .kind->apply(&g_array_index(tables->split, struct split_step, now->step), p, &next.sink);
}

static bool encode_piece(const struct tokenizer *t, const struct text_piece *p,
                         struct token_sink *out, GError **error)
{
    struct stage first = {{put_piece}, t, out, error, 0};

    return put_piece(&first.sink, p);
}

/* As UTF-8, whatever it was. */
static bool encode_text(const struct tokenizer *t, const char *text, size_t bytes,
                        struct token_sink *out, GError **error)
{
    struct text_piece whole = {text, (uint32_t)bytes, 0, NULL};
    struct text_run mended;
    bool ok;

    if (t->tables->model.ops->raw || text_valid(text, bytes))
        return encode_piece(t, &whole, out, error);
    text_run_init(&mended, out->spans != NULL);
    text_mend(&mended, text, bytes);
    whole = text_run_piece(&mended);
    ok = encode_piece(t, &whole, out, error);
    text_run_finish(&mended);
    return ok;
}

static void put_template(const GArray *ids, uint32_t at, struct token_sink *s)
{
    const struct text_piece nothing = {"", 0, at, NULL};

    for (guint i = 0; i < ids->len; i++)
        token_sink_put(s, g_array_index(ids, uint32_t, i), &nothing, 0, 0);
}

bool tokenizer_encode(const struct tokenizer *t, const char *text, size_t bytes, bool special,
                      GArray *ids, GArray *spans, GError **error)
{
    struct token_sink out = {ids, spans};
    guint n_ids = ids->len, n_spans = spans ? spans->len : 0;

    if (bytes > TOKENIZER_TEXT_BYTES) {
        g_set_error(error, TARE_ERROR, TARE_ERROR_LIMIT,
                    "a text of %zu bytes, the limit of a tokenizer is %zu", bytes,
                    TOKENIZER_TEXT_BYTES);
        return false;
    }
    if (special)
        put_template(t->tables->before, 0, &out);
    if (!encode_text(t, text, bytes, &out, error)) {
        g_array_set_size(ids, n_ids);
        if (spans)
            g_array_set_size(spans, n_spans);
        return false;
    }
    if (special)
        put_template(t->tables->after, (uint32_t)bytes, &out);
    return true;
}

char *tokenizer_decode(const struct tokenizer *t, const uint32_t *ids, size_t n, bool special,
                       size_t *bytes)
{
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
    if (bytes)
        *bytes = out->len;
    return g_string_free(out, FALSE);
}
