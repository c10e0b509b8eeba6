#include "core/pair.h"

#include <glib.h>
#include <string.h>

/* What a view of either says of the pair. */
static const char *remark_of(const struct tensor *a, const struct tensor *b)
{
    if (b->origin && b->origin->remark)
        return b->origin->remark;
    return a->origin ? a->origin->remark : NULL;
}

/* A sum is in float64 because it is computed, not because a file stores it so: no remark. */
static bool is_sum(const struct tensor *t)
{
    return t->origin && t->origin->rule == pair_rule_adapter;
}

/* Decides whether the two can be subtracted, and what is worth saying about it. */
static void compare_types(struct pairing *p, struct pair_entry *e, const struct tensor *a,
                          const struct tensor *b)
{
    const struct dtype_info *da = dtype_info(a->dtype), *db = dtype_info(b->dtype);
    char *text = NULL;

    e->state = PAIR_MATCHED;
    if (!tensor_same_shape(a, b)) {
        char *sa = tensor_shape_text(a), *sb = tensor_shape_text(b);

        text = g_strdup_printf("shape %s against %s", sa, sb);
        e->state = PAIR_DIFFERENT;
        g_free(sa);
        g_free(sb);
    } else if (da->is_integer != db->is_integer) {
        text = g_strdup_printf("type %s against %s: integers are not subtracted from floats",
                               da->name, db->name);
        e->state = PAIR_DIFFERENT;
    } else if (a->dtype != b->dtype && !is_sum(b)) {
        text = g_strdup_printf("type %s against %s: subtracted in float64", da->name, db->name);
    } else if (a->kind != b->kind) {
        text = g_strdup_printf("%s against %s", tensor_kind_name(a->kind), tensor_kind_name(b->kind));
    }
    if (!text)
        text = g_strdup(remark_of(a, b));
    if (text)
        e->reason = g_string_chunk_insert(p->strings, text);
    g_free(text);
}

static void add_entry(struct pairing *p, struct pair_entry entry)
{
    p->entries[p->n_entries++] = entry;
    p->n_matched += entry.state == PAIR_MATCHED;
    p->n_different += entry.state == PAIR_DIFFERENT;
    p->n_base_only += entry.state == PAIR_BASE_ONLY;
    p->n_tuned_only += entry.state == PAIR_TUNED_ONLY;
}

/* The rule that presented one of them in another form, else the one that made the names equal. */
static const char *rule_of(const struct matching *m, uint32_t base)
{
    const struct tensor_origin *tuned = m->tuned->tensors[m->tuned_of_base[base]].origin;
    const struct tensor_origin *cut = m->base->tensors[base].origin;

    if (tuned)
        return tuned->rule;
    return cut ? cut->rule : m->rule_of_base[base];
}

static void add_base(struct pairing *p, const struct matching *m, uint32_t i)
{
    struct pair_entry e = {i, m->tuned_of_base[i], PAIR_BASE_ONLY, NULL, NULL};

    if (e.tuned != PAIR_NONE) {
        compare_types(p, &e, &m->base->tensors[i], &m->tuned->tensors[e.tuned]);
        e.rule = rule_of(m, i);
    }
    add_entry(p, e);
}

/* Tuned-only tensors that follow `after` in the tuned order; PAIR_NONE: those before any match. */
static void add_tuned_after(struct pairing *p, const struct matching *m, uint32_t after)
{
    uint32_t i = after == PAIR_NONE ? 0 : after + 1;

    for (; i < m->tuned->n_tensors && !m->tuned_taken[i]; i++)
        add_entry(p, (struct pair_entry){PAIR_NONE, i, PAIR_TUNED_ONLY, NULL, NULL});
}

static void add_all(struct pairing *p, const struct matching *m)
{
    add_tuned_after(p, m, PAIR_NONE);
    for (uint32_t i = 0; i < m->base->n_tensors; i++) {
        add_base(p, m, i);
        if (m->tuned_of_base[i] != PAIR_NONE)
            add_tuned_after(p, m, m->tuned_of_base[i]);
    }
}

static void pair_two(struct pairing *p, const struct checkpoint *base,
                     const struct checkpoint *tuned, bool use_rules)
{
    struct matching m;

    matching_init(&m, base->source, tuned->source);
    matching_equal(&m);
    if (use_rules)
        matching_wrappers(&m);
    add_all(p, &m);
    matching_finish(&m);
}

void pairing_init(struct pairing *p, const struct checkpoint *base, const struct checkpoint *tuned,
                  bool use_rules)
{
    uint32_t most = base->source->n_tensors + (tuned ? tuned->source->n_tensors : 0);

    *p = (struct pairing){.entries = g_new0(struct pair_entry, most),
                          .strings = g_string_chunk_new(4096)};
    if (tuned) {
        pair_two(p, base, tuned, use_rules);
        return;
    }
    for (uint32_t i = 0; i < base->source->n_tensors; i++)
        p->entries[p->n_entries++] =
            (struct pair_entry){i, PAIR_NONE, PAIR_MATCHED, NULL, NULL};
}

uint32_t pairing_rule_count(const struct pairing *p, const struct pair_rule *rule)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < p->n_entries; i++)
        n += p->entries[i].rule && strcmp(p->entries[i].rule, rule->name) == 0;
    return n;
}

void pairing_finish(struct pairing *p)
{
    g_free(p->entries);
    if (p->strings)
        g_string_chunk_free(p->strings);
    *p = (struct pairing){0};
}
