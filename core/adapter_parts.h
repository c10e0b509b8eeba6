/* Targets of an adapter by what they are in the model, where the base has another framework's
 * names, layout or fusion: only core/adapter*.c includes it. One thread. */
#ifndef TARE_CORE_ADAPTER_PARTS_H
#define TARE_CORE_ADAPTER_PARTS_H

#include "core/adapter_internal.h"
#include "core/fusion.h"

/* A tensor as the adapter's framework calls it and keeps it. */
struct adapter_named {
    const char *name;
    uint64_t dim[2];
};

struct adapter_parts;

/* The base's architecture says what the names are. Names must outlive it. */
struct adapter_parts *adapter_parts_create(const struct checkpoint *base,
                                           const struct adapter_named *names, uint32_t n);
void adapter_parts_destroy(struct adapter_parts *p);

/* Tensors of the base that are together what name `i` is, one output after the other. Their
 * number; 0: there are none, or not all, or they lie side by side in each head. */
unsigned adapter_parts_find(const struct adapter_parts *p, uint32_t i, uint32_t out[FUSION_MOST]);

/* How a tensor of the base lies as a matrix of so many outputs and inputs. */
enum adapter_lie {
    ADAPTER_LIES_NOT, /* it is no such matrix */
    ADAPTER_OUT_IN,
    ADAPTER_IN_OUT
};
enum adapter_lie adapter_lie_of(const struct checkpoint *base, uint32_t target, uint64_t outputs,
                                uint64_t inputs);
/* Outputs of it; 0: how it lies is not known. */
uint64_t adapter_outputs(const struct checkpoint *base, uint32_t target);

#endif
