#include "tests/support/frameworks.h"

#include <check.h>
#include <string.h>
#include "tests/support/framework_rows.h"
#include "tests/support/memory_source.h"

const char *const framework_names[] = {"gpt2.torch",  "gpt2.tf",     "gpt2.hub",  "gpt2.linear",
                                       "llama.torch", "llama.fused", "llama.hub", "bert.torch",
                                       "bert.tf",     "bert.hub",    NULL};

static const struct framework *find(const char *name)
{
    for (const struct framework *f = framework_table; f->rows; f++)
        if (strcmp(f->name, name) == 0)
            return f;
    ck_abort_msg("no framework %s", name);
    return NULL;
}

/* One part: [out,in], or a vector with in 0. */
struct part {
    uint64_t out, in;
    float *values;
};

struct weights {
    uint64_t head_dim;
    unsigned blocks;
    GHashTable *parts; /* "0 q" -> struct part */
};

static void free_part(gpointer data)
{
    g_free(((struct part *)data)->values);
    g_free(data);
}

static struct weights *weights_new(void)
{
    struct weights *w = g_new0(struct weights, 1);

    w->parts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_part);
    return w;
}

void weights_free(struct weights *w)
{
    g_hash_table_destroy(w->parts);
    g_free(w);
}

static char *part_key(const char *part, size_t n, bool in_block, unsigned block)
{
    return in_block ? g_strdup_printf("%u %.*s", block, (int)n, part) : g_strndup(part, n);
}

static bool in_blocks(const struct row *r)
{
    return strstr(r->name, "%u") != NULL;
}

static char *row_name(const struct row *r, unsigned block)
{
    const char *at = strstr(r->name, "%u");

    return at ? g_strdup_printf("%.*s%u%s", (int)(at - r->name), r->name, block, at + 2)
              : g_strdup(r->name);
}

static bool is_vector(enum form f)
{
    return f <= VECTOR_HEADS;
}

/* Where [o,i] of a tensor with `out` outputs and `in` inputs lies. Keeping heads apart changes the
 * shape, not the order. */
static uint64_t at(enum form f, uint64_t o, uint64_t i, uint64_t out, uint64_t in)
{
    if (is_vector(f))
        return o;
    return f == OUT_IN ? o * in + i : i * out + o;
}

static const struct tensor *tensor_named(const struct source *s, const char *name, uint32_t *index)
{
    for (*index = 0; *index < s->n_tensors; (*index)++)
        if (strcmp(s->tensors[*index].name, name) == 0)
            return &s->tensors[*index];
    return NULL;
}

static void shape_of(const struct tensor *t, enum form f, uint64_t *out, uint64_t *in)
{
    *in = 1;
    *out = t->elems;
    if (is_vector(f))
        return;
    *in = f == OUT_IN ? t->dim[1] : f == HEADS_OUT ? t->dim[0] * t->dim[1] : t->dim[0];
    *out = t->elems / *in;
}

static unsigned count_parts(const char *parts)
{
    unsigned n = 1;

    for (; *parts; parts++)
        n += *parts == '+';
    return n;
}

/* A fused tensor of the source holds parts of one size. */
static bool read_row(struct weights *w, struct source *s, const struct row *r, unsigned block)
{
    char *name = row_name(r, block);
    uint32_t index;
    const struct tensor *t = tensor_named(s, name, &index);
    unsigned n = count_parts(r->parts), which = 0;
    uint64_t out, in;
    float *values;

    g_free(name);
    if (!t)
        return false;
    ck_assert_int_eq(t->dtype, DTYPE_F32);
    values = g_new(float, t->elems);
    ck_assert(s->ops->read(s, index, 0, t->elems, values, NULL));
    shape_of(t, r->form, &out, &in);
    for (const char *p = r->parts; p; which++) {
        const char *end = strchr(p, '+');
        struct part *part = g_new0(struct part, 1);

        part->out = out / n;
        part->in = is_vector(r->form) ? 0 : in;
        part->values = g_new(float, part->out *in);
        for (uint64_t o = 0; o < part->out; o++)
            for (uint64_t i = 0; i < in; i++)
                part->values[o * in + i] = values[at(r->form, which * part->out + o, i, out, in)];
        g_hash_table_insert(
            w->parts, part_key(p, end ? (size_t)(end - p) : strlen(p), in_blocks(r), block), part);
        p = end ? end + 1 : NULL;
    }
    g_free(values);
    return true;
}

struct weights *weights_read(struct source *s, const char *framework, uint64_t heads)
{
    const struct framework *f = find(framework);
    struct weights *w = weights_new();
    const struct part *q;

    for (const struct row *r = f->rows; r->parts; r++) {
        unsigned block = 0;

        while (read_row(w, s, r, block++) && in_blocks(r))
            w->blocks = MAX(w->blocks, block);
    }
    q = g_hash_table_lookup(w->parts, "0 q");
    ck_assert_ptr_nonnull(q);
    w->head_dim = q->out / heads;
    return w;
}

static void make_part(struct weights *w, const char *name, bool in_block, unsigned block,
                      uint64_t out, uint64_t in)
{
    struct part *p = g_new0(struct part, 1);
    uint64_t n = out * (in ? in : 1);
    guint serial = g_hash_table_size(w->parts);

    p->out = out;
    p->in = in;
    p->values = g_new(float, n);
    for (uint64_t i = 0; i < n; i++)
        p->values[i] = (float)(serial + 1) + (float)(i * 37 % n) / (float)(n + 1);
    g_hash_table_insert(w->parts, part_key(name, strlen(name), in_block, block), p);
}

struct weights *weights_make(const char *architecture, uint64_t rows)
{
    static const struct {
        const char *name;
        uint64_t out, in; /* out 0: the vocabulary */
        bool in_block;
    } sizes[] = {{"tokens", 0, 8, false},   {"positions", 10, 8, false}, {"types", 2, 8, false},
                 {"ln_e.g", 8, 0, false},   {"ln_e.b", 8, 0, false},     {"ln_f.g", 8, 0, false},
                 {"ln_f.b", 8, 0, false},   {"head", 0, 8, false},       {"pooler", 8, 8, false},
                 {"pooler.b", 8, 0, false}, {"ln_1.g", 8, 0, true},      {"ln_1.b", 8, 0, true},
                 {"ln_2.g", 8, 0, true},    {"ln_2.b", 8, 0, true},      {"q", 8, 8, true},
                 {"q.b", 8, 0, true},       {"k", 8, 8, true},           {"k.b", 8, 0, true},
                 {"v", 8, 8, true},         {"v.b", 8, 0, true},         {"o", 8, 8, true},
                 {"o.b", 8, 0, true},       {"gate", 12, 8, true},       {"up", 12, 8, true},
                 {"up.b", 12, 0, true},     {"down", 8, 12, true},       {"down.b", 8, 0, true}};
    struct weights *w = weights_new();

    w->blocks = 2;
    w->head_dim = strcmp(architecture, "llama") == 0 ? 2 : 4;
    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++)
        for (unsigned block = 0; block < (sizes[i].in_block ? w->blocks : 1); block++) {
            bool grouped = w->head_dim == 2 && (sizes[i].name[0] == 'k' || sizes[i].name[0] == 'v');

            make_part(w, sizes[i].name, sizes[i].in_block, block,
                      sizes[i].out ? sizes[i].out / (grouped ? 2 : 1) : rows, sizes[i].in);
        }
    return w;
}

static unsigned fill_shape(const struct weights *w, enum form f, uint64_t out, uint64_t in,
                           uint64_t *dim)
{
    uint64_t hd = w->head_dim;

    switch (f) {
    case VECTOR:
        dim[0] = out;
        return 1;
    case VECTOR_ROW:
        dim[0] = 1;
        dim[1] = out;
        return 2;
    case VECTOR_HEADS:
        dim[0] = out / hd;
        dim[1] = hd;
        return 2;
    case OUT_IN:
        dim[0] = out;
        dim[1] = in;
        return 2;
    case IN_OUT:
        dim[0] = in;
        dim[1] = out;
        return 2;
    case IN_HEADS:
        dim[0] = in;
        dim[1] = out / hd;
        dim[2] = hd;
        return 3;
    case HEADS_OUT:
        dim[0] = in / hd;
        dim[1] = hd;
        dim[2] = out;
        return 3;
    }
    return 0;
}

static void write_row(const struct weights *w, struct memory_source *m, const struct row *r,
                      unsigned block)
{
    const struct part *parts[3];
    uint64_t out = 0, in = 1, first = 0, dim[3];
    unsigned n = 0, rank;
    char *name = row_name(r, block);
    float *values;

    for (const char *p = r->parts; p; n++) {
        const char *end = strchr(p, '+');
        char *key = part_key(p, end ? (size_t)(end - p) : strlen(p), in_blocks(r), block);

        parts[n] = g_hash_table_lookup(w->parts, key);
        ck_assert_msg(parts[n] != NULL, "no part %s", key);
        out += parts[n]->out;
        in = MAX(parts[n]->in, 1);
        g_free(key);
        p = end ? end + 1 : NULL;
    }
    values = g_new(float, out *in);
    for (unsigned k = 0; k < n; first += parts[k++]->out)
        for (uint64_t o = 0; o < parts[k]->out; o++)
            for (uint64_t i = 0; i < in; i++)
                values[at(r->form, first + o, i, out, in)] = parts[k]->values[o * in + i];
    rank = fill_shape(w, r->form, out, in, dim);
    memory_source_add(m, name, TENSOR_WEIGHT, DTYPE_F32, rank, dim, values);
    g_free(values);
    g_free(name);
}

struct checkpoint *weights_write(const struct weights *w, const char *framework)
{
    const struct framework *f = find(framework);
    char *path = g_strconcat(framework, ".h5", NULL);
    struct memory_source *m = memory_source_create(path);

    g_free(path);
    for (const struct row *r = f->rows; r->parts; r++)
        for (unsigned block = 0; block < (in_blocks(r) ? w->blocks : 1); block++)
            write_row(w, m, r, block);
    return checkpoint_create(memory_source_finish(m));
}
