#include "core/layout_source.h"

#include <string.h>
#include "core/layout_gather.h"
#include "core/layout_panel.h"

/* What stands behind one tensor: boxes, or the tensor itself. */
struct stored {
    uint32_t first_box, n_boxes; /* n_boxes 0: plain */
    uint32_t plain;
    bool scattered; /* large, and a block of it is spread over all of the file's */
};

struct layout_source {
    struct source source;
    struct source *of;
    GArray *tensors; /* struct tensor */
    GArray *stored;  /* struct stored */
    GArray *boxes;   /* struct layout_box */
    struct layout_panels *panels;
    bool *shown; /* [of->n_tensors] aliases are listed once */
    GStringChunk *strings;
    GPtrArray *owned; /* shapes, origins, lists of aliases */
};

static const char *const no_aliases[] = {NULL};

static gboolean gather(void *data, uint32_t index, uint64_t first, size_t count, void *dst,
                       GError **error)
{
    struct layout_source *l = data;
    const struct stored *at = &g_array_index(l->stored, struct stored, index);
    size_t bytes = dtype_info(l->source.tensors[index].dtype)->bytes;

    for (uint32_t i = 0; i < at->n_boxes; i++)
        if (!layout_gather(l->of, &g_array_index(l->boxes, struct layout_box, at->first_box + i),
                           bytes, first, count, dst, error))
            return FALSE;
    return TRUE;
}

static gboolean read_view(struct source *s, uint32_t index, uint64_t first, size_t count, void *dst,
                          GError **error)
{
    struct layout_source *l = (struct layout_source *)s;
    const struct stored *at = &g_array_index(l->stored, struct stored, index);
    const struct tensor *t = &s->tensors[index];
    const struct layout_request request = {
        .tensor = index,
        .elems = t->elems,
        .bytes = dtype_info(t->dtype)->bytes,
        .first = first,
        .count = count,
        .read = gather,
        .data = l,
    };

    if (at->n_boxes == 0)
        return l->of->ops->read(l->of, at->plain, first, count, dst, error);
    if (at->scattered)
        return layout_panels_read(l->panels, &request, dst, error);
    return gather(l, index, first, count, dst, error);
}

static const char *view_meta(const struct source *s, const char *key)
{
    struct source *of = ((const struct layout_source *)s)->of;

    return of->ops->meta ? of->ops->meta(of, key) : NULL;
}

static struct token_texts *view_tokens(struct source *s, GError **error)
{
    return source_tokens(((struct layout_source *)s)->of, error);
}

static struct tokenizer *view_tokenizer(struct source *s, GError **error)
{
    return source_tokenizer(((struct layout_source *)s)->of, error);
}

static void close_views(struct source *s)
{
    struct layout_source *l = (struct layout_source *)s;

    source_close(l->of);
    layout_panels_destroy(l->panels);
    g_array_free(l->tensors, TRUE);
    g_array_free(l->stored, TRUE);
    g_array_free(l->boxes, TRUE);
    g_free(l->shown);
    g_string_chunk_free(l->strings);
    g_ptr_array_free(l->owned, TRUE);
    g_free(l);
}

static const struct source_ops ops = {.read = read_view, .meta = view_meta, .close = close_views};
static const struct source_ops ops_with_tokens = {
    .read = read_view,
    .meta = view_meta,
    .tokens = view_tokens,
    .tokenizer = view_tokenizer,
    .close = close_views};

struct layout_source *layout_source_create(struct source *of)
{
    struct layout_source *l = g_new0(struct layout_source, 1);

    l->source = *of;
    l->source.ops = of->ops->tokens ? &ops_with_tokens : &ops;
    l->of = of;
    l->tensors = g_array_new(FALSE, TRUE, sizeof(struct tensor));
    l->stored = g_array_new(FALSE, TRUE, sizeof(struct stored));
    l->boxes = g_array_new(FALSE, TRUE, sizeof(struct layout_box));
    l->panels = layout_panels_create();
    l->shown = g_new0(bool, of->n_tensors);
    l->strings = g_string_chunk_new(4096);
    l->owned = g_ptr_array_new_with_free_func(g_free);
    return l;
}

void layout_source_add_plain(struct layout_source *l, uint32_t index)
{
    struct stored at = {.plain = index};

    g_array_append_val(l->tensors, l->of->tensors[index]);
    g_array_append_val(l->stored, at);
    l->shown[index] = true;
}

static void *own(struct layout_source *l, const void *data, size_t bytes)
{
    void *copy = g_memdup2(data, bytes);

    if (copy)
        g_ptr_array_add(l->owned, copy);
    return copy;
}

/* "/a + /b + /c". */
static const char *joined_paths(struct layout_source *l, const struct layout_view *v)
{
    GString *s = g_string_new(NULL);
    const char *text;

    for (uint32_t i = 0; i < v->n_boxes; i++) {
        if (i > 0 && v->boxes[i].source == v->boxes[i - 1].source)
            continue;
        g_string_append_printf(s, "%s%s", i ? " + " : "", l->of->tensors[v->boxes[i].source].path);
    }
    text = g_string_chunk_insert(l->strings, s->str);
    g_string_free(s, TRUE);
    return text;
}

/* Further names of the storage behind a view, each under one view only. */
static const char *const *joined_aliases(struct layout_source *l, const struct layout_view *v)
{
    GPtrArray *all = g_ptr_array_new();

    for (uint32_t i = 0; i < v->n_boxes; i++) {
        uint32_t source = v->boxes[i].source;

        for (const char *const *a = l->of->tensors[source].aliases; *a && !l->shown[source]; a++)
            g_ptr_array_add(all, (gpointer)*a);
        l->shown[source] = true;
    }
    if (all->len == 0) {
        g_ptr_array_free(all, TRUE);
        return no_aliases;
    }
    g_ptr_array_add(all, NULL);
    g_ptr_array_add(l->owned, g_ptr_array_free(all, FALSE));
    return g_ptr_array_index(l->owned, l->owned->len - 1);
}

static const struct tensor_origin *origin_of(struct layout_source *l, const struct layout_view *v,
                                             const struct tensor *first)
{
    bool one = true;
    struct tensor_origin o = {.name = first->name, .rule = v->rule};

    for (uint32_t i = 1; i < v->n_boxes; i++)
        one &= v->boxes[i].source == v->boxes[0].source;
    if (one) {
        o.rank = first->rank;
        o.dim = first->dim;
    } else {
        o.rank = v->rank;
        o.dim = own(l, v->dim, v->rank * sizeof v->dim[0]);
    }
    o.what = v->what ? g_string_chunk_insert(l->strings, v->what) : NULL;
    o.remark = v->remark ? g_string_chunk_insert(l->strings, v->remark) : NULL;
    return own(l, &o, sizeof o);
}

void layout_source_add_view(struct layout_source *l, const struct layout_view *v)
{
    const struct tensor *first = &l->of->tensors[v->boxes[0].source];
    struct stored at = {.first_box = l->boxes->len, .n_boxes = v->n_boxes};
    struct tensor t = *first;

    t.name = g_string_chunk_insert(l->strings, v->name);
    t.path = joined_paths(l, v);
    t.aliases = joined_aliases(l, v);
    t.rank = v->rank;
    t.dim = own(l, v->dim, v->rank * sizeof v->dim[0]);
    t.elems = 1;
    for (unsigned i = 0; i < v->rank; i++)
        t.elems *= v->dim[i];
    t.origin = origin_of(l, v, first);
    if (!t.note)
        t.note = t.origin->what;
    for (uint32_t i = 0; i < v->n_boxes; i++)
        at.scattered |= layout_gather_is_scattered(&v->boxes[i]);
    g_array_append_vals(l->boxes, v->boxes, v->n_boxes);
    g_array_append_val(l->stored, at);
    g_array_append_val(l->tensors, t);
}

struct source *layout_source_finish(struct layout_source *l)
{
    l->source.tensors = (const struct tensor *)(void *)l->tensors->data;
    l->source.n_tensors = l->tensors->len;
    return &l->source;
}

struct source *layout_source_of(const struct source *s)
{
    bool is_view = s->ops == &ops || s->ops == &ops_with_tokens;

    return is_view ? ((const struct layout_source *)s)->of : NULL;
}

const struct layout_box *layout_source_boxes(const struct source *s, uint32_t index, uint32_t *n)
{
    const struct layout_source *l = (const struct layout_source *)s;
    const struct stored *at;

    *n = index;
    if (!layout_source_of(s))
        return NULL;
    at = &g_array_index(l->stored, struct stored, index);
    *n = at->n_boxes ? at->n_boxes : at->plain;
    return at->n_boxes ? &g_array_index(l->boxes, struct layout_box, at->first_box) : NULL;
}
