#include "core/metric.h"

#include <string.h>

extern const struct metric metric_relative, metric_relative_all, metric_mean_of_relatives,
    metric_base_l2, metric_tuned_l2, metric_delta_l2, metric_norm_ratio,
    metric_unchanged, metric_sign_flips, metric_wasserstein, metric_ks, metric_js, metric_energy,
    metric_rel_l1, metric_sigma, metric_gguf, metric_tails,
    metric_decay, metric_learned;

const struct metric *const metric_table[] = {
    &metric_relative,  &metric_relative_all, &metric_mean_of_relatives, &metric_cosine,
    &metric_base_l2,   &metric_tuned_l2,     &metric_delta_l2,          &metric_norm_ratio,
    &metric_unchanged, &metric_sign_flips,   &metric_wasserstein,       &metric_ks,
    &metric_js,        &metric_energy,       &metric_tails,             &metric_rel_l1,
    &metric_sigma,     &metric_gguf,         &metric_decay,             &metric_learned,
    NULL,
};

const struct metric *metric_find(const char *name)
{
    for (size_t i = 0; metric_table[i]; i++)
        if (strcmp(metric_table[i]->name, name) == 0)
            return metric_table[i];
    return NULL;
}
