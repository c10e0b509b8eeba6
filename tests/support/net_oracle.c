#include "tests/support/net_oracle.h"

#include <stdlib.h>
#include <string.h>

struct array {
    char type[3]; /* f4, f8, u4 */
    gsize n;
    void *values;
};

struct net_oracle {
    GHashTable *arrays;
};

static void array_free(gpointer data)
{
    struct array *a = data;

    g_free(a->values);
    g_free(a);
}

struct net_oracle *net_oracle_open(const char *file)
{
    g_autofree char *path = g_build_filename(g_getenv("TARE_ORACLE"), file, NULL);
    g_autofree char *text = NULL;
    struct net_oracle *o = g_new(struct net_oracle, 1);
    gsize size;

    if (!g_file_get_contents(path, &text, &size, NULL))
        g_error("no %s", path);
    o->arrays = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, array_free);
    for (char *at = text; at < text + size;) {
        char *end = memchr(at, '\n', size - (gsize)(at - text));
        g_auto(GStrv) word = g_strsplit(end ? (*end = 0, at) : at, " ", 3);
        struct array *a = g_new0(struct array, 1);
        gsize bytes;

        g_strlcpy(a->type, word[1], sizeof a->type);
        a->n = strtoull(word[2], NULL, 10);
        bytes = a->n * (a->type[1] == '8' ? 8 : 4);
        a->values = g_memdup2(end + 1, bytes);
        g_hash_table_insert(o->arrays, g_strdup(word[0]), a);
        at = end + 1 + bytes;
    }
    return o;
}

void net_oracle_close(struct net_oracle *o)
{
    g_hash_table_unref(o->arrays);
    g_free(o);
}

static const void *values_of(const struct net_oracle *o, const char *name, const char *type,
                             gsize *n)
{
    const struct array *a = g_hash_table_lookup(o->arrays, name);

    if (!a || strcmp(a->type, type) != 0)
        return NULL;
    if (n)
        *n = a->n;
    return a->values;
}

static const void *need(const struct net_oracle *o, const char *name, const char *type, gsize *n)
{
    const void *values = values_of(o, name, type, n);

    if (!values)
        g_error("no %s of type %s", name, type);
    return values;
}

const float *net_oracle_maybe(const struct net_oracle *o, const char *name, gsize *n)
{
    return values_of(o, name, "f4", n);
}

const float *net_oracle_floats(const struct net_oracle *o, const char *name, gsize *n)
{
    return need(o, name, "f4", n);
}

const double *net_oracle_doubles(const struct net_oracle *o, const char *name, gsize *n)
{
    return need(o, name, "f8", n);
}

const uint32_t *net_oracle_numbers(const struct net_oracle *o, const char *name, gsize *n)
{
    return need(o, name, "u4", n);
}

static double spec_number(const struct net_oracle *o, const char *model, const char *key)
{
    g_autofree char *name = g_strdup_printf("%s.spec.%s", model, key);
    const double *value = values_of(o, name, "f8", NULL);

    return value ? *value : 0;
}

static void read_spec(const struct net_oracle *o, const char *m, struct net_spec *s)
{
    *s = (struct net_spec){.layers = (uint32_t)spec_number(o, m, "layers"),
                           .hidden = (uint32_t)spec_number(o, m, "hidden"),
                           .heads = (uint32_t)spec_number(o, m, "heads"),
                           .kv_heads = (uint32_t)spec_number(o, m, "kv_heads"),
                           .head_dim = (uint32_t)spec_number(o, m, "head_dim"),
                           .intermediate = (uint32_t)spec_number(o, m, "intermediate"),
                           .vocabulary = (uint32_t)spec_number(o, m, "vocabulary"),
                           .positions = (uint32_t)spec_number(o, m, "positions"),
                           .causal = spec_number(o, m, "causal") != 0,
                           .pre_norm = spec_number(o, m, "pre_norm") != 0,
                           .gated = spec_number(o, m, "gated") != 0,
                           .tied = spec_number(o, m, "tied") != 0,
                           .norm = (enum net_norm)spec_number(o, m, "norm"),
                           .position = (enum net_positions)spec_number(o, m, "position"),
                           .activation = (enum net_activation)spec_number(o, m, "activation"),
                           .norm_epsilon = spec_number(o, m, "norm_epsilon"),
                           .norm_offset = spec_number(o, m, "norm_offset"),
                           .embed_scale = spec_number(o, m, "embed_scale"),
                           .rope_base = spec_number(o, m, "rope_base"),
                           .rope_scaling = {spec_number(o, m, "rope_factor"),
                                            spec_number(o, m, "rope_low"),
                                            spec_number(o, m, "rope_high"),
                                            (uint32_t)spec_number(o, m, "rope_original")},
                           .window = (uint32_t)spec_number(o, m, "window")};
}

static void *stored(const float *x, gsize n, enum dtype dtype)
{
    uint16_t *half;

    if (dtype == DTYPE_F32)
        return g_memdup2(x, n * sizeof *x);
    half = g_new(uint16_t, n);
    for (gsize i = 0; i < n; i++) {
        uint32_t bits;

        memcpy(&bits, x + i, sizeof bits);
        half[i] = (uint16_t)(bits >> 16);
    }
    return half;
}

static void read_matrix(const struct net_oracle *o, const char *prefix, const char *name,
                        enum dtype dtype, uint32_t in, struct net_matrix *m)
{
    g_autofree char *full = g_strconcat(prefix, name, NULL);
    gsize n = 0;
    const float *x = net_oracle_maybe(o, full, &n);

    *m = (struct net_matrix){x ? stored(x, n, dtype) : NULL, dtype, (uint32_t)(n / in), in};
}

/* The operations read vectors only. */
static float *read_vector(const struct net_oracle *o, const char *prefix, const char *name)
{
    g_autofree char *full = g_strconcat(prefix, name, NULL);

    return (float *)(gsize)net_oracle_maybe(o, full, NULL);
}

static void read_block(const struct net_oracle *o, const char *p, enum dtype dtype,
                       const struct net_spec *s, struct net_block *b)
{
    *b = (struct net_block){.norm_1 = read_vector(o, p, "norm_1"),
                            .norm_1_bias = read_vector(o, p, "norm_1_bias"),
                            .qkv_bias = read_vector(o, p, "qkv_bias"),
                            .query_norm = read_vector(o, p, "query_norm"),
                            .key_norm = read_vector(o, p, "key_norm"),
                            .out_bias = read_vector(o, p, "out_bias"),
                            .norm_2 = read_vector(o, p, "norm_2"),
                            .norm_2_bias = read_vector(o, p, "norm_2_bias"),
                            .up_bias = read_vector(o, p, "up_bias"),
                            .down_bias = read_vector(o, p, "down_bias"),
                            .norm_after_attention = read_vector(o, p, "norm_after_attention"),
                            .norm_after_mlp = read_vector(o, p, "norm_after_mlp")};
    read_matrix(o, p, "qkv", dtype, s->hidden, &b->qkv);
    read_matrix(o, p, "out", dtype, s->heads * s->head_dim, &b->out);
    read_matrix(o, p, "gate", dtype, s->hidden, &b->gate);
    read_matrix(o, p, "up", dtype, s->hidden, &b->up);
    read_matrix(o, p, "down", dtype, s->intermediate, &b->down);
}

void net_oracle_model(const struct net_oracle *o, const char *model, enum dtype dtype,
                      struct net_weights *w)
{
    g_autofree char *p = g_strconcat(model, ".", NULL);

    *w = (struct net_weights){.type_0 = read_vector(o, p, "type_0"),
                              .embed_norm = read_vector(o, p, "embed_norm"),
                              .embed_norm_bias = read_vector(o, p, "embed_norm_bias"),
                              .final_norm = read_vector(o, p, "final_norm"),
                              .final_norm_bias = read_vector(o, p, "final_norm_bias"),
                              .head_dense_bias = read_vector(o, p, "head_dense_bias"),
                              .head_norm = read_vector(o, p, "head_norm"),
                              .head_norm_bias = read_vector(o, p, "head_norm_bias"),
                              .head_bias = read_vector(o, p, "head_bias")};
    read_spec(o, model, &w->spec);
    read_matrix(o, p, "tokens", dtype, w->spec.hidden, &w->tokens);
    read_matrix(o, p, "position", dtype, w->spec.hidden, &w->position);
    read_matrix(o, p, "head_dense", dtype, w->spec.hidden, &w->head_dense);
    read_matrix(o, p, "head", dtype, w->spec.hidden, &w->head);
    if (w->spec.tied)
        w->head = w->tokens;
    w->blocks = g_new0(struct net_block, w->spec.layers);
    for (uint32_t i = 0; i < w->spec.layers; i++) {
        g_autofree char *block = g_strdup_printf("%sblock%u.", p, i);

        read_block(o, block, dtype, &w->spec, w->blocks + i);
    }
}

void net_oracle_model_finish(struct net_weights *w)
{
    for (uint32_t i = 0; i < w->spec.layers; i++) {
        g_free(w->blocks[i].qkv.values);
        g_free(w->blocks[i].out.values);
        g_free(w->blocks[i].gate.values);
        g_free(w->blocks[i].up.values);
        g_free(w->blocks[i].down.values);
    }
    g_free(w->blocks);
    if (!w->spec.tied)
        g_free(w->head.values);
    g_free(w->tokens.values);
    g_free(w->position.values);
    g_free(w->head_dense.values);
}
