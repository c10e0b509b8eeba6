/* Row and column energies: against the order of sums that energy.h defines, written out here once
 * more, to the last bit; against closed forms; through whole scans with one and several threads. */
#include <check.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "core/comparison.h"
#include "tests/support/memory_source.h"
#include "tests/support/values.h"

static const char *const variants[] = {"scalar", "avx2", "avx512"};

/* Two sides of a matrix as stored, and the size of the blocks it is scanned in. */
struct matrix {
    enum dtype dtype;
    struct energy_shape shape;
    const void *base, *tuned;
    size_t block;
};

static void scan(const struct scan_ops *ops, struct scan_scratch *scratch, const struct matrix *m,
                 struct scan_result *out)
{
    size_t bytes = dtype_info(m->dtype)->bytes, elems = (size_t)(m->shape.rows * m->shape.cols);

    scan_result_init(out);
    for (size_t at = 0; at < elems; at += m->block) {
        struct scan_span span = {at, MIN(m->block, elems - at), m->shape};
        struct scan_result part;

        scan_result_init(&part);
        scan_block(ops, scratch, m->dtype, m->base ? (const char *)m->base + at * bytes : NULL,
                   m->dtype, m->tuned ? (const char *)m->tuned + at * bytes : NULL, &span, &part);
        scan_result_merge(out, &part);
        scan_result_finish(&part);
    }
}

static double fold(double *v)
{
    for (size_t half = 8; half > 0; half /= 2)
        for (size_t j = 0; j < half; j++)
            v[j] += v[j + half];
    return v[0];
}

static double square_of(double x)
{
    return isnan(x) ? 0 : x * x;
}

/* Elements first .. end - 1, of one row. */
static double expected_row(const double *x, size_t first, size_t end)
{
    double lanes[16] = {0};

    for (size_t i = first; i < end; i++)
        lanes[(i - first) % 16] += square_of(x[i]);
    return fold(lanes);
}

/* Whole rows of up to 16 columns take turns at four sums, sixteens of rows of up to 512 elements. */
static void expected_narrow(const double *x, size_t rows, size_t cols, double *col)
{
    size_t most = 512 / cols / 16 * 16;

    for (size_t r = 0; r < rows; r += most)
        for (size_t c = 0; c < cols; c++) {
            double part[4] = {0};

            for (size_t k = r; k < MIN(rows, r + most); k++)
                part[(k - r) % 4] += square_of(x[k * cols + c]);
            col[c] += (part[0] + part[1]) + (part[2] + part[3]);
        }
}

static void expected_columns(const double *x, size_t start, size_t end, size_t cols, double *col)
{
    size_t whole = MIN(end, (start + cols - 1) / cols * cols), rows = (end - whole) / cols;

    if (cols > 16)
        rows = 0;
    for (size_t i = start; i < whole; i++)
        col[i % cols] += square_of(x[i]);
    expected_narrow(x + whole, rows, cols, col);
    for (size_t i = whole + rows * cols; i < end; i++)
        col[i % cols] += square_of(x[i]);
}

/* Energies of x, an element NAN where it does not count, block by block. */
static void expected(const double *x, const struct matrix *m, double *row, double *col)
{
    size_t rows = (size_t)m->shape.rows, cols = (size_t)m->shape.cols, n = rows * cols;
    double *block_col = g_new(double, cols);

    memset(row, 0, rows * sizeof *row);
    memset(col, 0, cols * sizeof *col);
    for (size_t start = 0; start < n; start += m->block) {
        size_t end = MIN(start + m->block, n);

        for (size_t r = start / cols; r <= (end - 1) / cols; r++)
            row[r] += expected_row(x, MAX(start, r * cols), MIN(end, (r + 1) * cols));
        memset(block_col, 0, cols * sizeof *block_col);
        expected_columns(x, start, end, cols, block_col);
        for (size_t c = 0; c < cols; c++)
            col[c] += block_col[c];
    }
    g_free(block_col);
}

/* Check notes every assertion in a file: one for all of them. */
static void same(const double *got, const double *wanted, uint64_t n, const char *what)
{
    if (memcmp(got, wanted, n * sizeof *got) == 0)
        return;
    for (uint64_t i = 0; i < n; i++)
        ck_assert_msg(memcmp(&got[i], &wanted[i], sizeof got[i]) == 0,
                      "%s %" G_GUINT64_FORMAT ": %.17g, not %.17g", what, i, got[i], wanted[i]);
}

static void check_side(const struct energy *e, enum energy_side side, const double *x,
                       const struct matrix *m)
{
    double *row = g_new(double, m->shape.rows), *col = g_new(double, m->shape.cols);

    expected(x, m, row, col);
    ck_assert_ptr_nonnull(e->row[side]);
    same(e->row[side], row, m->shape.rows, "row");
    same(e->col[side], col, m->shape.cols, "column");
    g_free(row);
    g_free(col);
}

static double counted(double x)
{
    return isfinite(x) ? x : NAN;
}

/* All variants that this machine has. */
static void check_matrix(struct scan_scratch *scratch, const struct matrix *m)
{
    size_t n = (size_t)(m->shape.rows * m->shape.cols);
    double *a = g_new0(double, n), *b = g_new0(double, n), *d = g_new0(double, n);

    if (m->base)
        dtype_info(m->dtype)->decode(a, m->base, n);
    if (m->tuned)
        dtype_info(m->dtype)->decode(b, m->tuned, n);
    for (size_t i = 0; i < n; i++) {
        d[i] = isfinite(a[i]) && isfinite(b[i]) ? b[i] - a[i] : NAN;
        a[i] = counted(a[i]);
        b[i] = counted(b[i]);
    }
    for (size_t v = 0; v < G_N_ELEMENTS(variants); v++) {
        const struct scan_ops *ops = scan_ops_choose(variants[v]);
        struct scan_result r;

        if (!ops)
            continue;
        scan(ops, scratch, m, &r);
        ck_assert(r.energy.shape.rows == m->shape.rows && r.energy.n_rows == m->shape.rows);
        if (m->base)
            check_side(&r.energy, ENERGY_BASE, a, m);
        if (m->tuned)
            check_side(&r.energy, ENERGY_TUNED, b, m);
        if (m->base && m->tuned)
            check_side(&r.energy, ENERGY_DELTA, d, m);
        ck_assert((r.energy.row[ENERGY_BASE] != NULL) == (m->base != NULL));
        ck_assert((r.energy.row[ENERGY_TUNED] != NULL) == (m->tuned != NULL));
        ck_assert((r.energy.row[ENERGY_DELTA] != NULL) == (m->base && m->tuned));
        scan_result_finish(&r);
    }
    g_free(a);
    g_free(b);
    g_free(d);
}

static void *stored(enum dtype dtype, size_t n, uint64_t seed, int mix)
{
    unsigned bytes = dtype_info(dtype)->bytes;
    unsigned char *v = g_malloc(n * bytes);

    for (size_t i = 0; i < n; i++) {
        double x = values_bell(seed, i);
        float f = (float)x;
        uint64_t bits = values_bits(seed + 100, i);
        uint32_t half;

        if (mix == 1 && bits % 61 == 0)
            f = (float)(x = bits & 64 ? NAN : bits & 128 ? INFINITY : -INFINITY);
        memcpy(&half, &f, sizeof half);
        half >>= 16;
        if (dtype == DTYPE_F64)
            memcpy(v + i * bytes, &x, bytes);
        else if (dtype == DTYPE_F32)
            memcpy(v + i * bytes, &f, bytes);
        else if (dtype == DTYPE_BF16)
            memcpy(v + i * bytes, &half, bytes);
        else
            memcpy(v + i * bytes, &bits, bytes); /* any bits are a value */
    }
    return v;
}

START_TEST(test_shapes)
{
    struct {
        unsigned rank, row_axes;
        uint64_t dim[4], rows, cols;
    } cases[] = {
        {2, 1, {768, 3072}, 768, 3072},
        {2, 1, {50257, 768}, 50257, 768},
        {3, 2, {768, 12, 64}, 9216, 64},
        {3, 1, {768, 12, 64}, 768, 768},
        {4, 3, {3, 3, 32, 64}, 288, 64},
        {2, 0, {8, 8}, 0, 0},
        {2, 2, {8, 8}, 0, 0},
        {1, 1, {8}, 0, 0},
        {0, 0, {0}, 0, 0},
        {2, 1, {0, 8}, 0, 0},
        {2, 1, {8, 0}, 0, 0},
        {2, 1, {1, 255}, 1, 255},
        {2, 1, {1, 256}, 0, 0},
        {2, 1, {300, 4}, 0, 0},
        {2, 1, {300, 5}, 300, 5},
        {2, 1, {(1 << 20) - 8, 8}, (1 << 20) - 8, 8},
        {2, 1, {(1 << 20) - 7, 8}, 0, 0},
        {2, 1, {UINT64_C(1) << 40, 8}, 0, 0},
        {3, 2, {UINT64_C(1) << 40, UINT64_C(1) << 40, 8}, 0, 0},
        {3, 2, {UINT64_C(1) << 40, 0, 8}, 0, 0},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct energy_shape s = energy_shape_of(cases[i].rank, cases[i].dim, cases[i].row_axes);

        ck_assert_msg(s.rows == cases[i].rows && s.cols == cases[i].cols,
                      "case %zu: %" G_GUINT64_FORMAT " x %" G_GUINT64_FORMAT, i, s.rows, s.cols);
    }
}
END_TEST

START_TEST(test_every_width)
{
    static const size_t blocks[] = {SCAN_BLOCK, 512, 700, 77};
    struct scan_scratch *scratch = scan_scratch_create();
    void *base = stored(DTYPE_F32, 41 * 4096, 1, _i), *tuned = stored(DTYPE_F32, 41 * 4096, 2, _i);

    for (uint64_t cols = 1; cols <= 40; cols++)
        for (size_t k = 0; k < G_N_ELEMENTS(blocks); k++)
            check_matrix(scratch, &(struct matrix){
                                      DTYPE_F32, {1500 / cols + k, cols}, base, tuned, blocks[k]});
    for (uint64_t cols = 504; cols <= 1100; cols += cols < 520 ? 1 : 97)
        for (size_t k = 0; k < G_N_ELEMENTS(blocks); k++)
            check_matrix(scratch, &(struct matrix){DTYPE_F32, {5, cols}, base, tuned, blocks[k]});
    check_matrix(scratch, &(struct matrix){DTYPE_F32, {40, 4096}, base, tuned, 4096 * 3 + 64});
    g_free(base);
    g_free(tuned);
    scan_scratch_destroy(scratch);
}
END_TEST

START_TEST(test_every_type)
{
    static const struct energy_shape shapes[] = {{33, 48}, {33, 47}, {2, 800}, {3, 1}, {1, 17}};
    struct scan_scratch *scratch = scan_scratch_create();
    void *base = stored((enum dtype)_i, 1600, 3, 1), *tuned = stored((enum dtype)_i, 1600, 4, 1);

    for (size_t i = 0; i < G_N_ELEMENTS(shapes); i++) {
        check_matrix(scratch, &(struct matrix){(enum dtype)_i, shapes[i], base, tuned, 1000});
        check_matrix(scratch, &(struct matrix){(enum dtype)_i, shapes[i], base, NULL, 1000});
        check_matrix(scratch, &(struct matrix){(enum dtype)_i, shapes[i], NULL, tuned, 1000});
    }
    g_free(base);
    g_free(tuned);
    scan_scratch_destroy(scratch);
}
END_TEST

START_TEST(test_several_blocks)
{
    static const struct energy_shape shapes[] = {
        {1700, 1300}, {70001, 31}, {3, 700000}, {70001, 8}, {66001, 7}};
    const struct energy_shape *s = &shapes[_i];
    size_t n = (size_t)(s->rows * s->cols);
    struct scan_scratch *scratch = scan_scratch_create();
    void *base = stored(DTYPE_F32, n, 5, 0), *tuned = stored(DTYPE_F32, n, 6, 0);

    check_matrix(scratch, &(struct matrix){DTYPE_F32, *s, base, tuned, SCAN_BLOCK});
    g_free(base);
    g_free(tuned);
    scan_scratch_destroy(scratch);
}
END_TEST

/* x[i][j] = 2^(i % 5) * 2^-(j % 7): every sum is exact. */
START_TEST(test_closed_form)
{
    enum { R = 37, C = 203 };
    static float base[R * C], tuned[R * C];
    struct scan_scratch *scratch = scan_scratch_create();
    struct scan_result r;
    double u2 = 0, v2 = 0;

    for (int i = 0; i < R * C; i++) {
        base[i] = ldexpf(1, i / C % 5 - i % C % 7);
        tuned[i] = i / C == 11 ? base[i] : 3 * base[i];
    }
    for (int i = 0; i < R; i++)
        u2 += ldexp(1, 2 * (i % 5));
    for (int j = 0; j < C; j++)
        v2 += ldexp(1, -2 * (j % 7));
    scan(scan_ops_choose(NULL), scratch, &(struct matrix){DTYPE_F32, {R, C}, base, tuned, 1000},
         &r);
    for (int i = 0; i < R; i++) {
        double e = ldexp(v2, 2 * (i % 5)), tuned_factor = i == 11 ? 1 : 9, moved = i == 11 ? 0 : 4;

        ck_assert(r.energy.row[ENERGY_BASE][i] == e);
        ck_assert(r.energy.row[ENERGY_TUNED][i] == tuned_factor * e);
        ck_assert(r.energy.row[ENERGY_DELTA][i] == moved * e);
    }
    for (int j = 0; j < C; j++) {
        ck_assert(r.energy.col[ENERGY_BASE][j] == ldexp(u2, -2 * (j % 7)));
        ck_assert(r.energy.col[ENERGY_DELTA][j] == ldexp(4 * (u2 - 4), -2 * (j % 7)));
    }
    scan_result_finish(&r);
    scan_scratch_destroy(scratch);
}
END_TEST

/* Magnitudes at which the other sums are scaled: squares stay as they are, and overflow. */
START_TEST(test_extremes)
{
    double base[4 * 20], tuned[4 * 20];
    struct scan_scratch *scratch = scan_scratch_create();
    struct matrix m = {DTYPE_F64, {4, 20}, base, tuned, 80};
    struct scan_result r;

    for (size_t i = 0; i < 80; i++) {
        base[i] = values_bell(7, i) * (i < 20 ? 1e100 : i < 40 ? 1e-150 : 1);
        tuned[i] = base[i] * 1.5;
    }
    base[5] = tuned[17] = NAN;
    base[7] = tuned[7] = -INFINITY;
    check_matrix(scratch, &m);
    base[45] = DBL_MAX;
    tuned[45] = -DBL_MAX;
    base[46] = 1e200;
    tuned[46] = 1e200;
    check_matrix(scratch, &m);
    scan(scan_ops_choose(NULL), scratch, &m, &r);
    ck_assert(isinf(r.energy.row[ENERGY_DELTA][2]) && isinf(r.energy.col[ENERGY_DELTA][5]));
    ck_assert(isinf(r.energy.col[ENERGY_BASE][6]) && isfinite(r.energy.col[ENERGY_DELTA][6]));
    ck_assert(isfinite(r.energy.row[ENERGY_DELTA][3]));
    scan_result_finish(&r);
    scan_scratch_destroy(scratch);
}
END_TEST

/* Stored values that end at a page nobody may read. */
START_TEST(test_guard_page)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), bytes = 4 * page;
    char *start =
        mmap(NULL, bytes + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct scan_scratch *scratch = scan_scratch_create();
    float *values = stored(DTYPE_F32, bytes / 4, 8, 1);

    ck_assert(start != MAP_FAILED && mprotect(start + bytes, page, PROT_NONE) == 0);
    for (uint64_t cols = 1; cols <= 40; cols++) {
        size_t n = (size_t)(cols * (1 + 600 / cols));
        void *at_end = memcpy(start + bytes - n * 4, values, n * 4);

        check_matrix(scratch, &(struct matrix){DTYPE_F32, {n / cols, cols}, at_end, values, 10000});
    }
    munmap(start, bytes + page);
    g_free(values);
    scan_scratch_destroy(scratch);
}
END_TEST

static float base_value(uint64_t i)
{
    return (float)values_bell(20, i);
}

static float tuned_value(uint64_t i)
{
    return i % 1300 < 100 ? base_value(i) : base_value(i) + 0.01f * (float)values_bell(21, i);
}

static struct source *source(bool tuned)
{
    static const uint64_t cube[] = {40, 6, 10};
    struct memory_source *m = memory_source_create(tuned ? "tuned.h5" : "base.h5");
    float (*value)(uint64_t) = tuned ? tuned_value : base_value, *values = g_new(float, 2400);

    for (uint64_t i = 0; i < 2400; i++)
        values[i] = value(i);
    memory_source_add_f32(m, "embed.weight", 1700, 1300, value);
    memory_source_add_f32(m, "wide.weight", 24, 150000, value);
    memory_source_add_f32(m, "norm.weight", 64, 0, value);
    memory_source_add_f32(m, "grown.weight", tuned ? 80 : 70, 30, value);
    memory_source_add_f32(m, tuned ? "new.weight" : "old.weight", 80, 30, value);
    memory_source_add(m, "cube.kernel", TENSOR_WEIGHT, DTYPE_F32, 3, cube, values);
    memory_source_add(m, "slot.weight", TENSOR_OPTIMIZER, DTYPE_F32, 3, cube, values);
    g_free(values);
    return memory_source_finish(m);
}

static struct comparison *compare(guint threads, bool pair)
{
    const struct comparison_options options = {.threads = threads};
    struct comparison *c =
        comparison_create(checkpoint_create(source(false)),
                          pair ? checkpoint_create(source(true)) : NULL, &options, NULL);

    ck_assert_ptr_nonnull(c);
    comparison_scan_start(c);
    comparison_scan_wait(c);
    return c;
}

static const struct energy *energy_of(const struct comparison *c, const char *name)
{
    for (uint32_t i = 0; i < c->pairing.n_entries; i++)
        if (strcmp(comparison_tensor(c, i)->name, name) == 0)
            return &c->summary.entries[i].result.energy;
    ck_abort_msg("%s is missing", name);
}

static void same_energy(const struct energy *a, const struct energy *b)
{
    ck_assert(a->shape.rows == b->shape.rows && a->shape.cols == b->shape.cols);
    for (unsigned side = 0; side < ENERGY_SIDES; side++) {
        ck_assert((a->row[side] != NULL) == (b->row[side] != NULL));
        if (!a->row[side])
            continue;
        same(a->row[side], b->row[side], a->shape.rows, "row");
        same(a->col[side], b->col[side], a->shape.cols, "column");
    }
}

START_TEST(test_threads)
{
    static const guint threads[] = {2, 3, 8};
    struct comparison *one = compare(1, true);

    for (size_t t = 0; t < G_N_ELEMENTS(threads); t++) {
        struct comparison *c = compare(threads[t], true);

        for (uint32_t i = 0; i < c->pairing.n_entries; i++)
            same_energy(&one->summary.entries[i].result.energy,
                        &c->summary.entries[i].result.energy);
        comparison_destroy(c);
    }
    comparison_destroy(one);
}
END_TEST

static double total(const double *v, uint64_t n)
{
    double sum = 0;

    for (uint64_t i = 0; i < n; i++)
        sum += v[i];
    return sqrt(sum);
}

START_TEST(test_whole_scan)
{
    struct comparison *c = compare(2, true), *alone = compare(2, false);
    const struct energy *e = energy_of(c, "embed.weight"), *cube = energy_of(c, "cube.kernel");
    const struct energy *grown = energy_of(c, "grown.weight");

    for (uint32_t i = 0; i < c->pairing.n_entries; i++) {
        const struct scan_result *r = &c->summary.entries[i].result;
        double l2 = stats_l2(&r->stats.delta), rows, cols;

        if (!r->energy.row[ENERGY_DELTA])
            continue;
        rows = total(r->energy.row[ENERGY_DELTA], r->energy.shape.rows);
        cols = total(r->energy.col[ENERGY_DELTA], r->energy.shape.cols);
        ck_assert(fabs(rows - l2) <= 1e-12 * l2 && fabs(cols - l2) <= 1e-12 * l2);
    }
    for (unsigned j = 0; j < 1300; j++)
        ck_assert((e->col[ENERGY_DELTA][j] == 0) == (j < 100));
    ck_assert(cube->shape.rows == 240 && cube->shape.cols == 10);
    ck_assert(energy_of(c, "norm.weight")->shape.rows == 0);
    ck_assert(energy_of(c, "slot.weight")->shape.rows == 0);
    ck_assert(grown->shape.rows == 70 && grown->row[ENERGY_BASE] && !grown->row[ENERGY_TUNED]);
    ck_assert(energy_of(c, "old.weight")->row[ENERGY_BASE] != NULL);
    ck_assert(energy_of(c, "new.weight")->row[ENERGY_TUNED] != NULL);
    ck_assert(energy_of(c, "new.weight")->row[ENERGY_BASE] == NULL);
    ck_assert(energy_of(alone, "embed.weight")->row[ENERGY_TUNED] == NULL);
    same(energy_of(alone, "embed.weight")->row[ENERGY_BASE], e->row[ENERGY_BASE], 1700, "row");
    comparison_destroy(c);
    comparison_destroy(alone);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("energy");
    TCase *t = tcase_create("energy");
    SRunner *r = srunner_create(s);
    int failed;

    tcase_set_timeout(t, 120);
    tcase_add_test(t, test_shapes);
    tcase_add_loop_test(t, test_every_width, 0, 2);
    tcase_add_loop_test(t, test_every_type, 0, DTYPE_COUNT);
    tcase_add_loop_test(t, test_several_blocks, 0, 5);
    tcase_add_test(t, test_closed_form);
    tcase_add_test(t, test_extremes);
    tcase_add_test(t, test_guard_page);
    tcase_add_test(t, test_threads);
    tcase_add_test(t, test_whole_scan);
    suite_add_tcase(s, t);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
