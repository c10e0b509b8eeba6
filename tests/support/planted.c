#include "tests/support/planted.h"

#include <check.h>
#include <math.h>
#include <string.h>

#include "tests/support/memory_source.h"

/* What a tensor of the pair is made of. */
struct sheet {
    const struct planted *p;
    const char *name;
    uint64_t rows, cols; /* cols 0: a vector of gains */
    double scale, delta;
};

void planted_init(struct planted *p)
{
    *p = (struct planted){.blocks = 8,
                          .heads = 4,
                          .kv_heads = 2,
                          .head_dim = 16,
                          .hidden = 128,
                          .vocabulary = 256,
                          .base_dtype = DTYPE_F32,
                          .tuned_dtype = DTYPE_F32,
                          .table_delta = 0x1p-7};
    for (unsigned i = 0; i < PLANTED_BLOCKS; i++)
        p->delta[i] = 0x1p-7;
}

double planted_scale(uint32_t n)
{
    return 0x1p-6 * (1 + n * 0x1p-8);
}

/* The n-th Walsh function at x: +1 or -1, at right angles to all others over a power of two. */
static double walsh(uint64_t n, uint64_t x)
{
    return __builtin_parityll(n & x) ? -1 : 1;
}

/* +-1 of full rank; at right angles to walsh(row, col) as a whole, since `turn` balances columns.
 */
static double full(uint64_t row, uint64_t col)
{
    const uint64_t turn = 1;

    return walsh(row, col) * walsh(turn, col);
}

/* A sum of outer products of Walsh functions, of rows and columns with norms like those of +-1. */
static double of_rank(uint32_t rank, uint64_t row, uint64_t col)
{
    double sum = 0;

    for (uint32_t k = 1; k <= rank; k++)
        sum += walsh(k, row) * walsh(k + 1, col);
    return sum / sqrt(rank);
}

static bool covers(const struct patch *p, const char *name, uint64_t row, uint64_t col)
{
    return p->tensor && g_str_has_suffix(name, p->tensor) && row >= p->row &&
           (!p->rows || row < p->row + p->rows) && col >= p->col &&
           (!p->cols || col < p->col + p->cols);
}

static double value_at(const struct sheet *s, bool tuned, uint64_t row, uint64_t col)
{
    bool gain = s->cols == 0;
    double base = gain ? 1 : s->scale * walsh(row, col), decay = 1;
    double delta = s->delta * (gain ? 1 : s->scale);
    bool nan = false;

    if (!gain)
        delta *= s->p->rank ? of_rank(s->p->rank, row, col) : full(row, col);
    for (unsigned i = 0; i < PLANTED_PATCHES; i++) {
        const struct patch *p = &s->p->patch[i];

        if (!covers(p, s->name, row, col))
            continue;
        base *= p->base;
        decay *= p->decay;
        delta *= p->delta;
        nan |= p->nan;
    }
    if (!tuned)
        return base;
    return nan ? NAN : base * decay + delta;
}

static uint16_t bf16_of(double value)
{
    float f = (float)value;
    uint32_t bits;

    memcpy(&bits, &f, sizeof bits);
    if (isnan(value))
        return 0x7fc0;
    return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

static void store(void *to, enum dtype dtype, uint64_t at, double value)
{
    switch (dtype) {
    case DTYPE_F64:
        ((double *)to)[at] = value;
        break;
    case DTYPE_BF16:
        ((uint16_t *)to)[at] = bf16_of(value);
        break;
    default:
        g_assert(dtype == DTYPE_F32); /* no assertion of Check an element: it writes to a pipe */
        ((float *)to)[at] = (float)value;
    }
}

static enum dtype dtype_of(const struct sheet *s, bool tuned)
{
    if (s->p->mixed && g_str_has_suffix(s->name, s->p->mixed))
        return s->p->mixed_dtype;
    return tuned ? s->p->tuned_dtype : s->p->base_dtype;
}

static void add_sheet(struct memory_source *m, const struct sheet *s, bool tuned)
{
    const uint64_t dim[2] = {s->rows, s->cols}, cols = s->cols ? s->cols : 1;
    enum dtype dtype = dtype_of(s, tuned);
    void *values = g_malloc(s->rows * cols * dtype_info(dtype)->bytes);

    for (uint64_t row = 0; row < s->rows; row++)
        for (uint64_t col = 0; col < cols; col++)
            store(values, dtype, row * cols + col, value_at(s, tuned, row, col));
    memory_source_add(m, s->name, TENSOR_WEIGHT, dtype, s->cols ? 2 : 1, dim, values);
    g_free(values);
}

/* A factor in float64: [rank, length] or [length, rank]. */
static void add_factor(struct memory_source *m, const struct sheet *s, char which, double scale)
{
    uint32_t rank = s->p->rank;
    bool a = which == 'A';
    uint64_t n = a ? s->cols : s->rows;
    const uint64_t dim[2] = {a ? rank : n, a ? n : rank};
    double *values = g_new(double, n * rank);
    char *stem = g_strndup(s->name, strlen(s->name) - strlen(".weight"));
    char *name = g_strdup_printf("base_model.model.%s.lora_%c.weight", stem, which);

    for (uint64_t i = 0; i < n; i++)
        for (uint32_t k = 0; k < rank; k++)
            values[a ? k * n + i : i * rank + k] = scale * walsh(a ? k + 2 : k + 1, i);
    memory_source_add(m, name, TENSOR_WEIGHT, DTYPE_F64, 2, dim, values);
    g_free(name);
    g_free(stem);
    g_free(values);
}

static void add_factors(struct memory_source *m, const struct sheet *s)
{
    if (s->cols == 0)
        return;
    add_factor(m, s, 'A', 1);
    add_factor(m, s, 'B', s->delta * s->scale / sqrt(s->p->rank));
}

static void add(struct memory_source *m, struct sheet *s, bool tuned, char *name, uint64_t rows,
                uint64_t cols)
{
    s->name = name;
    s->rows = rows;
    s->cols = cols;
    if (tuned && s->p->adapter)
        add_factors(m, s);
    else
        add_sheet(m, s, tuned);
    s->scale += planted_scale(1) - planted_scale(0);
    g_free(name);
}

static void add_block(struct memory_source *m, struct sheet *s, bool tuned, uint32_t block)
{
    const struct planted *p = s->p;
    uint64_t width = p->heads * p->head_dim, shared = p->kv_heads * p->head_dim;
    const struct {
        const char *name;
        uint64_t rows, cols;
    } parts[] = {
        {"input_layernorm", width, 0},       {"self_attn.q_proj", width, width},
        {"self_attn.k_proj", shared, width}, {"self_attn.v_proj", shared, width},
        {"self_attn.o_proj", width, width},  {"post_attention_layernorm", width, 0},
        {"mlp.gate_proj", p->hidden, width}, {"mlp.up_proj", p->hidden, width},
        {"mlp.down_proj", width, p->hidden},
    };

    s->delta = p->delta[block];
    for (gsize i = 0; i < G_N_ELEMENTS(parts); i++)
        add(m, s, tuned, g_strdup_printf("model.layers.%u.%s.weight", block, parts[i].name),
            parts[i].rows, parts[i].cols);
}

static void add_codes(struct memory_source *m, uint32_t block)
{
    char *name = g_strdup_printf("model.layers.%u.mlp.down_proj.weight_q", block);
    const int8_t codes[4] = {1, -7, 3, 0};

    memory_source_add(m, name, TENSOR_OTHER, DTYPE_I8, 1, (const uint64_t[]){4}, codes);
    memory_source_note(m, name, "quantised: codes");
    g_free(name);
}

static struct checkpoint *side(const struct planted *p, bool tuned)
{
    struct memory_source *m = memory_source_create(tuned ? "planted_tuned.h5" : "planted_base.h5");
    struct sheet s = {.p = p, .scale = planted_scale(0), .delta = p->table_delta};
    uint32_t width = p->heads * p->head_dim;
    struct source *source;

    add(m, &s, tuned, g_strdup("model.embed_tokens.weight"), p->vocabulary, width);
    for (uint32_t i = 0; i < p->blocks; i++)
        add_block(m, &s, tuned, i);
    s.delta = p->table_delta;
    add(m, &s, tuned, g_strdup(p->renamed && tuned ? "model.other.weight" : "model.norm.weight"),
        width, 0);
    if (p->quantised && tuned)
        add_codes(m, p->blocks - 1);
    if (!p->tied)
        add(m, &s, tuned, g_strdup("lm_head.weight"), p->vocabulary, width);
    source = memory_source_finish(m);
    source->config = (struct model_config){.type = "llama",
                                           .layers = p->blocks,
                                           .hidden = width,
                                           .heads = p->heads,
                                           .kv_heads = p->kv_heads,
                                           .head_dim = p->head_dim,
                                           .intermediate = p->hidden,
                                           .vocabulary = p->vocabulary,
                                           .tied = p->tied ? TIED_YES : TIED_NO};
    return checkpoint_create(source);
}

struct comparison *planted_compare(const struct planted *p)
{
    const struct comparison_options options = {.threads = 2, .use_rules = true};
    struct comparison *c =
        comparison_create(side(p, false), p->one_file ? NULL : side(p, true), &options, NULL);

    ck_assert_ptr_nonnull(c);
    comparison_scan_start(c);
    comparison_scan_wait(c);
    return c;
}

uint32_t planted_find(const struct comparison *c, const char *name)
{
    for (uint32_t i = 0; i < c->pairing.n_entries; i++)
        if (g_str_has_suffix(comparison_tensor(c, i)->name, name))
            return i;
    ck_abort_msg("%s is missing", name);
    return PAIR_NONE;
}
