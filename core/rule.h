/* A finding: numbers against a threshold, what it means, what to do. A file and a row each.
 *
 * Rules look at what is finished and may run again as more comes in. */
#ifndef TARE_CORE_RULE_H
#define TARE_CORE_RULE_H

#include "core/comparison.h"

enum severity { SEVERITY_INFO, SEVERITY_WARNING, SEVERITY_ERROR };

struct evidence {
    const char *name; /* static */
    double value;
};

#define FINDING_EVIDENCE 6

struct finding {
    const struct rule *rule;
    enum severity severity;
    char *where; /* name of the tensor or group; owned */
    char *what;  /* one line; owned */
    uint32_t entry; /* where Enter leads; PAIR_NONE: nowhere */
    struct evidence evidence[FINDING_EVIDENCE];
    unsigned n_evidence;
};

struct rule {
    const char *id; /* "nonfinite" */
    const char *title;
    const char *meaning; /* what it means for the model */
    const char *advice;  /* what to do */
    const char *source;  /* formula or paper behind the threshold */
    /* Appends struct finding to out (finding_add). */
    void (*check)(const struct rule *rule, const struct comparison *c, GArray *out);
};

/* NULL-terminated. */
extern const struct rule *const rule_table[];

const char *severity_name(enum severity s);
struct finding *finding_add(GArray *out, const struct rule *rule, enum severity severity,
                            const char *where, uint32_t entry);
void finding_evidence(struct finding *f, const char *name, double value);

/* All rules in table order; an array of struct finding, owned by the caller. */
GArray *rules_check(const struct comparison *c);
void findings_free(GArray *findings);

#endif
