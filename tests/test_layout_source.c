/* Views of tensors against naive index loops: every transform, every window, every element type;
 * what is read for them; reads that fail. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "core/layout_source.h"
#include "core/scan/scan.h"
#include "tests/support/memory_source.h"

#define MOST 4096

/* Element i of tensor t: told apart in every type, for small ones. */
static void plant(char *to, enum dtype dtype, uint64_t i, unsigned tensor)
{
    size_t bytes = dtype_info(dtype)->bytes;
    uint64_t value = i * 7 + tensor * 13 + 1;

    memset(to, 0, bytes);
    memcpy(to, &value, MIN(bytes, sizeof value));
}

static void add(struct memory_source *m, const char *name, enum dtype dtype, unsigned rank,
                const uint64_t *dim, unsigned tensor)
{
    size_t bytes = dtype_info(dtype)->bytes;
    uint64_t n = 1;
    char *values;

    for (unsigned i = 0; i < rank; i++)
        n *= dim[i];
    values = g_malloc(n * bytes);
    for (uint64_t i = 0; i < n; i++)
        plant(values + i * bytes, dtype, i, tensor);
    memory_source_add(m, name, TENSOR_WEIGHT, dtype, rank, dim, values);
    g_free(values);
}

/* One view over one or several tensors, and which element of which tensor each of its elements is.
 */
struct expected {
    struct layout_view view;
    uint64_t dim[4];
    struct layout_box boxes[4];
    uint64_t element[MOST];
    unsigned tensor[MOST];
    uint64_t n;
};

static struct source *source_of(enum dtype dtype, unsigned n, const unsigned *rank,
                                const uint64_t (*dim)[4])
{
    struct memory_source *m = memory_source_create("test.h5");

    for (unsigned i = 0; i < n; i++) {
        char name[8];

        g_snprintf(name, sizeof name, "t%u", i);
        add(m, name, dtype, rank[i], dim[i], i);
    }
    return memory_source_finish(m);
}

static struct source *view_of(struct source *s, struct expected *e)
{
    struct layout_source *l = layout_source_create(s);

    e->view.name = "view";
    e->view.dim = e->dim;
    e->view.boxes = e->boxes;
    layout_source_add_view(l, &e->view);
    return layout_source_finish(l);
}

/* Every first and count; what lies behind must stay. */
static void check_windows(struct source *s, const struct expected *e)
{
    enum dtype dtype = s->tensors[0].dtype;
    size_t bytes = dtype_info(dtype)->bytes;
    char *got = g_malloc((e->n + 1) * bytes), *want = g_malloc((e->n + 1) * bytes);

    ck_assert_uint_eq(s->tensors[0].elems, e->n);
    for (uint64_t i = 0; i < e->n; i++)
        plant(want + i * bytes, dtype, e->element[i], e->tensor[i]);
    for (uint64_t first = 0; first < e->n; first++)
        for (uint64_t count = 1; count <= e->n - first; count++) {
            memset(got, 0x5a, (e->n + 1) * bytes);
            ck_assert(s->ops->read(s, 0, first, count, got, NULL));
            ck_assert_mem_eq(got, want + first * bytes, count * bytes);
            ck_assert_int_eq(got[count * bytes], 0x5a);
        }
    g_free(got);
    g_free(want);
}

static struct place place_of(enum orientation orientation, unsigned row_axes, enum role role)
{
    return (struct place){
        .role = role, .matrix = true, .orientation = orientation, .row_axes = (uint8_t)row_axes};
}

static void form(struct layout_form *f, unsigned rank, const uint64_t *dim, struct place place)
{
    struct tensor t = {.name = "x", .rank = (uint8_t)rank, .dim = dim, .elems = 1};

    for (unsigned i = 0; i < rank; i++)
        t.elems *= dim[i];
    ck_assert(layout_form_of(&t, &place, f));
}

/* {3,2,2} kernel from {in,heads,head} to [out,in]. */
static void make_heads(struct expected *e, unsigned *rank, uint64_t (*dim)[4])
{
    struct layout_form to, from;

    *rank = 3;
    memcpy(dim[0], (uint64_t[4]){5, 2, 3}, sizeof dim[0]);
    memcpy(e->dim, (uint64_t[4]){6, 5}, sizeof e->dim);
    form(&to, 2, e->dim, place_of(ORIENTATION_OUT_IN, 1, ROLE_QUERY));
    form(&from, 3, dim[0], place_of(ORIENTATION_IN_OUT, 1, ROLE_QUERY));
    ck_assert(layout_box_between(&to, &from, &e->boxes[0]));
    for (uint64_t in = 0; in < 5; in++)
        for (uint64_t h = 0; h < 2; h++)
            for (uint64_t d = 0; d < 3; d++)
                e->element[(h * 3 + d) * 5 + in] = (in * 2 + h) * 3 + d;
    e->view.rank = 2;
    e->view.n_boxes = 1;
}

static void make_turned(struct expected *e, unsigned *rank, uint64_t (*dim)[4])
{
    struct layout_form to, from;

    *rank = 2;
    memcpy(dim[0], (uint64_t[4]){7, 4}, sizeof dim[0]);
    memcpy(e->dim, (uint64_t[4]){4, 7}, sizeof e->dim);
    form(&to, 2, e->dim, place_of(ORIENTATION_OUT_IN, 1, ROLE_UP));
    form(&from, 2, dim[0], place_of(ORIENTATION_IN_OUT, 1, ROLE_UP));
    ck_assert(layout_box_between(&to, &from, &e->boxes[0]));
    for (uint64_t r = 0; r < 7; r++)
        for (uint64_t c = 0; c < 4; c++)
            e->element[c * 7 + r] = r * 4 + c;
    e->view.rank = 2;
    e->view.n_boxes = 1;
}

/* {heads, in, head}, as KerasHub keeps Gemma's. */
static void make_heads_first(struct expected *e, unsigned *rank, uint64_t (*dim)[4])
{
    struct place first = place_of(ORIENTATION_NONE, 2, ROLE_KEY);
    struct layout_form to, from;

    *rank = 3;
    first.head_axis = HEAD_AXIS_ROWS;
    memcpy(dim[0], (uint64_t[4]){3, 5, 2}, sizeof dim[0]);
    memcpy(e->dim, (uint64_t[4]){6, 5}, sizeof e->dim);
    form(&to, 2, e->dim, place_of(ORIENTATION_OUT_IN, 1, ROLE_KEY));
    form(&from, 3, dim[0], first);
    ck_assert(layout_box_between(&to, &from, &e->boxes[0]));
    for (uint64_t h = 0; h < 3; h++)
        for (uint64_t in = 0; in < 5; in++)
            for (uint64_t d = 0; d < 2; d++)
                e->element[(h * 2 + d) * 5 + in] = (h * 5 + in) * 2 + d;
    e->view.rank = 2;
    e->view.n_boxes = 1;
}

static void make_convolution(struct expected *e, unsigned *rank, uint64_t (*dim)[4])
{
    struct layout_form to, from;

    *rank = 4;
    memcpy(dim[0], (uint64_t[4]){2, 3, 4, 5}, sizeof dim[0]);
    memcpy(e->dim, (uint64_t[4]){5, 4, 2, 3}, sizeof e->dim);
    form(&to, 4, e->dim, place_of(ORIENTATION_OUT_IN, 1, ROLE_CONV));
    form(&from, 4, dim[0], place_of(ORIENTATION_IN_OUT, 3, ROLE_CONV));
    ck_assert(layout_box_between(&to, &from, &e->boxes[0]));
    for (uint64_t h = 0; h < 2; h++)
        for (uint64_t w = 0; w < 3; w++)
            for (uint64_t in = 0; in < 4; in++)
                for (uint64_t out = 0; out < 5; out++)
                    e->element[((out * 4 + in) * 2 + h) * 3 + w] = ((h * 3 + w) * 4 + in) * 5 + out;
    e->view.rank = 4;
    e->view.n_boxes = 1;
}

/* {h,w,in,2} against torch's {in * 2,1,h,w}. */
static void make_depthwise(struct expected *e, unsigned *rank, uint64_t (*dim)[4])
{
    struct layout_form to, from;

    *rank = 4;
    memcpy(dim[0], (uint64_t[4]){2, 3, 4, 2}, sizeof dim[0]);
    memcpy(e->dim, (uint64_t[4]){8, 1, 2, 3}, sizeof e->dim);
    form(&to, 4, e->dim, place_of(ORIENTATION_OUT_IN, 1, ROLE_CONV));
    form(&from, 4, dim[0], place_of(ORIENTATION_IN_OUT, 2, ROLE_CONV));
    ck_assert(layout_box_between(&to, &from, &e->boxes[0]));
    for (uint64_t h = 0; h < 2; h++)
        for (uint64_t w = 0; w < 3; w++)
            for (uint64_t out = 0; out < 8; out++)
                e->element[(out * 2 + h) * 3 + w] = (h * 3 + w) * 8 + out;
    e->view.rank = 4;
    e->view.n_boxes = 1;
}

/* Columns 4..8 of {3,12}, turned. */
static void make_slice(struct expected *e, unsigned *rank, uint64_t (*dim)[4])
{
    struct layout_form to, from;

    *rank = 2;
    memcpy(dim[0], (uint64_t[4]){3, 12}, sizeof dim[0]);
    memcpy(e->dim, (uint64_t[4]){4, 3}, sizeof e->dim);
    form(&to, 2, e->dim, place_of(ORIENTATION_OUT_IN, 1, ROLE_KEY));
    form(&from, 2, dim[0], place_of(ORIENTATION_IN_OUT, 1, ROLE_QKV));
    ck_assert(layout_form_part(&from, 4, 4));
    ck_assert(layout_box_between(&to, &from, &e->boxes[0]));
    for (uint64_t in = 0; in < 3; in++)
        for (uint64_t out = 0; out < 4; out++)
            e->element[out * 3 + in] = in * 12 + 4 + out;
    e->view.rank = 2;
    e->view.n_boxes = 1;
}

/* The second of three parts in each of two heads: rows of {12,3}. */
static void make_interleaved(struct expected *e, unsigned *rank, uint64_t (*dim)[4])
{
    struct layout_form to, from;

    *rank = 2;
    memcpy(dim[0], (uint64_t[4]){12, 3}, sizeof dim[0]);
    memcpy(e->dim, (uint64_t[4]){4, 3}, sizeof e->dim);
    form(&to, 2, e->dim, place_of(ORIENTATION_OUT_IN, 1, ROLE_KEY));
    form(&from, 2, dim[0], place_of(ORIENTATION_OUT_IN, 1, ROLE_QKV));
    ck_assert(layout_form_interleaved(&from, 1, 3, 2));
    ck_assert(layout_box_between(&to, &from, &e->boxes[0]));
    for (uint64_t h = 0; h < 2; h++)
        for (uint64_t d = 0; d < 2; d++)
            for (uint64_t in = 0; in < 3; in++)
                e->element[(h * 2 + d) * 3 + in] = (h * 6 + 2 + d) * 3 + in;
    e->view.rank = 2;
    e->view.n_boxes = 1;
}

static void make_first_rows(struct expected *e, unsigned *rank, uint64_t (*dim)[4])
{
    struct layout_form to, from;

    *rank = 2;
    memcpy(dim[0], (uint64_t[4]){9, 4}, sizeof dim[0]);
    memcpy(e->dim, (uint64_t[4]){6, 4}, sizeof e->dim);
    form(&to, 2, e->dim, place_of(ORIENTATION_TABLE, 1, ROLE_EMBEDDING));
    form(&from, 2, dim[0], place_of(ORIENTATION_TABLE, 1, ROLE_EMBEDDING));
    ck_assert(layout_form_part(&from, 0, 6));
    ck_assert(layout_box_between(&to, &from, &e->boxes[0]));
    for (uint64_t i = 0; i < 24; i++)
        e->element[i] = i;
    e->view.rank = 2;
    e->view.n_boxes = 1;
}

static void make_vector(struct expected *e, unsigned *rank, uint64_t (*dim)[4])
{
    *rank = 2;
    memcpy(dim[0], (uint64_t[4]){1, 12}, sizeof dim[0]);
    memcpy(e->dim, (uint64_t[4]){1}, sizeof e->dim);
    e->boxes[0] = (struct layout_box){.src_offset = 5};
    e->element[0] = 5;
    e->view.rank = 1;
    e->view.n_boxes = 1;
}

static void (*const makers[])(struct expected *, unsigned *, uint64_t (*)[4]) = {
    make_turned, make_heads,       make_heads_first, make_convolution, make_depthwise,
    make_slice,  make_interleaved, make_first_rows,  make_vector};

START_TEST(test_transforms)
{
    struct expected *e = g_new0(struct expected, 1);
    uint64_t dim[1][4] = {{0}};
    unsigned rank;

    makers[_i](e, &rank, dim);
    e->n = 1;
    for (unsigned i = 0; i < e->view.rank; i++)
        e->n *= e->dim[i];
    for (enum dtype dtype = 0; dtype < DTYPE_COUNT; dtype++) {
        struct source *s = view_of(source_of(dtype, 1, &rank, (const uint64_t(*)[4])dim), e);

        check_windows(s, e);
        source_close(s);
    }
    g_free(e);
}
END_TEST

/* Columns of [in,out] from two kernels of the other framework, one of them in heads. */
START_TEST(test_concatenation)
{
    static const unsigned rank[] = {2, 3};
    static const uint64_t dim[][4] = {{3, 4}, {4, 3, 2}};
    struct expected *e = g_new0(struct expected, 1);
    struct layout_form to, from;

    memcpy(e->dim, (uint64_t[4]){4, 9}, sizeof e->dim);
    e->view.rank = 2;
    e->view.n_boxes = 2;
    form(&to, 2, e->dim, place_of(ORIENTATION_IN_OUT, 1, ROLE_QKV));
    ck_assert(layout_form_part(&to, 0, 3));
    form(&from, 2, dim[0], place_of(ORIENTATION_OUT_IN, 1, ROLE_QUERY));
    ck_assert(layout_box_between(&to, &from, &e->boxes[0]));
    form(&to, 2, e->dim, place_of(ORIENTATION_IN_OUT, 1, ROLE_QKV));
    ck_assert(layout_form_part(&to, 3, 6));
    form(&from, 3, dim[1], place_of(ORIENTATION_IN_OUT, 1, ROLE_QUERY));
    ck_assert(layout_box_between(&to, &from, &e->boxes[1]));
    e->boxes[1].source = 1;
    e->n = 36;
    for (uint64_t in = 0; in < 4; in++)
        for (uint64_t out = 0; out < 9; out++) {
            uint64_t i = in * 9 + out;

            e->tensor[i] = out >= 3;
            e->element[i] = out < 3 ? out * 4 + in : in * 6 + out - 3;
        }
    for (enum dtype dtype = 0; dtype < DTYPE_COUNT; dtype++) {
        struct source *s = view_of(source_of(dtype, 2, rank, dim), e);

        ck_assert_str_eq(s->tensors[0].path, "/t0 + /t1");
        check_windows(s, e);
        source_close(s);
    }
    g_free(e);
}
END_TEST

/* Counts what is read of a large matrix whose element i is i. */
struct counting {
    struct source source;
    struct tensor tensor;
    uint64_t dim[2], reads, elems, most;
    bool broken;
    GMutex lock; /* of the counts */
};

static gboolean count_read(struct source *s, uint32_t index, uint64_t first, size_t count,
                           void *dst, GError **error)
{
    struct counting *c = (struct counting *)s;
    float *to = dst;

    (void)index;
    if (c->broken && first > 1000) {
        g_set_error_literal(error, TARE_ERROR, TARE_ERROR_INPUT, "planted failure");
        return FALSE;
    }
    ck_assert_uint_le(first + count, c->tensor.elems);
    for (size_t i = 0; i < count; i++)
        to[i] = (float)((first + i) % 1000003);
    g_mutex_lock(&c->lock);
    c->reads++;
    c->elems += count;
    c->most = MAX(c->most, count);
    g_mutex_unlock(&c->lock);
    return TRUE;
}

static void close_counting(struct source *s)
{
    (void)s;
}

static const struct source_ops counting_ops = {.read = count_read, .close = close_counting};

static struct source *counting_view(struct counting *c, uint64_t rows, uint64_t cols)
{
    struct expected *e = g_new0(struct expected, 1);
    static const char *const no_aliases[] = {NULL};
    struct layout_form to, from;
    struct source *s;

    *c = (struct counting){.dim = {cols, rows}};
    c->tensor = (struct tensor){.name = "x",
                                .path = "/x",
                                .aliases = no_aliases,
                                .dtype = DTYPE_F32,
                                .rank = 2,
                                .dim = c->dim,
                                .elems = rows * cols};
    c->source = (struct source){
        .ops = &counting_ops, .path = "large.h5", .tensors = &c->tensor, .n_tensors = 1};
    e->dim[0] = rows;
    e->dim[1] = cols;
    e->view.rank = 2;
    e->view.n_boxes = 1;
    form(&to, 2, e->dim, place_of(ORIENTATION_OUT_IN, 1, ROLE_UP));
    form(&from, 2, c->dim, place_of(ORIENTATION_IN_OUT, 1, ROLE_UP));
    ck_assert(layout_box_between(&to, &from, &e->boxes[0]));
    s = view_of(&c->source, e);
    g_free(e);
    return s;
}

/* Block after block, as the scan does: the values, and no more than a few times as much is read as
 * there is; never the whole of a large one at once. */
START_TEST(test_large)
{
    static const uint64_t shapes[][2] = {
        {1500, 1700}, {2300, 2500}, {40, 120001}, {120001, 40}, {2049, 4095}};
    uint64_t rows = shapes[_i][0], cols = shapes[_i][1], n = rows * cols;
    float *block = g_new(float, SCAN_BLOCK);
    struct counting c;
    struct source *s = counting_view(&c, rows, cols);

    for (uint64_t first = 0; first < n; first += SCAN_BLOCK) {
        size_t count = (size_t)MIN(SCAN_BLOCK, n - first);

        ck_assert(s->ops->read(s, 0, first, count, block, NULL));
        for (size_t i = 0; i < count; i++) {
            uint64_t at = (first + i) % cols * rows + (first + i) / cols;

            if (block[i] != (float)(at % 1000003))
                ck_abort_msg("element %zu of block at %lu", i, (unsigned long)first);
        }
    }
    ck_assert_uint_le(c.elems, 5 * n);
    ck_assert_uint_le(c.most, 4 * SCAN_BLOCK);
    source_close(s);
    g_free(block);
}
END_TEST

struct reader {
    struct source *source;
    uint64_t rows, cols;
    gint *next; /* block to read; atomic */
};

static gpointer read_blocks(gpointer data)
{
    const struct reader *r = data;
    uint64_t n = r->rows * r->cols;
    float *block = g_new(float, SCAN_BLOCK);
    guint wrong = 0;

    for (;;) {
        uint64_t first = (uint64_t)g_atomic_int_add(r->next, 1) * SCAN_BLOCK;
        size_t count;

        if (first >= n)
            break;
        count = (size_t)MIN(SCAN_BLOCK, n - first);
        wrong += !r->source->ops->read(r->source, 0, first, count, block, NULL);
        for (size_t i = 0; i < count; i += 61) {
            uint64_t at = (first + i) % r->cols * r->rows + (first + i) / r->cols;

            wrong += block[i] != (float)(at % 1000003);
        }
    }
    g_free(block);
    return GUINT_TO_POINTER(wrong);
}

/* Several at once, each the next block: panels are shared, and gone in the end. */
START_TEST(test_threads)
{
    struct counting c;
    gint next = 0;
    struct reader r = {NULL, 5000, 5001, &next};
    GThread *threads[4];

    r.source = counting_view(&c, r.rows, r.cols);
    for (int i = 0; i < 4; i++)
        threads[i] = g_thread_new("reader", read_blocks, &r);
    for (int i = 0; i < 4; i++)
        ck_assert_uint_eq(GPOINTER_TO_UINT(g_thread_join(threads[i])), 0);
    source_close(r.source);
}
END_TEST

START_TEST(test_failing_read)
{
    struct counting c;
    struct source *s = counting_view(&c, 2300, 2500);
    float *block = g_new(float, SCAN_BLOCK);
    GError *error = NULL;

    c.broken = true;
    ck_assert(!s->ops->read(s, 0, 0, SCAN_BLOCK, block, &error));
    ck_assert_str_eq(error->message, "planted failure");
    g_error_free(error);
    source_close(s);
    g_free(block);
}
END_TEST

/* What a view says of itself. */
START_TEST(test_descriptor)
{
    static const unsigned rank[] = {2};
    static const uint64_t dim[][4] = {{7, 4}};
    struct expected *e = g_new0(struct expected, 1);
    uint64_t ignored_dim[1][4];
    unsigned ignored, n;
    struct source *s;

    make_turned(e, &ignored, ignored_dim);
    e->view.rule = "test";
    e->view.what = "transposed from [7,4]";
    s = view_of(source_of(DTYPE_F32, 1, rank, dim), e);
    ck_assert_str_eq(s->tensors[0].name, "view");
    ck_assert_str_eq(s->tensors[0].path, "/t0");
    ck_assert_str_eq(s->tensors[0].note, "transposed from [7,4]");
    ck_assert_str_eq(tensor_stored_name(&s->tensors[0]), "t0");
    ck_assert_uint_eq(tensor_stored_shape(&s->tensors[0], &n)[0], 7);
    ck_assert_uint_eq(n, 2);
    ck_assert_uint_eq(s->tensors[0].dim[0], 4);
    ck_assert_str_eq(s->path, "test.h5");
    source_close(s);
    g_free(e);
}
END_TEST

/* Forms that no box fits are refused. */
START_TEST(test_refusals)
{
    const uint64_t a[] = {6, 4}, b[] = {4, 2, 3}, c[] = {4, 3, 3};
    struct layout_form f, g;
    struct layout_box box;

    form(&f, 2, a, place_of(ORIENTATION_OUT_IN, 1, ROLE_UP));
    form(&g, 3, c, place_of(ORIENTATION_IN_OUT, 1, ROLE_UP));
    ck_assert(!layout_box_between(&f, &g, &box));
    form(&f, 3, b, place_of(ORIENTATION_IN_OUT, 1, ROLE_UP));
    form(&g, 3, (uint64_t[]){4, 3, 2}, place_of(ORIENTATION_IN_OUT, 1, ROLE_UP));
    ck_assert(!layout_box_between(&f, &g, &box));
    ck_assert(!layout_form_part(&f, 3, 4));
    ck_assert(!layout_form_part(&f, 0, 0));
    ck_assert(layout_form_part(&f, 2, 3));
    ck_assert(!layout_form_interleaved(&g, 0, 3, 4));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("layout_source");
    TCase *t = tcase_create("views");
    SRunner *r;
    int failed;

    tcase_add_loop_test(t, test_transforms, 0, G_N_ELEMENTS(makers));
    tcase_add_test(t, test_concatenation);
    tcase_add_loop_test(t, test_large, 0, 5);
    tcase_add_test(t, test_threads);
    tcase_add_test(t, test_failing_read);
    tcase_add_test(t, test_descriptor);
    tcase_add_test(t, test_refusals);
    tcase_set_timeout(t, 60);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
