#include "io/keras_class.h"

#include <string.h>

#define KERNEL                                                                                     \
    {"kernel", "bias"},                                                                            \
    {                                                                                              \
        "bias"                                                                                     \
    }
#define CELL                                                                                       \
    {"kernel", "recurrent_kernel", "bias"},                                                        \
    {                                                                                              \
        "bias"                                                                                     \
    }
#define SEPARABLE                                                                                  \
    {"depthwise_kernel", "pointwise_kernel", "bias"},                                              \
    {                                                                                              \
        "bias"                                                                                     \
    }

static const struct keras_class rows[] = {
    {"dense", "Dense", KERNEL},
    {"einsum_dense", "EinsumDense", KERNEL},
    {"conv1d", "Conv1D", KERNEL},
    {"conv2d", "Conv2D", KERNEL},
    {"conv3d", "Conv3D", KERNEL},
    {"conv1d_transpose", "Conv1DTranspose", KERNEL},
    {"conv2d_transpose", "Conv2DTranspose", KERNEL},
    {"conv3d_transpose", "Conv3DTranspose", KERNEL},
    {"depthwise_conv1d", "DepthwiseConv1D", KERNEL},
    {"depthwise_conv2d", "DepthwiseConv2D", KERNEL},
    {"separable_conv1d", "SeparableConv1D", SEPARABLE},
    {"separable_conv2d", "SeparableConv2D", SEPARABLE},
    {"batch_normalization",
     "BatchNormalization",
     {"gamma", "beta", "moving_mean", "moving_variance"},
     {"gamma", "beta"}},
    {"layer_normalization", "LayerNormalization", {"gamma", "beta"}, {"beta", "gamma"}},
    {"group_normalization", "GroupNormalization", {"gamma", "beta"}, {"beta", "gamma"}},
    {"rms_normalization", "RMSNormalization", {"scale"}, {NULL}},
    {"llama_layer_norm", "LlamaLayerNorm", {"scale"}, {NULL}},
    {"mistral_layer_normalization", "MistralLayerNormalization", {"scale"}, {NULL}},
    {"normalization", "Normalization", {"mean", "variance", "count"}, {NULL}},
    {"embedding", "Embedding", {"embeddings"}, {NULL}},
    {"position_embedding", "PositionEmbedding", {"embeddings"}, {NULL}},
    {"reversible_embedding",
     "ReversibleEmbedding",
     {"embeddings", "reverse_embeddings"},
     {"reverse_embeddings"}},
    {"p_re_lu", "PReLU", {"alpha"}, {NULL}},
    {"lstm_cell", "LSTMCell", CELL},
    {"gru_cell", "GRUCell", CELL},
    {"simple_rnn_cell", "SimpleRNNCell", CELL},
    {"seed_generator", "SeedGenerator", {"seed_generator_state"}, {NULL}},
    {"mean", "Mean", {"total", "count"}, {NULL}},
    {"mean_metric_wrapper", "MeanMetricWrapper", {"total", "count"}, {NULL}},
    /* Not layers of their own, but known by their groups. */
    {"expert_bank",
     "MixtralMoeExperts",
     {"expert_feedforward_gate_dense", "expert_feedforward_intermediate_dense",
      "expert_feedforward_output_dense"},
     {NULL}},
    {"grouped_query_attention", "GroupedQueryAttention", {NULL}, {NULL}},
    {"multi_head_attention", "MultiHeadAttention", {NULL}, {NULL}},
    {"bidirectional", "Bidirectional", {NULL}, {NULL}},
    {"time_distributed", "TimeDistributed", {NULL}, {NULL}},
    {"lstm", "LSTM", {NULL}, {NULL}},
    {"gru", "GRU", {NULL}, {NULL}},
    {"simple_rnn", "SimpleRNN", {NULL}, {NULL}},
    {"sequential", "Sequential", {NULL}, {NULL}},
    {"functional", "Functional", {NULL}, {NULL}},
};

/* What float8 training appends: scales are scalars, histories vectors. */
static const char *const float8_tail[] = {"inputs_scale",       "inputs_amax_history",
                                          "kernel_scale",       "kernel_amax_history",
                                          "outputs_grad_scale", "outputs_grad_amax_history"};
#define FLOAT8_TAIL ((guint)G_N_ELEMENTS(float8_tail))

gsize keras_group_stem(const char *group)
{
    gsize bytes = strlen(group), end = bytes;

    while (end && g_ascii_isdigit(group[end - 1]))
        end--;
    return end > 1 && end < bytes && group[end - 1] == '_' ? end - 1 : bytes;
}

const struct keras_class *keras_class_of_group(const char *group)
{
    gsize stem = keras_group_stem(group);

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        if (strlen(rows[i].group) == stem && strncmp(rows[i].group, group, stem) == 0)
            return &rows[i];
    return NULL;
}

const struct keras_class *keras_class_named(const char *name)
{
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        if (strcmp(rows[i].name, name) == 0)
            return &rows[i];
    return NULL;
}

static const struct keras_class kernel_and_bias = {"", "", KERNEL};

static gboolean matrix_and_vector(const struct keras_variable *v, guint n)
{
    return n == 2 && v[0].known && v[0].rank > 1 && v[1].known && v[1].rank == 1;
}

const struct keras_class *keras_class_by_ending(const char *group, const struct keras_variable *v,
                                                guint n)
{
    static const struct {
        const char *ending, *plain, *other; /* other: a kernel of 3 axes, a norm of one variable */
    } endings[] = {
        {"dense", "dense", "einsum_dense"},
        {"layernorm", "layer_normalization", "llama_layer_norm"},
        {"layer_norm", "layer_normalization", "layer_normalization"},
        {"batch_norm", "batch_normalization", "batch_normalization"},
        {"norm", "layer_normalization", "rms_normalization"},
        {"embedding", "embedding", "embedding"},
        {"gating_ffw", "einsum_dense", "einsum_dense"},
        {"ffw_linear", "einsum_dense", "einsum_dense"},
    };
    char *stem = g_strndup(group, keras_group_stem(group));
    const struct keras_class *found = NULL;

    for (gsize i = 0; i < G_N_ELEMENTS(endings) && !found && n; i++) {
        gboolean dense = i == 0;

        if (g_str_has_suffix(stem, endings[i].ending))
            found = keras_class_of_group((dense ? v[0].known && v[0].rank > 2 : n == 1)
                                             ? endings[i].other
                                             : endings[i].plain);
    }
    g_free(stem);
    return found ? found : matrix_and_vector(v, n) ? &kernel_and_bias : NULL;
}

static gboolean left_out(const struct keras_layer *config, const char *variable)
{
    return config && ((!config->use_bias && strcmp(variable, "bias") == 0) ||
                      (!config->center && strcmp(variable, "beta") == 0) ||
                      (!config->scale && strcmp(variable, "gamma") == 0));
}

static guint remove_name(const char **list, guint n, const char *name)
{
    guint kept = 0;

    for (guint i = 0; i < n; i++)
        if (strcmp(list[i], name) != 0)
            list[kept++] = list[i];
    return kept;
}

/* The plain variables of a layer that stores `n` of them. */
static guint plain_names(const struct keras_class *row, const struct keras_layer *config, guint n,
                         const char *list[KERAS_CLASS_VARIABLES])
{
    guint have = 0;

    for (guint i = 0; i < KERAS_CLASS_VARIABLES && row->variables[i]; i++)
        if (!left_out(config, row->variables[i]))
            list[have++] = row->variables[i];
    for (guint i = 0; i < G_N_ELEMENTS(row->optional) && row->optional[i] && have > n; i++)
        have = remove_name(list, have, row->optional[i]);
    return MIN(have, n);
}

static gboolean has_float8_tail(const struct keras_variable *v, guint n)
{
    if (n <= FLOAT8_TAIL)
        return FALSE;
    for (guint i = 0; i < FLOAT8_TAIL; i++)
        if (!v[n - FLOAT8_TAIL + i].known || v[n - FLOAT8_TAIL + i].rank != i % 2)
            return FALSE;
    return TRUE;
}

/* int8: codes, [bias], scale. int4: codes, [bias], scale, zero (int8), group index. */
static void quantised_kernel(const struct keras_variable *v, guint n, const char **names)
{
    guint zero = 2;

    while (zero < n && !(v[zero].known && v[zero].dtype == DTYPE_I8))
        zero++;
    names[0] = "kernel";
    if (zero > 2)
        names[1] = "bias";
    names[zero - 1] = "kernel_scale";
    if (zero < n)
        names[zero] = "kernel_zero";
    if (zero + 1 < n)
        names[zero + 1] = "g_idx";
}

static void quantised_embedding(const struct keras_class *row, guint n, const char **names)
{
    static const char *const tied[] = {"embeddings", "embeddings_scale", "embeddings_zero",
                                       "g_idx"};
    static const char *const untied[] = {"embeddings", "embeddings_scale", "reverse_embeddings",
                                         "reverse_embeddings_scale"};

    for (guint i = 0; i < n && i < G_N_ELEMENTS(tied); i++)
        names[i] = row->variables[1] ? untied[i] : tied[i];
}

void keras_class_variables(const struct keras_class *row, const struct keras_layer *config,
                           const struct keras_variable *v, guint n, const char **names)
{
    const char *list[KERAS_CLASS_VARIABLES];
    guint tail = has_float8_tail(v, n) ? FLOAT8_TAIL : 0, have;

    if (!row || !row->variables[0] || !n)
        return;
    if (n > 1 && v[0].known && v[0].dtype == DTYPE_I8 && strcmp(row->variables[0], "kernel") == 0) {
        quantised_kernel(v, n, names);
        return;
    }
    if (n > 1 && v[0].known && v[0].dtype == DTYPE_I8 &&
        strcmp(row->variables[0], "embeddings") == 0) {
        quantised_embedding(row, n, names);
        return;
    }
    have = plain_names(row, config, n - tail, list);
    memcpy(names, list, have * sizeof names[0]);
    for (guint i = 0; i < tail; i++)
        names[n - tail + i] = float8_tail[i];
}
