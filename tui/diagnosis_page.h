/* What the diagnosis view says below its list: a finding in words and numbers, the rule behind it,
 * the depth profile with every input of its rule. UI thread. */
#ifndef TARE_TUI_DIAGNOSIS_PAGE_H
#define TARE_TUI_DIAGNOSIS_PAGE_H

#include "core/rule.h"
#include "tui/page.h"

/* What, why, so what, numbers against thresholds, limits, source. */
void diagnosis_finding(struct page *p, const struct comparison *c, const struct finding *f,
                       int width);
/* The rule alone: what it compares, with which thresholds and how to set them. */
void diagnosis_rule(struct page *p, const struct comparison *c, const struct rule *r, int width);
/* The evidence of a depth finding: nothing for other rules. */
void diagnosis_depth(struct page *p, const struct comparison *c, const struct finding *f,
                     int width);

#endif
