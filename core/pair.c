#include "core/pair.h"

#include <glib.h>
#include <string.h>

static size_t strip_prefix(const char *name, const char *prefix)
{
    size_t n = strlen(prefix);

    return strncmp(name, prefix, n) == 0 && name[n] ? n : 0;
}

static size_t strip_ddp(const char *name)
{
    return strip_prefix(name, "module.");
}

static size_t strip_compiled(const char *name)
{
    return strip_prefix(name, "_orig_mod.");
}

static size_t strip_state_dict(const char *name)
{
    return strip_prefix(name, "state_dict.");
}

static size_t strip_peft(const char *name)
{
    return strip_prefix(name, "base_model.model.");
}

static size_t strip_model(const char *name)
{
    return strip_prefix(name, "model.");
}

static size_t strip_transformer(const char *name)
{
    return strip_prefix(name, "transformer.");
}

const struct pair_rule pair_rules[] = {
    {"ddp", "drops 'module.' (DistributedDataParallel)", strip_ddp},
    {"compiled", "drops '_orig_mod.' (torch.compile)", strip_compiled},
    {"state_dict", "drops 'state_dict.' (Lightning, training checkpoints)", strip_state_dict},
    {"peft", "drops 'base_model.model.' (PEFT wrapper)", strip_peft},
    {"model", "drops 'model.' (backbone inside a task model)", strip_model},
    {"transformer", "drops 'transformer.' (backbone inside a task model)", strip_transformer},
    {NULL, NULL, NULL},
};

/* The name without any wrapper a rule knows; *rule is the last one that applied. */
static const char *bare_name(const char *name, const char **rule)
{
    for (bool again = true; again;) {
        again = false;
        for (const struct pair_rule *r = pair_rules; r->name; r++) {
            size_t n = r->strip(name);

            if (!n)
                continue;
            name += n;
            *rule = r->name;
            again = true;
        }
    }
    return name;
}

const char *pair_bare_name(const char *name)
{
    const char *rule;

    return bare_name(name, &rule);
}

/* Names that stand for exactly one tensor of a source; an ambiguous one stands for none. */
static GHashTable *index_names(const struct source *s, bool bare)
{
    GHashTable *index = g_hash_table_new(g_str_hash, g_str_equal);

    for (uint32_t i = 0; i < s->n_tensors; i++) {
        const char *rule = NULL, *name = s->tensors[i].name;

        if (bare)
            name = bare_name(name, &rule);
        if (g_hash_table_contains(index, name))
            g_hash_table_insert(index, (gpointer)name, GUINT_TO_POINTER(PAIR_NONE));
        else
            g_hash_table_insert(index, (gpointer)name, GUINT_TO_POINTER(i));
    }
    return index;
}

static uint32_t index_find(GHashTable *index, const char *name)
{
    gpointer found;

    if (!g_hash_table_lookup_extended(index, name, NULL, &found))
        return PAIR_NONE;
    return GPOINTER_TO_UINT(found);
}

struct matching {
    const struct checkpoint *base, *tuned;
    uint32_t *tuned_of_base;  /* [base n_tensors] */
    const char **rule_of_base;
    bool *tuned_taken;        /* [tuned n_tensors] */
};

static void match_equal(struct matching *m)
{
    GHashTable *index = index_names(m->tuned->source, false);

    for (uint32_t i = 0; i < m->base->source->n_tensors; i++) {
        uint32_t other = index_find(index, m->base->source->tensors[i].name);

        m->tuned_of_base[i] = other;
        if (other != PAIR_NONE)
            m->tuned_taken[other] = true;
    }
    g_hash_table_destroy(index);
}

static void match_by_rules(struct matching *m)
{
    GHashTable *index = index_names(m->tuned->source, true);
    GHashTable *own = index_names(m->base->source, true);

    for (uint32_t i = 0; i < m->base->source->n_tensors; i++) {
        const char *rule = NULL, *tuned_rule = NULL, *name;
        uint32_t other;

        if (m->tuned_of_base[i] != PAIR_NONE)
            continue;
        name = bare_name(m->base->source->tensors[i].name, &rule);
        other = index_find(index, name);
        if (other == PAIR_NONE || m->tuned_taken[other] || index_find(own, name) != i)
            continue;
        bare_name(m->tuned->source->tensors[other].name, &tuned_rule);
        m->tuned_of_base[i] = other;
        m->tuned_taken[other] = true;
        m->rule_of_base[i] = rule ? rule : tuned_rule;
    }
    g_hash_table_destroy(own);
    g_hash_table_destroy(index);
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
    } else if (a->dtype != b->dtype) {
        text = g_strdup_printf("type %s against %s: subtracted in float64", da->name, db->name);
    } else if (a->kind != b->kind) {
        text = g_strdup_printf("%s against %s", tensor_kind_name(a->kind), tensor_kind_name(b->kind));
    }
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

static void add_base(struct pairing *p, const struct matching *m, uint32_t i)
{
    struct pair_entry e = {i, m->tuned_of_base[i], PAIR_BASE_ONLY, NULL, NULL};

    if (e.tuned != PAIR_NONE) {
        compare_types(p, &e, checkpoint_tensor(m->base, i), checkpoint_tensor(m->tuned, e.tuned));
        e.rule = m->rule_of_base[i];
    }
    add_entry(p, e);
}

/* Tuned-only tensors that follow `after` in the tuned order; PAIR_NONE: those before any match. */
static void add_tuned_after(struct pairing *p, const struct matching *m, uint32_t after)
{
    uint32_t i = after == PAIR_NONE ? 0 : after + 1;

    for (; i < m->tuned->source->n_tensors && !m->tuned_taken[i]; i++)
        add_entry(p, (struct pair_entry){PAIR_NONE, i, PAIR_TUNED_ONLY, NULL, NULL});
}

static void add_all(struct pairing *p, const struct matching *m)
{
    add_tuned_after(p, m, PAIR_NONE);
    for (uint32_t i = 0; i < m->base->source->n_tensors; i++) {
        add_base(p, m, i);
        if (m->tuned_of_base[i] != PAIR_NONE)
            add_tuned_after(p, m, m->tuned_of_base[i]);
    }
}

static void pair_two(struct pairing *p, const struct checkpoint *base,
                     const struct checkpoint *tuned, bool use_rules)
{
    struct matching m = {
        .base = base,
        .tuned = tuned,
        .tuned_of_base = g_new(uint32_t, base->source->n_tensors),
        .rule_of_base = g_new0(const char *, base->source->n_tensors),
        .tuned_taken = g_new0(bool, tuned->source->n_tensors),
    };

    match_equal(&m);
    if (use_rules)
        match_by_rules(&m);
    add_all(p, &m);
    g_free(m.tuned_of_base);
    g_free(m.rule_of_base);
    g_free(m.tuned_taken);
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

void pairing_finish(struct pairing *p)
{
    g_free(p->entries);
    if (p->strings)
        g_string_chunk_free(p->strings);
    *p = (struct pairing){0};
}
