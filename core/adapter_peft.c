/* Adapters of PEFT: W + (alpha / r) B A of each target; the base's tensors are found by name, else
 * by the part of the model. Formulas as peft/tuners/lora/layer.py get_delta_weight. */
#include "core/adapter_parts.h"
#include "core/pair.h"
#include "core/peft_names.h"

struct peft {
    struct adapting *in;
    GHashTable *exact, *bare; /* name -> tensor of the base + 1; 0: more than one */
    struct peft_names names;
    struct adapter_named *named; /* the factors' targets, then the wholes */
    struct adapter_parts *parts;
};

static void index_base(struct peft *p)
{
    const struct source *s = p->in->base->source;

    for (uint32_t i = 0; i < s->n_tensors; i++) {
        const char *bare = pair_bare_name(s->tensors[i].name);

        g_hash_table_insert(p->exact, (gpointer)s->tensors[i].name, GUINT_TO_POINTER(i + 1));
        g_hash_table_insert(p->bare, (gpointer)bare,
                            GUINT_TO_POINTER(g_hash_table_contains(p->bare, bare) ? 0 : i + 1));
    }
}

/* PAIR_NONE: the base has none of that name. */
static uint32_t find_named(const struct peft *p, const char *name)
{
    guint found = GPOINTER_TO_UINT(g_hash_table_lookup(p->exact, name));

    if (!found)
        found = GPOINTER_TO_UINT(g_hash_table_lookup(p->bare, pair_bare_name(name)));
    return found ? found - 1 : PAIR_NONE;
}

static uint32_t find_target(const struct peft *p, const char *stem)
{
    static const char *const variables[] = {".weight", ".kernel", ".embeddings"};
    uint32_t found = PAIR_NONE;

    for (size_t i = 0; i < G_N_ELEMENTS(variables) && found == PAIR_NONE; i++) {
        char *name = g_strconcat(stem, variables[i], NULL);

        found = find_named(p, name);
        g_free(name);
    }
    return found;
}

static gboolean refuse(const struct peft *p, uint32_t tensor, GError **error, const char *why)
{
    adapter_refuse(p->in, p->in->file->tensors[tensor].name, error, "%s", why);
    return FALSE;
}

/* Under the base's name, or as the same part lying the same way; PAIR_NONE: neither. */
static uint32_t find_whole(struct peft *p, uint32_t i, guint number)
{
    const struct tensor *t = &p->in->file->tensors[i];
    uint32_t target = find_named(p, peft_bare_name(t->name)), part[FUSION_MOST];

    if (target != PAIR_NONE || t->rank != 2 ||
        adapter_parts_find(p->parts, p->names.factors->len + number, part) != 1 ||
        adapter_lie_of(p->in->base, part[0], t->dim[0], t->dim[1]) != ADAPTER_OUT_IN)
        return target;
    p->in->n_by_part++;
    return part[0];
}

static gboolean add_whole(struct peft *p, guint number, GError **error)
{
    uint32_t i = g_array_index(p->names.wholes, uint32_t, number), target = find_whole(p, i, number);
    const struct tensor *t = &p->in->file->tensors[i];

    if (target == PAIR_NONE)
        return refuse(p, i, error, "the base has no tensor of that name");
    if (!tensor_same_shape(t, checkpoint_tensor(p->in->base, target)))
        return refuse(p, i, error, "saved whole, and of another shape than in the base");
    if (dtype_info(t->dtype)->is_integer)
        return refuse(p, i, error, "saved whole as integers: no weight");
    return adapter_add(p->in, (struct adapter_update){.target = target, .whole = true, .left = i},
                       0, false, error);
}

/* A is [r, in] and B [out, r] whatever the base's kernel is. Where a square one fits both ways,
 * what is known of the base's kernel decides, then the configuration. */
static bool lies_transposed(const struct peft *p, const struct factors *f, uint32_t target)
{
    enum orientation o = p->in->base->places[target].orientation;
    const struct adapter_config *c = p->in->file->adapter;

    if (f->embedding || o == ORIENTATION_IN_OUT)
        return true;
    return o == ORIENTATION_NONE && c && c->fan_in_fan_out;
}

static uint32_t rank_of(const struct peft *p, const struct factors *f)
{
    return (uint32_t)MIN(p->in->file->tensors[f->a].dim[0], UINT32_MAX);
}

/* Inputs and outputs of a pair of factors; false: they are none. */
static bool measure(const struct peft *p, const struct factors *f, uint64_t *in, uint64_t *out)
{
    const struct tensor *a = &p->in->file->tensors[f->a], *b = &p->in->file->tensors[f->b];

    if (a->rank < 2 || b->rank < 2 || a->elems == 0 || b->elems == 0 ||
        b->elems / b->dim[0] != a->dim[0])
        return false;
    *in = a->elems / a->dim[0];
    *out = b->dim[0];
    return true;
}

/* False: the factors don't make a matrix of the target's shape. */
static bool fit(const struct peft *p, const struct factors *f, struct adapter_update *u)
{
    const struct tensor *w = checkpoint_tensor(p->in->base, u->target);
    uint64_t in, out;
    bool plain, transposed;

    if (w->rank < 2 || !measure(p, f, &in, &out))
        return false;
    plain = w->dim[0] == out && w->elems / out == in && w->elems % out == 0;
    transposed = w->rank == 2 && w->dim[0] == in && w->dim[1] == out;
    if (!plain && !transposed)
        return false;
    u->rank = rank_of(p, f);
    u->transposed = plain && transposed ? lies_transposed(p, f, u->target) : transposed;
    u->left = u->transposed ? f->a : f->b;
    u->right = u->transposed ? f->b : f->a;
    u->rows = u->transposed ? in : out;
    u->cols = u->transposed ? out : in;
    return true;
}

static gboolean refuse_shapes(const struct peft *p, const struct factors *f, uint32_t target,
                              GError **error)
{
    char *a = tensor_shape_text(&p->in->file->tensors[f->a]),
         *b = tensor_shape_text(&p->in->file->tensors[f->b]);
    char *w = tensor_shape_text(checkpoint_tensor(p->in->base, target));

    adapter_refuse(p->in, f->stem, error,
                   "A %s and B %s make no update of %s, which is %s in the base", a, b,
                   checkpoint_tensor(p->in->base, target)->name, w);
    g_free(w);
    g_free(b);
    g_free(a);
    return FALSE;
}

/* One tensor of the base that gets outputs [skip, skip + outputs) of the factors. */
static gboolean add_part(struct peft *p, const struct factors *f, uint32_t target, uint64_t skip,
                         uint64_t outputs, GError **error)
{
    const struct adapter_config *config = p->in->file->adapter;
    uint64_t in = 0, all = 0;
    enum adapter_lie lie;

    measure(p, f, &in, &all);
    /* A table's rows are what the factors take in. */
    lie = f->embedding ? adapter_lie_of(p->in->base, target, in, outputs)
                       : adapter_lie_of(p->in->base, target, outputs, in);
    if (lie == ADAPTER_LIES_NOT)
        return refuse_shapes(p, f, target, error);

    bool transposed = f->embedding ? lie == ADAPTER_OUT_IN : lie == ADAPTER_IN_OUT;
    struct adapter_update u = {.target = target,
                               .left = transposed ? f->a : f->b,
                               .right = transposed ? f->b : f->a,
                               .transposed = transposed,
                               .rows = transposed ? in : outputs,
                               .cols = transposed ? outputs : in,
                               .skip = skip,
                               .rank = rank_of(p, f)};

    p->in->n_by_part++;
    return adapter_add(p->in, u, peft_alpha_of(config, f->stem), config && config->rslora, error);
}

/* The base calls the target otherwise, and may keep in several tensors what it is. */
static gboolean add_by_part(struct peft *p, const struct factors *f, guint number, GError **error)
{
    uint32_t part[FUSION_MOST];
    unsigned n = adapter_parts_find(p->parts, number, part);
    uint64_t in, all, outputs[FUSION_MOST], sum = 0;

    if (n == 0)
        return refuse(p, f->a, error,
                      "the base has no tensor of the target's name, and none or not all of that "
                      "part of the model");
    if (!measure(p, f, &in, &all))
        return refuse_shapes(p, f, part[0], error);
    for (unsigned k = 0; k < n; k++)
        sum += outputs[k] = n == 1 ? all : adapter_outputs(p->in->base, part[k]);
    if (sum != all)
        return refuse_shapes(p, f, part[0], error);
    sum = 0;
    for (unsigned k = 0; k < n; sum += outputs[k++])
        if (!add_part(p, f, part[k], sum, outputs[k], error))
            return FALSE;
    return TRUE;
}

static gboolean add_factors(struct peft *p, guint number, GError **error)
{
    const struct factors *f = g_ptr_array_index(p->names.factors, number);
    const struct tensor *files = p->in->file->tensors;
    const struct adapter_config *config = p->in->file->adapter;
    struct adapter_update u = {.target = find_target(p, f->stem)};

    if (f->a == PAIR_NONE || f->b == PAIR_NONE)
        return refuse(p, f->a == PAIR_NONE ? f->b : f->a, error,
                      "the other factor of this target is not in the file");
    if (dtype_info(files[f->a].dtype)->is_integer || dtype_info(files[f->b].dtype)->is_integer)
        return refuse(p, f->a, error, "factors of integers");
    if (u.target == PAIR_NONE)
        return add_by_part(p, f, number, error);
    if (!fit(p, f, &u))
        return refuse_shapes(p, f, u.target, error);
    return adapter_add(p->in, u, peft_alpha_of(config, f->stem), config && config->rslora, error);
}

/* Every target as its framework calls and shapes it. */
static void name_targets(struct peft *p)
{
    const struct tensor *files = p->in->file->tensors;
    guint n = p->names.factors->len;

    p->named = g_new0(struct adapter_named, n + p->names.wholes->len + 1);
    for (guint i = 0; i < n; i++) {
        const struct factors *f = g_ptr_array_index(p->names.factors, i);
        char *name = g_strconcat(f->stem, ".weight", NULL);

        p->named[i].name = g_string_chunk_insert_const(p->names.strings, name);
        if (f->a != PAIR_NONE && f->b != PAIR_NONE)
            measure(p, f, &p->named[i].dim[1], &p->named[i].dim[0]);
        g_free(name);
    }
    for (guint i = 0; i < p->names.wholes->len; i++) {
        const struct tensor *t = &files[g_array_index(p->names.wholes, uint32_t, i)];

        p->named[n + i].name = peft_bare_name(t->name);
        p->named[n + i].dim[0] = t->rank == 2 ? t->dim[0] : t->elems;
        p->named[n + i].dim[1] = t->rank == 2 ? t->dim[1] : 1;
    }
    p->parts = adapter_parts_create(p->in->base, p->named, n + p->names.wholes->len);
}

static gboolean resolve(struct peft *p, GError **error)
{
    if (!peft_names_read(&p->names, p->in, error))
        return FALSE;
    name_targets(p);
    for (guint i = 0; i < p->names.wholes->len; i++)
        if (!add_whole(p, i, error))
            return FALSE;
    for (guint i = 0; i < p->names.factors->len; i++)
        if (!add_factors(p, i, error))
            return FALSE;
    return TRUE;
}

gboolean adapter_peft(struct adapting *a, GError **error)
{
    struct peft p = {.in = a,
                     .exact = g_hash_table_new(g_str_hash, g_str_equal),
                     .bare = g_hash_table_new(g_str_hash, g_str_equal)};
    gboolean ok = FALSE;

    peft_names_init(&p.names);
    index_base(&p);
    if (a->file->adapter && a->file->adapter->refused)
        adapter_refuse(a, "adapter_config.json", error, "%s", a->file->adapter->refused);
    else
        ok = resolve(&p, error);
    g_hash_table_destroy(p.exact);
    g_hash_table_destroy(p.bare);
    peft_names_finish(&p.names);
    g_free(p.named);
    adapter_parts_destroy(p.parts);
    return ok;
}
