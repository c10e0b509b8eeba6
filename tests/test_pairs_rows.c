/* What the pairs view lists, and its text. */
#include <check.h>
#include <string.h>

#include "tests/support/small_model.h"
#include "tui/pairs_rows.h"

static struct comparison *model;
static struct pairs_rows rows;

static void setup(void)
{
    model = small_model(true, NULL);
    pairs_rows_init(&rows);
}

static void teardown(void)
{
    pairs_rows_finish(&rows);
    comparison_destroy(model);
}

static struct pairs_text text_of(enum pairs_pane pane, guint i)
{
    struct pairs_text t;

    pairs_text_init(&t, &rows, model, &g_array_index(rows.pane[pane], struct pairs_row, i));
    return t;
}

START_TEST(lists)
{
    struct pairs_text t;

    ck_assert_uint_eq(pairs_rows_build(&rows, model, NULL), 1 + 1 + 1 + 5);
    ck_assert_uint_eq(rows.n_skipped, 4);
    ck_assert_uint_eq(rows.n_warnings, 1);
    t = text_of(PANE_BASE_ONLY, 0);
    ck_assert_str_eq(t.name, "score.weight");
    ck_assert_str_eq(t.shape, "[8,64] f32");
    pairs_text_finish(&t);
    t = text_of(PANE_TUNED_ONLY, 0);
    ck_assert_str_eq(t.name, "classifier.weight");
    pairs_text_finish(&t);
    t = text_of(PANE_DIFFERENT, 0);
    ck_assert_str_eq(t.shape, "[64,64] f32 > [48,64] f32");
    ck_assert_str_ne(t.why, "");
    pairs_text_finish(&t);
    t = text_of(PANE_ASIDE, 2);
    ck_assert_str_eq(t.shape, "tuned warning");
    ck_assert_ptr_nonnull(strstr(t.why, "\\x1b[2J"));
    pairs_text_finish(&t);
}
END_TEST

START_TEST(filtered)
{
    struct matcher *m = matcher_create("score|vocab");

    ck_assert_uint_eq(pairs_rows_build(&rows, model, m), 3);
    ck_assert_uint_eq(rows.n_skipped, 4); /* what there is, not what is listed */
    ck_assert_uint_eq(pairs_rows_build(&rows, NULL, m), 0);
    matcher_destroy(m);
}
END_TEST

START_TEST(one_file)
{
    struct comparison *alone = small_model(false, NULL);

    ck_assert_uint_eq(pairs_rows_build(&rows, alone, NULL), 2);
    comparison_destroy(alone);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("pairs_rows");
    TCase *t = tcase_create("rows");
    SRunner *r;
    int failed;

    tcase_add_checked_fixture(t, setup, teardown);
    tcase_set_timeout(t, 60);
    tcase_add_test(t, lists);
    tcase_add_test(t, filtered);
    tcase_add_test(t, one_file);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
