/* Which names stand for the same tensor: equal ones, then those that a rule makes equal. One tensor
 * has one partner; what is ambiguous has none. Nothing here looks at shapes. */
#ifndef TARE_CORE_MATCH_H
#define TARE_CORE_MATCH_H

#include "core/checkpoint.h"

#define PAIR_NONE UINT32_MAX

/* How pairs come about. Those with `strip` drop a wrapper from names. */
struct pair_rule {
    const char *name, *help;
    /* The length of the prefix to drop, 0 = does not apply; NULL: no rule about wrappers. */
    size_t (*strip)(const char *name);
};

/* NULL-named row ends the table. */
extern const struct pair_rule pair_rules[];

/* The rules that are no wrappers: entries of the table by these names. */
extern const char pair_rule_variables[];   /* kernel = weight, gamma = weight ... */
extern const char pair_rule_parts[];       /* the same part of the same block */
extern const char pair_rule_fused[];       /* q, k, v and gate, up: in one or apart */
extern const char pair_rule_orientation[]; /* equal names that lie differently */
extern const char pair_rule_rows[];        /* a table with more rows */
extern const char pair_rule_map[];         /* told by the user */
extern const char pair_rule_content[];     /* proposed by content, and accepted */
extern const char pair_rule_adapter[];     /* the base's own, with an adapter */

/* The name without any wrapper a rule knows. */
const char *pair_bare_name(const char *name);

struct matching {
    const struct source *base, *tuned;
    uint32_t *tuned_of_base;   /* [base n_tensors], PAIR_NONE: none */
    const char **rule_of_base; /* NULL: equal names */
    bool *tuned_taken;         /* [tuned n_tensors] */
};

/* Nothing matched yet. Both must outlive it. */
void matching_init(struct matching *m, const struct source *base, const struct source *tuned);
void matching_finish(struct matching *m);
void matching_add(struct matching *m, uint32_t base, uint32_t tuned, const char *rule);
/* What has no partner yet: by equal names, by names without wrappers, and by names whose variables
 * have another framework's words. */
void matching_equal(struct matching *m);
void matching_wrappers(struct matching *m);
void matching_variables(struct matching *m);

#endif
