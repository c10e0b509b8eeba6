#include "tui/pairs_rows.h"

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
    p->n_aliases = p->n_skipped = p->n_warnings = 0;
    if (!c)
        return 0;
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

    return g_strdup_printf("%s %s", unit_shape(shape, sizeof shape, t->dim, t->rank),
                           dtype_info(t->dtype)->brief);
}

/* Both sides' shape and type, once if they are the same. */
static char *both_shapes(const struct comparison *c, uint32_t entry)
{
    const struct tensor *base = entry_base(c, entry), *tuned = entry_tuned(c, entry);
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

static char *why_of(const struct pair_entry *e)
{
    char *reason = escape_text(e->reason), *rule, *why;

    if (!e->rule)
        return reason;
    rule = escape_text(e->rule);
    why = g_strdup_printf("%s%spaired by rule '%s'", reason, *reason ? "; " : "", rule);
    g_free(rule);
    g_free(reason);
    return why;
}

void pairs_text_init(struct pairs_text *t, const struct comparison *c, const struct pairs_row *row)
{
    static const char *const kinds[] = {"", "skipped", "warning", "alias of"};

    if (row->entry != PAIR_NONE) {
        t->name = entry_name(c, row->entry, 0);
        t->shape = both_shapes(c, row->entry);
        t->why = why_of(&c->pairing.entries[row->entry]);
        return;
    }
    t->name = escape_text(row->path);
    t->shape =
        g_strdup_printf("%s%s", c->tuned ? row->tuned ? "tuned " : "base " : "", kinds[row->aside]);
    t->why = escape_text(row->reason);
}

void pairs_text_finish(struct pairs_text *t)
{
    g_free(t->name);
    g_free(t->shape);
    g_free(t->why);
    *t = (struct pairs_text){0};
}
