#include "io/report.h"

#include <string.h>

extern const struct report_form report_text, report_json, report_csv;

const struct report_form *const report_table[] = {&report_text, &report_json, &report_csv, NULL};

const struct report_form *report_find(const char *name)
{
    for (size_t i = 0; report_table[i]; i++)
        if (strcmp(report_table[i]->name, name) == 0)
            return report_table[i];
    return NULL;
}

void report_side_of(const struct report_input *in, uint32_t entry, bool tuned,
                    struct report_side *out)
{
    const struct comparison *c = in->comparison;
    const struct pair_entry *e = &c->pairing.entries[entry];
    const struct scan_result *r = &c->summary.entries[entry].result;
    const struct exact_quantiles *x = in->exact ? &in->exact[entry] : NULL;
    const struct checkpoint *side = tuned ? c->tuned : c->base;
    uint32_t index = tuned ? e->tuned : e->base;

    *out = (struct report_side){0};
    if (index == PAIR_NONE)
        return;
    out->tensor = checkpoint_tensor(side, index);
    if (c->summary.entries[entry].state != ENTRY_DONE)
        return;
    out->stats = tuned ? &r->stats.tuned : &r->stats.base;
    out->quantile_error = x ? 0 : SKETCH_ERROR;
    for (unsigned i = 0; i < EXACT_QUANTILES; i++)
        out->quantiles[i] =
            x ? (tuned ? x->tuned : x->base)[i]
              : sketch_quantile(tuned ? &r->tuned : &r->base, exact_quantile_at[i],
                                out->stats->min, out->stats->max);
}

bool report_block_rollup(const struct comparison *c, uint32_t block, struct rollup *out)
{
    for (uint32_t g = 0; g < c->n_groups; g++) {
        if (c->groups[g].block != (int32_t)block)
            continue;
        comparison_group_rollup(c, g, out);
        return true;
    }
    return false;
}
