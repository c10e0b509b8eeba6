#include "core/match.h"

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

const char pair_rule_variables[] = "variables";
const char pair_rule_parts[] = "parts";
const char pair_rule_fused[] = "fused";
const char pair_rule_orientation[] = "layout";
const char pair_rule_rows[] = "rows";
const char pair_rule_map[] = "map";
const char pair_rule_content[] = "content";
const char pair_rule_adapter[] = "adapter";

const struct pair_rule pair_rules[] = {
    {"ddp", "drops 'module.' (DistributedDataParallel)", strip_ddp},
    {"compiled", "drops '_orig_mod.' (torch.compile)", strip_compiled},
    {"state_dict", "drops 'state_dict.' (Lightning, training checkpoints)", strip_state_dict},
    {"peft", "drops 'base_model.model.' (PEFT wrapper)", strip_peft},
    {"model", "drops 'model.' (backbone inside a task model)", strip_model},
    {"transformer", "drops 'transformer.' (backbone inside a task model)", strip_transformer},
    {pair_rule_variables, "kernel = weight^T, gamma = weight, beta = bias, moving = running", NULL},
    {pair_rule_parts, "the same part of the same block in two frameworks' names", NULL},
    {pair_rule_fused, "query, key, value or gate, up: in one tensor here, apart there", NULL},
    {pair_rule_orientation, "equal names that lie otherwise: [out,in] against [in,out], or another shape", NULL},
    {pair_rule_rows, "a vocabulary with more rows: the rows both have", NULL},
    {pair_rule_map, "told by the pair map", NULL},
    {pair_rule_content, "proposed by content and accepted", NULL},
    {pair_rule_adapter, "the base's own tensor with an adapter applied", NULL},
    {NULL, NULL, NULL},
};

/* The name without any wrapper a rule knows; *rule is the last one that applied. */
static const char *bare_name(const char *name, const char **rule)
{
    for (bool again = true; again;) {
        again = false;
        for (const struct pair_rule *r = pair_rules; r->name; r++) {
            size_t n = r->strip ? r->strip(name) : 0;

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

/* Words of variables that are one thing in two frameworks. */
static const struct {
    const char *keras, *torch;
} variables[] = {
    {"kernel", "weight"}, {"embeddings", "weight"},        {"gamma", "weight"},
    {"beta", "bias"},     {"moving_mean", "running_mean"}, {"moving_variance", "running_var"},
};

/* The bare name with torch's word for the variable; owned by the caller. */
static char *translated_name(const char *name)
{
    const char *rule, *bare = bare_name(name, &rule), *dot = strrchr(bare, '.');
    const char *last = dot ? dot + 1 : bare;

    for (size_t i = 0; i < G_N_ELEMENTS(variables); i++)
        if (strcmp(last, variables[i].keras) == 0)
            return g_strdup_printf("%.*s%s", (int)(last - bare), bare, variables[i].torch);
    return g_strdup(bare);
}

static char *same_name(const char *name)
{
    return g_strdup(name);
}

static char *unwrapped_name(const char *name)
{
    const char *rule;

    return g_strdup(bare_name(name, &rule));
}

void matching_init(struct matching *m, const struct source *base, const struct source *tuned)
{
    *m = (struct matching){
        .base = base,
        .tuned = tuned,
        .tuned_of_base = g_new(uint32_t, base->n_tensors),
        .rule_of_base = g_new0(const char *, base->n_tensors),
        .tuned_taken = g_new0(bool, tuned->n_tensors),
    };
    for (uint32_t i = 0; i < base->n_tensors; i++)
        m->tuned_of_base[i] = PAIR_NONE;
}

void matching_finish(struct matching *m)
{
    g_free(m->tuned_of_base);
    g_free(m->rule_of_base);
    g_free(m->tuned_taken);
    *m = (struct matching){0};
}

void matching_add(struct matching *m, uint32_t base, uint32_t tuned, const char *rule)
{
    m->tuned_of_base[base] = tuned;
    m->rule_of_base[base] = rule;
    m->tuned_taken[tuned] = true;
}

/* A name that stands for two tensors stands for none, but what was renamed to it on purpose goes
 * before what bears it by chance. */
static uint32_t one_of(const struct source *s, uint32_t a, uint32_t b)
{
    bool first = a != PAIR_NONE && s->tensors[a].origin, second = s->tensors[b].origin != NULL;

    if (first == second)
        return PAIR_NONE;
    return first ? a : b;
}

static uint32_t index_find(GHashTable *index, const char *name)
{
    gpointer found;

    if (!g_hash_table_lookup_extended(index, name, NULL, &found))
        return PAIR_NONE;
    return GPOINTER_TO_UINT(found);
}

/* Translated names that stand for exactly one tensor of a source. */
static GHashTable *index_names(const struct source *s, char *(*translate)(const char *))
{
    GHashTable *index = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (uint32_t i = 0; i < s->n_tensors; i++) {
        char *name = translate(s->tensors[i].name);
        uint32_t it = i;

        if (g_hash_table_contains(index, name))
            it = one_of(s, index_find(index, name), i);
        g_hash_table_insert(index, name, GUINT_TO_POINTER(it));
    }
    return index;
}

static const char *rule_of(const struct matching *m, uint32_t base, uint32_t tuned)
{
    const char *rule = NULL, *tuned_rule = NULL;

    bare_name(m->base->tensors[base].name, &rule);
    bare_name(m->tuned->tensors[tuned].name, &tuned_rule);
    return rule ? rule : tuned_rule;
}

/* rule NULL: the wrapper's that was dropped, if any. */
static void match_translated(struct matching *m, char *(*translate)(const char *), const char *rule)
{
    GHashTable *index = index_names(m->tuned, translate), *own = index_names(m->base, translate);

    for (uint32_t i = 0; i < m->base->n_tensors; i++) {
        char *name;
        uint32_t other;

        if (m->tuned_of_base[i] != PAIR_NONE)
            continue;
        name = translate(m->base->tensors[i].name);
        other = index_find(index, name);
        if (other != PAIR_NONE && !m->tuned_taken[other] && index_find(own, name) == i)
            matching_add(m, i, other, rule ? rule : rule_of(m, i, other));
        g_free(name);
    }
    g_hash_table_destroy(own);
    g_hash_table_destroy(index);
}

void matching_equal(struct matching *m)
{
    GHashTable *index = index_names(m->tuned, same_name);

    for (uint32_t i = 0; i < m->base->n_tensors; i++) {
        uint32_t other = index_find(index, m->base->tensors[i].name);

        if (m->tuned_of_base[i] == PAIR_NONE && other != PAIR_NONE && !m->tuned_taken[other])
            matching_add(m, i, other, NULL);
    }
    g_hash_table_destroy(index);
}

void matching_wrappers(struct matching *m)
{
    match_translated(m, unwrapped_name, NULL);
}

void matching_variables(struct matching *m)
{
    match_translated(m, translated_name, pair_rule_variables);
}
