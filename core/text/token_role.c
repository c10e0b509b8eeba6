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

static uint32_t find_name(const struct token_table *table, const char *name)
{
    for (uint32_t id = 0; id < token_table_size(table); id++) {
        const char *token = token_table_get(table, id, NULL);

        if (token && strcmp(token, name) == 0)
            return id;
    }
    return TOKEN_NONE;
}

void tokenizer_tables_guess_roles(struct tokenizer_tables *t)
{
    for (int role = 0; role < TOKEN_ROLES; role++)
        for (int i = 0; i < 8 && names[role][i] && t->role[role] == TOKEN_NONE; i++)
            t->role[role] = find_name(&t->shown, names[role][i]);
}
