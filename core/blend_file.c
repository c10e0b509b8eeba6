#include "core/blend_file.h"

#include "core/blend_source.h"
#include "core/layout_gather.h"
#include "core/layout_source.h"

/* Elements converted at once. */
#define TILE_ELEMS ((size_t)1 << 16)

struct blend_file {
    struct source source;
    struct source *stored;  /* borrowed: the tuned side as its file has it, or an adapter's sums */
    struct source *blended; /* borrowed */
    GArray **boxes; /* [n_tensors] struct layout_box from a tensor's elements to the blended side's;
                       NULL: nothing of it is blended */
};

/* What a checkpoint shows, without the views over it. */
static struct source *as_stored(const struct checkpoint *c)
{
    struct source *s = c->source, *of;

    while ((of = layout_source_of(s)))
        s = of;
    return s;
}

/* In the type that the stored side shows: the file's, or float64 of an adapter's sums. */
static gboolean read_shown(struct blend_file *f, uint32_t index, uint64_t first, size_t count,
                           void *dst, GError **error)
{
    const GArray *boxes = f->boxes[index];
    size_t bytes = dtype_info(f->stored->tensors[index].dtype)->bytes;

    if (!f->stored->ops->read(f->stored, index, first, count, dst, error))
        return FALSE;
    for (guint i = 0; boxes && i < boxes->len; i++)
        if (!layout_gather(f->blended, &g_array_index(boxes, struct layout_box, i), bytes, first,
                           count, dst, error))
            return FALSE;
    return TRUE;
}

static gboolean read_converted(struct blend_file *f, uint32_t index, uint64_t first, size_t count,
                               char *dst, GError **error)
{
    const struct dtype_info *from = dtype_info(f->stored->tensors[index].dtype);
    const struct dtype_info *to = dtype_info(f->source.tensors[index].dtype);
    size_t most = MAX(MIN(count, TILE_ELEMS), 1);
    double *memory;
    gboolean ok = TRUE;

    if (!to->encode) {
        g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT, "%s: %s can't hold what an adapter adds",
                    f->source.tensors[index].path, to->name);
        return FALSE;
    }
    memory = g_new(double, 2 * most);
    for (size_t i = 0; ok && i < count; i += most) {
        size_t n = MIN(most, count - i);

        ok = read_shown(f, index, first + i, n, memory + most, error);
        if (ok) {
            from->decode(memory, memory + most, n);
            to->encode(dst + i * to->bytes, memory, n);
        }
    }
    g_free(memory);
    return ok;
}

static gboolean blend_file_read(struct source *s, uint32_t index, uint64_t first, size_t count,
                                void *dst, GError **error)
{
    struct blend_file *f = (struct blend_file *)s;

    if (f->stored->tensors[index].dtype == s->tensors[index].dtype)
        return read_shown(f, index, first, count, dst, error);
    return read_converted(f, index, first, count, dst, error);
}

static void blend_file_close(struct source *s)
{
    struct blend_file *f = (struct blend_file *)s;

    for (uint32_t i = 0; i < s->n_tensors; i++)
        if (f->boxes[i])
            g_array_free(f->boxes[i], TRUE);
    g_free(f->boxes);
    g_free(f);
}

static const struct source_ops ops = {.read = blend_file_read, .close = blend_file_close};

/* The same elements, sought the other way: in tensor `shown` of the blended side. */
static struct layout_box turned_round(const struct layout_box *b, uint32_t shown)
{
    struct layout_box r = {
        .source = shown, .rank = b->rank, .dst_offset = b->src_offset, .src_offset = b->dst_offset};

    for (unsigned i = 0; i < b->rank; i++) {
        unsigned at = i;

        for (; at > 0 && r.dst_stride[at - 1] < b->src_stride[i]; at--) {
            r.extent[at] = r.extent[at - 1];
            r.dst_stride[at] = r.dst_stride[at - 1];
            r.src_stride[at] = r.src_stride[at - 1];
        }
        r.extent[at] = b->extent[i];
        r.dst_stride[at] = b->src_stride[i];
        r.src_stride[at] = b->dst_stride[i];
    }
    return r;
}

static void add_box(struct blend_file *f, const struct layout_box *b, uint32_t shown)
{
    struct layout_box back = turned_round(b, shown);

    if (!f->boxes[b->source])
        f->boxes[b->source] = g_array_new(FALSE, FALSE, sizeof back);
    g_array_append_val(f->boxes[b->source], back);
}

/* Of what is not blended the stored side is the value. */
static void add_blended(struct blend_file *f, const struct source *shown, uint32_t index)
{
    uint32_t n;
    const struct layout_box *boxes = layout_source_boxes(shown, index, &n);
    struct layout_box whole = {
        .rank = 1, .extent = {shown->tensors[index].elems}, .dst_stride = {1}, .src_stride = {1}};

    if (!boxes) {
        whole.source = n;
        add_box(f, &whole, index);
    }
    for (uint32_t i = 0; boxes && i < n; i++)
        add_box(f, &boxes[i], index);
}

struct source *blend_file_create(const struct comparison *c, struct source *blended)
{
    struct blend_file *f = g_new0(struct blend_file, 1);
    const struct source *shown = c->tuned->source;
    bool adapted = shown->applied != NULL;

    f->stored = as_stored(c->tuned);
    f->source = *as_stored(adapted ? c->base : c->tuned);
    f->source.ops = &ops;
    f->blended = blended;
    f->boxes = g_new0(GArray *, f->source.n_tensors + 1);
    for (uint32_t i = 0; i < shown->n_tensors; i++)
        if (blend_source_changes(blended, i))
            add_blended(f, shown, i);
    return &f->source;
}
