#include "core/spectrum_text.h"

#include "core/adapter.h"

uint32_t spectrum_adapter_rank(const struct comparison *c, uint32_t entry)
{
    const struct adapter *a = c->tuned ? c->tuned->source->applied : NULL;
    uint32_t base = c->pairing.entries[entry].base;
    const struct adapter_update *u = a && base != PAIR_NONE ? adapter_update_of(a, base) : NULL;

    return u && !u->whole ? u->rank : 0;
}

char *spectrum_sentence(const struct comparison *c, uint32_t entry, const struct spectrum *s)
{
    double energy = c->thresholds.value[THRESHOLD_LOW_RANK_ENERGY];
    uint32_t directions = spectrum_rank_of(s, energy);
    uint32_t bound = spectrum_low_rank(s, energy, c->thresholds.value[THRESHOLD_LOW_RANK_SHARE]);
    uint32_t adapter = spectrum_adapter_rank(c, entry);
    char *lead, *text;

    if (!directions)
        return NULL;
    lead = adapter ? g_strdup_printf("This delta is of rank <= %u, the adapter's", adapter)
           : bound ? g_strdup_printf("This delta looks like rank <= %u", bound)
                   : g_strdup("This delta is of no low rank");
    text = g_strdup_printf("%s: %u of %u directions hold %g %% of its energy", lead, directions,
                           s->side[SPECTRUM_DELTA].n, energy * 100);
    g_free(lead);
    return text;
}
