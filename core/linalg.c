#include "core/linalg.h"

#include <cblas.h>
#include <float.h>
#include <lapacke.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>
#include "core/blas.h"

#define PANEL 32       /* columns that a step of the tridiagonal reduction takes */
#define LAST_PANEL 128 /* what is left to LAPACK in one call */
#define LQ_COUNT 1024  /* vectors a factorisation takes at once, at least */
#define MOST_TURNS 60  /* of the QL iteration, an eigenvalue; 2 are usual */

struct linalg_reduction {
    int n;
    bool exact;
    double *square; /* column-major: [n][n] Gram matrix (lower half), or [n][n + room] for the LQ */
    int room, n_held; /* vectors behind the first n columns */
};

/* LAPACK's own, without a row in its C header: one panel of the reduction. */
typedef void dlatrd_function(const char *uplo, const lapack_int *n, const lapack_int *nb, double *a,
                             const lapack_int *lda, double *e, double *tau, double *w,
                             const lapack_int *ldw, size_t uplo_bytes);

static struct {
    __typeof__(&cblas_dsyrk) dsyrk;
    __typeof__(&cblas_dsyr2k) dsyr2k;
    __typeof__(&cblas_dgemm) dgemm;
    __typeof__(&LAPACK_dgelqf) dgelqf;
    __typeof__(&LAPACK_dgesdd_base) dgesdd;
    __typeof__(&LAPACK_dsytrd_base) dsytrd;
    __typeof__(&LAPACK_dormtr_base) dormtr;
    __typeof__(&LAPACK_dstemr_base) dstemr;
    __typeof__(&LAPACK_dsterf) dsterf;
    dlatrd_function *dlatrd;
} blas;

static const struct blas_symbol symbols[] = {
    {"cblas_dsyrk", &blas.dsyrk},
    {"cblas_dsyr2k", &blas.dsyr2k},
    {"cblas_dgemm", &blas.dgemm},
    {"dgelqf_", &blas.dgelqf},
    {"dgesdd_", &blas.dgesdd},
    {"dsytrd_", &blas.dsytrd},
    {"dormtr_", &blas.dormtr},
    {"dstemr_", &blas.dstemr},
    {"dsterf_", &blas.dsterf},
    {"dlatrd_", &blas.dlatrd},
};

static gpointer load_blas(gpointer data)
{
    (void)data;
    return GINT_TO_POINTER(blas_load(symbols, G_N_ELEMENTS(symbols)));
}

gboolean linalg_need(GError **error)
{
    static GOnce once = G_ONCE_INIT;

    if (GPOINTER_TO_INT(g_once(&once, load_blas, NULL)))
        return TRUE;
    g_set_error_literal(error, TARE_ERROR, TARE_ERROR_LIMIT,
                        "this needs OpenBLAS, which is not here: install libopenblas0");
    return FALSE;
}

struct linalg_reduction *linalg_reduction_create(unsigned n, GError **error)
{
    struct linalg_reduction *r;
    gsize columns;

    g_assert(n >= 1 && n <= LINALG_MOST);
    if (!linalg_need(error))
        return NULL;
    r = g_new0(struct linalg_reduction, 1);
    r->n = (int)n;
    r->exact = n <= LINALG_EXACT_MOST;
    r->room = r->exact ? LQ_COUNT : 0;
    columns = n + (gsize)r->room;
    r->square = g_try_malloc0_n(columns * n, sizeof *r->square);
    if (!r->square) {
        g_set_error(error, TARE_ERROR, TARE_ERROR_LIMIT,
                    "no memory for a spectrum of %u singular values", n);
        g_clear_pointer(&r, g_free);
    }
    return r;
}

void linalg_reduction_destroy(struct linalg_reduction *r)
{
    if (!r)
        return;
    g_free(r->square);
    g_free(r);
}

/* LQ: the lower triangle takes the place of what it stands for. */

static void fold_held(struct linalg_reduction *r)
{
    lapack_int n = r->n, columns = n + r->n_held, work_most = n * 64, info;
    double *tau, *work;

    if (!r->n_held)
        return;
    tau = g_new(double, n);
    work = g_new(double, work_most);
    blas.dgelqf(&n, &columns, r->square, &n, tau, work, &work_most, &info);
    for (int j = 1; j < n; j++)
        memset(r->square + (gsize)j * (gsize)n, 0, (gsize)j * sizeof *r->square);
    r->n_held = 0;
    g_free(tau);
    g_free(work);
}

static void hold(struct linalg_reduction *r, const struct linalg_block *b)
{
    gsize n = (gsize)r->n;

    for (size_t i = 0; i < b->count; i++) {
        double *to = r->square + (n + (gsize)r->n_held) * n;

        if (b->layout == LINALG_ROWS)
            memcpy(to, b->values + i * n, n * sizeof *to);
        else
            for (gsize j = 0; j < n; j++)
                to[j] = b->values[j * b->count + i];
        if (++r->n_held == r->room)
            fold_held(r);
    }
}

void linalg_reduction_add(struct linalg_reduction *r, const struct linalg_block *b)
{
    if (r->exact)
        hold(r, b);
    else if (b->layout == LINALG_ROWS)
        blas.dsyrk(CblasColMajor, CblasLower, CblasNoTrans, r->n, (int)b->count, 1, b->values, r->n,
                   1, r->square, r->n);
    else
        blas.dsyrk(CblasColMajor, CblasLower, CblasTrans, r->n, (int)b->count, 1, b->values,
                   (int)b->count, 1, r->square, r->n);
}

static gboolean no_convergence(GError **error)
{
    g_set_error_literal(error, TARE_ERROR, TARE_ERROR_INPUT,
                        "the singular values did not converge");
    return FALSE;
}

/* The small ones. */

/* across[j][i] = <across_j, column i of u>. */
static void project(const double *u, int n, unsigned k, double *across)
{
    double *y = g_memdup2(across, sizeof *across * k * (gsize)n);

    blas.dgemm(CblasColMajor, CblasTrans, CblasNoTrans, n, (int)k, n, 1, u, n, y, n, 0, across, n);
    g_free(y);
}

static gboolean solve_exact(struct linalg_reduction *r, double *sigma,
                            const struct linalg_wish *wish, GError **error)
{
    lapack_int n = r->n, info, work_most = -1, *iwork = g_new(lapack_int, 8 * n);
    bool vectors = wish && (wish->n_top || wish->n_across);
    gsize square = (gsize)n * (gsize)n;
    double *u = g_new(double, vectors ? 2 * square : 1), *vt = u + (vectors ? square : 0);
    double *work, size;
    const char *job = vectors ? "A" : "N";

    fold_held(r);
    blas.dgesdd(job, &n, &n, r->square, &n, sigma, u, &n, vt, &n, &size, &work_most, iwork, &info,
                1);
    work_most = (lapack_int)size;
    work = g_new(double, work_most);
    blas.dgesdd(job, &n, &n, r->square, &n, sigma, u, &n, vt, &n, work, &work_most, iwork, &info,
                1);
    if (info == 0 && wish && wish->n_top)
        memcpy(wish->top, u, sizeof *u * wish->n_top * (gsize)n);
    if (info == 0 && wish && wish->n_across)
        project(u, n, wish->n_across, wish->across);
    g_free(work);
    g_free(iwork);
    g_free(u);
    return info == 0 || no_convergence(error);
}

/* The large ones: G = Q T Q', T tridiagonal; then the eigenvalues of T. */

struct tridiagonal {
    int n;
    double *a;     /* column-major, lower half: the reflectors of Q */
    double *tau;   /* [n] */
    double *d, *e; /* [n]: diagonal, below it */
};

static double *at(const struct tridiagonal *t, int row, int col)
{
    return t->a + (gsize)col * (gsize)t->n + (gsize)row;
}

/* As LAPACK's dsytrd does it, but stoppable: at 8192 it takes half a minute. */
static gboolean reduce(const struct tridiagonal *t, const gint *cancelled, GError **error)
{
    lapack_int n = t->n, nb = PANEL, left, work_most = n * PANEL, info;
    double *work = g_new(double, (gsize)work_most);
    int i = 0;

    for (; n - i > LAST_PANEL; i += PANEL) {
        if (error_is_cancelled(cancelled, error)) {
            g_free(work);
            return FALSE;
        }
        left = n - i;
        blas.dlatrd("L", &left, &nb, at(t, i, i), &n, t->e + i, t->tau + i, work, &n, 1);
        blas.dsyr2k(CblasColMajor, CblasLower, CblasNoTrans, left - nb, nb, -1, at(t, i + nb, i), n,
                    work + nb, n, 1, at(t, i + nb, i + nb), n);
        for (int j = i; j < i + PANEL; j++) {
            *at(t, j + 1, j) = t->e[j];
            t->d[j] = *at(t, j, j);
        }
    }
    left = n - i;
    blas.dsytrd("L", &left, at(t, i, i), &n, t->d + i, t->e + i, t->tau + i, work, &work_most,
                &info, 1);
    g_free(work);
    return TRUE;
}

/* Vectors y[k][n] become Q y, or Q' y. */
static void turn(const struct tridiagonal *t, const char *transposed, unsigned k, double *y)
{
    lapack_int n = t->n, columns = (lapack_int)k, work_most = 64 * MAX(columns, 1) + 65 * 64, info;
    double *work = g_new(double, (gsize)work_most);

    blas.dormtr("L", "L", transposed, &n, &columns, t->a, &n, t->tau, y, &n, work, &work_most,
                &info, 1, 1, 1);
    g_free(work);
}

/* The largest `k` eigenvectors of the tridiagonal, largest first. */
static gboolean top_vectors(const struct tridiagonal *t, unsigned k, double *top)
{
    lapack_int n = t->n, from = n - (lapack_int)k + 1, to = n, found, columns = (lapack_int)k;
    lapack_int work_most = 18 * n, iwork_most = 10 * n, info, precise = 1;
    double *d = g_memdup2(t->d, sizeof(double) * (gsize)n), none = 0;
    double *e = g_memdup2(t->e, sizeof(double) * (gsize)n), *work = g_new(double, work_most);
    double *values = g_new(double, n), *z = g_new(double, (gsize)n *k);
    lapack_int *iwork = g_new(lapack_int, iwork_most), *support = g_new(lapack_int, 2 * k);

    blas.dstemr("V", "I", &n, d, e, &none, &none, &from, &to, &found, values, z, &n, &columns,
                support, &precise, work, &work_most, iwork, &iwork_most, &info, 1, 1);
    for (unsigned i = 0; i < k && info == 0; i++)
        memcpy(top + (gsize)i * (gsize)n, z + (gsize)(k - 1 - i) * (gsize)n, sizeof *z * (gsize)n);
    g_free(d);
    g_free(e);
    g_free(work);
    g_free(values);
    g_free(z);
    g_free(iwork);
    g_free(support);
    return info == 0 && found == columns;
}

/* Rows i and i + 1 of y[n][k] by one plane rotation. */
static void rotate(double *restrict y, unsigned k, double c, double s)
{
    double *restrict next = y + k;

    for (unsigned j = 0; j < k; j++) {
        double f = next[j];

        next[j] = s * y[j] + c * f;
        y[j] = c * y[j] - s * f;
    }
}

/* One sweep of the implicit QL iteration on [l, m] (EISPACK's imtql2). */
static void sweep(double *d, double *e, int l, int m, unsigned k, double *y)
{
    double g = (d[l + 1] - d[l]) / (2 * e[l]), r = hypot(g, 1), s = 1, c = 1, p = 0;

    g = d[m] - d[l] + e[l] / (g + copysign(r, g));
    for (int i = m - 1; i >= l; i--) {
        double f = s * e[i], b = c * e[i];

        r = hypot(f, g);
        e[i + 1] = r;
        if (r == 0) {
            d[i + 1] -= p;
            e[m] = 0;
            return;
        }
        s = f / r;
        c = g / r;
        g = d[i + 1] - p;
        r = (d[i] - g) * s + 2 * c * b;
        p = s * r;
        d[i + 1] = g + p;
        g = c * r - b;
        rotate(y + (gsize)i * k, k, c, s);
    }
    d[l] -= p;
    e[l] = g;
    e[m] = 0;
}

/* Eigenvalues into d (unsorted), and y[n][k] = the products of k vectors with every eigenvector,
 * without ever having the eigenvectors: the rotations are applied to the k rows alone. */
static bool iterate(double *d, double *e, int n, unsigned k, double *y)
{
    double largest = 0;

    for (int i = 0; i < n; i++)
        largest = fmax(largest, fabs(d[i]) + (i + 1 < n ? fabs(e[i]) : 0));
    for (int l = 0; l < n; l++)
        for (int turns = 0;; turns++) {
            int m = l;

            while (m + 1 < n && fabs(e[m]) > DBL_EPSILON * (fabs(d[m]) + fabs(d[m + 1])) &&
                   fabs(e[m]) > 1e-3 * DBL_EPSILON * largest)
                m++;
            if (m == l)
                break;
            if (turns == MOST_TURNS)
                return false;
            sweep(d, e, l, m, k, y);
        }
    return true;
}

static int descending(gconstpointer a, gconstpointer b, gpointer data)
{
    const double *d = data;
    double x = d[*(const int *)a], y = d[*(const int *)b];

    return x > y ? -1 : x < y ? 1 : *(const int *)a - *(const int *)b;
}

static bool values_across(const struct tridiagonal *t, double *values, unsigned k, double *across)
{
    int n = t->n, *order = g_new(int, n);
    gsize rows = (gsize)n;
    double *d = g_memdup2(t->d, sizeof(double) * rows), *e = g_memdup2(t->e, sizeof(double) * rows);
    double *y = g_new(double, rows *k);
    bool ok;

    turn(t, "T", k, across);
    for (gsize i = 0; i < rows; i++)
        for (unsigned j = 0; j < k; j++)
            y[i * k + j] = across[j * rows + i];
    ok = iterate(d, e, n, k, y);
    for (int i = 0; i < n; i++)
        order[i] = i;
    g_qsort_with_data(order, n, sizeof *order, descending, d);
    for (gsize i = 0; i < rows; i++) {
        values[i] = d[order[i]];
        for (unsigned j = 0; j < k; j++)
            across[j * rows + i] = y[(gsize)order[i] * k + j];
    }
    g_free(order);
    g_free(d);
    g_free(e);
    g_free(y);
    return ok;
}

static bool values_alone(const struct tridiagonal *t, double *values)
{
    lapack_int n = t->n, info;
    double *e = g_memdup2(t->e, sizeof(double) * (gsize)n);

    memcpy(values, t->d, sizeof *values * (gsize)n);
    blas.dsterf(&n, values, e, &info);
    for (int i = 0; i < n / 2; i++) {
        double swap = values[i];

        values[i] = values[n - 1 - i];
        values[n - 1 - i] = swap;
    }
    g_free(e);
    return info == 0;
}

static gboolean solve_tridiagonal(const struct tridiagonal *t, double *sigma,
                                  const struct linalg_wish *wish, GError **error)
{
    bool across = wish && wish->n_across, ok;

    ok = across ? values_across(t, sigma, wish->n_across, wish->across) : values_alone(t, sigma);
    for (int i = 0; i < t->n; i++)
        sigma[i] = sqrt(fmax(sigma[i], 0));
    if (ok && wish && wish->n_top) {
        ok = top_vectors(t, wish->n_top, wish->top);
        if (ok)
            turn(t, "N", wish->n_top, wish->top);
    }
    return ok || no_convergence(error);
}

static gboolean solve_gram(struct linalg_reduction *r, double *sigma,
                           const struct linalg_wish *wish, const gint *cancelled, GError **error)
{
    gsize n = (gsize)r->n;
    double *vectors = g_new0(double, 3 * n);
    struct tridiagonal t = {r->n, r->square, vectors, vectors + n, vectors + 2 * n};
    gboolean ok = reduce(&t, cancelled, error) && !error_is_cancelled(cancelled, error) &&
                  solve_tridiagonal(&t, sigma, wish, error);

    g_free(vectors);
    return ok;
}

gboolean linalg_solve(struct linalg_reduction *r, double *sigma, const struct linalg_wish *wish,
                      const gint *cancelled, GError **error)
{
    if (error_is_cancelled(cancelled, error))
        return FALSE;
    return r->exact ? solve_exact(r, sigma, wish, error)
                    : solve_gram(r, sigma, wish, cancelled, error);
}

void linalg_cross(const struct linalg_block *a, const struct linalg_block *b, unsigned n,
                  unsigned k, const double *x, double *scratch, double *out)
{
    bool rows = a->layout == LINALG_ROWS;
    int count = (int)a->count, ld = rows ? (int)n : count;
    enum CBLAS_TRANSPOSE along = rows ? CblasTrans : CblasNoTrans;
    enum CBLAS_TRANSPOSE over = rows ? CblasNoTrans : CblasTrans;

    blas.dgemm(CblasColMajor, along, CblasNoTrans, count, (int)k, (int)n, 1, b->values, ld, x,
               (int)n, 0, scratch, count);
    blas.dgemm(CblasColMajor, over, CblasNoTrans, (int)n, (int)k, count, 1, a->values, ld, scratch,
               count, 1, out, (int)n);
}

void linalg_add_product(unsigned n, size_t count, const double *a, const double *b, double *out)
{
    if (count)
        blas.dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)n, (int)n, (int)count, 1, a,
                   (int)n, b, (int)n, 1, out, (int)n);
}
