/* A file that says what a check compares with and what it lets pass:
 *
 *     [thresholds]
 *     depth.band=0.5
 *     [rules]
 *     norm_growth=info       a finding of that severity, or a graver one, is a violation
 *     frozen=off             none is
 *
 * Key and value files as GLib reads them. One thread. */
#ifndef TARE_IO_RULES_FILE_H
#define TARE_IO_RULES_FILE_H

#include "core/rule.h"

#define RULES_FILE_BYTES (1u << 20) /* at most */

/* From which severity on a rule's finding is a violation; beyond SEVERITY_ERROR: never. */
struct rule_levels {
    int *from; /* [rule_count()]; owned */
};

void rule_levels_init(struct rule_levels *l); /* warnings and errors are violations */
void rule_levels_finish(struct rule_levels *l);
bool rule_levels_violated(const struct rule_levels *l, const struct finding *f);

/* Sets what the file says, leaves the rest; an error (TARE_ERROR_USAGE) names file and line. */
gboolean rules_file_load(const char *path, struct thresholds *t, struct rule_levels *l,
                         GError **error);

#endif
