#include "core/text/tokenizer_tables.h"

#include <string.h>
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
    t->split = g_array_new(FALSE, FALSE, sizeof(struct split_step));
    t->before = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    t->after = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    for (int i = 0; i < TOKEN_ROLES; i++)
        t->role[i] = TOKEN_NONE;
    return t;
}

void tokenizer_tables_destroy(struct tokenizer_tables *t)
{
    if (!t)
        return;
    token_table_finish(&t->vocab);
    token_table_finish(&t->shown);
    g_array_free(t->added, TRUE);
    g_array_free(t->split, TRUE);
    g_array_free(t->before, TRUE);
    g_array_free(t->after, TRUE);
    g_free(t->model.unk);
    g_free(t->path);
    g_free(t);
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
    for (uint32_t id = 0; id < n; id++) {
        if (!words[id])
            continue;
        token_table_put(&t->vocab, id, words[id], strlen(words[id]));
        token_table_put(&t->shown, id, words[id], strlen(words[id]));
    }
    g_array_append_val(t->split, step);
    tokenizer_tables_guess_roles(t);
    if (t->role[TOKEN_UNK] != TOKEN_NONE)
        t->model.unk = g_strdup(token_table_get(&t->vocab, t->role[TOKEN_UNK], NULL));
    return t;
}
