#include "io/hdf5_tensors.h"

#include <stdlib.h>
#include <string.h>

/* All paths of aliases together: hard-linked groups multiply what lies below them. */
#define ALIAS_TEXT_BYTES (16u << 20)

struct builder {
    const struct listing *listing;
    struct hdf5_tensors *out;
    gboolean bf16_file;  /* an attribute of the root says that uint16 is bfloat16 */
    GPtrArray **aliases; /* one per object: paths that also lead to it */
    gsize alias_bytes;
    guint32 *objects; /* of each tensor */
};

static const char *path_of(const struct listing *l, guint32 object)
{
    return listing_text(l, listing_object(l, object)->path);
}

static const char *type_hint(const struct listing *l, guint32 object)
{
    const char *text = listing_attribute_text(l, object, "dtype");

    return text ? text : listing_attribute_text(l, object, "torch_dtype");
}

static gboolean says_bf16(const char *hint)
{
    return hint && (strstr(hint, "bfloat16") || strcmp(hint, "bf16") == 0);
}

static gboolean is_bf16(const struct builder *b, guint32 object, const struct listing_dataset *d)
{
    const char *hint = type_hint(b->listing, object);
    const char *path = path_of(b->listing, object);

    if (d->opaque)
        return !hint || says_bf16(hint);
    return d->dtype == DTYPE_U16 && (hint ? says_bf16(hint)
                                          : b->bf16_file || g_str_has_suffix(path, "bf16") ||
                                                g_str_has_suffix(path, "bfloat16"));
}

/* NULL if the dataset is a tensor. */
static const char *reason_against(const struct builder *b, guint32 object,
                                  const struct listing_dataset *d)
{
    const char *reason = listing_text(b->listing, d->reason);
    const char *hint = type_hint(b->listing, object);
    guint bytes;

    if (!d->readable)
        return reason[0] ? reason : d->numeric ? "not readable" : "not numbers";
    bytes = dtype_info(d->dtype)->bytes;
    if (d->opaque && (bytes != 2 || !is_bf16(b, object, d)))
        return "opaque bytes of an unknown type";
    if (hint && bytes == 1 && strstr(hint, "float8"))
        return "float8 stored as bytes: not read";
    return NULL;
}

static void skip(struct builder *b, const char *path, const char *reason)
{
    struct skipped s = {path, reason};

    g_array_append_val(b->out->skipped, s);
}

static void add_tensor(struct builder *b, guint32 object)
{
    const struct listing *l = b->listing;
    guint32 dataset = listing_object(l, object)->dataset;
    const struct listing_dataset *d = listing_dataset(l, dataset);
    const struct claim *claim = &b->out->claims->of[object];
    struct tensor *t = &b->out->tensors[b->out->n_tensors];
    static const char *const none[] = {NULL};

    *t = (struct tensor){.name = claim->name,
                         .path = claim->path,
                         .layer_class = claim->layer_class,
                         .aliases = none,
                         .note = claim->note,
                         .dtype = d->dtype,
                         .kind = claim->kind,
                         .rank = d->rank,
                         .dim = (const uint64_t *)(const void *)l->numbers->data + d->dims,
                         .elems = d->elems};
    if (is_bf16(b, object, d)) {
        t->dtype = DTYPE_BF16;
        if (!d->opaque && !t->note)
            t->note = "bfloat16 stored as uint16";
    }
    if (t->note && t->kind == TENSOR_OTHER && dtype_info(t->dtype)->is_integer)
        skip(b, t->path, t->note);
    b->out->datasets[b->out->n_tensors] = dataset;
    b->objects[b->out->n_tensors++] = object;
}

static gint compare_places(gconstpointer a, gconstpointer b, gpointer user)
{
    const struct builder *w = user;
    guint32 x = *(const guint32 *)a, y = *(const guint32 *)b;
    int order = strcmp(w->out->claims->of[x].key, w->out->claims->of[y].key);

    return order ? order : strcmp(path_of(w->listing, x), path_of(w->listing, y));
}

/* Objects that are tensors, in the model's order; the others are noted as skipped. */
static GArray *choose(struct builder *b)
{
    const struct listing *l = b->listing;
    GArray *chosen = g_array_new(FALSE, FALSE, sizeof(guint32));

    for (guint32 i = 0; i < l->objects->len; i++) {
        const struct listing_object *o = listing_object(l, i);
        const char *reason;

        if (o->kind == LISTING_REFUSED)
            skip(b, path_of(l, i), listing_text(l, o->reason));
        if (o->kind != LISTING_DATASET)
            continue;
        reason = reason_against(b, i, listing_dataset(l, o->dataset));
        if (reason)
            skip(b, path_of(l, i), reason);
        else
            g_array_append_val(chosen, i);
    }
    g_array_sort_with_data(chosen, compare_places, b);
    return chosen;
}

static void note_aliases(struct builder *b)
{
    const struct listing *l = b->listing;

    for (guint32 i = 1; i < l->objects->len; i++) {
        guint32 target;

        if (listing_object(l, i)->kind != LISTING_ALIAS)
            continue;
        target = claims_find(b->out->claims, path_of(l, i));
        if (target == LISTING_NONE || target == 0)
            continue;
        if (!b->aliases[target])
            b->aliases[target] = g_ptr_array_new();
        /* The link that the tensor is shown by changes places with the object's own path. */
        g_ptr_array_add(b->aliases[target],
                        (gpointer)(b->out->claims->of[target].path == path_of(l, i)
                                       ? path_of(l, target)
                                       : path_of(l, i)));
    }
}

/* Names of the paths that lead to `object` through aliases of `at`, itself or a group above it. */
static void collect_aliases(struct builder *b, guint32 object, guint32 at, GPtrArray *list)
{
    const char *below = path_of(b->listing, object) + strlen(path_of(b->listing, at));

    for (guint k = 0; b->aliases[at] && k < b->aliases[at]->len; k++) {
        const char *alias = g_ptr_array_index(b->aliases[at], k);
        char *path, *name;

        b->alias_bytes += strlen(alias) + strlen(below);
        if (b->alias_bytes > ALIAS_TEXT_BYTES)
            return;
        path = g_strconcat(alias, below, NULL);
        name = claims_name_of_path(path);
        g_ptr_array_add(list, g_string_chunk_insert(b->out->claims->strings, name));
        g_free(name);
        g_free(path);
    }
}

static void attach_aliases(struct builder *b)
{
    for (guint32 i = 0; i < b->out->n_tensors; i++) {
        GPtrArray *list = g_ptr_array_new();

        for (guint32 at = b->objects[i]; at != 0; at = listing_object(b->listing, at)->parent)
            collect_aliases(b, b->objects[i], at, list);
        if (!list->len) {
            g_ptr_array_free(list, TRUE);
            continue;
        }
        g_ptr_array_add(list, NULL);
        b->out->tensors[i].aliases = (const char *const *)(const void *)list->pdata;
        g_ptr_array_add(b->out->alias_lists, list);
    }
}

static void build_tensors(struct builder *b)
{
    GArray *chosen = choose(b);

    b->out->tensors = g_new0(struct tensor, chosen->len);
    b->out->datasets = g_new0(guint32, chosen->len);
    b->objects = g_new0(guint32, chosen->len);
    for (guint i = 0; i < chosen->len; i++)
        add_tensor(b, g_array_index(chosen, guint32, i));
    g_array_free(chosen, TRUE);
}

static void build_aliases(struct builder *b)
{
    b->aliases = g_new0(GPtrArray *, b->listing->objects->len);
    note_aliases(b);
    attach_aliases(b);
    for (guint32 i = 0; i < b->listing->objects->len; i++)
        if (b->aliases[i])
            g_ptr_array_free(b->aliases[i], TRUE);
    g_free(b->aliases);
    if (b->alias_bytes > ALIAS_TEXT_BYTES)
        claims_warn(b->out->claims, "too many aliases: only the first are shown");
}

static void free_list(gpointer list)
{
    g_ptr_array_free(list, TRUE);
}

static void collect_warnings(struct builder *b)
{
    if (b->listing->cut)
        claims_warn(b->out->claims, "the list is not complete: %s",
                    listing_text(b->listing, b->listing->cut_reason));
    for (guint i = 0; i < b->out->claims->warnings->len; i++)
        g_ptr_array_add(b->out->warnings, g_ptr_array_index(b->out->claims->warnings, i));
    g_ptr_array_add(b->out->warnings, NULL);
}

struct hdf5_tensors *hdf5_tensors_create(const struct listing *l, const char *config)
{
    struct hdf5_tensors *t = g_new0(struct hdf5_tensors, 1);
    struct builder b = {.listing = l, .out = t};
    const struct dialect *dialect;

    t->claims = claims_create(l, config);
    t->skipped = g_array_new(FALSE, FALSE, sizeof(struct skipped));
    t->warnings = g_ptr_array_new();
    t->alias_lists = g_ptr_array_new_with_free_func(free_list);
    b.bf16_file = says_bf16(type_hint(l, 0));
    dialect = dialect_find(t->claims);
    t->format = dialect->name;
    dialect->claim(t->claims);
    claims_finish(t->claims);
    build_tensors(&b);
    build_aliases(&b);
    collect_warnings(&b);
    g_free(b.objects);
    return t;
}

void hdf5_tensors_destroy(struct hdf5_tensors *t)
{
    if (!t)
        return;
    g_ptr_array_free(t->alias_lists, TRUE);
    g_ptr_array_free(t->warnings, TRUE);
    g_array_free(t->skipped, TRUE);
    g_free(t->tensors);
    g_free(t->datasets);
    claims_destroy(t->claims);
    g_free(t);
}
