#include "core/train/optimizer.h"

#include <string.h>

extern optimizer_update optimizer_adamw_scalar, optimizer_sgd_scalar;
#if defined(__x86_64__)
extern optimizer_update optimizer_adamw_avx2, optimizer_sgd_avx2;
extern optimizer_update optimizer_adamw_avx512, optimizer_sgd_avx512;
#endif

static const struct optimizer adamw = {
    .name = "adamw",
    .formula = "m = b1 m + (1-b1) g; v = b2 v + (1-b2) g^2; "
               "w -= lr (m / (1-b1^t) / (sqrt(v / (1-b2^t)) + eps) + wd w) "
               "(Loshchilov and Hutter 2019, as torch.optim.AdamW)",
    .moments = 2,
    .update = {[CPU_SCALAR] = optimizer_adamw_scalar,
#if defined(__x86_64__)
               [CPU_AVX2] = optimizer_adamw_avx2,
               [CPU_AVX512] = optimizer_adamw_avx512
#endif
    },
};

static const struct optimizer sgd = {
    .name = "sgd",
    .formula = "b = momentum b + g; w -= lr (b + wd w) "
               "(as torch.optim.SGD, but for the decay, which stays out of b)",
    .moments = 1,
    .update = {[CPU_SCALAR] = optimizer_sgd_scalar,
#if defined(__x86_64__)
               [CPU_AVX2] = optimizer_sgd_avx2,
               [CPU_AVX512] = optimizer_sgd_avx512
#endif
    },
};

const struct optimizer *const optimizer_table[] = {&adamw, &sgd, NULL};

const struct optimizer *optimizer_find(const char *name)
{
    for (size_t i = 0; optimizer_table[i]; i++)
        if (strcmp(optimizer_table[i]->name, name) == 0)
            return optimizer_table[i];
    return NULL;
}
