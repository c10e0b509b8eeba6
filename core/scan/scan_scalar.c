/* The reference: what every other row of kernels must equal to the last bit. */
#include "core/scan/kernel.h"

const _Alignas(64) double lanes_infinite[SCAN_LANES] = {
    INFINITY, INFINITY, INFINITY, INFINITY, INFINITY, INFINITY, INFINITY, INFINITY,
    INFINITY, INFINITY, INFINITY, INFINITY, INFINITY, INFINITY, INFINITY, INFINITY};

void lanes_init(struct lanes *l)
{
    *l = (struct lanes){.zeros = 0};
    for (size_t j = 0; j < SCAN_LANES; j++) {
        l->min[j] = INFINITY;
        l->max[j] = -INFINITY;
    }
}

double lanes_fold(const double v[SCAN_LANES])
{
    double t[SCAN_LANES / 2];

    for (size_t j = 0; j < 8; j++)
        t[j] = v[j] + v[j + 8];
    for (size_t j = 0; j < 4; j++)
        t[j] += t[j + 4];
    return (t[0] + t[2]) + (t[1] + t[3]);
}

void lanes_commit_extremes(struct lanes *acc, const struct lanes *run)
{
    double min = acc->min[0], max = acc->max[0];

    for (size_t j = 0; j < SCAN_LANES; j++) {
        min = run->min[j] < min ? run->min[j] : min;
        max = run->max[j] > max ? run->max[j] : max;
    }
    for (size_t j = 0; j < SCAN_LANES; j++) {
        acc->min[j] = min;
        acc->max[j] = max;
    }
}

static bool lanes_reach(const struct lanes *acc, const struct lanes *run)
{
    bool reached = false;

    for (size_t j = 0; j < SCAN_LANES; j++)
        reached |= run->min[j] <= acc->min[j] || run->max[j] >= acc->max[j];
    return reached;
}

bool lanes_commit(struct lanes *acc, const struct lanes *run)
{
    for (size_t j = 0; j < SCAN_LANES; j++)
        if (!(run->l1[j] < INFINITY))
            return false;
    for (size_t j = 0; j < SCAN_LANES; j++) {
        acc->l1[j] += run->l1[j];
        acc->p1[j] += run->p1[j];
        acc->p2[j] += run->p2[j];
        acc->p3[j] += run->p3[j];
        acc->p4[j] += run->p4[j];
    }
    acc->reached = lanes_reach(acc, run);
    lanes_commit_extremes(acc, run);
    acc->zeros += run->zeros;
    return true;
}

void sketch_uncount(uint32_t *counts, const double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        counts[sketch_index(x[i])]--;
}

/* lanes_count of 16 elements, lane by lane: in a form that compilers make vectors of. */
static void count_16(struct lanes *run, const double *x, double shift)
{
    double v[SCAN_LANES];

    memcpy(v, x, sizeof v);
    for (size_t j = 0; j < SCAN_LANES; j++) {
        double y = v[j] - shift, y2 = y * y;

        run->l1[j] += fabs(v[j]);
        run->p1[j] += y;
        run->p2[j] += y2;
        run->p3[j] += y2 * y;
        run->p4[j] += y2 * y2;
    }
    for (size_t j = 0; j < SCAN_LANES; j++)
        run->min[j] = v[j] < run->min[j] ? v[j] : run->min[j];
    for (size_t j = 0; j < SCAN_LANES; j++)
        run->max[j] = v[j] > run->max[j] ? v[j] : run->max[j];
    for (size_t j = 0; j < SCAN_LANES; j++)
        run->zeros += v[j] == 0;
}

bool lanes_add(struct lanes *acc, const double *x, size_t n, double shift)
{
    struct lanes run;
    size_t i;

    lanes_init(&run);
    for (i = 0; i + SCAN_LANES <= n; i += SCAN_LANES)
        count_16(&run, x + i, shift);
    lanes_count_rest(&run, x, i, n, shift);
    return lanes_commit(acc, &run);
}

/* 0 for what is not finite. */
static inline double finite_square(double x)
{
    return fabs(x) < INFINITY ? x * x : 0;
}

static void add_squares(double *lanes, double *col, const double *x, size_t n)
{
    for (size_t c = 0; c < n; c++) {
        double square = finite_square(x[c]);

        lanes[c % SCAN_LANES] += square;
        col[c] += square;
    }
}

/* Rows take turns at four sums of each column: none waits for the one before. */
static void narrow_squares(const struct energy_tile *t, const double *x)
{
    double part[4][SCAN_LANES] = {0};

    for (size_t r = 0; r < t->rows; r++) {
        double lanes[SCAN_LANES] = {0};

        add_squares(lanes, part[r % 4], x + r * t->cols, t->cols);
        t->row[r] = lanes_fold(lanes);
    }
    for (size_t c = 0; c < t->cols; c++)
        t->col[c] += (part[0][c] + part[1][c]) + (part[2][c] + part[3][c]);
}

void energy_squares(const struct energy_tile *t, const double *x)
{
    if (!t->lanes) {
        narrow_squares(t, x);
        return;
    }
    for (size_t first = 0; first < t->cols; first += SCAN_STRIPE) {
        size_t cols = t->cols - first < SCAN_STRIPE ? t->cols - first : SCAN_STRIPE;

        for (size_t r = 0; r < t->rows; r++, x += cols)
            add_squares(t->lanes[r], t->col + first, x, cols);
    }
}

static void fold(double *row, double (*lanes)[SCAN_LANES], size_t rows)
{
    for (size_t r = 0; r < rows; r++)
        row[r] = lanes_fold(lanes[r]);
    memset(lanes, 0, rows * sizeof *lanes);
}

static bool one(struct lanes *acc, uint32_t *counts, const double *x, size_t n, double shift)
{
    if (!lanes_add(acc, x, n, shift))
        return false;
    sketch_count(counts, x, n);
    return true;
}

static void pair(struct pair_lanes *acc, double *d, const double *a, const double *b, size_t n,
                 double shift_a, double shift_d)
{
    struct pair_lanes run = {.sign_flips = 0};

    pair_rest(acc, &run, d, a, b, 0, n, shift_a, shift_d);
}

const struct scan_ops scan_ops_scalar = {
    .name = "scalar", .one = one, .squares = energy_squares, .fold = fold, .pair = pair};
