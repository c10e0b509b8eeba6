/* What the families of adapters share; only adapter*.c includes it. */
#ifndef TARE_CORE_ADAPTER_INTERNAL_H
#define TARE_CORE_ADAPTER_INTERNAL_H

#include "core/adapter.h"

/* One adapter being resolved against its base. */
struct adapting {
    const struct checkpoint *base;
    struct source *file;
    double alpha;    /* the user's, 0: not said */
    GArray *updates; /* struct adapter_update */
    uint32_t n_by_part;
    bool alpha_assumed;
};

/* Each appends to updates; false and one line where it can't be done. */
gboolean adapter_peft(struct adapting *a, GError **error);
gboolean adapter_hub(struct adapting *a, GError **error);

/* "FILE: OBJECT: why" */
G_GNUC_PRINTF(4, 5)
void adapter_refuse(const struct adapting *a, const char *object, GError **error,
                    const char *format, ...);

/* Does the name have a part "lora_..."? The part, NULL: it has none. */
const char *adapter_part(const char *name);

/* The target can take a sum, and the rank is one; appends the update with alpha and scale set. */
gboolean adapter_add(struct adapting *a, struct adapter_update u, double alpha, bool rslora,
                     GError **error);

#endif
