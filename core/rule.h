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

struct finding {
    const struct rule *rule;
    enum severity severity;
    char *where; /* name of the tensor or group; owned */
    char *what;  /* one line; owned */
    /* The evidence: which view shows it ("tensor"; NULL: none) and what it looks at there. */
    const char *view;
    uint32_t entry;      /* PAIR_NONE: no single one */
    int32_t block, head; /* -1: none; block alone: of the depth profile, with head: of the heads */
    uint32_t layer, category; /* of the activity, of the examples; UINT32_MAX: none */
    struct evidence *evidence; /* [n_evidence]; owned */
    unsigned n_evidence;
};

/* Where on a run's time axis a rule fired. */
struct alarm {
    uint64_t step;
    int32_t block; /* -1: no single one; the number of blocks: what is outside of them */
    double value;  /* what was compared */
};

struct rule {
    const char *id; /* "nonfinite" */
    const char *title;
    const char *meaning; /* what it means for the model */
    const char *advice;  /* what to do */
    const char *source;  /* formula or paper behind the threshold */
    const char *limits;  /* what the finding can't tell */
    /* What it compares with, THRESHOLD_COUNT at the end; NULL: nothing that can be set. */
    const enum threshold *thresholds;
    /* Appends struct finding to out (finding_add). */
    void (*check)(const struct rule *rule, const struct comparison *c, GArray *out);
    /* Appends struct alarm to out, steps rising, for c->timeline, which is there; NULL: the rule is
     * none of runs. */
    void (*alarms)(const struct comparison *c, GArray *out);
};

/* NULL-terminated. */
extern const struct rule *const rule_table[];
guint rule_count(void);
/* NULL: no such rule. */
const struct rule *rule_find(const char *id);

const char *severity_name(enum severity s);
/* The finding is in out: valid until the next one is added. Its view is "tensor" if there is an
 * entry, none otherwise. */
struct finding *finding_add(GArray *out, const struct rule *rule, enum severity severity,
                            const char *where, uint32_t entry);
void finding_evidence(struct finding *f, const char *name, double value);
/* The threshold a rule compared with, by its name. */
void finding_threshold(struct finding *f, const struct comparison *c, enum threshold which);
/* Another view than the tensor's; block and head -1: none. */
void finding_lead(struct finding *f, const char *view, int32_t block, int32_t head);
/* What of the activity and the examples that view looks at; UINT32_MAX: none. */
void finding_flow(struct finding *f, uint32_t layer, uint32_t category);

/* All rules in table order; an array of struct finding, owned by the caller. */
GArray *rules_check(const struct comparison *c);
void findings_free(GArray *findings);

#endif
