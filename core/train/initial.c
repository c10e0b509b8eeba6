#include "core/train/initial.h"

#include <math.h>
#include <string.h>

#include "core/random.h"

enum filling { FILL_ONES, FILL_ZEROS, FILL_NORMAL, FILL_RESIDUAL };

enum extent { E_NONE, E_HIDDEN, E_QKV, E_QUERY, E_KEY, E_MLP, E_VOCABULARY, E_POSITIONS };

/* A tensor of each block, or outside; [rows][columns] as it is stored. */
struct row {
    const char *name;
    enum extent rows, columns;
    enum filling filling;
};

static const struct row gpt2_before[] = {
    {"transformer.wte.weight", E_VOCABULARY, E_HIDDEN, FILL_NORMAL},
    {"transformer.wpe.weight", E_POSITIONS, E_HIDDEN, FILL_NORMAL},
    {NULL, E_NONE, E_NONE, FILL_ONES}};
static const struct row gpt2_block[] = {
    {"transformer.h.%u.ln_1.weight", E_HIDDEN, E_NONE, FILL_ONES},
    {"transformer.h.%u.ln_1.bias", E_HIDDEN, E_NONE, FILL_ZEROS},
    {"transformer.h.%u.attn.c_attn.weight", E_HIDDEN, E_QKV, FILL_NORMAL},
    {"transformer.h.%u.attn.c_attn.bias", E_QKV, E_NONE, FILL_ZEROS},
    {"transformer.h.%u.attn.c_proj.weight", E_QUERY, E_HIDDEN, FILL_RESIDUAL},
    {"transformer.h.%u.attn.c_proj.bias", E_HIDDEN, E_NONE, FILL_ZEROS},
    {"transformer.h.%u.ln_2.weight", E_HIDDEN, E_NONE, FILL_ONES},
    {"transformer.h.%u.ln_2.bias", E_HIDDEN, E_NONE, FILL_ZEROS},
    {"transformer.h.%u.mlp.c_fc.weight", E_HIDDEN, E_MLP, FILL_NORMAL},
    {"transformer.h.%u.mlp.c_fc.bias", E_MLP, E_NONE, FILL_ZEROS},
    {"transformer.h.%u.mlp.c_proj.weight", E_MLP, E_HIDDEN, FILL_RESIDUAL},
    {"transformer.h.%u.mlp.c_proj.bias", E_HIDDEN, E_NONE, FILL_ZEROS},
    {NULL, E_NONE, E_NONE, FILL_ONES}};
static const struct row gpt2_after[] = {{"transformer.ln_f.weight", E_HIDDEN, E_NONE, FILL_ONES},
                                        {"transformer.ln_f.bias", E_HIDDEN, E_NONE, FILL_ZEROS},
                                        {NULL, E_NONE, E_NONE, FILL_ONES}};

static const struct row llama_before[] = {
    {"model.embed_tokens.weight", E_VOCABULARY, E_HIDDEN, FILL_NORMAL},
    {NULL, E_NONE, E_NONE, FILL_ONES}};
static const struct row llama_block[] = {
    {"model.layers.%u.input_layernorm.weight", E_HIDDEN, E_NONE, FILL_ONES},
    {"model.layers.%u.self_attn.q_proj.weight", E_QUERY, E_HIDDEN, FILL_NORMAL},
    {"model.layers.%u.self_attn.k_proj.weight", E_KEY, E_HIDDEN, FILL_NORMAL},
    {"model.layers.%u.self_attn.v_proj.weight", E_KEY, E_HIDDEN, FILL_NORMAL},
    {"model.layers.%u.self_attn.o_proj.weight", E_HIDDEN, E_QUERY, FILL_RESIDUAL},
    {"model.layers.%u.post_attention_layernorm.weight", E_HIDDEN, E_NONE, FILL_ONES},
    {"model.layers.%u.mlp.gate_proj.weight", E_MLP, E_HIDDEN, FILL_NORMAL},
    {"model.layers.%u.mlp.up_proj.weight", E_MLP, E_HIDDEN, FILL_NORMAL},
    {"model.layers.%u.mlp.down_proj.weight", E_HIDDEN, E_MLP, FILL_RESIDUAL},
    {NULL, E_NONE, E_NONE, FILL_ONES}};
static const struct row llama_after[] = {{"model.norm.weight", E_HIDDEN, E_NONE, FILL_ONES},
                                         {NULL, E_NONE, E_NONE, FILL_ONES}};

static const struct row head[] = {{"lm_head.weight", E_VOCABULARY, E_HIDDEN, FILL_NORMAL},
                                  {NULL, E_NONE, E_NONE, FILL_ONES}};

static const struct {
    const struct row *before, *block, *after;
} archs[] = {[INITIAL_GPT2] = {gpt2_before, gpt2_block, gpt2_after},
             [INITIAL_LLAMA] = {llama_before, llama_block, llama_after}};

gboolean initial_check(const struct initial_model *m, GError **error)
{
    const char *wrong = NULL;

    if (m->layers == 0 || m->layers > 1024)
        wrong = "a model has 1 to 1024 layers";
    else if (m->hidden == 0 || m->hidden > G_MAXUINT16)
        wrong = "the hidden size is 1 to 65535";
    else if (m->heads == 0 || m->hidden % m->heads)
        wrong = "the number of heads divides the hidden size";
    else if (m->kv_heads == 0 || m->heads % m->kv_heads)
        wrong = "the number of key and value heads divides the number of heads";
    else if (m->arch == INITIAL_GPT2 && m->kv_heads != m->heads)
        wrong = "a gpt2 has as many key and value heads as heads";
    else if (m->arch == INITIAL_LLAMA && m->hidden / m->heads % 2)
        wrong = "rotary positions need an even size of each head";
    else if (m->intermediate == 0 || m->intermediate > 1 << 20)
        wrong = "the intermediate size is 1 to 1048576";
    else if (m->positions == 0 || m->positions > 1 << 20)
        wrong = "the longest sequence has 1 to 1048576 tokens";
    else if (m->vocabulary < 2 || m->vocabulary > 1 << 22)
        wrong = "a vocabulary has 2 to 4194304 tokens";
    else if (!(m->deviation >= 0 && m->deviation <= 10))
        wrong = "the standard deviation of weights is at most 10";
    if (wrong)
        g_set_error_literal(error, TARE_ERROR, TARE_ERROR_USAGE, wrong);
    return !wrong;
}

static uint64_t extent(const struct initial_model *m, enum extent e)
{
    uint64_t head_dim = m->hidden / m->heads;

    switch (e) {
    case E_NONE:
        break;
    case E_HIDDEN:
    case E_QUERY:
        return m->hidden;
    case E_QKV:
        return 3 * (uint64_t)m->hidden;
    case E_KEY:
        return m->kv_heads * head_dim;
    case E_MLP:
        return m->intermediate;
    case E_VOCABULARY:
        return m->vocabulary;
    case E_POSITIONS:
        return m->positions;
    }
    return 1;
}

/* Numbers. */

/* Natural logarithm by sums and products alone: libraries differ in the last digit. */
static double logarithm(double x)
{
    int e;
    double m = frexp(x, &e), t, t2, sum = 0;

    if (m < M_SQRT1_2) {
        m *= 2;
        e--;
    }
    t = (m - 1) / (m + 1);
    t2 = t * t;
    for (int k = 21; k >= 1; k -= 2)
        sum = sum * t2 + 1.0 / k;
    return e * M_LN2 + 2 * t * sum;
}

/* By the polar method (Marsaglia and Bray 1964). */
static double normal_at(uint64_t seed, uint64_t place)
{
    uint64_t state = seed + place;

    state = random_next(&state);
    for (;;) {
        double u = 2 * random_unit(&state) - 1, v = 2 * random_unit(&state) - 1, s = u * u + v * v;

        if (s > 0 && s < 1)
            return u * sqrt(-2 * logarithm(s) / s);
    }
}

struct initial_source {
    struct source source;
    GArray *tensors;  /* struct tensor */
    GArray *fillings; /* enum filling */
    GStringChunk *texts;
    uint64_t seed;
    double deviation, residual;
};

static double value_at(const struct initial_source *s, uint32_t index, uint64_t at)
{
    uint64_t seed = s->seed + index;

    switch (g_array_index(s->fillings, enum filling, index)) {
    case FILL_ONES:
        return 1;
    case FILL_ZEROS:
        return 0;
    case FILL_NORMAL:
        return s->deviation * normal_at(random_next(&seed), at);
    case FILL_RESIDUAL:
        return s->residual * normal_at(random_next(&seed), at);
    }
    return 0;
}

static gboolean initial_read(struct source *source, uint32_t index, uint64_t first, size_t count,
                             void *dst, GError **error)
{
    const struct initial_source *s = (const struct initial_source *)source;
    float *values = dst;

    (void)error;
    for (size_t i = 0; i < count; i++)
        values[i] = (float)value_at(s, index, first + i);
    return TRUE;
}

static void initial_close(struct source *source)
{
    struct initial_source *s = (struct initial_source *)source;

    for (guint i = 0; i < s->tensors->len; i++)
        g_free((uint64_t *)(gsize)g_array_index(s->tensors, struct tensor, i).dim);
    g_array_unref(s->tensors);
    g_array_unref(s->fillings);
    g_string_chunk_free(s->texts);
    g_free(s);
}

static const struct source_ops ops = {.read = initial_read, .close = initial_close};

static const char *const none[] = {NULL};

static void add(struct initial_source *s, const struct initial_model *m, const struct row *r,
                uint32_t block)
{
    char number[16];
    uint64_t *dim = g_new(uint64_t, 2);
    struct tensor t = {.aliases = none, .dtype = DTYPE_F32, .kind = TENSOR_WEIGHT, .dim = dim};
    g_auto(GStrv) parts = g_strsplit(r->name, "%u", 2);
    g_autofree char *name = NULL;

    g_snprintf(number, sizeof number, "%u", block);
    name = g_strjoinv(number, parts);
    t.name = g_string_chunk_insert(s->texts, name);
    t.path = t.name;
    t.rank = r->columns == E_NONE ? 1 : 2;
    dim[0] = extent(m, r->rows);
    dim[1] = extent(m, r->columns);
    t.elems = dim[0] * dim[1];
    g_array_append_val(s->tensors, t);
    g_array_append_val(s->fillings, r->filling);
}

static void add_all(struct initial_source *s, const struct initial_model *m, const struct row *rows,
                    uint32_t block)
{
    for (; rows->name; rows++)
        add(s, m, rows, block);
}

struct source *initial_source_create(const struct initial_model *m, const char *path)
{
    struct initial_source *s = g_new0(struct initial_source, 1);

    s->tensors = g_array_new(FALSE, FALSE, sizeof(struct tensor));
    s->fillings = g_array_new(FALSE, FALSE, sizeof(enum filling));
    s->texts = g_string_chunk_new(1024);
    s->seed = m->seed;
    s->deviation = m->deviation > 0 ? m->deviation : INITIAL_DEVIATION;
    s->residual = s->deviation / sqrt(2.0 * m->layers);
    add_all(s, m, archs[m->arch].before, 0);
    for (uint32_t i = 0; i < m->layers; i++)
        add_all(s, m, archs[m->arch].block, i);
    add_all(s, m, archs[m->arch].after, 0);
    if (!m->tied)
        add_all(s, m, head, 0);
    s->source = (struct source){.ops = &ops,
                                .path = g_string_chunk_insert(s->texts, path),
                                .format = "made",
                                .tensors = (const struct tensor *)(void *)s->tensors->data,
                                .n_tensors = s->tensors->len,
                                .warnings = none};
    return &s->source;
}
