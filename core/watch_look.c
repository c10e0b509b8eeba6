#include "core/watch_look.h"

#include <math.h>
#include <string.h>
#include "core/rule.h"

static double ratio(double a, double b)
{
    return b > 0 ? a / b : NAN;
}

/* Of the entries of a block, -1: of all outside the blocks. */
static void roll_up(const struct comparison *c, int32_t block, struct rollup *out)
{
    rollup_init(out);
    for (uint32_t i = 0; i < c->pairing.n_entries; i++) {
        const struct pair_entry *e = &c->pairing.entries[i];

        if (comparison_place(c, i)->block == block && comparison_copy_of(c, i) == PAIR_NONE)
            rollup_add(out, comparison_tensor(c, i), comparison_place(c, i), e,
                       &c->summary.entries[i], 0);
    }
}

static void look_at_blocks(struct watch_look *l, const struct comparison *c)
{
    for (uint32_t b = 0; b <= l->n_blocks; b++) {
        struct rollup r;

        roll_up(c, b < l->n_blocks ? (int32_t)b : -1, &r);
        l->relative[b] = rollup_relative(&r);
        l->norm[b] = ratio(r.tuned_l2, r.base_l2);
    }
}

static void look_at_depth(struct watch_look *l, const struct comparison *c)
{
    struct depth d;

    l->class = DEPTH_NONE;
    for (int part = 0; part < DEPTH_PARTS; part++)
        l->band[part] = NAN;
    if (depth_stacks(c) == 0)
        return;
    depth_of(c, 0, &d);
    l->class = d.verdict.class;
    for (int part = 0; d.n && part < DEPTH_PARTS; part++)
        l->band[part] = d.verdict.band[part].pooled;
    depth_finish(&d);
}

/* Ids of the rules that warn, each once. */
static char *flags_of(const struct comparison *c)
{
    GArray *findings = rules_check(c);
    const struct rule *last = NULL;
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < findings->len; i++) {
        const struct finding *f = &g_array_index(findings, struct finding, i);

        if (f->severity < SEVERITY_WARNING || f->rule == last)
            continue;
        g_string_append_printf(text, "%s%s", text->len ? " " : "", f->rule->id);
        last = f->rule;
    }
    findings_free(findings);
    return g_string_free(text, text->len == 0);
}

static uint64_t mix(uint64_t h, uint64_t x)
{
    h = (h ^ x) * 0x9e3779b97f4a7c15u; /* 2^64 over the golden ratio */
    return h ^ h >> 29;
}

static uint64_t mix_double(uint64_t h, double x)
{
    uint64_t bits;

    memcpy(&bits, &x, sizeof bits);
    return mix(h, bits);
}

static uint64_t mix_stats(uint64_t h, const struct stats *s)
{
    const uint64_t counts[] = {s->elems, s->nan, s->inf, s->zeros, s->min_at, s->max_at};
    const double sums[] = {s->l1, s->sumsq, s->mean, s->m2, s->m3, s->m4, s->min, s->max};

    for (guint i = 0; i < G_N_ELEMENTS(counts); i++)
        h = mix(h, counts[i]);
    for (guint i = 0; i < G_N_ELEMENTS(sums); i++)
        h = mix_double(h, sums[i]);
    return h;
}

/* Of the names, sizes and sums of the tuned side and of what was subtracted. */
static uint64_t fingerprint_of(const struct comparison *c)
{
    uint64_t h = c->pairing.n_entries;

    for (uint32_t i = 0; i < c->pairing.n_entries; i++) {
        const struct entry_summary *e = &c->summary.entries[i];

        h = mix(h, g_str_hash(comparison_tensor(c, i)->name));
        h = mix(h, (uint64_t)c->pairing.entries[i].state);
        h = mix(h, (uint64_t)e->state);
        h = mix_stats(h, &e->result.stats.tuned);
        h = mix_stats(h, &e->result.stats.delta);
        h = mix_double(h, e->result.stats.base_dot_delta);
    }
    return h;
}

static bool is_unchanged(const struct comparison *c)
{
    for (uint32_t i = 0; i < c->pairing.n_entries; i++) {
        const struct scan_result *r = &c->summary.entries[i].result;

        if (comparison_tensor(c, i)->elems &&
            (!r->has_delta || r->stats.unchanged != r->stats.delta.elems))
            return false;
    }
    return true;
}

struct watch_look *watch_look_create(const struct comparison *c)
{
    struct watch_look *l = g_new0(struct watch_look, 1);
    struct rollup model;

    l->n_blocks = comparison_blocks(c);
    l->relative = g_new(double, l->n_blocks + 1);
    l->norm = g_new(double, l->n_blocks + 1);
    look_at_blocks(l, c);
    comparison_model_rollup(c, &model);
    l->model_relative = rollup_relative(&model);
    look_at_depth(l, c);
    l->n_matched = c->pairing.n_matched;
    l->n_entries = c->pairing.n_entries;
    l->unchanged = is_unchanged(c);
    l->flags = flags_of(c);
    l->fingerprint = fingerprint_of(c);
    return l;
}

void watch_look_destroy(struct watch_look *l)
{
    if (!l)
        return;
    g_free(l->relative);
    g_free(l->norm);
    g_free(l->flags);
    g_free(l);
}
