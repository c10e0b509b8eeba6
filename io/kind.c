#include "io/kind.h"

#include <glib.h>
#include <string.h>

/* Groups whose whole content is optimizer state, wherever they are. */
static const char *const optimizer_parts[] = {"optimizer", "optimizer_weights", "optimizer_state",
                                              "optimizer_state_dict", "opt_state"};
/* Last words of optimizer slots that are stored beside the weights. */
static const char *const optimizer_words[] = {"exp_avg", "exp_avg_sq", "max_exp_avg_sq",
                                              "momentum_buffer", "learning_rate"};
static const char *const metric_parts[] = {"metrics", "compile_metrics"};
static const char *const state_words[] = {
    "moving_mean",
    "moving_variance",
    "running_mean",
    "running_var",
    "position_ids",
    "iteration",
    "num_batches_tracked",
    "iterations",
    "rng_state",
    "cuda_rng_state",
    "seed_generator_state",
    "epoch",
    "global_step",
    "step",
    "steps",
    "inputs_amax_history",
    "epochs",
    "current_epoch",
    "kernel_amax_history",
    "outputs_grad_amax_history",
    "token_type_ids",
    "masked_bias",
    "inv_freq",
};

static bool word_in(const char *word, gsize bytes, const char *const *list, gsize n)
{
    for (gsize i = 0; i < n; i++)
        if (strlen(list[i]) == bytes && memcmp(list[i], word, bytes) == 0)
            return true;
    return false;
}

/* True if a part before the last one is in the list. */
static bool part_in(const char *path, const char *const *list, gsize n)
{
    for (const char *p = path; *p;) {
        gsize bytes = strcspn(p, "./");

        if (!p[bytes])
            return false;
        if (word_in(p, bytes, list, n))
            return true;
        p += bytes + 1;
    }
    return false;
}

static const char *last_part(const char *name)
{
    const char *dot = strrchr(name, '.');

    return dot ? dot + 1 : name;
}

enum tensor_kind kind_of(const char *path, const char *name)
{
    const char *last = last_part(name);
    gsize bytes = strlen(last);

    if (part_in(path, optimizer_parts, G_N_ELEMENTS(optimizer_parts)) ||
        word_in(last, bytes, optimizer_words, G_N_ELEMENTS(optimizer_words)))
        return TENSOR_OPTIMIZER;
    if (part_in(path, metric_parts, G_N_ELEMENTS(metric_parts)) ||
        word_in(last, bytes, state_words, G_N_ELEMENTS(state_words)) ||
        strstr(path, "seed_generator") || g_str_has_suffix(last, "_amax_history"))
        return TENSOR_STATE;
    return TENSOR_WEIGHT;
}

bool kind_is_apart(const char *path, const char *name, enum tensor_kind kind)
{
    return kind == TENSOR_STATE &&
           (!strchr(name, '.') || part_in(path, metric_parts, G_N_ELEMENTS(metric_parts)));
}
