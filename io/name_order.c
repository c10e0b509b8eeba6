#include "io/name_order.h"

#include <string.h>

#define PART_END '\x01'

enum {
    RANK_FIRST = 'a',
    RANK_POSITION,
    RANK_STEM,
    RANK_MATRIX,
    RANK_OFFSET,
    RANK_ENCODER,
    RANK_PLAIN,
    RANK_LATE
};

/* Where a part stands among its siblings, if not by its name. Exact words, lower case. */
static const struct {
    const char *word;
    char rank;
} words[] = {
    {"wte", RANK_FIRST},        {"wpe", RANK_POSITION},
    {"shared", RANK_FIRST},     {"emb", RANK_FIRST},
    {"tok", RANK_FIRST},        {"cls_token", RANK_FIRST},
    {"stem", RANK_STEM},        {"weight", RANK_MATRIX},
    {"kernel", RANK_MATRIX},    {"gamma", RANK_MATRIX},
    {"bias", RANK_OFFSET},      {"beta", RANK_OFFSET},
    {"encoder", RANK_ENCODER},  {"norm", RANK_LATE},
    {"ln_f", RANK_LATE},        {"norm_f", RANK_LATE},
    {"layer_norm", RANK_LATE},  {"sequence_output_layernorm", RANK_LATE},
    {"pooler", RANK_LATE},      {"pooled_dense", RANK_LATE},
    {"fc", RANK_LATE},          {"head", RANK_LATE + 1},
    {"lm_head", RANK_LATE + 1}, {"classifier", RANK_LATE + 1},
    {"logits", RANK_LATE + 1},  {"cls", RANK_LATE + 1},
    {"score", RANK_LATE + 1},
};

static char rank_of(const char *part, gsize bytes)
{
    char word[64];

    if (bytes >= sizeof word)
        return RANK_PLAIN;
    for (gsize i = 0; i < bytes; i++)
        word[i] = g_ascii_tolower(part[i]);
    word[bytes] = '\0';
    for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
        if (words[i].word[0] == word[0] && strcmp(word, words[i].word) == 0)
            return words[i].rank;
    if (strstr(word, "embed"))
        return strstr(word, "pos") || strstr(word, "type") || strstr(word, "segment")
                   ? RANK_POSITION
                   : RANK_FIRST;
    return g_str_has_prefix(word, "final") ? RANK_LATE : RANK_PLAIN;
}

/* Digits by value: the count of digits goes before them, leading zeros go. */
static gsize append_number(GString *key, const char *digits, gsize bytes)
{
    gsize zeros = 0, n;

    while (zeros + 1 < bytes && digits[zeros] == '0' && g_ascii_isdigit(digits[zeros + 1]))
        zeros++;
    for (n = zeros; n < bytes && g_ascii_isdigit(digits[n]); n++)
        ;
    g_string_append_c(key, '0');
    g_string_append_c(key, (char)(1 + MIN(n - zeros, 120)));
    g_string_append_len(key, digits + zeros, (gssize)(n - zeros));
    return n;
}

void name_order_part(GString *key, const char *part, gsize bytes)
{
    for (gsize i = 0; i < bytes;) {
        if (g_ascii_isdigit(part[i]))
            i += append_number(key, part + i, bytes - i);
        else
            g_string_append_c(key, part[i++]);
    }
    g_string_append_c(key, PART_END);
}

void name_order_ranked_part(GString *key, const char *part, gsize bytes)
{
    g_string_append_c(key, rank_of(part, bytes));
    name_order_part(key, part, bytes);
}

void name_order_key(GString *key, const char *name)
{
    for (;;) {
        gsize bytes = strcspn(name, "./");

        name_order_ranked_part(key, name, bytes);
        if (!name[bytes])
            return;
        name += bytes + 1;
    }
}
