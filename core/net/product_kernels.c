/* Compiled once for each width of vectors, into a table of the name PRODUCT_KERNELS. */
#include "core/net/product.h"

#include "core/net/vector.h"

/* Accumulators fill the registers, but for a panel's vectors and an element of a. */
#define SUMS (WIDTH == 16 ? 24 : 12)

/* rows and vectors are constants wherever this is inlined. */
INLINE void multiply_rows(float *out, size_t out_stride, bool add, const float *a, size_t a_stride,
                          const float *panel, size_t k, const size_t rows, const size_t vectors)
{
    vec sum[SUMS];

#pragma GCC unroll 24
    for (size_t r = 0; r < rows; r++)
#pragma GCC unroll 2
        for (size_t v = 0; v < vectors; v++)
            sum[r * vectors + v] = add ? vec_load(out + r * out_stride + v * WIDTH) : vec_all(0);
    for (size_t p = 0; p < k; p++, panel += vectors * WIDTH) {
        vec x[2];

#pragma GCC unroll 2
        for (size_t v = 0; v < vectors; v++)
            x[v] = vec_load(panel + v * WIDTH);
#pragma GCC unroll 24
        for (size_t r = 0; r < rows; r++) {
            vec w = vec_all(a[r * a_stride + p]);

#pragma GCC unroll 2
            for (size_t v = 0; v < vectors; v++)
                sum[r * vectors + v] = vec_fma(w, x[v], sum[r * vectors + v]);
        }
    }
#pragma GCC unroll 24
    for (size_t r = 0; r < rows; r++)
#pragma GCC unroll 2
        for (size_t v = 0; v < vectors; v++)
            vec_store(out + r * out_stride + v * WIDTH, sum[r * vectors + v]);
}

INLINE void multiply_panel(float *out, size_t out_stride, bool add, const float *a, size_t a_stride,
                           uint32_t rows, const float *panel, size_t k, const size_t vectors)
{
    const uint32_t most = SUMS / (uint32_t)vectors;
    uint32_t r = 0;

    for (; r + most <= rows; r += most)
        multiply_rows(out + r * out_stride, out_stride, add, a + r * a_stride, a_stride, panel, k,
                      most, vectors);
    for (; r + 4 <= rows; r += 4)
        multiply_rows(out + r * out_stride, out_stride, add, a + r * a_stride, a_stride, panel, k,
                      4, vectors);
    for (; r < rows; r++)
        multiply_rows(out + r * out_stride, out_stride, add, a + r * a_stride, a_stride, panel, k,
                      1, vectors);
}

static void multiply(float *out, size_t out_stride, bool add, const float *a, size_t a_stride,
                     uint32_t rows, const float *panel, uint32_t width, size_t k)
{
    if (width == WIDTH)
        multiply_panel(out, out_stride, add, a, a_stride, rows, panel, k, 1);
    else
        multiply_panel(out, out_stride, add, a, a_stride, rows, panel, k, 2);
}

/* A square of vectors is transposed by swapping ever smaller quarters of it. */
INLINE void transpose(vec row[WIDTH])
{
    ivec lane, up, down;

    for (int j = 0; j < WIDTH; j++)
        lane[j] = j;
#pragma GCC unroll 4
    for (int by = WIDTH / 2; by > 0; by /= 2) {
        ivec upper = (lane & by) != 0;

        up = (lane - by) & (WIDTH - 1);
        down = (lane + by) & (WIDTH - 1);
#pragma GCC unroll 16
        for (int i = 0; i < WIDTH; i++)
            if (!(i & by)) {
                vec a = row[i], b = row[i + by];

                row[i] = vec_pick(upper, vec_permute(b, up), a);
                row[i + by] = vec_pick(upper, b, vec_permute(a, down));
            }
    }
}

/* out[j][i] = x[i][j] of one square, rows and columns of it that exist. */
INLINE void unfold_square(float *out, size_t out_stride, const float *x, size_t x_stride,
                          size_t rows, size_t columns)
{
    vec row[WIDTH];

    for (size_t i = 0; i < WIDTH; i++)
        row[i] = i >= rows         ? vec_all(0)
                 : columns < WIDTH ? vec_load_some(x + i * x_stride, columns)
                                   : vec_load(x + i * x_stride);
    transpose(row);
    for (size_t j = 0; j < columns; j++)
        if (rows < WIDTH)
            vec_store_some(out + j * out_stride, row[j], rows);
        else
            vec_store(out + j * out_stride, row[j]);
}

static void unfold(float *out, size_t out_stride, const float *x, size_t x_stride, uint32_t rows,
                   uint32_t columns)
{
    for (size_t i = 0; i < rows; i += WIDTH)
        for (size_t j = 0; j < columns; j += WIDTH) {
            float *to = out + j * out_stride + i;
            const float *from = x + i * x_stride + j;

            if (rows - i >= WIDTH && columns - j >= WIDTH)
                unfold_square(to, out_stride, from, x_stride, WIDTH, WIDTH);
            else
                unfold_square(to, out_stride, from, x_stride, rows - i < WIDTH ? rows - i : WIDTH,
                              columns - j < WIDTH ? columns - j : WIDTH);
        }
}

/* Lanes from n on of every k. */
static void clear_rest(float *panel, uint32_t width, uint32_t n, size_t k)
{
    for (size_t p = 0; n < width && p < k; p++)
        memset(panel + p * width + n, 0, (width - n) * sizeof *panel);
}

static void pack_rows(float *panel, uint32_t width, const float *x, size_t stride, uint32_t n,
                      size_t k)
{
    unfold(panel, width, x, stride, n, (uint32_t)k);
    clear_rest(panel, width, n, k);
}

static void pack_columns(float *panel, uint32_t width, const float *x, size_t stride, uint32_t n,
                         size_t k)
{
    if (n == width)
        for (size_t p = 0; p < k; p++, panel += width, x += stride)
            for (size_t i = 0; i < width; i += WIDTH)
                vec_store(panel + i, vec_load(x + i));
    else
        for (size_t p = 0; p < k; p++)
            memcpy(panel + p * width, x + p * stride, n * sizeof *panel);
    clear_rest(panel, width, n, k);
}

const struct product_kernels PRODUCT_KERNELS;
const struct product_kernels PRODUCT_KERNELS = {
    .width = WIDTH,
    .pack_rows = pack_rows,
    .pack_columns = pack_columns,
    .multiply = multiply,
    .unfold = unfold,
};
