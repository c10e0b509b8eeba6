#include "core/net/op_linear.h"

#include "core/net/sgemm.h"

#define ROW_TILE 256
#define OUT_TILE 192 /* whole numbers of it fit 576, 768, 1536, 2304, 3072 */
#define FEW_ROWS 4   /* up to here packing a tile for the product costs more than the product */
#define DOT_TILE 64

struct linear_work {
    const struct net_run *run;
    const struct op_linear *o;
    uint32_t across; /* tiles side by side */
};

size_t op_linear_scratch(const struct net_matrix *w)
{
    return w->dtype == DTYPE_F32 ? 0 : (size_t)OUT_TILE * w->in;
}

/* Rows of w from `first` on as floats: where they are, or widened into the thread's scratch. */
static const float *tile_weights(const struct linear_work *l, uint32_t first, uint32_t n,
                                 guint thread)
{
    const struct net_matrix *w = l->o->w;

    if (w->dtype == DTYPE_F32)
        return net_matrix_row(w, first);
    l->run->kernels->widen(l->run->scratch[thread], net_matrix_row(w, first), w->dtype,
                           (size_t)n * w->in);
    return l->run->scratch[thread];
}

static void linear_tile(void *data, guint item, guint thread)
{
    const struct linear_work *l = data;
    const struct op_linear *o = l->o;
    uint32_t row = item / l->across * ROW_TILE, col = item % l->across * OUT_TILE;
    uint32_t rows = MIN(ROW_TILE, o->rows - row), cols = MIN(OUT_TILE, o->w->out - col);
    float *out = o->out + (size_t)row * o->w->out + col;
    struct sgemm_operand x = {o->x + row * o->x_stride, o->x_stride};
    struct sgemm_operand w = {tile_weights(l, col, cols, thread), o->w->in};

    sgemm_by_rows(rows, cols, o->w->in, 1, x, w, o->add, out, o->w->out);
    for (uint32_t i = 0; o->bias && i < rows; i++)
        l->run->kernels->add(out + (size_t)i * o->w->out, o->bias + col, cols);
}

/* A row of weights stays in the cache for all rows of x. */
static void linear_dots(void *data, guint item, guint thread)
{
    const struct linear_work *l = data;
    const struct op_linear *o = l->o;

    (void)thread;
    for (uint32_t c = item * DOT_TILE; c < MIN((item + 1) * DOT_TILE, o->w->out); c++) {
        const void *w = net_matrix_row(o->w, c);

        for (uint32_t i = 0; i < o->rows; i++) {
            float *out = o->out + (size_t)i * o->w->out + c;
            float y = l->run->kernels->dot(o->x + i * o->x_stride, w, o->w->dtype, o->w->in);

            *out = (o->add ? *out : 0) + (y + (o->bias ? o->bias[c] : 0));
        }
    }
}

void op_linear(const struct net_run *run, const struct op_linear *o)
{
    struct linear_work l = {run, o, (o->w->out + OUT_TILE - 1) / OUT_TILE};

    g_assert(run->scratch_floats >= op_linear_scratch(o->w));
    if (o->rows <= FEW_ROWS)
        team_run(run->team, (o->w->out + DOT_TILE - 1) / DOT_TILE, linear_dots, &l);
    else
        team_run(run->team, l.across * ((o->rows + ROW_TILE - 1) / ROW_TILE), linear_tile, &l);
}
