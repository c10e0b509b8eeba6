#include "tests/support/frameworks.h"

#include <check.h>
#include <string.h>
#include "tests/support/memory_source.h"

enum form {
    VECTOR,       /* {out} */
    VECTOR_ROW,   /* {1,out} */
    VECTOR_HEADS, /* {heads,head} */
    OUT_IN,       /* torch's Linear */
    IN_OUT,       /* Conv1D, Keras */
    IN_HEADS,     /* {in,heads,head} */
    HEADS_OUT     /* {heads,head,out}: the output projection */
};

/* parts: with a '+' between those that are fused along the outputs. */
struct row {
    const char *parts, *name; /* %u: the block */
    enum form form;
};

struct framework {
    const char *name;
    const struct row *rows; /* parts NULL ends */
};

static const struct row gpt2_torch[] = {
    {"tokens", "transformer.wte.weight", OUT_IN},
    {"positions", "transformer.wpe.weight", OUT_IN},
    {"ln_1.g", "transformer.h.%u.ln_1.weight", VECTOR},
    {"ln_1.b", "transformer.h.%u.ln_1.bias", VECTOR},
    {"q+k+v", "transformer.h.%u.attn.c_attn.weight", IN_OUT},
    {"q.b+k.b+v.b", "transformer.h.%u.attn.c_attn.bias", VECTOR},
    {"o", "transformer.h.%u.attn.c_proj.weight", IN_OUT},
    {"o.b", "transformer.h.%u.attn.c_proj.bias", VECTOR},
    {"ln_2.g", "transformer.h.%u.ln_2.weight", VECTOR},
    {"ln_2.b", "transformer.h.%u.ln_2.bias", VECTOR},
    {"up", "transformer.h.%u.mlp.c_fc.weight", IN_OUT},
    {"up.b", "transformer.h.%u.mlp.c_fc.bias", VECTOR},
    {"down", "transformer.h.%u.mlp.c_proj.weight", IN_OUT},
    {"down.b", "transformer.h.%u.mlp.c_proj.bias", VECTOR},
    {"ln_f.g", "transformer.ln_f.weight", VECTOR},
    {"ln_f.b", "transformer.ln_f.bias", VECTOR},
    {NULL, NULL, VECTOR},
};

static const struct row gpt2_tf[] = {
    {"tokens", "transformer.wte.embeddings", OUT_IN},
    {"positions", "transformer.wpe.embeddings", OUT_IN},
    {"ln_1.g", "transformer.h.%u.ln_1.gamma", VECTOR},
    {"ln_1.b", "transformer.h.%u.ln_1.beta", VECTOR},
    {"q+k+v", "transformer.h.%u.attn.c_attn.weight", IN_OUT},
    {"q.b+k.b+v.b", "transformer.h.%u.attn.c_attn.bias", VECTOR_ROW},
    {"o", "transformer.h.%u.attn.c_proj.weight", IN_OUT},
    {"o.b", "transformer.h.%u.attn.c_proj.bias", VECTOR_ROW},
    {"ln_2.g", "transformer.h.%u.ln_2.gamma", VECTOR},
    {"ln_2.b", "transformer.h.%u.ln_2.beta", VECTOR},
    {"up", "transformer.h.%u.mlp.c_fc.weight", IN_OUT},
    {"up.b", "transformer.h.%u.mlp.c_fc.bias", VECTOR_ROW},
    {"down", "transformer.h.%u.mlp.c_proj.weight", IN_OUT},
    {"down.b", "transformer.h.%u.mlp.c_proj.bias", VECTOR_ROW},
    {"ln_f.g", "transformer.ln_f.gamma", VECTOR},
    {"ln_f.b", "transformer.ln_f.beta", VECTOR},
    {NULL, NULL, VECTOR},
};

/* nanoGPT: torch's names, but Linear in place of Conv1D. */
static const struct row gpt2_linear[] = {
    {"tokens", "transformer.wte.weight", OUT_IN},
    {"positions", "transformer.wpe.weight", OUT_IN},
    {"ln_1.g", "transformer.h.%u.ln_1.weight", VECTOR},
    {"ln_1.b", "transformer.h.%u.ln_1.bias", VECTOR},
    {"q+k+v", "transformer.h.%u.attn.c_attn.weight", OUT_IN},
    {"q.b+k.b+v.b", "transformer.h.%u.attn.c_attn.bias", VECTOR},
    {"o", "transformer.h.%u.attn.c_proj.weight", OUT_IN},
    {"o.b", "transformer.h.%u.attn.c_proj.bias", VECTOR},
    {"ln_2.g", "transformer.h.%u.ln_2.weight", VECTOR},
    {"ln_2.b", "transformer.h.%u.ln_2.bias", VECTOR},
    {"up", "transformer.h.%u.mlp.c_fc.weight", OUT_IN},
    {"up.b", "transformer.h.%u.mlp.c_fc.bias", VECTOR},
    {"down", "transformer.h.%u.mlp.c_proj.weight", OUT_IN},
    {"down.b", "transformer.h.%u.mlp.c_proj.bias", VECTOR},
    {"ln_f.g", "transformer.ln_f.weight", VECTOR},
    {"ln_f.b", "transformer.ln_f.bias", VECTOR},
    {NULL, NULL, VECTOR},
};

static const struct row gpt2_hub[] = {
    {"tokens", "token_embedding.embeddings", OUT_IN},
    {"positions", "position_embedding.embeddings", OUT_IN},
    {"up", "transformer_layer_%u.feedforward_intermediate_dense.kernel", IN_OUT},
    {"up.b", "transformer_layer_%u.feedforward_intermediate_dense.bias", VECTOR},
    {"ln_2.g", "transformer_layer_%u.feedforward_layer_norm.gamma", VECTOR},
    {"ln_2.b", "transformer_layer_%u.feedforward_layer_norm.beta", VECTOR},
    {"down", "transformer_layer_%u.feedforward_output_dense.kernel", IN_OUT},
    {"down.b", "transformer_layer_%u.feedforward_output_dense.bias", VECTOR},
    {"k", "transformer_layer_%u.self_attention.key.kernel", IN_HEADS},
    {"k.b", "transformer_layer_%u.self_attention.key.bias", VECTOR_HEADS},
    {"o", "transformer_layer_%u.self_attention.attention_output.kernel", HEADS_OUT},
    {"o.b", "transformer_layer_%u.self_attention.attention_output.bias", VECTOR},
    {"q", "transformer_layer_%u.self_attention.query.kernel", IN_HEADS},
    {"q.b", "transformer_layer_%u.self_attention.query.bias", VECTOR_HEADS},
    {"v", "transformer_layer_%u.self_attention.value.kernel", IN_HEADS},
    {"v.b", "transformer_layer_%u.self_attention.value.bias", VECTOR_HEADS},
    {"ln_1.g", "transformer_layer_%u.self_attention_layer_norm.gamma", VECTOR},
    {"ln_1.b", "transformer_layer_%u.self_attention_layer_norm.beta", VECTOR},
    {"ln_f.g", "layer_norm.gamma", VECTOR},
    {"ln_f.b", "layer_norm.beta", VECTOR},
    {NULL, NULL, VECTOR},
};

static const struct row llama_torch[] = {
    {"tokens", "model.embed_tokens.weight", OUT_IN},
    {"ln_1.g", "model.layers.%u.input_layernorm.weight", VECTOR},
    {"down", "model.layers.%u.mlp.down_proj.weight", OUT_IN},
    {"gate", "model.layers.%u.mlp.gate_proj.weight", OUT_IN},
    {"up", "model.layers.%u.mlp.up_proj.weight", OUT_IN},
    {"ln_2.g", "model.layers.%u.post_attention_layernorm.weight", VECTOR},
    {"k", "model.layers.%u.self_attn.k_proj.weight", OUT_IN},
    {"o", "model.layers.%u.self_attn.o_proj.weight", OUT_IN},
    {"q", "model.layers.%u.self_attn.q_proj.weight", OUT_IN},
    {"v", "model.layers.%u.self_attn.v_proj.weight", OUT_IN},
    {"ln_f.g", "model.norm.weight", VECTOR},
    {"head", "lm_head.weight", OUT_IN},
    {NULL, NULL, VECTOR},
};

/* Phi-3's way. */
static const struct row llama_fused[] = {
    {"tokens", "model.embed_tokens.weight", OUT_IN},
    {"ln_1.g", "model.layers.%u.input_layernorm.weight", VECTOR},
    {"down", "model.layers.%u.mlp.down_proj.weight", OUT_IN},
    {"gate+up", "model.layers.%u.mlp.gate_up_proj.weight", OUT_IN},
    {"ln_2.g", "model.layers.%u.post_attention_layernorm.weight", VECTOR},
    {"o", "model.layers.%u.self_attn.o_proj.weight", OUT_IN},
    {"q+k+v", "model.layers.%u.self_attn.qkv_proj.weight", OUT_IN},
    {"ln_f.g", "model.norm.weight", VECTOR},
    {"head", "lm_head.weight", OUT_IN},
    {NULL, NULL, VECTOR},
};

static const struct row llama_hub[] = {
    {"tokens", "token_embedding.embeddings", OUT_IN},
    {"head", "token_embedding.reverse_embeddings", IN_OUT},
    {"gate", "transformer_layer_%u.feedforward_gate_dense.kernel", IN_OUT},
    {"up", "transformer_layer_%u.feedforward_intermediate_dense.kernel", IN_OUT},
    {"ln_2.g", "transformer_layer_%u.feedforward_layernorm.scale", VECTOR},
    {"down", "transformer_layer_%u.feedforward_output_dense.kernel", IN_OUT},
    {"k", "transformer_layer_%u.self_attention.key.kernel", IN_HEADS},
    {"o", "transformer_layer_%u.self_attention.attention_output.kernel", HEADS_OUT},
    {"q", "transformer_layer_%u.self_attention.query.kernel", IN_HEADS},
    {"v", "transformer_layer_%u.self_attention.value.kernel", IN_HEADS},
    {"ln_1.g", "transformer_layer_%u.self_attention_layernorm.scale", VECTOR},
    {"ln_f.g", "sequence_output_layernorm.scale", VECTOR},
    {NULL, NULL, VECTOR},
};

static const struct row bert_torch[] = {
    {"tokens", "bert.embeddings.word_embeddings.weight", OUT_IN},
    {"types", "bert.embeddings.token_type_embeddings.weight", OUT_IN},
    {"positions", "bert.embeddings.position_embeddings.weight", OUT_IN},
    {"ln_e.g", "bert.embeddings.LayerNorm.weight", VECTOR},
    {"ln_e.b", "bert.embeddings.LayerNorm.bias", VECTOR},
    {"q", "bert.encoder.layer.%u.attention.self.query.weight", OUT_IN},
    {"q.b", "bert.encoder.layer.%u.attention.self.query.bias", VECTOR},
    {"k", "bert.encoder.layer.%u.attention.self.key.weight", OUT_IN},
    {"k.b", "bert.encoder.layer.%u.attention.self.key.bias", VECTOR},
    {"v", "bert.encoder.layer.%u.attention.self.value.weight", OUT_IN},
    {"v.b", "bert.encoder.layer.%u.attention.self.value.bias", VECTOR},
    {"o", "bert.encoder.layer.%u.attention.output.dense.weight", OUT_IN},
    {"o.b", "bert.encoder.layer.%u.attention.output.dense.bias", VECTOR},
    {"ln_1.g", "bert.encoder.layer.%u.attention.output.LayerNorm.weight", VECTOR},
    {"ln_1.b", "bert.encoder.layer.%u.attention.output.LayerNorm.bias", VECTOR},
    {"up", "bert.encoder.layer.%u.intermediate.dense.weight", OUT_IN},
    {"up.b", "bert.encoder.layer.%u.intermediate.dense.bias", VECTOR},
    {"down", "bert.encoder.layer.%u.output.dense.weight", OUT_IN},
    {"down.b", "bert.encoder.layer.%u.output.dense.bias", VECTOR},
    {"ln_2.g", "bert.encoder.layer.%u.output.LayerNorm.weight", VECTOR},
    {"ln_2.b", "bert.encoder.layer.%u.output.LayerNorm.bias", VECTOR},
    {"pooler", "bert.pooler.dense.weight", OUT_IN},
    {"pooler.b", "bert.pooler.dense.bias", VECTOR},
    {NULL, NULL, VECTOR},
};

static const struct row bert_tf[] = {
    {"tokens", "bert.embeddings.word_embeddings.weight", OUT_IN},
    {"types", "bert.embeddings.token_type_embeddings.embeddings", OUT_IN},
    {"positions", "bert.embeddings.position_embeddings.embeddings", OUT_IN},
    {"ln_e.g", "bert.embeddings.LayerNorm.gamma", VECTOR},
    {"ln_e.b", "bert.embeddings.LayerNorm.beta", VECTOR},
    {"q", "bert.encoder.layer.%u.attention.self.query.kernel", IN_OUT},
    {"q.b", "bert.encoder.layer.%u.attention.self.query.bias", VECTOR},
    {"k", "bert.encoder.layer.%u.attention.self.key.kernel", IN_OUT},
    {"k.b", "bert.encoder.layer.%u.attention.self.key.bias", VECTOR},
    {"v", "bert.encoder.layer.%u.attention.self.value.kernel", IN_OUT},
    {"v.b", "bert.encoder.layer.%u.attention.self.value.bias", VECTOR},
    {"o", "bert.encoder.layer.%u.attention.output.dense.kernel", IN_OUT},
    {"o.b", "bert.encoder.layer.%u.attention.output.dense.bias", VECTOR},
    {"ln_1.g", "bert.encoder.layer.%u.attention.output.LayerNorm.gamma", VECTOR},
    {"ln_1.b", "bert.encoder.layer.%u.attention.output.LayerNorm.beta", VECTOR},
    {"up", "bert.encoder.layer.%u.intermediate.dense.kernel", IN_OUT},
    {"up.b", "bert.encoder.layer.%u.intermediate.dense.bias", VECTOR},
    {"down", "bert.encoder.layer.%u.output.dense.kernel", IN_OUT},
    {"down.b", "bert.encoder.layer.%u.output.dense.bias", VECTOR},
    {"ln_2.g", "bert.encoder.layer.%u.output.LayerNorm.gamma", VECTOR},
    {"ln_2.b", "bert.encoder.layer.%u.output.LayerNorm.beta", VECTOR},
    {"pooler", "bert.pooler.dense.kernel", IN_OUT},
    {"pooler.b", "bert.pooler.dense.bias", VECTOR},
    {NULL, NULL, VECTOR},
};

static const struct row bert_hub[] = {
    {"tokens", "token_embedding.embeddings", OUT_IN},
    {"positions", "position_embedding.embeddings", OUT_IN},
    {"types", "segment_embedding.embeddings", OUT_IN},
    {"ln_e.g", "embeddings_layer_norm.gamma", VECTOR},
    {"ln_e.b", "embeddings_layer_norm.beta", VECTOR},
    {"up", "transformer_layer_%u.feedforward_intermediate_dense.kernel", IN_OUT},
    {"up.b", "transformer_layer_%u.feedforward_intermediate_dense.bias", VECTOR},
    {"ln_2.g", "transformer_layer_%u.feedforward_layer_norm.gamma", VECTOR},
    {"ln_2.b", "transformer_layer_%u.feedforward_layer_norm.beta", VECTOR},
    {"down", "transformer_layer_%u.feedforward_output_dense.kernel", IN_OUT},
    {"down.b", "transformer_layer_%u.feedforward_output_dense.bias", VECTOR},
    {"k", "transformer_layer_%u.self_attention_layer.key.kernel", IN_HEADS},
    {"k.b", "transformer_layer_%u.self_attention_layer.key.bias", VECTOR_HEADS},
    {"o", "transformer_layer_%u.self_attention_layer.attention_output.kernel", HEADS_OUT},
    {"o.b", "transformer_layer_%u.self_attention_layer.attention_output.bias", VECTOR},
    {"q", "transformer_layer_%u.self_attention_layer.query.kernel", IN_HEADS},
    {"q.b", "transformer_layer_%u.self_attention_layer.query.bias", VECTOR_HEADS},
    {"v", "transformer_layer_%u.self_attention_layer.value.kernel", IN_HEADS},
    {"v.b", "transformer_layer_%u.self_attention_layer.value.bias", VECTOR_HEADS},
    {"ln_1.g", "transformer_layer_%u.self_attention_layer_norm.gamma", VECTOR},
    {"ln_1.b", "transformer_layer_%u.self_attention_layer_norm.beta", VECTOR},
    {"pooler", "pooled_dense.kernel", IN_OUT},
    {"pooler.b", "pooled_dense.bias", VECTOR},
    {NULL, NULL, VECTOR},
};

static const struct framework frameworks[] = {
    {"gpt2.torch", gpt2_torch},   {"gpt2.tf", gpt2_tf},         {"gpt2.hub", gpt2_hub},
    {"gpt2.linear", gpt2_linear}, {"llama.torch", llama_torch}, {"llama.fused", llama_fused},
    {"llama.hub", llama_hub},     {"bert.torch", bert_torch},   {"bert.tf", bert_tf},
    {"bert.hub", bert_hub},
};

const char *const framework_names[] = {"gpt2.torch",  "gpt2.tf",     "gpt2.hub",  "gpt2.linear",
                                       "llama.torch", "llama.fused", "llama.hub", "bert.torch",
                                       "bert.tf",     "bert.hub",    NULL};

static const struct framework *find(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(frameworks); i++)
        if (strcmp(frameworks[i].name, name) == 0)
            return &frameworks[i];
    ck_abort_msg("no framework %s", name);
    return NULL;
}

/* One part: [out,in], or a vector with in 0. */
struct part {
    uint64_t out, in;
    float *values;
};

struct weights {
    uint64_t head_dim;
    unsigned blocks;
    GHashTable *parts; /* "0 q" -> struct part */
};

static void free_part(gpointer data)
{
    g_free(((struct part *)data)->values);
    g_free(data);
}

static struct weights *weights_new(void)
{
    struct weights *w = g_new0(struct weights, 1);

    w->parts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_part);
    return w;
}

void weights_free(struct weights *w)
{
    g_hash_table_destroy(w->parts);
    g_free(w);
}

static char *part_key(const char *part, size_t n, bool in_block, unsigned block)
{
    return in_block ? g_strdup_printf("%u %.*s", block, (int)n, part) : g_strndup(part, n);
}

static bool in_blocks(const struct row *r)
{
    return strstr(r->name, "%u") != NULL;
}

static char *row_name(const struct row *r, unsigned block)
{
    const char *at = strstr(r->name, "%u");

    return at ? g_strdup_printf("%.*s%u%s", (int)(at - r->name), r->name, block, at + 2)
              : g_strdup(r->name);
}

static bool is_vector(enum form f)
{
    return f <= VECTOR_HEADS;
}

/* Where [o,i] of a tensor with `out` outputs and `in` inputs lies. Keeping heads apart changes the
 * shape, not the order. */
static uint64_t at(enum form f, uint64_t o, uint64_t i, uint64_t out, uint64_t in)
{
    if (is_vector(f))
        return o;
    return f == OUT_IN ? o * in + i : i * out + o;
}

static const struct tensor *tensor_named(const struct source *s, const char *name, uint32_t *index)
{
    for (*index = 0; *index < s->n_tensors; (*index)++)
        if (strcmp(s->tensors[*index].name, name) == 0)
            return &s->tensors[*index];
    return NULL;
}

static void shape_of(const struct tensor *t, enum form f, uint64_t *out, uint64_t *in)
{
    *in = 1;
    *out = t->elems;
    if (is_vector(f))
        return;
    *in = f == OUT_IN ? t->dim[1] : f == HEADS_OUT ? t->dim[0] * t->dim[1] : t->dim[0];
    *out = t->elems / *in;
}

static unsigned count_parts(const char *parts)
{
    unsigned n = 1;

    for (; *parts; parts++)
        n += *parts == '+';
    return n;
}

/* A fused tensor of the source holds parts of one size. */
static bool read_row(struct weights *w, struct source *s, const struct row *r, unsigned block)
{
    char *name = row_name(r, block);
    uint32_t index;
    const struct tensor *t = tensor_named(s, name, &index);
    unsigned n = count_parts(r->parts), which = 0;
    uint64_t out, in;
    float *values;

    g_free(name);
    if (!t)
        return false;
    ck_assert_int_eq(t->dtype, DTYPE_F32);
    values = g_new(float, t->elems);
    ck_assert(s->ops->read(s, index, 0, t->elems, values, NULL));
    shape_of(t, r->form, &out, &in);
    for (const char *p = r->parts; p; which++) {
        const char *end = strchr(p, '+');
        struct part *part = g_new0(struct part, 1);

        part->out = out / n;
        part->in = is_vector(r->form) ? 0 : in;
        part->values = g_new(float, part->out *in);
        for (uint64_t o = 0; o < part->out; o++)
            for (uint64_t i = 0; i < in; i++)
                part->values[o * in + i] = values[at(r->form, which * part->out + o, i, out, in)];
        g_hash_table_insert(
            w->parts, part_key(p, end ? (size_t)(end - p) : strlen(p), in_blocks(r), block), part);
        p = end ? end + 1 : NULL;
    }
    g_free(values);
    return true;
}

struct weights *weights_read(struct source *s, const char *framework, uint64_t heads)
{
    const struct framework *f = find(framework);
    struct weights *w = weights_new();
    const struct part *q;

    for (const struct row *r = f->rows; r->parts; r++) {
        unsigned block = 0;

        while (read_row(w, s, r, block++) && in_blocks(r))
            w->blocks = MAX(w->blocks, block);
    }
    q = g_hash_table_lookup(w->parts, "0 q");
    ck_assert_ptr_nonnull(q);
    w->head_dim = q->out / heads;
    return w;
}

static void make_part(struct weights *w, const char *name, bool in_block, unsigned block,
                      uint64_t out, uint64_t in)
{
    struct part *p = g_new0(struct part, 1);
    uint64_t n = out * (in ? in : 1);
    guint serial = g_hash_table_size(w->parts);

    p->out = out;
    p->in = in;
    p->values = g_new(float, n);
    for (uint64_t i = 0; i < n; i++)
        p->values[i] = (float)(serial + 1) + (float)(i * 37 % n) / (float)(n + 1);
    g_hash_table_insert(w->parts, part_key(name, strlen(name), in_block, block), p);
}

struct weights *weights_make(const char *architecture, uint64_t rows)
{
    static const struct {
        const char *name;
        uint64_t out, in; /* out 0: the vocabulary */
        bool in_block;
    } sizes[] = {{"tokens", 0, 8, false},   {"positions", 10, 8, false}, {"types", 2, 8, false},
                 {"ln_e.g", 8, 0, false},   {"ln_e.b", 8, 0, false},     {"ln_f.g", 8, 0, false},
                 {"ln_f.b", 8, 0, false},   {"head", 0, 8, false},       {"pooler", 8, 8, false},
                 {"pooler.b", 8, 0, false}, {"ln_1.g", 8, 0, true},      {"ln_1.b", 8, 0, true},
                 {"ln_2.g", 8, 0, true},    {"ln_2.b", 8, 0, true},      {"q", 8, 8, true},
                 {"q.b", 8, 0, true},       {"k", 8, 8, true},           {"k.b", 8, 0, true},
                 {"v", 8, 8, true},         {"v.b", 8, 0, true},         {"o", 8, 8, true},
                 {"o.b", 8, 0, true},       {"gate", 12, 8, true},       {"up", 12, 8, true},
                 {"up.b", 12, 0, true},     {"down", 8, 12, true},       {"down.b", 8, 0, true}};
    struct weights *w = weights_new();

    w->blocks = 2;
    w->head_dim = strcmp(architecture, "llama") == 0 ? 2 : 4;
    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++)
        for (unsigned block = 0; block < (sizes[i].in_block ? w->blocks : 1); block++) {
            bool grouped = w->head_dim == 2 && (sizes[i].name[0] == 'k' || sizes[i].name[0] == 'v');

            make_part(w, sizes[i].name, sizes[i].in_block, block,
                      sizes[i].out ? sizes[i].out / (grouped ? 2 : 1) : rows, sizes[i].in);
        }
    return w;
}

static unsigned fill_shape(const struct weights *w, enum form f, uint64_t out, uint64_t in,
                           uint64_t *dim)
{
    uint64_t hd = w->head_dim;

    switch (f) {
    case VECTOR:
        dim[0] = out;
        return 1;
    case VECTOR_ROW:
        dim[0] = 1;
        dim[1] = out;
        return 2;
    case VECTOR_HEADS:
        dim[0] = out / hd;
        dim[1] = hd;
        return 2;
    case OUT_IN:
        dim[0] = out;
        dim[1] = in;
        return 2;
    case IN_OUT:
        dim[0] = in;
        dim[1] = out;
        return 2;
    case IN_HEADS:
        dim[0] = in;
        dim[1] = out / hd;
        dim[2] = hd;
        return 3;
    case HEADS_OUT:
        dim[0] = in / hd;
        dim[1] = hd;
        dim[2] = out;
        return 3;
    }
    return 0;
}

static void write_row(const struct weights *w, struct memory_source *m, const struct row *r,
                      unsigned block)
{
    const struct part *parts[3];
    uint64_t out = 0, in = 1, first = 0, dim[3];
    unsigned n = 0, rank;
    char *name = row_name(r, block);
    float *values;

    for (const char *p = r->parts; p; n++) {
        const char *end = strchr(p, '+');
        char *key = part_key(p, end ? (size_t)(end - p) : strlen(p), in_blocks(r), block);

        parts[n] = g_hash_table_lookup(w->parts, key);
        ck_assert_msg(parts[n] != NULL, "no part %s", key);
        out += parts[n]->out;
        in = MAX(parts[n]->in, 1);
        g_free(key);
        p = end ? end + 1 : NULL;
    }
    values = g_new(float, out *in);
    for (unsigned k = 0; k < n; first += parts[k++]->out)
        for (uint64_t o = 0; o < parts[k]->out; o++)
            for (uint64_t i = 0; i < in; i++)
                values[at(r->form, first + o, i, out, in)] = parts[k]->values[o * in + i];
    rank = fill_shape(w, r->form, out, in, dim);
    memory_source_add(m, name, TENSOR_WEIGHT, DTYPE_F32, rank, dim, values);
    g_free(values);
    g_free(name);
}

struct checkpoint *weights_write(const struct weights *w, const char *framework)
{
    const struct framework *f = find(framework);
    char *path = g_strconcat(framework, ".h5", NULL);
    struct memory_source *m = memory_source_create(path);

    g_free(path);
    for (const struct row *r = f->rows; r->parts; r++)
        for (unsigned block = 0; block < (in_blocks(r) ? w->blocks : 1); block++)
            write_row(w, m, r, block);
    return checkpoint_create(memory_source_finish(m));
}
