#include "core/train/live_source.h"

#include <string.h>

#include "core/train/parameters.h"

#define TILE_ELEMS ((size_t)1 << 16)
/* Rows and columns that are turned at once: their lines stay in the first-level cache. */
#define TURN 16

/* Where a tensor's values are. */
struct live_tensor {
    const float *values;    /* NULL: the file's */
    uint64_t n;             /* so many of its first elements are live */
    uint64_t rows, columns; /* [out][in] form */
    bool transposed;        /* the file has it [in][out] */
};

struct live_source {
    struct source source;
    struct source *base; /* borrowed */
    struct tensor *tensors;
    struct live_tensor *live;
    gpointer held;
    GDestroyNotify release; /* NULL: nothing is held */
};

/* Elements [first, first + n) of the file's [in][out] order. */
static void gather_turned(const struct live_tensor *l, uint64_t first, size_t n, float *dst)
{
    for (size_t done = 0; done < n;) {
        uint64_t at = first + done, column = at / l->rows, row = at % l->rows;
        size_t lines = (size_t)MIN(TURN, (n - done) / l->rows);
        size_t run = (size_t)MIN(l->rows - row, n - done);

        if (row > 0 || lines == 0) { /* a part of one line */
            for (size_t r = 0; r < run; r++)
                dst[done + r] = l->values[(row + r) * l->columns + column];
            done += run;
            continue;
        }
        for (uint64_t r = 0; r < l->rows; r++)
            for (size_t c = 0; c < lines; c++)
                dst[done + c * l->rows + r] = l->values[r * l->columns + column + c];
        done += lines * l->rows;
    }
}

static void gather(const struct live_tensor *l, uint64_t first, size_t n, float *dst)
{
    if (l->transposed)
        gather_turned(l, first, n, dst);
    else
        memcpy(dst, l->values + first, n * sizeof *dst);
}

/* The file's values, to floats where all are shown as such. */
static gboolean read_base(struct live_source *l, uint32_t index, uint64_t first, size_t n,
                          void *dst, GError **error)
{
    const struct dtype_info *stored = dtype_info(l->base->tensors[index].dtype);
    g_autofree char *raw = NULL;
    g_autofree double *values = NULL;

    if (l->base->tensors[index].dtype == l->tensors[index].dtype)
        return l->base->ops->read(l->base, index, first, n, dst, error);
    raw = g_malloc(n * stored->bytes);
    if (!l->base->ops->read(l->base, index, first, n, raw, error))
        return FALSE;
    values = g_new(double, n);
    stored->decode(values, raw, n);
    dtype_info(l->tensors[index].dtype)->encode(dst, values, n);
    return TRUE;
}

/* A float64 that the weights still equal keeps the digits that they don't have. */
static gboolean keep_digits(struct live_source *l, uint32_t index, uint64_t first, size_t n,
                            double *values, GError **error)
{
    g_autofree double *was = g_new(double, n);

    if (!l->base->ops->read(l->base, index, first, n, was, error))
        return FALSE;
    for (size_t i = 0; i < n; i++)
        if ((float)was[i] == (float)values[i])
            values[i] = was[i];
    return TRUE;
}

static gboolean read_live(struct live_source *l, uint32_t index, uint64_t first, size_t n,
                          void *dst, GError **error)
{
    enum dtype shown = l->tensors[index].dtype;
    g_autofree float *floats = NULL;
    g_autofree double *values = NULL;

    if (shown == DTYPE_F32) {
        gather(&l->live[index], first, n, dst);
        return TRUE;
    }
    floats = g_new(float, n);
    values = g_new(double, n);
    gather(&l->live[index], first, n, floats);
    for (size_t i = 0; i < n; i++)
        values[i] = floats[i];
    if (shown == DTYPE_F64 && !keep_digits(l, index, first, n, values, error))
        return FALSE;
    dtype_info(shown)->encode(dst, values, n);
    return TRUE;
}

static gboolean live_read(struct source *s, uint32_t index, uint64_t first, size_t count, void *dst,
                          GError **error)
{
    struct live_source *l = (struct live_source *)s;
    size_t bytes = dtype_info(l->tensors[index].dtype)->bytes;
    uint64_t live = l->live[index].values ? l->live[index].n : 0;

    for (size_t done = 0, n; done < count; done += n) {
        uint64_t at = first + done;
        char *to = (char *)dst + done * bytes;
        gboolean ok;

        n = MIN(TILE_ELEMS, count - done);
        if (at < live)
            n = (size_t)MIN(n, live - at);
        ok = at < live ? read_live(l, index, at, n, to, error)
                       : read_base(l, index, at, n, to, error);
        if (!ok)
            return FALSE;
    }
    return TRUE;
}

static const char *live_meta(const struct source *s, const char *key)
{
    const struct source *base = ((const struct live_source *)s)->base;

    return base->ops->meta ? base->ops->meta(base, key) : NULL;
}

static struct token_texts *live_tokens(struct source *s, GError **error)
{
    return source_tokens(((struct live_source *)s)->base, error);
}

static struct tokenizer *live_tokenizer(struct source *s, GError **error)
{
    return source_tokenizer(((struct live_source *)s)->base, error);
}

static void live_close(struct source *s)
{
    struct live_source *l = (struct live_source *)s;

    if (l->release)
        l->release(l->held);
    g_free(l->tensors);
    g_free(l->live);
    g_free(l);
}

static const struct source_ops ops = {.read = live_read,
                                      .meta = live_meta,
                                      .tokens = live_tokens,
                                      .tokenizer = live_tokenizer,
                                      .close = live_close};

/* A head that the file has although it is tied shows the table that it is. */
static bool is_tied_head(const struct checkpoint *base, const struct net_weights *w, uint32_t index)
{
    const struct place *p = &base->places[index];

    return w->spec.tied && p->block < 0 && p->slot && strcmp(p->slot, "head.kernel") == 0 &&
           checkpoint_tensor(base, index)->elems == (uint64_t)w->head.out * w->head.in;
}

static void find_live(const struct checkpoint *base, struct net_weights *w, uint32_t index,
                      struct live_tensor *out)
{
    float *values;
    uint64_t n, columns;

    if (is_tied_head(base, w, index)) {
        values = w->head.values;
        columns = w->head.in;
        n = (uint64_t)w->head.out * columns;
    } else if (!training_values(base, w, index, &values, &n, &columns)) {
        return;
    }
    *out =
        (struct live_tensor){.values = values,
                             .n = MIN(n, checkpoint_tensor(base, index)->elems),
                             .rows = n / columns,
                             .columns = columns,
                             .transposed = base->places[index].orientation == ORIENTATION_IN_OUT};
}

struct source *live_source_create(const struct checkpoint *base, struct net_weights *w,
                                  bool as_stored)
{
    struct live_source *l = g_new0(struct live_source, 1);
    uint32_t n = base->source->n_tensors;

    l->base = base->source;
    l->tensors = g_memdup2(base->source->tensors, n * sizeof *l->tensors);
    l->live = g_new0(struct live_tensor, n + 1);
    for (uint32_t i = 0; i < n; i++) {
        find_live(base, w, i, &l->live[i]);
        if (!as_stored && l->live[i].values)
            l->tensors[i].dtype = DTYPE_F32;
    }
    l->source = *base->source;
    l->source.ops = &ops;
    l->source.tensors = l->tensors;
    return &l->source;
}

void live_source_hold(struct source *live, gpointer data, GDestroyNotify release)
{
    struct live_source *l = (struct live_source *)live;

    l->held = data;
    l->release = release;
}
