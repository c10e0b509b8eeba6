/* The grid that the heads view draws: values, scale, order, ranks. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include "tests/support/memory_source.h"
#include "tui/heads_grid.h"

/* Two blocks of one query matrix, two heads of two rows each. In the tuned side head 0 of block 0
 * is a tenth larger, head 1 of block 1 a half. */
static float base_value(uint64_t i)
{
    (void)i;
    return 1;
}

static float first_block(uint64_t i)
{
    return i < 8 ? 1.1f : 1;
}

static float second_block(uint64_t i)
{
    return i < 8 ? 1 : 1.5f;
}

static struct checkpoint *side(bool tuned)
{
    struct memory_source *m = memory_source_create(tuned ? "tuned" : "base");
    struct source *s;

    memory_source_add_f32(m, "model.layers.0.self_attn.q_proj.weight", 4, 4,
                          tuned ? first_block : base_value);
    memory_source_add_f32(m, "model.layers.1.self_attn.q_proj.weight", 4, 4,
                          tuned ? second_block : base_value);
    s = memory_source_finish(m);
    s->config.heads = 2;
    return checkpoint_create(s);
}

static struct comparison *scanned(bool pair)
{
    const struct comparison_options options = {.threads = 1, .use_rules = true};
    struct comparison *c =
        comparison_create(side(false), pair ? side(true) : NULL, &options, NULL);

    comparison_scan_start(c);
    comparison_scan_wait(c);
    return c;
}

START_TEST(test_a_pair)
{
    struct comparison *c = scanned(true);
    struct heads_grid g = {0};

    heads_grid_update(&g, c);
    ck_assert(g.n_rows == 2 && g.n_cols == 2 && heads_grid_total(&g) == 4);
    ck_assert_double_eq_tol(heads_grid_value(&g, &g.rows[0].heads[0]), 0.1, 1e-6);
    ck_assert_double_eq_tol(g.rows[1].max, 0.5, 1e-12);
    ck_assert_double_eq_tol(g.rows[1].mean, 0.25, 1e-12);
    ck_assert_double_eq_tol(g.high, 0.5, 1e-12);
    ck_assert_uint_eq(heads_grid_rank(&g, &g.rows[1].heads[1]), 1);
    ck_assert_uint_eq(heads_grid_rank(&g, &g.rows[0].heads[1]), 3);
    g.by_max = true;
    heads_grid_arrange(&g);
    ck_assert(g.rows[0].attention == 1 && g.rows[1].attention == 0);
    g.metric = HEADS_KEY; /* there is none */
    heads_grid_arrange(&g);
    ck_assert(isnan(g.rows[0].max) && g.rows[0].attention == 0);
    heads_grid_finish(&g);
    comparison_destroy(c);
}
END_TEST

/* One file has norms only; other heads by hand are taken without another scan. */
START_TEST(test_one_file_and_other_heads)
{
    struct comparison *c = scanned(false);
    struct heads_grid g = {0};

    heads_grid_update(&g, c);
    ck_assert_int_eq(g.metric, HEADS_BASE_L2);
    ck_assert_double_eq_tol(g.rows[0].max, sqrt(8), 1e-12);
    comparison_set_heads(c, 4, 0);
    heads_grid_update(&g, c);
    ck_assert_uint_eq(g.n_cols, 4);
    ck_assert_double_eq_tol(g.rows[0].max, 2, 1e-12);
    heads_grid_finish(&g);
    comparison_destroy(c);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("heads_grid");
    TCase *tests = tcase_create("grid");

    tcase_add_test(tests, test_a_pair);
    tcase_add_test(tests, test_one_file_and_other_heads);
    suite_add_tcase(suite, tests);

    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
