#include "io/tokenizer_file.h"

#include <string.h>
#include "io/token_decode.h"
#include "io/tokenizer_parse.h"

static void put_text(struct token_texts *out, uint32_t id, char *text)
{
    g_free(out->text[id]);
    out->text[id] = text;
}

/* What is added stands for itself, even where the model names the id too. */
static struct token_texts *take_texts(const struct tokenizer_parse *p, const char *name)
{
    struct token_texts *out = g_new0(struct token_texts, 1);
    const struct tokenizer_tables *t = p->tables;

    out->n = token_table_size(&t->vocab);
    for (guint i = 0; i < t->added->len; i++)
        out->n = MAX(out->n, g_array_index(t->added, struct added_token, i).id + 1);
    out->text = g_new0(char *, out->n + 1);
    out->path = g_strdup(name);
    for (uint32_t id = 0; id < out->n; id++) {
        const char *token = token_table_get(&t->vocab, id, NULL);

        if (token)
            put_text(out, id, token_decode(token, t->model.spelling));
    }
    for (guint i = 0; i < t->added->len; i++) {
        const struct added_token *a = &g_array_index(t->added, struct added_token, i);

        put_text(out, a->id, g_strdup(a->text));
    }
    return out;
}

struct token_texts *tokenizer_file_parse(const char *name, const char *text, gsize bytes,
                                         GError **error)
{
    struct token_texts *out;
    struct tokenizer_parse p;

    if (!tokenizer_parse(&p, name, text, bytes, error))
        return NULL;
    out = take_texts(&p, name);
    tokenizer_parse_finish(&p);
    return out;
}

struct token_texts *tokenizer_file_read(const char *weights_path, GError **error)
{
    struct token_texts *out;
    struct tokenizer_parse p;
    char *text = tokenizer_parse_beside(&p, weights_path, error);

    if (!text)
        return NULL;
    out = take_texts(&p, p.tables->path);
    tokenizer_parse_finish(&p);
    g_free(text);
    return out;
}
