#include "tui/marks.h"

#include <string.h>

#include "tui/entry_text.h"
#include "tui/ignored.h"

static const struct {
    const char *rule;
    enum mark mark;
} rules[] = {
    {"dead_neurons", MARK_DEAD},
    {"head_outlier", MARK_OUTLIER},
    {"row_outlier", MARK_OUTLIER},
    {"untouched_vocabulary", MARK_UNTOUCHED},
};

static enum mark mark_of(const struct finding *f)
{
    for (gsize i = 0; i < G_N_ELEMENTS(rules); i++)
        if (strcmp(f->rule->id, rules[i].rule) == 0)
            return rules[i].mark;
    return MARK_OTHER;
}

static void add(struct marks *k, const struct comparison *c, const struct finding *f)
{
    enum mark mark = mark_of(f);

    if (f->entry >= k->n_entries)
        return;
    k->entry[f->entry] |= (guint8)mark;
    k->group[c->group_of[f->entry]] |= (guint8)mark;
}

void marks_make(struct marks *k, const struct model *m)
{
    const struct comparison *c = m->comparison;

    marks_finish(k);
    k->n_entries = c->pairing.n_entries;
    k->n_groups = c->n_groups;
    k->entry = g_new0(guint8, k->n_entries + 1);
    k->group = g_new0(guint8, k->n_groups + 1);
    for (guint i = 0; m->findings && i < m->findings->len; i++) {
        const struct finding *f = &g_array_index(m->findings, struct finding, i);

        if (!ignored_has(m, f))
            add(k, c, f);
    }
}

void marks_finish(struct marks *k)
{
    g_free(k->entry);
    g_free(k->group);
    *k = (struct marks){0};
}

void marks_flags(unsigned marks, GString *out)
{
    if (marks & MARK_OTHER)
        flag_add(out, "!");
    if (marks & MARK_DEAD)
        flag_add(out, "!dead");
    if (marks & MARK_OUTLIER)
        flag_add(out, "!outlier");
    if (marks & MARK_UNTOUCHED)
        flag_add(out, "!untouched");
}
