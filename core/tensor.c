#include "core/tensor.h"

#include <glib.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const char *tensor_kind_name(enum tensor_kind kind)
{
    static const char *const names[TENSOR_KIND_COUNT] = {"weight", "state", "optimizer", "other"};

    return names[kind];
}

const char *tensor_stored_name(const struct tensor *t)
{
    return t->origin ? t->origin->name : t->name;
}

const uint64_t *tensor_stored_shape(const struct tensor *t, unsigned *rank)
{
    *rank = t->origin ? t->origin->rank : t->rank;
    return t->origin ? t->origin->dim : t->dim;
}

unsigned tensor_squeezed_rank(const struct tensor *t)
{
    unsigned rank = 0;

    for (unsigned i = 0; i < t->rank; i++)
        rank += t->dim[i] != 1;
    return rank;
}

bool tensor_same_shape(const struct tensor *a, const struct tensor *b)
{
    return a->rank == b->rank && memcmp(a->dim, b->dim, a->rank * sizeof a->dim[0]) == 0;
}

char *tensor_position(const struct tensor *t, uint64_t at, char *buf, size_t bytes)
{
    uint64_t index[TENSOR_MAX_RANK];
    size_t used;

    for (int i = t->rank - 1; i >= 0; i--) {
        index[i] = t->dim[i] ? at % t->dim[i] : 0;
        at = t->dim[i] ? at / t->dim[i] : 0;
    }
    used = (size_t)snprintf(buf, bytes, "[");
    for (unsigned i = 0; i < t->rank && used < bytes; i++)
        used += (size_t)snprintf(buf + used, bytes - used, "%s%" PRIu64, i ? "," : "", index[i]);
    if (used < bytes)
        snprintf(buf + used, bytes - used, "]");
    return buf;
}

char *tensor_shape_text(const struct tensor *t)
{
    GString *s = g_string_new("[");

    for (unsigned i = 0; i < t->rank; i++)
        g_string_append_printf(s, "%s%" PRIu64, i ? "," : "", t->dim[i]);
    return g_string_free(g_string_append_c(s, ']'), FALSE);
}
