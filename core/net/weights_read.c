#include "core/net/weights_read.h"

#include <string.h>
#include "core/layout.h"

/* Elements read at once. */
#define PIECE ((size_t)1 << 18)

/* Rows and columns that are turned at once: their lines stay in the first-level cache. */
#define TURN 16

struct piece {
    void *raw;
    double *values; /* NULL: stored as kept */
    float *floats;
};

/* The file's order over the destination's: axes from the slowest in the file to the fastest. */
struct order {
    uint64_t run, rows;          /* the fastest axis and the one before it */
    uint64_t run_step, row_step; /* elements of the destination */
    struct layout_box box;
};

enum dtype net_kept_dtype(enum dtype stored)
{
    return stored == DTYPE_BF16 || stored == DTYPE_F16 ? stored : DTYPE_F32;
}

static void sort_by_source(struct layout_box *b)
{
    for (unsigned i = 1; i < b->rank; i++)
        for (unsigned k = i; k > 0 && b->src_stride[k - 1] < b->src_stride[k]; k--) {
            struct layout_box was = *b;

            b->extent[k] = was.extent[k - 1];
            b->src_stride[k] = was.src_stride[k - 1];
            b->dst_stride[k] = was.dst_stride[k - 1];
            b->extent[k - 1] = was.extent[k];
            b->src_stride[k - 1] = was.src_stride[k];
            b->dst_stride[k - 1] = was.dst_stride[k];
        }
}

static void order_plain(struct order *o, uint64_t elems)
{
    *o = (struct order){.run = elems, .rows = 1, .run_step = 1};
    o->box.rank = 1;
    o->box.extent[0] = elems;
    o->box.src_stride[0] = o->box.dst_stride[0] = 1;
}

/* From the file's form to [out][in]. */
static bool order_matrix(struct order *o, const struct tensor *t, const struct place *p,
                         uint64_t columns)
{
    const uint64_t dim[2] = {t->elems / MAX(columns, 1), columns};
    const struct tensor upright = {.rank = 2, .dim = dim, .elems = t->elems};
    const struct place out_in = {.matrix = true, .orientation = ORIENTATION_OUT_IN, .row_axes = 1};
    struct layout_form src, dst;
    struct layout_box *b = &o->box;

    if (!layout_form_of(t, p, &src) || !layout_form_of(&upright, &out_in, &dst) ||
        !layout_box_between(&dst, &src, b))
        return false;
    if (b->rank == 0)
        order_plain(o, t->elems);
    sort_by_source(b);
    o->run = b->extent[b->rank - 1];
    o->run_step = b->dst_stride[b->rank - 1];
    o->rows = b->rank > 1 ? b->extent[b->rank - 2] : 1;
    o->row_step = b->rank > 1 ? b->dst_stride[b->rank - 2] : 0;
    return true;
}

/* The destination of the file's element `at`. */
static uint64_t place_of(const struct order *o, uint64_t at)
{
    uint64_t to = o->box.dst_offset;

    for (unsigned i = o->box.rank; i-- > 0; at /= o->box.extent[i])
        to += at % o->box.extent[i] * o->box.dst_stride[i];
    return to;
}

/* `rows` runs of n elements, one behind the other, to where the order has them. */
struct turn {
    size_t rows, n, run;
    uint64_t row_step, run_step;
};

static void turn_32(uint32_t *dst, const uint32_t *src, const struct turn *t)
{
    for (size_t c = 0; c < t->n; c += TURN)
        for (size_t r = 0; r < t->rows; r++)
            for (size_t k = c; k < MIN(c + TURN, t->n); k++)
                dst[r * t->row_step + k * t->run_step] = src[r * t->run + k];
}

static void turn_16(uint16_t *dst, const uint16_t *src, const struct turn *t)
{
    for (size_t c = 0; c < t->n; c += TURN)
        for (size_t r = 0; r < t->rows; r++)
            for (size_t k = c; k < MIN(c + TURN, t->n); k++)
                dst[r * t->row_step + k * t->run_step] = src[r * t->run + k];
}

/* A part of one run, or as many whole runs as the piece and the axis before them have. */
static struct turn next_turn(const struct order *o, uint64_t at, size_t left)
{
    uint64_t within = at % o->run;
    struct turn t = {1, (size_t)MIN(o->run - within, left), (size_t)o->run, o->row_step,
                     o->run_step};

    if (within == 0 && left >= o->run)
        t.rows = (size_t)MIN(o->rows - at / o->run % o->rows, left / o->run);
    return t;
}

static void scatter(const struct order *o, uint64_t first, size_t n, const void *src,
                    const struct net_destination *to)
{
    for (size_t done = 0; done < n;) {
        struct turn t = next_turn(o, first + done, n - done);
        uint64_t at = place_of(o, first + done);

        if (dtype_info(to->dtype)->bytes == 4)
            turn_32((uint32_t *)to->values + at, (const uint32_t *)src + done, &t);
        else
            turn_16((uint16_t *)to->values + at, (const uint16_t *)src + done, &t);
        done += t.rows * t.n;
    }
}

/* What was read, in the type that is kept. */
static const void *as_kept(const struct piece *p, enum dtype stored, size_t n)
{
    if (!p->values)
        return p->raw;
    dtype_info(stored)->decode(p->values, p->raw, n);
    for (size_t i = 0; i < n; i++)
        p->floats[i] = (float)p->values[i];
    return p->floats;
}

static gboolean read_pieces(const struct checkpoint *c, uint32_t tensor, const struct order *o,
                            const struct net_destination *to, const struct piece *p,
                            const gint *cancelled, GError **error)
{
    struct source *s = c->source;
    enum dtype stored = s->tensors[tensor].dtype;

    for (uint64_t at = 0; at < to->elems; at += PIECE) {
        size_t n = (size_t)MIN(PIECE, to->elems - at);

        if (error_is_cancelled(cancelled, error))
            return FALSE;
        if (!s->ops->read(s, tensor, at, n, p->raw, error)) {
            g_prefix_error(error, "%s: ", s->tensors[tensor].name);
            return FALSE;
        }
        scatter(o, at, n, as_kept(p, stored, n), to);
    }
    return TRUE;
}

gboolean net_read_tensor(const struct checkpoint *c, uint32_t tensor,
                         const struct net_destination *to, const gint *cancelled, GError **error)
{
    const struct tensor *t = checkpoint_tensor(c, tensor);
    size_t most = (size_t)MIN(PIECE, to->elems);
    bool convert = t->dtype != to->dtype;
    struct piece p = {g_malloc(most * dtype_info(t->dtype)->bytes),
                      convert ? g_new(double, most) : NULL, convert ? g_new(float, most) : NULL};
    struct order o;
    gboolean ok = TRUE;

    if (!to->is_matrix)
        order_plain(&o, to->elems);
    else if (!order_matrix(&o, t, &c->places[tensor], to->columns))
        ok = FALSE;
    if (ok)
        ok = read_pieces(c, tensor, &o, to, &p, cancelled, error);
    else
        g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT, "%s: its layout is not known", t->name);
    g_free(p.raw);
    g_free(p.values);
    g_free(p.floats);
    return ok;
}
