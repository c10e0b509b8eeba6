/* PEFT's names: base_model.model.TARGET.lora_A.weight [r, in] and lora_B.weight [out, r], for
 * embeddings lora_embedding_A [r, rows] and lora_embedding_B [columns, r]. What has no lora_ part
 * was trained and saved whole. Formulas as peft/tuners/lora/layer.py get_delta_weight. */
#include "core/adapter_internal.h"

#include <string.h>
#include "core/pair.h"

#define PREFIX "base_model.model."

/* Both factors of one target. */
struct factors {
    const char *stem;  /* the target without its variable; owned */
    const char *named; /* which of several adapters ("default"), "" for the only one; owned */
    bool embedding;
    uint32_t a, b; /* PAIR_NONE: not there */
};

struct peft {
    struct adapting *in;
    GHashTable *exact, *bare; /* name -> tensor of the base + 1; 0: more than one */
    GHashTable *by_stem;      /* stem -> struct factors */
    GPtrArray *factors;
    GStringChunk *strings;
};

static const char *without_prefix(const char *name)
{
    return g_str_has_prefix(name, PREFIX) ? name + strlen(PREFIX) : name;
}

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

static struct factors *factors_of(struct peft *p, const char *stem)
{
    struct factors *f = g_hash_table_lookup(p->by_stem, stem);

    if (f)
        return f;
    f = g_new0(struct factors, 1);
    *f = (struct factors){.stem = stem, .a = PAIR_NONE, .b = PAIR_NONE};
    g_hash_table_insert(p->by_stem, (gpointer)stem, f);
    g_ptr_array_add(p->factors, f);
    return f;
}

static gboolean refuse(const struct peft *p, uint32_t tensor, GError **error, const char *why)
{
    adapter_refuse(p->in, p->in->file->tensors[tensor].name, error, "%s", why);
    return FALSE;
}

/* "lora_A.weight", "lora_A.NAME.weight", of embeddings "lora_embedding_A" and
 * "lora_embedding_A.NAME": the name, "" if there is none; NULL: something else. */
static char *adapter_name(const char *after, bool embedding)
{
    const char *end = after + strlen(after);

    if (g_str_has_suffix(after, ".weight"))
        end -= strlen(".weight");
    else if (!embedding)
        return NULL;
    if (after == end)
        return g_strdup("");
    return *after != '.' || memchr(after + 1, '.', (size_t)(end - after - 1))
               ? NULL
               : g_strndup(after + 1, (gsize)(end - after - 1));
}

static gboolean take_factor(struct peft *p, uint32_t i, const char *part, GError **error)
{
    const char *name = without_prefix(p->in->file->tensors[i].name);
    bool embedding = g_str_has_prefix(part, "lora_embedding_");
    const char *letter = part + strlen(embedding ? "lora_embedding_" : "lora_");
    char *named, *stem;
    struct factors *f;
    uint32_t *side;

    if (g_str_has_prefix(part, "lora_magnitude_vector"))
        return refuse(p, i, error, "DoRA scales columns beside the low-rank sum: not supported");
    if (part == name || (*letter != 'A' && *letter != 'B') ||
        !(named = adapter_name(letter + 1, embedding)))
        return refuse(p, i, error, "not one of PEFT's names for a low-rank factor");
    stem = g_strndup(name, (gsize)(part - name - 1));
    f = factors_of(p, g_string_chunk_insert_const(p->strings, stem));
    g_free(stem);
    side = *letter == 'A' ? &f->a : &f->b;
    if (f->named && strcmp(f->named, named) != 0) {
        g_free(named);
        return refuse(p, i, error, "the file holds more than one adapter of this target");
    }
    f->named = g_string_chunk_insert_const(p->strings, named);
    g_free(named);
    if (*side != PAIR_NONE)
        return refuse(p, i, error, "a second factor of the same target and side");
    f->embedding = embedding;
    *side = i;
    return TRUE;
}

static gboolean take_whole(struct peft *p, uint32_t i, GError **error)
{
    const struct tensor *t = &p->in->file->tensors[i];
    uint32_t target = find_named(p, without_prefix(t->name));

    if (target == PAIR_NONE)
        return refuse(p, i, error, "the base has no tensor of that name");
    if (!tensor_same_shape(t, checkpoint_tensor(p->in->base, target)))
        return refuse(p, i, error, "saved whole, and of another shape than in the base");
    if (dtype_info(t->dtype)->is_integer)
        return refuse(p, i, error, "saved whole as integers: no weight");
    return adapter_add(p->in, (struct adapter_update){.target = target, .whole = true, .left = i},
                       0, false, error);
}

/* A configuration's alpha for that target, 0: it says none. */
static double alpha_of(const struct adapter_config *c, const char *stem)
{
    size_t n = strlen(stem);

    for (uint32_t i = 0; c && i < c->n_alphas; i++) {
        size_t k = strlen(c->alphas[i].name);

        if (k <= n && strcmp(stem + n - k, c->alphas[i].name) == 0 &&
            (k == n || stem[n - k - 1] == '.'))
            return c->alphas[i].alpha;
    }
    return c ? c->alpha : 0;
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

/* False: the factors don't make a matrix of the target's shape. */
static bool fit(const struct peft *p, const struct factors *f, struct adapter_update *u)
{
    const struct tensor *w = checkpoint_tensor(p->in->base, u->target);
    const struct tensor *a = &p->in->file->tensors[f->a], *b = &p->in->file->tensors[f->b];
    uint64_t in, out;
    bool plain, transposed;

    if (w->rank < 2 || a->rank < 2 || b->rank < 2 || a->elems == 0 || b->elems == 0 ||
        b->elems / b->dim[0] != a->dim[0])
        return false;
    in = a->elems / a->dim[0];
    out = b->dim[0];
    plain = w->dim[0] == out && w->elems / out == in && w->elems % out == 0;
    transposed = w->rank == 2 && w->dim[0] == in && w->dim[1] == out;
    if (!plain && !transposed)
        return false;
    u->rank = (uint32_t)MIN(a->dim[0], UINT32_MAX);
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

static gboolean add_factors(struct peft *p, const struct factors *f, GError **error)
{
    const struct tensor *files = p->in->file->tensors;
    const struct adapter_config *config = p->in->file->adapter;
    struct adapter_update u = {.target = find_target(p, f->stem)};

    if (f->a == PAIR_NONE || f->b == PAIR_NONE)
        return refuse(p, f->a == PAIR_NONE ? f->b : f->a, error,
                      "the other factor of this target is not in the file");
    if (u.target == PAIR_NONE)
        return refuse(p, f->a, error, "the base has no tensor of the target's name");
    if (dtype_info(files[f->a].dtype)->is_integer || dtype_info(files[f->b].dtype)->is_integer)
        return refuse(p, f->a, error, "factors of integers");
    if (!fit(p, f, &u))
        return refuse_shapes(p, f, u.target, error);
    return adapter_add(p->in, u, alpha_of(config, f->stem), config && config->rslora, error);
}

static gboolean resolve(struct peft *p, GError **error)
{
    const struct source *s = p->in->file;

    for (uint32_t i = 0; i < s->n_tensors; i++) {
        const char *part = adapter_part(s->tensors[i].name);

        if (s->tensors[i].kind != TENSOR_WEIGHT)
            continue;
        if (!(part ? take_factor(p, i, part, error) : take_whole(p, i, error)))
            return FALSE;
    }
    for (guint i = 0; i < p->factors->len; i++)
        if (!add_factors(p, g_ptr_array_index(p->factors, i), error))
            return FALSE;
    return TRUE;
}

gboolean adapter_peft(struct adapting *a, GError **error)
{
    struct peft p = {.in = a,
                     .exact = g_hash_table_new(g_str_hash, g_str_equal),
                     .bare = g_hash_table_new(g_str_hash, g_str_equal),
                     .by_stem = g_hash_table_new(g_str_hash, g_str_equal),
                     .factors = g_ptr_array_new_with_free_func(g_free),
                     .strings = g_string_chunk_new(4096)};
    gboolean ok = FALSE;

    index_base(&p);
    if (a->file->adapter && a->file->adapter->refused)
        adapter_refuse(a, "adapter_config.json", error, "%s", a->file->adapter->refused);
    else
        ok = resolve(&p, error);
    g_hash_table_destroy(p.exact);
    g_hash_table_destroy(p.bare);
    g_hash_table_destroy(p.by_stem);
    g_ptr_array_free(p.factors, TRUE);
    g_string_chunk_free(p.strings);
    return ok;
}
