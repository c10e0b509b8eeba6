#include "core/arch_family.h"

#include <glib.h>
#include <string.h>
#include "core/arch_form.h"
#include "core/arch_heads.h"
#include "core/arch_slots.h"

enum variable { VARIABLE_NONE, VARIABLE_KERNEL, VARIABLE_BIAS, VARIABLE_GAIN, VARIABLE_OFFSET };

static const struct {
    const char *name;
    enum variable variable;
} variables[] = {
    {"weight", VARIABLE_KERNEL}, {"kernel", VARIABLE_KERNEL}, {"bias", VARIABLE_BIAS},
    {"gamma", VARIABLE_GAIN},    {"beta", VARIABLE_OFFSET},   {"scale", VARIABLE_GAIN},
    {"embeddings", VARIABLE_KERNEL},
};

static enum variable variable_of(const char *last, size_t n)
{
    for (size_t i = 0; i < G_N_ELEMENTS(variables); i++)
        if (strncmp(variables[i].name, last, n) == 0 && !variables[i].name[n])
            return variables[i].variable;
    return VARIABLE_NONE;
}

/* A family's rows by their words, for one source. */
struct lookup {
    const struct arch_family *family;
    const struct arch_blocks *blocks;
    GHashTable *inside, *outside; /* parts -> struct arch_row */
};

static GHashTable *index_rows(const struct arch_row *rows)
{
    GHashTable *index = g_hash_table_new(g_str_hash, g_str_equal);

    for (const struct arch_row *r = rows; r->parts; r++)
        g_hash_table_insert(index, (gpointer)r->parts, (gpointer)r);
    return index;
}

static void lookup_init(struct lookup *l, const struct arch_family *f,
                        const struct arch_blocks *blocks)
{
    *l = (struct lookup){f, blocks, index_rows(f->inside), index_rows(f->outside)};
}

static void lookup_finish(struct lookup *l)
{
    g_hash_table_destroy(l->inside);
    g_hash_table_destroy(l->outside);
}

/* The row whose words are the last parts of `name`, the most of them. */
static const struct arch_row *longest(GHashTable *rows, const char *name)
{
    for (const char *at = name; at;) {
        const struct arch_row *row = g_hash_table_lookup(rows, at);
        const char *dot = strchr(at, '.');

        if (row)
            return row;
        at = dot ? dot + 1 : NULL;
    }
    return NULL;
}

struct match {
    const struct arch_row *row;
    enum variable variable;
    int32_t block;
};

/* Names longer than this are no framework's. */
#define NAME_BYTES 256

static bool match_name(const struct lookup *l, const struct source *s, uint32_t index,
                       struct match *m)
{
    const struct tensor *t = &s->tensors[index];
    const char *rest, *last;
    char layer[NAME_BYTES];
    GHashTable *rows;

    m->block = arch_blocks_of(l->blocks, index, &rest);
    if (t->kind != TENSOR_WEIGHT || strlen(rest) >= sizeof layer)
        return false;
    rows = m->block >= 0 ? l->inside : l->outside;
    m->variable = VARIABLE_KERNEL;
    m->row = longest(rows, rest);
    if (m->row)
        return true;
    last = strrchr(rest, '.');
    if (!last)
        return false;
    m->variable = variable_of(last + 1, strlen(last + 1));
    memcpy(layer, rest, (size_t)(last - rest));
    layer[last - rest] = 0;
    m->row = m->variable == VARIABLE_NONE ? NULL : longest(rows, layer);
    return m->row != NULL;
}

static bool names_family(const struct arch_family *f, const char *type)
{
    char *lower = g_ascii_strdown(type, -1);
    bool found = false;

    for (size_t i = 0; f->types[i] && !found; i++)
        found = strstr(lower, f->types[i]) != NULL;
    g_free(lower);
    return found;
}

static bool is_mark(const struct arch_family *f, const char *slot)
{
    for (size_t i = 0; f->marks[i]; i++)
        if (strcmp(f->marks[i], slot) == 0)
            return true;
    return false;
}

int arch_family_score(const struct arch_family *f, const struct source *s,
                      const struct arch_blocks *blocks)
{
    uint32_t weights = 0, matched = 0, marks = 0;
    struct lookup l;

    lookup_init(&l, f, blocks);
    for (uint32_t i = 0; i < s->n_tensors; i++) {
        struct match m;
        bool found = match_name(&l, s, i, &m);

        if (s->tensors[i].kind != TENSOR_WEIGHT || m.block < 0)
            continue;
        weights++;
        matched += found;
        marks += found && is_mark(f, m.row->slot);
    }
    lookup_finish(&l);
    if (marks == 0 || 2 * matched < weights)
        return 0;
    return 10 + (int)(80 * (uint64_t)matched / weights) +
           (names_family(f, s->config.type) ? 100 : 0);
}

static const char *suffix_of(enum role role, enum variable v)
{
    if (role == ROLE_NORM)
        return v == VARIABLE_BIAS || v == VARIABLE_OFFSET ? ".offset" : ".gain";
    if (v == VARIABLE_BIAS)
        return ".bias";
    return role == ROLE_EMBEDDING || role == ROLE_POSITION ? ".table" : ".kernel";
}

static void fill(const struct tensor *t, const struct match *m, struct place *p)
{
    char slot[64];
    bool is_kernel = m->variable == VARIABLE_KERNEL && m->row->role != ROLE_NORM;

    g_snprintf(slot, sizeof slot, "%s%s", m->row->slot, suffix_of(m->row->role, m->variable));
    p->slot = g_intern_string(slot);
    p->role = m->row->role;
    p->matrix = is_kernel && arch_form_is_matrix(t, p->role);
    if (!is_kernel)
        return;
    p->orientation = arch_form_orientation(t, p->role);
    if (p->orientation == ORIENTATION_OUT_IN && m->row->weight != ORIENTATION_NONE)
        p->orientation = m->row->weight;
    arch_form_rows(t, p);
}

void arch_family_map(const struct arch_family *f, const struct source *s,
                     const struct arch_blocks *blocks, struct place *places)
{
    struct lookup l;

    lookup_init(&l, f, blocks);
    for (uint32_t i = 0; i < s->n_tensors; i++) {
        const struct tensor *t = &s->tensors[i];
        struct match m;
        bool found = match_name(&l, s, i, &m);

        places[i] = (struct place){.block = m.block};
        if (found)
            fill(t, &m, &places[i]);
        else
            arch_form_fill(t, &places[i]);
        places[i].head_interleaved = f->interleaved && places[i].role == ROLE_QKV;
    }
    lookup_finish(&l);
    arch_slots_drop_twins(places, s->n_tensors);
    arch_heads_fill(s, places);
}
