#include "core/net/op_linear.h"

#include "core/net/op_product.h"

#define ROW_TILE 256 /* of x, packed: half a second-level cache together with K_TILE */
#define OUT_TILE 96
#define GROUP 24 /* rows of W that are read at once */
#define K_TILE 512
#define GROUP_STRIDE (K_TILE + 16) /* rows of a power of two would share few places in a cache */

struct linear_work {
    const struct net_run *run;
    const struct op_linear *o;
    uint32_t row, rows; /* of x: the tile under way */
};

/* In a thread's scratch. */
struct linear_scratch {
    float group[GROUP * GROUP_STRIDE];   /* weights as floats */
    float tile[OUT_TILE * ROW_TILE];     /* the product, transposed */
    float strip[OUT_TILE * VECTOR_MOST]; /* some rows of it, turned, before they are added */
};

size_t op_linear_scratch(void)
{
    return sizeof(struct linear_scratch) / sizeof(float);
}

size_t op_linear_packed(const struct net_matrix *w)
{
    return (size_t)ROW_TILE * w->in;
}

static void pack_panel(void *data, guint panel, guint thread)
{
    const struct linear_work *l = data;
    const struct product_kernels *p = l->run->kernels->product;
    size_t k = l->o->w->in, first = (size_t)panel * 2 * p->width;
    uint32_t width = product_panel_width(p, l->rows, panel);

    (void)thread;
    p->pack_rows(l->run->packed + first * k, width, l->o->x + (l->row + first) * l->o->x_stride,
                 l->o->x_stride, MIN(width, l->rows - (uint32_t)first), k);
}

/* Weights [rows][k] from row and column on: where they are, or as floats in the scratch. */
static const float *group_weights(const struct linear_work *l, uint32_t row, uint32_t rows,
                                  size_t col, size_t k, float *group, size_t *stride)
{
    const struct net_matrix *w = l->o->w;
    size_t bytes = dtype_info(w->dtype)->bytes;
    const char *from = (const char *)w->values + ((size_t)row * w->in + col) * bytes;

    *stride = w->in;
    if (w->dtype == DTYPE_F32 && w->in * bytes % 4096 != 0)
        return (const float *)(const void *)from;
    *stride = GROUP_STRIDE;
    for (uint32_t i = 0; i < rows; i++, from += w->in * bytes)
        l->run->kernels->widen(group + i * GROUP_STRIDE, from, w->dtype, k);
    return group;
}

/* tile[cols][rows of x] (+)= W[cols][k from `at` on] x^T */
static void multiply_slice(const struct linear_work *l, uint32_t col, uint32_t cols, size_t at,
                           size_t k, struct linear_scratch *s)
{
    const struct product_kernels *p = l->run->kernels->product;
    size_t stride, in = l->o->w->in;

    for (uint32_t g = 0; g < cols; g += GROUP) {
        uint32_t rows = MIN(GROUP, cols - g);
        const float *w = group_weights(l, col + g, rows, at, k, s->group, &stride);

        for (uint32_t i = 0; i < product_panels(p, l->rows); i++) {
            uint32_t width = product_panel_width(p, l->rows, i), first = i * 2 * p->width;

            p->multiply(s->tile + (size_t)g * ROW_TILE + first, ROW_TILE, at > 0, w, stride, rows,
                        l->run->packed + first * in + at * width, width, k);
        }
    }
}

/* The finished tile, turned, to where it belongs. */
static void place_tile(const struct linear_work *l, uint32_t col, uint32_t cols,
                       struct linear_scratch *s)
{
    const struct net_kernels *k = l->run->kernels;
    const struct op_linear *o = l->o;
    size_t out_stride = o->w->out;

    for (uint32_t i = 0; i < l->rows; i += VECTOR_MOST) {
        uint32_t rows = MIN(VECTOR_MOST, l->rows - i);
        float *out = o->out + (l->row + i) * out_stride + col;
        float *to = o->add ? s->strip : out;
        size_t stride = o->add ? OUT_TILE : out_stride;

        k->product->unfold(to, stride, s->tile + i, ROW_TILE, cols, rows);
        for (uint32_t r = 0; r < rows; r++) {
            if (o->bias)
                k->add(to + r * stride, o->bias + col, cols);
            if (o->add)
                k->add(out + r * out_stride, to + r * stride, cols);
        }
    }
}

static void linear_tile(void *data, guint item, guint thread)
{
    const struct linear_work *l = data;
    struct linear_scratch *s = (struct linear_scratch *)(void *)l->run->scratch[thread];
    uint32_t col = item * OUT_TILE, cols = MIN(OUT_TILE, l->o->w->out - col);
    size_t in = l->o->w->in, slices = (in + K_TILE - 1) / K_TILE;
    size_t slice = (in + slices - 1) / slices;

    for (size_t at = 0; at < in; at += slice)
        multiply_slice(l, col, cols, at, MIN(slice, in - at), s);
    place_tile(l, col, cols, s);
}

void op_linear(const struct net_run *run, const struct op_linear *o)
{
    struct linear_work l = {run, o, 0, 0};

    g_assert(run->scratch_floats >= op_linear_scratch());
    g_assert(run->packed_floats >= op_linear_packed(o->w));
    for (; l.row < o->rows; l.row += ROW_TILE) {
        l.rows = MIN(ROW_TILE, o->rows - l.row);
        team_run(run->team, product_panels(run->kernels->product, l.rows), pack_panel, &l);
        team_run(run->team, (o->w->out + OUT_TILE - 1) / OUT_TILE, linear_tile, &l);
    }
}

/* The way back. */

#define COLUMNS 64 /* that an item sums over all rows */

struct backward_work {
    const struct net_run *run;
    const struct op_linear_backward *o;
};

static void sum_columns(void *data, guint item, guint thread)
{
    const struct backward_work *w = data;
    const struct op_linear_backward *o = w->o;
    size_t out = o->w->out, first = (size_t)item * COLUMNS, n = MIN(COLUMNS, out - first);

    (void)thread;
    for (uint32_t i = 0; i < o->rows; i++)
        w->run->kernels->add(o->dbias + first, o->dout + i * out + first, n);
}

void op_linear_backward(const struct net_run *run, const struct op_linear_backward *o)
{
    const struct net_matrix *m = o->w;
    struct backward_work w = {run, o};

    if (o->dbias)
        team_run(run->team, (m->out + COLUMNS - 1) / COLUMNS, sum_columns, &w);
    if (o->dw)
        op_product(run, &(struct op_product){.a = o->dout,
                                             .a_stride = m->out,
                                             .turned = true,
                                             .b = o->x,
                                             .dtype = DTYPE_F32,
                                             .c = o->dw,
                                             .add = true,
                                             .m = m->out,
                                             .n = m->in,
                                             .k = o->rows});
    if (o->dx)
        op_product(run, &(struct op_product){.a = o->dout,
                                             .a_stride = m->out,
                                             .b = m->values,
                                             .dtype = m->dtype,
                                             .c = o->dx,
                                             .add = o->add,
                                             .m = o->rows,
                                             .n = m->in,
                                             .k = m->out});
}
