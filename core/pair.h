/* Which tensor of one checkpoint is which of the other.
 *
 * Entries come in the base's model order; tensors that only the tuned side has follow the entry of
 * their predecessor. Immutable once made. */
#ifndef TARE_CORE_PAIR_H
#define TARE_CORE_PAIR_H

#include "core/match.h"

enum pair_state {
    PAIR_MATCHED,   /* same shape: subtracted */
    PAIR_DIFFERENT, /* same name, can't be subtracted: see reason */
    PAIR_BASE_ONLY,
    PAIR_TUNED_ONLY
};

struct pair_entry {
    uint32_t base, tuned;   /* tensor indices or PAIR_NONE */
    enum pair_state state;
    const char *reason; /* for PAIR_DIFFERENT, and for a match worth a remark; else NULL. Owned by
                           the pairing */
    const char *rule;   /* which rule of the table matched the names; NULL: equal names */
};

struct pairing {
    struct pair_entry *entries;
    uint32_t n_entries;
    uint32_t n_matched, n_base_only, n_tuned_only, n_different;
    GStringChunk *strings;
};

/* How many entries came about by that rule. */
uint32_t pairing_rule_count(const struct pairing *p, const struct pair_rule *rule);

/* tuned may be NULL: then every entry is PAIR_MATCHED with tuned = PAIR_NONE and all counts stay 0.
 * use_rules false: equal names only. */
void pairing_init(struct pairing *p, const struct checkpoint *base, const struct checkpoint *tuned,
                  bool use_rules);
void pairing_finish(struct pairing *p);

#endif
