#include "core/lora_source.h"

#include <string.h>
#include "core/lora_sum.h"
#include "core/match.h"

struct lora_source {
    struct source source;
    struct source *base; /* borrowed */
    struct source *file;
    struct adapter *adapter;
    struct tensor *tensors;
    struct tensor_origin *origins; /* [adapter->n_updates] */
    GStringChunk *strings;
    const char **warnings; /* the file's, and what its adapter needs said */
};

/* Values of tensor `index` of a source in float64. raw: a buffer for the stored ones. */
static gboolean read_double(struct source *s, uint32_t index, uint64_t first, size_t n, double *dst,
                            void *raw, GError **error)
{
    const struct dtype_info *type = dtype_info(s->tensors[index].dtype);

    if (!s->ops->read(s, index, first, n, raw, error))
        return FALSE;
    type->decode(dst, raw, n);
    return TRUE;
}

/* A part of a factor, [rank, n] along the matrix's rows or columns from `first` on. */
struct factor {
    uint32_t tensor;
    uint64_t length; /* of the matrix in that direction */
    uint64_t skip;   /* vectors before its own; 0 if by_rank */
    uint32_t rank;
    bool by_rank; /* stored [rank, length], else [length, rank] */
};

/* Into dst[k * n + i]. scratch: as many doubles. */
static gboolean read_factor(struct source *s, const struct factor *f, uint64_t first, size_t n,
                            double *dst, double *scratch, GError **error)
{
    if (!f->by_rank) {
        if (!read_double(s, f->tensor, (f->skip + first) * f->rank, n * f->rank, dst, scratch,
                         error))
            return FALSE;
        memcpy(scratch, dst, n * f->rank * sizeof *dst);
        for (size_t i = 0; i < n; i++)
            for (uint32_t k = 0; k < f->rank; k++)
                dst[k * n + i] = scratch[i * f->rank + k];
        return TRUE;
    }
    if (n == f->length)
        return read_double(s, f->tensor, 0, n * f->rank, dst, scratch, error);
    for (uint32_t k = 0; k < f->rank; k++)
        if (!read_double(s, f->tensor, k * f->length + first, n, dst + k * n, scratch, error))
            return FALSE;
    return TRUE;
}

/* Elements of a factor, or stored values of the base, in memory at once. */
#define TILE_ELEMS ((size_t)1 << 18)

struct tile_buffers {
    double *left, *right, *scratch;
};

/* The elements [first, first + n) of the matrix, of which dst has the base's values. */
struct request {
    struct lora_source *of;
    const struct adapter_update *update;
    uint64_t first;
    size_t n;
    double *dst;
};

static struct factor left_of(const struct adapter_update *u)
{
    return (struct factor){u->left, u->rows, u->transposed ? 0 : u->skip, u->rank, u->transposed};
}

static struct factor right_of(const struct adapter_update *u)
{
    return (struct factor){u->right, u->cols, u->transposed ? u->skip : 0, u->rank, !u->transposed};
}

/* Adds to the elements of the request in rows [row, row + rows) and columns [col, col + cols). */
static void add_tile(const struct request *r, const struct tile_buffers *b, uint64_t row,
                     size_t rows, uint64_t col, size_t cols)
{
    const struct adapter_update *u = r->update;
    uint64_t last = r->first + r->n;

    for (size_t i = 0; i < rows; i++) {
        uint64_t start = (row + i) * u->cols + col, end = start + cols;
        uint64_t from = MAX(start, r->first), to = MIN(end, last);

        if (from < to)
            lora_sum_row(r->dst + (from - r->first), b->left + i, rows, b->right + (from - start),
                         cols, u->rank, u->scale, (size_t)(to - from));
    }
}

static gboolean add_update(const struct request *r, const struct tile_buffers *b, GError **error)
{
    const struct adapter_update *u = r->update;
    struct factor left = left_of(u), right = right_of(u);
    size_t most = MAX(TILE_ELEMS / u->rank, 1);
    uint64_t first_row = r->first / u->cols, end_row = (r->first + r->n - 1) / u->cols + 1;

    for (uint64_t col = 0; col < u->cols; col += most) {
        size_t cols = (size_t)MIN(most, u->cols - col);

        if (!read_factor(r->of->file, &right, col, cols, b->right, b->scratch, error))
            return FALSE;
        for (uint64_t row = first_row; row < end_row; row += most) {
            size_t rows = (size_t)MIN(most, end_row - row);

            if (!read_factor(r->of->file, &left, row, rows, b->left, b->scratch, error))
                return FALSE;
            add_tile(r, b, row, rows, col, cols);
        }
    }
    return TRUE;
}

/* What the largest tile of the request takes. */
static size_t tile_elems(const struct request *r)
{
    uint64_t longest = MAX(MIN(r->update->rows, r->n), r->update->cols);
    size_t most = MAX(TILE_ELEMS / r->update->rank, 1);

    return MIN(TILE_ELEMS, MAX(MIN(longest, most) * r->update->rank, r->n));
}

static gboolean read_adapted(const struct request *r, GError **error)
{
    size_t tile = tile_elems(r);
    double *memory = g_new(double, 3 * tile);
    struct tile_buffers b = {memory, memory + tile, memory + 2 * tile};
    gboolean ok = TRUE;

    for (size_t i = 0; ok && i < r->n; i += tile)
        ok = read_double(r->of->base, r->update->target, r->first + i, MIN(tile, r->n - i),
                         r->dst + i, b.scratch, error);
    ok = ok && add_update(r, &b, error);
    g_free(memory);
    return ok;
}

static gboolean lora_read(struct source *s, uint32_t index, uint64_t first, size_t count, void *dst,
                          GError **error)
{
    struct lora_source *l = (struct lora_source *)s;
    const struct adapter_update *u = adapter_update_of(l->adapter, index);

    if (!u)
        return l->base->ops->read(l->base, index, first, count, dst, error);
    if (u->whole)
        return l->file->ops->read(l->file, u->left, first, count, dst, error);
    return count == 0 || read_adapted(&(struct request){l, u, first, count, dst}, error);
}

static const char *lora_meta(const struct source *s, const char *key)
{
    const struct lora_source *l = (const struct lora_source *)s;

    return l->base->ops->meta ? l->base->ops->meta(l->base, key) : NULL;
}

/* An adapter's folder may have a tokenizer of its own. */
static struct token_texts *lora_tokens(struct source *s, GError **error)
{
    return source_tokens(((struct lora_source *)s)->file, error);
}

static struct tokenizer *lora_tokenizer(struct source *s, GError **error)
{
    return source_tokenizer(((struct lora_source *)s)->file, error);
}

static void lora_close(struct source *s)
{
    struct lora_source *l = (struct lora_source *)s;

    source_close(l->file);
    adapter_destroy(l->adapter);
    g_free(l->warnings);
    g_free(l->tensors);
    g_free(l->origins);
    g_string_chunk_free(l->strings);
    g_free(l);
}

static const struct source_ops ops = {
    .read = lora_read,
    .meta = lora_meta,
    .tokens = lora_tokens,
    .tokenizer = lora_tokenizer,
    .close = lora_close};

static const char *what_was_done(struct lora_source *l, const struct adapter_update *u)
{
    char *text = u->whole ? g_strdup("saved whole beside the adapter")
                          : g_strdup_printf("the base's plus %g times factors of rank %u", u->scale,
                                            u->rank);
    const char *kept = g_string_chunk_insert_const(l->strings, text);

    g_free(text);
    return kept;
}

static void describe(struct lora_source *l)
{
    for (uint32_t i = 0; i < l->adapter->n_updates; i++) {
        const struct adapter_update *u = &l->adapter->updates[i];
        struct tensor *t = &l->tensors[u->target];

        t->dtype = u->whole ? l->file->tensors[u->left].dtype : DTYPE_F64;
        t->path = l->file->tensors[u->left].path;
        l->origins[i] = (struct tensor_origin){.name = t->name,
                                               .rule = pair_rule_adapter,
                                               .what = what_was_done(l, u),
                                               .rank = t->rank,
                                               .dim = t->dim};
        t->origin = &l->origins[i];
        if (!t->note)
            t->note = l->origins[i].what;
    }
}

static void warn(struct lora_source *l)
{
    const char *own = adapter_warning(l->adapter);
    guint n = 0;

    while (l->file->warnings[n])
        n++;
    l->warnings = g_new0(const char *, n + 2);
    memcpy(l->warnings, l->file->warnings, n * sizeof *l->warnings);
    l->warnings[n] = own;
    l->source.warnings = l->warnings;
}

struct source *lora_source_create(const struct checkpoint *base, struct source *file,
                                  struct adapter *adapter)
{
    struct lora_source *l = g_new0(struct lora_source, 1);

    *l = (struct lora_source){
        .source = *file,
        .base = base->source,
        .file = file,
        .adapter = adapter,
        .tensors = g_memdup2(base->source->tensors, base->source->n_tensors * sizeof *l->tensors),
        .origins = g_new0(struct tensor_origin, adapter->n_updates),
        .strings = g_string_chunk_new(256)};
    describe(l);
    warn(l);
    l->source.ops = &ops;
    l->source.tensors = l->tensors;
    l->source.n_tensors = base->source->n_tensors;
    l->source.config = base->source->config;
    l->source.applied = adapter;
    return &l->source;
}
