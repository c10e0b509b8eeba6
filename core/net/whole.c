#include "core/net/whole.h"

#include <glib.h>
#include <string.h>
#include "core/arch_heads.h"
#include "core/layout_source.h"
#include "core/match.h"

static bool is_cut(const struct checkpoint *c)
{
    for (uint32_t i = 0; c->presented && i < c->source->n_tensors; i++) {
        const struct tensor_origin *o = checkpoint_tensor(c, i)->origin;

        if (o && o->rule && strcmp(o->rule, pair_rule_rows) == 0)
            return true;
    }
    return false;
}

void net_whole_init(struct net_whole *w, const struct checkpoint *c)
{
    struct source *of = is_cut(c) ? layout_source_of(c->source) : NULL;
    struct source described; /* maps by what is known now; nothing is read through it */

    *w = (struct net_whole){.c = *c, .config = c->source->config};
    if (!of)
        return;
    if (w->config.heads == 0)
        arch_heads_of_model(c->places, c->source->n_tensors, &w->config.heads, &w->config.kv_heads);
    described = *of;
    described.config = w->config;
    w->places = g_new0(struct place, of->n_tensors);
    w->c.source = of;
    w->c.arch = NULL;
    w->c.places = w->places;
    w->c.n_blocks = arch_map(&described, &w->c.arch, w->places);
    w->c.presented = false;
}

void net_whole_finish(struct net_whole *w)
{
    g_free(w->places);
}
