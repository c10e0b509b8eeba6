#include "core/text/tokenizer_tables.h"

#include <string.h>
#include "core/text/normalize.h"
#include "core/text/split.h"
#include "core/text/token_role.h"
#include "core/text/tokenizer_internal.h"

static void clear_added(void *p)
{
    struct added_token *a = p;

    g_free(a->text);
}

struct tokenizer_tables *tokenizer_tables_create(const char *path)
{
    struct tokenizer_tables *t = g_new0(struct tokenizer_tables, 1);

    t->path = g_strdup(path);
    token_table_init(&t->vocab);
    token_table_init(&t->shown);
    t->added = g_array_new(FALSE, FALSE, sizeof(struct added_token));
    g_array_set_clear_func(t->added, clear_added);
    t->normal = g_array_new(FALSE, FALSE, sizeof(struct normal_step));
    g_array_set_clear_func(t->normal, normal_step_clear);
    t->split = g_array_new(FALSE, FALSE, sizeof(struct split_step));
    g_array_set_clear_func(t->split, split_step_clear);
    t->before = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    t->after = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    for (int i = 0; i < TOKEN_ROLES; i++)
        t->role[i] = TOKEN_NONE;
    t->model.merges = g_string_new(NULL);
    t->model.merge_bytes = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    return t;
}

static void model_options_finish(struct model_options *o)
{
    g_string_free(o->merges, TRUE);
    g_array_free(o->merge_bytes, TRUE);
    g_free(o->unk);
    g_free(o->prefix);
    g_free(o->suffix);
}

void tokenizer_tables_destroy(struct tokenizer_tables *t)
{
    if (!t)
        return;
    token_table_finish(&t->vocab);
    token_table_finish(&t->shown);
    g_array_free(t->added, TRUE);
    g_array_free(t->normal, TRUE);
    g_array_free(t->split, TRUE);
    g_array_free(t->before, TRUE);
    g_array_free(t->after, TRUE);
    model_options_finish(&t->model);
    g_free(t->path);
    g_free(t);
}

uint32_t tokenizer_tables_find(struct tokenizer_tables *t, const char *text, size_t bytes)
{
    for (guint i = 0; i < t->added->len; i++) {
        const struct added_token *a = &g_array_index(t->added, struct added_token, i);

        if (a->bytes == bytes && memcmp(a->text, text, bytes) == 0)
            return a->id;
    }
    if (!t->vocab.slot)
        token_table_index(&t->vocab);
    return token_table_find(&t->vocab, text, bytes);
}

struct tokenizer_tables *tokenizer_tables_bytes(void)
{
    struct tokenizer_tables *t = tokenizer_tables_create("");

    t->model.ops = &token_model_bytes;
    for (uint32_t id = 0; id < 256; id++)
        token_table_put(&t->shown, id, (char[]){(char)id}, 1);
    return t;
}

struct tokenizer_tables *tokenizer_tables_words(const char *path, const char *const *words,
                                                uint32_t n)
{
    struct tokenizer_tables *t = tokenizer_tables_create(path);
    struct split_step step = {.kind = &split_spaces};

    t->model.ops = &token_model_words;
    for (uint32_t id = 0; id < n; id++)
        if (words[id])
            token_table_put(&t->vocab, id, words[id], strlen(words[id]));
    g_array_append_val(t->split, step);
    tokenizer_tables_guess_roles(t);
    t->roles_special = true;
    if (t->role[TOKEN_UNK] != TOKEN_NONE)
        t->model.unk = g_strdup(token_table_get(&t->vocab, t->role[TOKEN_UNK], NULL));
    return t;
}
