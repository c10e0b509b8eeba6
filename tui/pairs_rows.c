#include "tui/pairs_rows.h"

#include <string.h>
#include "core/escape.h"
#include "tui/entry_text.h"
#include "tui/units.h"

void pairs_rows_init(struct pairs_rows *p)
{
    *p = (struct pairs_rows){0};
    for (int i = 0; i < PANE_COUNT; i++)
        p->pane[i] = g_array_new(FALSE, TRUE, sizeof(struct pairs_row));
}

void pairs_rows_finish(struct pairs_rows *p)
{
    for (int i = 0; i < PANE_COUNT; i++)
        if (p->pane[i])
            g_array_free(p->pane[i], TRUE);
    proposals_free(p->proposals);
    *p = (struct pairs_rows){0};
}

static void add_entry(struct pairs_rows *p, enum pairs_pane pane, uint32_t entry)
{
    struct pairs_row row = {.entry = entry, .tuned = pane == PANE_TUNED_ONLY};

    g_array_append_val(p->pane[pane], row);
}

static void add_entries(struct pairs_rows *p, const struct comparison *c, const struct matcher *m)
{
    for (uint32_t i = 0; i < c->pairing.n_entries; i++) {
        const struct pair_entry *e = &c->pairing.entries[i];

        if (m && !matcher_hit(m, comparison_tensor(c, i)->name))
            continue;
        if (e->state == PAIR_BASE_ONLY && c->tuned)
            add_entry(p, PANE_BASE_ONLY, i);
        else if (e->state == PAIR_TUNED_ONLY)
            add_entry(p, PANE_TUNED_ONLY, i);
        else if (e->state == PAIR_DIFFERENT || e->reason || e->rule)
            add_entry(p, PANE_DIFFERENT, i);
    }
}

static void add_rules(struct pairs_rows *p, const struct comparison *c, const struct matcher *m)
{
    for (const struct pair_rule *r = pair_rules; r->name; r++) {
        struct pairs_row row = {.entry = PAIR_NONE,
                                .aside = ASIDE_RULE,
                                .path = r->name,
                                .reason = r->help,
                                .count = pairing_rule_count(&c->pairing, r)};

        if (!row.count || (m && !matcher_hit(m, r->name)))
            continue;
        g_array_append_val(p->pane[PANE_DIFFERENT], row);
        p->n_rules++;
    }
}

static void add_proposals(struct pairs_rows *p, const struct comparison *c, const struct matcher *m)
{
    for (guint i = 0; p->proposals_of == c && p->proposals && i < p->proposals->len; i++) {
        const struct proposal *at = &g_array_index(p->proposals, struct proposal, i);
        struct pairs_row row = {.entry = PAIR_NONE,
                                .aside = ASIDE_PROPOSAL,
                                .proposal = i,
                                .path = proposal_base_name(c, at),
                                .reason = at->why};

        if (!m || matcher_hit(m, row.path) || matcher_hit(m, proposal_tuned_name(c, at)))
            g_array_append_val(p->pane[PANE_PROPOSALS], row);
    }
}

bool pairs_rows_propose(struct pairs_rows *p, const struct comparison *c)
{
    if (!c || !c->tuned || comparison_scan_running(c) ||
        (p->proposals_of == c && p->proposals_at == c->summary.version))
        return false;
    proposals_free(p->proposals);
    p->proposals = proposals_find(c);
    p->proposals_of = c;
    p->proposals_at = c->summary.version;
    return true;
}

static void add_aside(struct pairs_rows *p, const struct matcher *m, struct pairs_row row)
{
    if (m && !matcher_hit(m, row.path))
        return;
    row.entry = PAIR_NONE;
    g_array_append_val(p->pane[PANE_ASIDE], row);
}

static void add_source(struct pairs_rows *p, const struct source *s, bool tuned,
                       const struct matcher *m)
{
    for (uint32_t i = 0; s->warnings[i]; i++, p->n_warnings++)
        add_aside(
            p, m,
            (struct pairs_row){
                .aside = ASIDE_WARNING, .tuned = tuned, .path = s->path, .reason = s->warnings[i]});
    for (uint32_t i = 0; i < s->n_skipped; i++, p->n_skipped++)
        add_aside(p, m,
                  (struct pairs_row){.aside = ASIDE_SKIPPED,
                                     .tuned = tuned,
                                     .path = s->skipped[i].path,
                                     .reason = s->skipped[i].reason});
    for (uint32_t i = 0; i < s->n_tensors; i++)
        for (const char *const *alias = s->tensors[i].aliases; *alias; alias++, p->n_aliases++)
            add_aside(p, m,
                      (struct pairs_row){.aside = ASIDE_ALIAS,
                                         .tuned = tuned,
                                         .path = *alias,
                                         .reason = s->tensors[i].path});
}

guint pairs_rows_build(struct pairs_rows *p, const struct comparison *c, const struct matcher *m)
{
    guint n = 0;

    for (int i = 0; i < PANE_COUNT; i++)
        g_array_set_size(p->pane[i], 0);
    p->n_aliases = p->n_skipped = p->n_warnings = p->n_rules = 0;
    if (!c)
        return 0;
    add_rules(p, c, m);
    add_proposals(p, c, m);
    add_entries(p, c, m);
    add_source(p, c->base->source, false, m);
    if (c->tuned)
        add_source(p, c->tuned->source, true, m);
    for (int i = 0; i < PANE_COUNT; i++)
        n += p->pane[i]->len;
    return n;
}

static char *shape_and_type(const struct tensor *t)
{
    char shape[256];

    unsigned rank;
    const uint64_t *dim = tensor_stored_shape(t, &rank);

    return g_strdup_printf("%s %s", unit_shape(shape, sizeof shape, dim, rank),
                           dtype_info(t->dtype)->brief);
}

/* Both sides' shape and type, once if they are the same. */
static char *both_shapes_of(const struct tensor *base, const struct tensor *tuned)
{
    char *a = base ? shape_and_type(base) : NULL, *b = tuned ? shape_and_type(tuned) : NULL;
    char *both;

    if (!a || !b)
        return a ? a : b;
    if (g_str_equal(a, b)) {
        g_free(b);
        return a;
    }
    both = g_strdup_printf("%s > %s", a, b);
    g_free(a);
    g_free(b);
    return both;
}

/* What the tuned file calls it, if that is another name. */
static char *other_name(const struct comparison *c, uint32_t entry)
{
    const struct tensor *base = entry_base(c, entry), *tuned = entry_tuned(c, entry);

    if (!base || !tuned || strcmp(tensor_stored_name(tuned), base->name) == 0)
        return NULL;
    return escape_text(tensor_stored_name(tuned));
}

static void append(GString *s, const char *before, const char *text, const char *after)
{
    if (text && *text)
        g_string_append_printf(s, "%s%s%s%s", s->len ? "; " : "", before, text, after);
}

static char *why_of(const struct comparison *c, uint32_t entry)
{
    const struct pair_entry *e = &c->pairing.entries[entry];
    const struct tensor *tuned = entry_tuned(c, entry);
    char *reason = escape_text(e->reason), *rule = escape_text(e->rule), *name = other_name(c, entry);
    char *what = escape_text(tuned && tuned->origin ? tuned->origin->what : NULL);
    GString *s = g_string_new(reason);

    append(s, "", what, "");
    append(s, "with ", name, "");
    append(s, "paired by rule '", rule, "'");
    g_free(reason);
    g_free(rule);
    g_free(name);
    g_free(what);
    return g_string_free(s, FALSE);
}

static char *kind_of(const struct comparison *c, const struct pairs_row *row)
{
    static const char *const kinds[] = {"", "skipped", "warning", "alias of", "", ""};

    if (row->aside == ASIDE_RULE)
        return g_strdup_printf("rule, %u pairs", row->count);
    return g_strdup_printf("%s%s", c->tuned ? row->tuned ? "tuned " : "base " : "",
                           kinds[row->aside]);
}

static void proposal_text(struct pairs_text *t, const struct pairs_rows *p,
                          const struct comparison *c, const struct pairs_row *row)
{
    const struct proposal *at = &g_array_index(p->proposals, struct proposal, row->proposal);
    char *base = escape_text(proposal_base_name(c, at));
    char *tuned = escape_text(proposal_tuned_name(c, at));
    char *why = escape_text(at->why);

    t->name = g_strdup_printf("%.2f  %s", at->score, base);
    t->shape = both_shapes_of(checkpoint_tensor(c->base, c->pairing.entries[at->base].base),
                              checkpoint_tensor(c->tuned, c->pairing.entries[at->tuned].tuned));
    t->why = g_strdup_printf("%s  %s", tuned, why);
    g_free(base);
    g_free(tuned);
    g_free(why);
}

void pairs_text_init(struct pairs_text *t, const struct pairs_rows *p, const struct comparison *c,
                     const struct pairs_row *row)
{
    if (row->entry != PAIR_NONE) {
        t->name = entry_name(c, row->entry, 0);
        t->shape = both_shapes_of(entry_base(c, row->entry), entry_tuned(c, row->entry));
        t->why = why_of(c, row->entry);
        return;
    }
    if (row->aside == ASIDE_PROPOSAL) {
        proposal_text(t, p, c, row);
        return;
    }
    t->name = escape_text(row->path);
    t->shape = kind_of(c, row);
    t->why = escape_text(row->reason);
}

void pairs_text_finish(struct pairs_text *t)
{
    g_free(t->name);
    g_free(t->shape);
    g_free(t->why);
    *t = (struct pairs_text){0};
}
