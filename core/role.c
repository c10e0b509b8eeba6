#include "core/role.h"

#include <glib.h>
#include <limits.h>
#include <string.h>

static const struct role_info infos[ROLE_COUNT] = {
    [ROLE_UNKNOWN] = {"unknown", '?'},
    [ROLE_EMBEDDING] = {"embedding", 'e'},
    [ROLE_POSITION] = {"position", 'p'},
    [ROLE_QUERY] = {"query", 'q'},
    [ROLE_KEY] = {"key", 'k'},
    [ROLE_VALUE] = {"value", 'v'},
    [ROLE_QKV] = {"qkv", 'a'},
    [ROLE_ATTN_OUTPUT] = {"attention_output", 'o'},
    [ROLE_GATE] = {"gate", 'g'},
    [ROLE_UP] = {"up", 'u'},
    [ROLE_DOWN] = {"down", 'd'},
    [ROLE_NORM] = {"norm", 'n'},
    [ROLE_CONV] = {"conv", 'c'},
    [ROLE_DENSE] = {"dense", 'm'},
    [ROLE_RECURRENT] = {"recurrent", 'r'},
    [ROLE_HEAD] = {"head", 'h'},
    [ROLE_LORA] = {"lora", 'l'},
};

const struct role_info *role_info(enum role role)
{
    return &infos[role];
}

/* A word matches a whole part of the name, or several in a row ("attn.c_proj"). A trailing '*' stands
 * for nothing, a number, or what follows a '_': "norm*" is norm, norm1 and norm_out, but not normal.
 * The first row that matches wins, so what says more stands
 * first. */
static const struct {
    const char *word;
    enum role role;
} words[] = {
    {"lora_A", ROLE_LORA},
    {"lora_B", ROLE_LORA},
    {"lora_a", ROLE_LORA},
    {"lora_b", ROLE_LORA},
    {"lora_kernel_a", ROLE_LORA},
    {"lora_kernel_b", ROLE_LORA},
    {"lora_embeddings_a", ROLE_LORA},
    {"lora_embeddings_b", ROLE_LORA},
    {"q_proj", ROLE_QUERY},
    {"query", ROLE_QUERY},
    {"query_dense", ROLE_QUERY},
    {"q_lin", ROLE_QUERY},
    {"q", ROLE_QUERY},
    {"wq", ROLE_QUERY},
    {"k_proj", ROLE_KEY},
    {"key", ROLE_KEY},
    {"key_dense", ROLE_KEY},
    {"k_lin", ROLE_KEY},
    {"k", ROLE_KEY},
    {"wk", ROLE_KEY},
    {"v_proj", ROLE_VALUE},
    {"value", ROLE_VALUE},
    {"value_dense", ROLE_VALUE},
    {"v_lin", ROLE_VALUE},
    {"v", ROLE_VALUE},
    {"wv", ROLE_VALUE},
    {"c_attn", ROLE_QKV},
    {"query_key_value", ROLE_QKV},
    {"qkv_proj", ROLE_QKV},
    {"qkv", ROLE_QKV},
    {"in_proj_weight", ROLE_QKV},
    {"in_proj", ROLE_QKV},
    {"Wqkv", ROLE_QKV},
    {"attn.c_proj", ROLE_ATTN_OUTPUT},
    {"o_proj", ROLE_ATTN_OUTPUT},
    {"out_proj", ROLE_ATTN_OUTPUT},
    {"out_lin", ROLE_ATTN_OUTPUT},
    {"attention_output", ROLE_ATTN_OUTPUT},
    {"attention.output.dense", ROLE_ATTN_OUTPUT},
    {"attention.dense", ROLE_ATTN_OUTPUT},
    {"self_attention.dense", ROLE_ATTN_OUTPUT},
    {"self_attention.output_dense", ROLE_ATTN_OUTPUT},
    {"self_attention_layer.output_dense", ROLE_ATTN_OUTPUT},
    {"multi_head_attention*.output_dense", ROLE_ATTN_OUTPUT},
    {"attn.output_dense", ROLE_ATTN_OUTPUT},
    {"SelfAttention.o", ROLE_ATTN_OUTPUT},
    {"EncDecAttention.o", ROLE_ATTN_OUTPUT},
    {"wo", ROLE_ATTN_OUTPUT},
    {"gate_proj", ROLE_GATE},
    {"feedforward_gate_dense", ROLE_GATE},
    {"w1", ROLE_GATE},
    {"wi_0", ROLE_GATE},
    {"c_fc", ROLE_UP},
    {"up_proj", ROLE_UP},
    {"feedforward_intermediate_dense", ROLE_UP},
    {"intermediate.dense", ROLE_UP},
    {"dense_h_to_4h", ROLE_UP},
    {"fc1", ROLE_UP},
    {"lin1", ROLE_UP},
    {"linear1", ROLE_UP},
    {"w3", ROLE_UP},
    {"wi", ROLE_UP},
    {"wi_1", ROLE_UP},
    {"mlp.c_proj", ROLE_DOWN},
    {"down_proj", ROLE_DOWN},
    {"feedforward_output_dense", ROLE_DOWN},
    {"output.dense", ROLE_DOWN},
    {"dense_4h_to_h", ROLE_DOWN},
    {"fc2", ROLE_DOWN},
    {"lin2", ROLE_DOWN},
    {"linear2", ROLE_DOWN},
    {"w2", ROLE_DOWN},
    {"wpe", ROLE_POSITION},
    {"position_embedding*", ROLE_POSITION},
    {"position_embeddings*", ROLE_POSITION},
    {"embed_positions", ROLE_POSITION},
    {"relative_attention_bias", ROLE_POSITION},
    {"wte", ROLE_EMBEDDING},
    {"word_embeddings", ROLE_EMBEDDING},
    {"token_type_embeddings", ROLE_EMBEDDING},
    {"embed_tokens", ROLE_EMBEDDING},
    {"tok_embeddings", ROLE_EMBEDDING},
    {"token_embedding*", ROLE_EMBEDDING},
    {"token_embeddings*", ROLE_EMBEDDING},
    {"reverse_embeddings", ROLE_HEAD},
    {"lm_head", ROLE_HEAD},
    {"embed_out", ROLE_HEAD},
    {"classifier", ROLE_HEAD},
    {"logits", ROLE_HEAD},
    {"gamma", ROLE_NORM},
    {"beta", ROLE_NORM},
    {"moving_mean", ROLE_NORM},
    {"moving_variance", ROLE_NORM},
    {"LayerNorm", ROLE_NORM},
    {"layer_norm*", ROLE_NORM},
    {"layer_normalization*", ROLE_NORM},
    {"layernorm*", ROLE_NORM},
    {"rms_norm*", ROLE_NORM},
    {"rms_normalization*", ROLE_NORM},
    {"group_norm*", ROLE_NORM},
    {"group_normalization*", ROLE_NORM},
    {"batch_normalization*", ROLE_NORM},
    {"input_layernorm", ROLE_NORM},
    {"post_attention_layernorm", ROLE_NORM},
    {"self_attention_layernorm", ROLE_NORM},
    {"self_attention_layer_norm", ROLE_NORM},
    {"feedforward_layernorm", ROLE_NORM},
    {"feedforward_layer_norm", ROLE_NORM},
    {"sequence_output_layernorm", ROLE_NORM},
    {"ln_*", ROLE_NORM},
    {"ln1", ROLE_NORM},
    {"ln2", ROLE_NORM},
    {"norm*", ROLE_NORM},
    {"normalization*", ROLE_NORM},
    {"bn*", ROLE_NORM},
    {"embeddings", ROLE_EMBEDDING},
    {"embedding*", ROLE_EMBEDDING},
    {"shared", ROLE_EMBEDDING},
    {"recurrent_kernel", ROLE_RECURRENT},
    {"lstm*", ROLE_RECURRENT},
    {"gru*", ROLE_RECURRENT},
    {"simple_rnn*", ROLE_RECURRENT},
    {"rnn*", ROLE_RECURRENT},
    {"conv*", ROLE_CONV},
    {"depthwise*", ROLE_CONV},
    {"pointwise*", ROLE_CONV},
    {"separable_conv*", ROLE_CONV},
};

static const struct {
    const char *class_part;
    enum role role;
} classes[] = {
    {"Norm", ROLE_NORM},        {"Conv", ROLE_CONV},      {"LSTM", ROLE_RECURRENT},
    {"GRU", ROLE_RECURRENT},    {"RNN", ROLE_RECURRENT},  {"PositionEmbedding", ROLE_POSITION},
    {"Embedding", ROLE_EMBEDDING}, {"Dense", ROLE_DENSE},
};

/* Does `pattern` (without dots) match the part [part, part+n)? */
static bool part_matches(const char *pattern, size_t pattern_n, const char *part, size_t n)
{
    size_t fixed = pattern_n;

    if (fixed == 0 || pattern[fixed - 1] != '*')
        return n == fixed && strncmp(part, pattern, n) == 0;
    fixed--;
    if (n < fixed || strncmp(part, pattern, fixed) != 0)
        return false;
    return n == fixed || pattern[fixed - 1] == '_' || part[fixed] == '_' ||
           g_ascii_isdigit(part[fixed]);
}

/* Does the word, part for part, stand at this part of the name? */
static bool word_at(const char *word, const char *name)
{
    for (;;) {
        size_t w = strcspn(word, "."), n = strcspn(name, ".");

        if (!part_matches(word, w, name, n))
            return false;
        if (!word[w])
            return true;
        if (!name[n])
            return false;
        word += w + 1;
        name += n + 1;
    }
}

/* Words by their first letter, in the table's order, so that a name is held against few. */
struct word_index {
    uint8_t first[UCHAR_MAX + 1]; /* row + 1; 0: none */
    uint8_t next[G_N_ELEMENTS(words)];
};

G_STATIC_ASSERT(G_N_ELEMENTS(words) < UINT8_MAX);

static gpointer make_index(gpointer unused)
{
    static struct word_index index;

    (void)unused;
    for (size_t i = G_N_ELEMENTS(words); i-- > 0;) {
        uint8_t *first = &index.first[(guchar)words[i].word[0]];

        index.next[i] = *first;
        *first = (uint8_t)(i + 1);
    }
    return &index;
}

/* The first row that matches at any part of the name; G_N_ELEMENTS(words): none. */
static size_t find_word(const char *name)
{
    static GOnce once = G_ONCE_INIT;
    const struct word_index *index = g_once(&once, make_index, NULL);
    size_t best = G_N_ELEMENTS(words);

    for (const char *part = name; part;) {
        const char *dot = strchr(part, '.');

        for (size_t at = index->first[(guchar)*part]; at && at - 1 < best; at = index->next[at - 1])
            if (word_at(words[at - 1].word, part))
                best = at - 1;
        part = dot ? dot + 1 : NULL;
    }
    return best;
}

static enum role role_of_class(const char *layer_class)
{
    if (!layer_class)
        return ROLE_UNKNOWN;
    for (size_t i = 0; i < G_N_ELEMENTS(classes); i++)
        if (strstr(layer_class, classes[i].class_part))
            return classes[i].role;
    return ROLE_UNKNOWN;
}

enum role role_of(const struct tensor *t)
{
    size_t word = find_word(t->name);
    enum role role;

    if (word < G_N_ELEMENTS(words))
        return words[word].role;
    role = role_of_class(t->layer_class);
    if (role == ROLE_UNKNOWN && !role_is_vector(t) && tensor_squeezed_rank(t) >= 2)
        role = ROLE_DENSE;
    return role;
}

/* The last part of the name says what a layer calls its variable. */
bool role_is_vector(const struct tensor *t)
{
    static const char *const vectors[] = {
        "bias",  "bias_hh_l*", "bias_ih_l*", "beta",  "gamma",          "scale",
        "alpha", "b",          "q_bias",     "v_bias", "gain",
        "kernel_scale", "moving_mean", "moving_variance", "in_proj_bias"};
    const char *last = strrchr(t->name, '.');

    last = last ? last + 1 : t->name;
    if (g_str_has_prefix(last, "lora_"))
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(vectors); i++)
        if (part_matches(vectors[i], strlen(vectors[i]), last, strlen(last)))
            return true;
    return g_str_has_suffix(last, "_bias") || g_str_has_suffix(last, "_b");
}
