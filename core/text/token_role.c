#include "core/text/token_role.h"

#include <string.h>

/* As BERT, GPT-2, Llama, RoBERTa and Keras' TextVectorization name them. */
static const char *const names[TOKEN_ROLES][8] = {
    [TOKEN_BOS] = {"<s>", "<bos>", "[BOS]", "<|begin_of_text|>", "<|startoftext|>", "<|endoftext|>",
                   "<BOS>"},
    [TOKEN_EOS] = {"</s>", "<eos>", "[EOS]", "<|end_of_text|>", "<|endoftext|>", "<EOS>"},
    [TOKEN_PAD] = {"[PAD]", "<pad>", "<PAD>", "<|pad|>"},
    [TOKEN_UNK] = {"[UNK]", "<unk>", "<UNK>", "<|unk|>", "[unk]"},
    [TOKEN_CLS] = {"[CLS]", "<cls>"},
    [TOKEN_SEP] = {"[SEP]", "<sep>"},
    [TOKEN_MASK] = {"[MASK]", "<mask>"}};

void tokenizer_tables_guess_roles(struct tokenizer_tables *t)
{
    for (int role = 0; role < TOKEN_ROLES; role++)
        for (int i = 0; i < 8 && names[role][i] && t->role[role] == TOKEN_NONE; i++)
            t->role[role] = tokenizer_tables_find(t, names[role][i], strlen(names[role][i]));
}

static bool is_added(const struct tokenizer_tables *t, uint32_t id)
{
    for (guint i = 0; i < t->added->len; i++)
        if (g_array_index(t->added, struct added_token, i).id == id)
            return true;
    return false;
}

void tokenizer_tables_add_roles(struct tokenizer_tables *t)
{
    for (int role = 0; role < TOKEN_ROLES; role++) {
        struct added_token a = {.id = t->role[role], .special = true};
        const char *text;
        size_t bytes;

        text = token_table_get(&t->vocab, a.id, &bytes);
        if (!text || is_added(t, a.id))
            continue;
        a.text = g_strdup(text);
        a.bytes = (uint32_t)bytes;
        a.left = role == TOKEN_MASK && *text == '<';
        g_array_append_val(t->added, a);
    }
}
