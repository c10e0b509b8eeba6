/* What a tensor does in its block, read off the words of its name: a row per role, a row per word.
 *
 * Roles are what the heat strip shows and what decides whether a tensor is one of the matrices that
 * group ratios pool (by role, not by rank). */
#ifndef TARE_CORE_ROLE_H
#define TARE_CORE_ROLE_H

#include "core/tensor.h"

enum role {
    ROLE_UNKNOWN,
    ROLE_EMBEDDING,
    ROLE_POSITION,
    ROLE_QUERY,
    ROLE_KEY,
    ROLE_VALUE,
    ROLE_QKV,         /* fused */
    ROLE_ATTN_OUTPUT,
    ROLE_GATE,
    ROLE_UP,          /* first matrix of an MLP */
    ROLE_DOWN,        /* second matrix of an MLP */
    ROLE_NORM,        /* gains and offsets of a normalisation */
    ROLE_CONV,
    ROLE_DENSE,       /* a matrix whose place is not known better */
    ROLE_RECURRENT,
    ROLE_HEAD,        /* output projection to classes or vocabulary */
    ROLE_LORA,
    ROLE_COUNT
};

struct role_info {
    const char *name; /* in reports: "query" */
    char letter;      /* in the heat strip: 'q' */
};

const struct role_info *role_info(enum role role);

/* role from the name's parts and layer class; ROLE_UNKNOWN if nothing matches. */
enum role role_of(const struct tensor *t);

/* True for a bias, gain, offset or other vector-like parameter, whatever shape it is stored in. */
bool role_is_vector(const struct tensor *t);

/* Query, key, value, or all of them in one. */
static inline bool role_is_attention_input(enum role role)
{
    return role == ROLE_QUERY || role == ROLE_KEY || role == ROLE_VALUE || role == ROLE_QKV;
}

#endif
