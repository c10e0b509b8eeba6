#include "core/net/op_product.h"

#include <string.h>

#define K_TILE 512
#define N_TILE 3072 /* of b, packed */
#define N_ITEM 384  /* columns that a block of rows meets at once where it is read in place */
#define GROUP 48 /* rows of a that are read at once: whole squares of every width, to be turned */
#define GROUP_STRIDE (K_TILE + 16) /* rows of a power of two would share few places in a cache */

/* The slice of k and of columns under way. */
struct product_work {
    const struct net_run *run;
    const struct op_product *o;
    size_t at, k;
    uint32_t col, cols;
    uint32_t step, steps; /* columns of an item, items of a group */
};

/* In a thread's scratch. */
struct product_scratch {
    float group[GROUP * GROUP_STRIDE];
    float spare[GROUP * PRODUCT_PANEL];  /* a panel's product of which not all columns exist */
    float strip[K_TILE * PRODUCT_PANEL]; /* halves as floats */
};

size_t op_product_scratch(void)
{
    return sizeof(struct product_scratch) / sizeof(float);
}

size_t op_product_packed(void)
{
    return (size_t)K_TILE * N_TILE;
}

static struct product_scratch *scratch_of(const struct product_work *w, guint thread)
{
    return (struct product_scratch *)(void *)w->run->scratch[thread];
}

static void pack_panel(void *data, guint panel, guint thread)
{
    const struct product_work *w = data;
    const struct op_product *o = w->o;
    const struct product_kernels *p = w->run->kernels->product;
    uint32_t first = panel * 2 * p->width, width = product_panel_width(p, w->cols, panel);
    uint32_t n = MIN(width, w->cols - first);
    size_t bytes = dtype_info(o->dtype)->bytes;
    const char *from = (const char *)o->b + (w->at * o->n + w->col + first) * bytes;
    float *strip = scratch_of(w, thread)->strip;
    const float *floats = (const float *)(const void *)from;

    if (o->dtype != DTYPE_F32) {
        for (size_t i = 0; i < w->k; i++, from += o->n * bytes)
            w->run->kernels->widen(strip + i * PRODUCT_PANEL, from, o->dtype, n);
        floats = strip;
    }
    p->pack_columns(w->run->packed + first * w->k, width, floats,
                    o->dtype == DTYPE_F32 ? o->n : PRODUCT_PANEL, n, w->k);
}

/* Rows of a with k next to k: where they are, or brought into the scratch. */
static const float *group_rows(const struct product_work *w, uint32_t row, uint32_t rows,
                               float *group, size_t *stride)
{
    const struct op_product *o = w->o;

    *stride = GROUP_STRIDE;
    if (o->turned) {
        w->run->kernels->product->unfold(group, GROUP_STRIDE, o->a + w->at * o->a_stride + row,
                                         o->a_stride, (uint32_t)w->k, rows);
        return group;
    }
    if (o->a_stride * sizeof(float) % 4096 != 0) {
        *stride = o->a_stride;
        return o->a + row * o->a_stride + w->at;
    }
    for (uint32_t i = 0; i < rows; i++)
        memcpy(group + i * GROUP_STRIDE, o->a + (row + i) * o->a_stride + w->at,
               w->k * sizeof *group);
    return group;
}

static void product_item(void *data, guint item, guint thread)
{
    const struct product_work *w = data;
    const struct op_product *o = w->o;
    const struct product_kernels *p = w->run->kernels->product;
    struct product_scratch *s = scratch_of(w, thread);
    uint32_t row = item / w->steps * GROUP, rows = MIN(GROUP, o->m - row);
    uint32_t from = item % w->steps * w->step, to = MIN(from + w->step, w->cols);
    size_t stride;
    const float *a = group_rows(w, row, rows, s->group, &stride);
    bool add = o->add || w->at > 0;

    for (; from < to; from += 2 * p->width) {
        uint32_t width = product_panel_width(p, w->cols, from / (2 * p->width));
        const struct product_panel panel = {w->run->packed + from * w->k, width,
                                            MIN(width, w->cols - from), w->k, s->spare};

        product_multiply(p, o->c + (size_t)row * o->n + w->col + from, o->n, add, a, stride, rows,
                         &panel);
    }
}

/* A slice of k, all columns. */
static void multiply_slice(struct product_work *w)
{
    const struct op_product *o = w->o;
    const struct product_kernels *p = w->run->kernels->product;

    for (w->col = 0; w->col < o->n; w->col += N_TILE) {
        w->cols = MIN(N_TILE, o->n - w->col);
        w->step = o->turned ? N_TILE : N_ITEM;
        w->steps = (w->cols + w->step - 1) / w->step;
        team_run(w->run->team, product_panels(p, w->cols), pack_panel, w);
        team_run(w->run->team, (o->m + GROUP - 1) / GROUP * w->steps, product_item, w);
    }
}

void op_product(const struct net_run *run, const struct op_product *o)
{
    struct product_work w = {.run = run, .o = o};
    size_t slices = (o->k + K_TILE - 1) / K_TILE, slice = (o->k + slices - 1) / MAX(slices, 1);

    g_assert(run->scratch_floats >= op_product_scratch());
    g_assert(run->packed_floats >= op_product_packed());
    for (w.at = 0; w.at < o->k; w.at += slice) {
        w.k = MIN(slice, o->k - w.at);
        multiply_slice(&w);
    }
}
