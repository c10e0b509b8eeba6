/* What the vocabulary and neuron views list: orders, filters, words, and that large tables are
 * computed once. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/memory_source.h"
#include "tui/neuron_rows.h"
#include "tui/token_page.h"
#include "tui/token_rows.h"

#define WIDTH 8

/* Row r of the tuned side differs by (r % 7) / 64 in every element; r % 7 == 0: not at all. */
static struct checkpoint *side(uint32_t rows, bool tuned)
{
    struct memory_source *m = memory_source_create(tuned ? "tuned" : "base");
    const uint64_t dim[2] = {rows, WIDTH};
    float *values = g_new(float, rows *WIDTH);
    struct checkpoint *c;

    for (uint32_t i = 0; i < rows * WIDTH; i++)
        values[i] = 1 + (float)(i / WIDTH % 3) + (tuned ? (float)(i / WIDTH % 7) / 64 : 0);
    memory_source_add(m, "wte.weight", TENSOR_WEIGHT, DTYPE_F32, 2, dim, values);
    memory_source_add(m, "h.0.up.weight", TENSOR_WEIGHT, DTYPE_F32, 2, dim, values);
    g_free(values);
    c = checkpoint_create(memory_source_finish(m));
    c->places[0] = (struct place){.block = -1,
                                  .role = ROLE_EMBEDDING,
                                  .matrix = true,
                                  .row_axes = 1,
                                  .orientation = ORIENTATION_TABLE};
    c->places[1] = (struct place){.block = 0,
                                  .role = ROLE_UP,
                                  .matrix = true,
                                  .row_axes = 1,
                                  .orientation = ORIENTATION_OUT_IN};
    return c;
}

static struct comparison *compare(uint32_t rows)
{
    const struct comparison_options options = {.threads = 2, .use_rules = true};
    struct comparison *c = comparison_create(side(rows, false), side(rows, true), &options, NULL);

    comparison_scan_start(c);
    comparison_scan_wait(c);
    return c;
}

START_TEST(orders_and_filters)
{
    struct comparison *c = compare(64);
    struct token_rows r;

    token_rows_init(&r);
    token_rows_update(&r, c, NULL, 0);
    ck_assert_uint_eq(r.n_shown, 64);
    /* The smallest norms of those that moved most: 1 and 6 / 64. */
    ck_assert_uint_eq(r.shown[0], 6);
    ck_assert_double_eq_tol(r.rows[6].relative, 6.0 / 64, 1e-12);
    r.reversed = true;
    token_rows_arrange(&r);
    ck_assert_uint_eq(r.shown[0], 0);
    r.sort = TOKEN_BY_ID;
    token_rows_arrange(&r);
    ck_assert_uint_eq(r.shown[0], 63);
    r.only_state = ROW_UNMOVED;
    token_rows_arrange(&r);
    ck_assert_uint_eq(r.n_shown, 10);
    r.filter = matcher_create("x"); /* there are no texts */
    token_rows_arrange(&r);
    ck_assert_uint_eq(r.n_shown, 0);
    token_rows_finish(&r);
    comparison_destroy(c);
}
END_TEST

START_TEST(words_follow_their_version)
{
    struct comparison *c = compare(64);
    struct word_list *one = word_list_parse("a", "x,y", 3, NULL);
    struct word_list *two = word_list_parse("b", "a,b\nc,d", 7, NULL);
    struct token_rows r;
    struct page p;
    char *text;

    page_init(&p);
    token_rows_init(&r);
    token_rows_update(&r, c, NULL, 0);
    ck_assert_ptr_null(r.coverage);
    token_page_category(&p, &r, 0, 80);
    text = page_text(&p);
    ck_assert_ptr_nonnull(strstr(text, ":words FILE"));
    g_free(text);
    token_rows_update(&r, c, one, 1);
    ck_assert_ptr_eq(r.coverage->list, one);
    token_rows_update(&r, c, two, 2);
    ck_assert_ptr_eq(r.coverage->list, two);
    ck_assert_uint_eq(r.coverage->categories[1].missing, 1);
    page_finish(&p);
    token_rows_finish(&r);
    word_list_destroy(one);
    word_list_destroy(two);
    comparison_destroy(c);
}
END_TEST

START_TEST(large_tables_are_computed_once)
{
    struct comparison *c = compare(200000);
    const struct vocabulary_row *rows;
    const guint32 *shown;
    struct token_rows r;
    struct neuron_rows n;
    const struct neuron *units;

    token_rows_init(&r);
    neuron_rows_init(&n);
    token_rows_update(&r, c, NULL, 0);
    neuron_rows_update(&n, c);
    ck_assert_uint_eq(r.n_rows, 200000);
    ck_assert_uint_eq(n.n_units, 200000);
    rows = r.rows;
    shown = r.shown;
    units = n.units;
    for (int i = 0; i < 1000; i++) {
        token_rows_update(&r, c, NULL, 0);
        neuron_rows_update(&n, c);
    }
    ck_assert(r.rows == rows && r.shown == shown && n.units == units);
    token_rows_finish(&r);
    neuron_rows_finish(&n);
    comparison_destroy(c);
}
END_TEST

START_TEST(neurons_in_order)
{
    struct comparison *c = compare(64);
    struct neuron_rows n;
    char *label;

    neuron_rows_init(&n);
    neuron_rows_update(&n, c);
    label = neuron_rows_label(&n);
    ck_assert_str_eq(label, "L0");
    ck_assert_uint_eq(n.shown[0], 6);
    n.sort = NEURON_BY_NORM;
    neuron_rows_arrange(&n);
    ck_assert_uint_eq(n.shown[0], 2);
    n.filter = matcher_create("^63");
    neuron_rows_arrange(&n);
    ck_assert_uint_eq(n.n_shown, 1);
    g_free(label);
    neuron_rows_finish(&n);
    comparison_destroy(c);
}
END_TEST

START_TEST(bins_of_relatives)
{
    struct relative_bins b = {0};
    static const double values[] = {0, 1e-9, 1e-4, 0.0999, 1, 1e6};
    static const int bins[] = {0, 1, 2, 7, 10, 11};

    for (gsize i = 0; i < G_N_ELEMENTS(values); i++) {
        relative_bins_add(&b, values[i]);
        ck_assert_msg(b.n[bins[i]] == 1, "%g", values[i]);
    }
    relative_bins_add(&b, NAN);
    ck_assert_uint_eq(b.undefined, 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("token_rows");
    TCase *rows = tcase_create("rows");

    tcase_add_test(rows, orders_and_filters);
    tcase_add_test(rows, words_follow_their_version);
    tcase_add_test(rows, large_tables_are_computed_once);
    tcase_add_test(rows, neurons_in_order);
    tcase_add_test(rows, bins_of_relatives);
    suite_add_tcase(suite, rows);

    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
