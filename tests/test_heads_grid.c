/* The row model of the heads view over planted pairs: every value has a closed form. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/planted.h"
#include "tui/heads_grid.h"
#include "tui/keys.h"

enum { BLOCKS = 8, HEADS = 4, KV_HEADS = 2, HEAD_DIM = 16 };

static struct planted planted;
static struct comparison *pair;
static struct heads_grid grid;

/* Block b moves by 2^(b - 9), but that queries of head 2 in block 3 move 64 times as far. */
static void setup(void)
{
    planted_init(&planted);
    for (int i = 0; i < BLOCKS; i++)
        planted.delta[i] = ldexp(1, i - 9);
    planted.patch[0] = (struct patch){.tensor = "layers.3.self_attn.q_proj.weight",
                                      .row = 2 * HEAD_DIM,
                                      .rows = HEAD_DIM,
                                      .base = 1,
                                      .decay = 1,
                                      .delta = 64};
    pair = planted_compare(&planted);
    heads_grid_init(&grid);
    ck_assert(heads_grid_update(&grid, pair));
}

static void teardown(void)
{
    heads_grid_finish(&grid);
    comparison_destroy(pair);
}

static double value_at(guint at, uint32_t head)
{
    return heads_grid_row(&grid, at)->values[head];
}

static void check_near(double value, double wanted)
{
    ck_assert_msg(fabs(value - wanted) <= 1e-9 * fabs(wanted), "%.17g is not %.17g", value, wanted);
}

START_TEST(rows_and_values)
{
    ck_assert_uint_eq(grid.n_rows, BLOCKS);
    ck_assert_uint_eq(grid.columns, HEADS);
    ck_assert(!heads_grid_update(&grid, pair));
    for (guint i = 0; i < BLOCKS; i++) {
        char *label = g_strdup_printf("L%u", i);

        ck_assert_str_eq(heads_grid_row(&grid, i)->label, label);
        ck_assert_uint_eq(heads_grid_row(&grid, i)->heads[3].kv_head, 3 * KV_HEADS / HEADS);
        check_near(value_at(i, 0), planted.delta[i]);
        check_near(pair->attentions.items[heads_grid_row(&grid, i)->attention].entry[HEAD_QUERY],
                   planted_find(pair, "layers.0.self_attn.q_proj.weight") + 9.0 * i);
        g_free(label);
    }
    ck_assert_ptr_null(heads_grid_row(&grid, BLOCKS));
    check_near(heads_grid_row(&grid, 5)->mean, planted.delta[5]);
    check_near(heads_grid_row(&grid, 5)->max, planted.delta[5]);
}
END_TEST

/* m goes over the parts, d over the measures. */
START_TEST(parts_and_measures)
{
    unsigned seen = 0;

    for (unsigned i = 0; i <= HEADS_ALL; i++) {
        ck_assert(heads_grid_act(&grid, ACTION_METRIC));
        seen |= 1u << grid.part;
        check_near(value_at(6, 1), planted.delta[6]);
    }
    ck_assert_uint_eq(seen, (2u << HEADS_ALL) - 1);
    ck_assert(heads_grid_choose(&grid, "query"));
    check_near(value_at(3, 2), 64 * planted.delta[3]);
    check_near(value_at(3, 1), planted.delta[3]);
    ck_assert(heads_grid_choose(&grid, "key"));
    check_near(value_at(3, 2), planted.delta[3]);
    ck_assert(heads_grid_choose(&grid, "delta"));
    check_near(value_at(3, 1), planted.delta[3] * heads_value(&heads_grid_row(&grid, 3)->heads[1],
                                                              HEAD_KEY, HEADS_BASE));
    ck_assert(heads_grid_choose(&grid, "tuned"));
    check_near(value_at(7, 0),
               hypot(1, planted.delta[7]) *
                   heads_value(&heads_grid_row(&grid, 7)->heads[0], HEAD_KEY, HEADS_BASE));
    ck_assert(!heads_grid_choose(&grid, "nothing like it"));
    ck_assert_uint_eq(heads_strongest(&heads_grid_row(&grid, 3)->heads[2], HEADS_RELATIVE),
                      HEAD_QUERY);
}
END_TEST

/* Pooled norms are those of all parts' weights together. */
START_TEST(pooled_norms)
{
    const struct head *h = &heads_grid_row(&grid, 0)->heads[0];
    double sum = 0;

    for (unsigned part = 0; part < HEAD_PARTS; part++)
        sum += pow(heads_value(h, part, HEADS_BASE), 2);
    check_near(heads_value(h, HEADS_ALL, HEADS_BASE), sqrt(sum));
    check_near(heads_value(h, HEADS_ALL, HEADS_DELTA), planted.delta[0] * sqrt(sum));
}
END_TEST

START_TEST(order_and_rank)
{
    guint at, of;

    ck_assert(heads_grid_choose(&grid, "query"));
    ck_assert(heads_grid_act(&grid, ACTION_SORT));
    ck_assert_uint_eq(heads_grid_row(&grid, 0)->attention,
                      3); /* 64 x 2^-6 = 1, the others at most 1/4 */
    ck_assert_uint_eq(heads_grid_row(&grid, 1)->attention, 7);
    ck_assert_uint_eq(heads_grid_row(&grid, BLOCKS - 1)->attention, 0);
    ck_assert(heads_grid_find(&grid, 7, &at));
    ck_assert_uint_eq(at, 1);
    ck_assert(!heads_grid_find(&grid, BLOCKS, &at));
    ck_assert_uint_eq(heads_grid_rank(&grid, value_at(0, 2), &of), 1);
    ck_assert_uint_eq(of, BLOCKS * HEADS);
    ck_assert_uint_eq(heads_grid_rank(&grid, value_at(1, 0), &of), 2);
    ck_assert_uint_eq(heads_grid_rank(&grid, planted.delta[6], &of), 2 + HEADS);
    ck_assert(heads_grid_act(&grid, ACTION_REVERSE));
    ck_assert_uint_eq(heads_grid_row(&grid, 0)->attention, 0);
    ck_assert(!heads_grid_act(&grid, ACTION_UP));
}
END_TEST

/* From the smallest to the largest value, but never so near that noise is drawn. */
START_TEST(one_scale_for_all)
{
    check_near(grid.low, planted.delta[0]);
    ck_assert(heads_grid_choose(&grid, "query"));
    check_near(grid.high, 64 * planted.delta[3]);
    check_near(grid.column_max[2], 64 * planted.delta[3]);
    check_near(grid.column_max[1], planted.delta[7]);
    ck_assert(heads_grid_choose(&grid, "base"));
    ck_assert_double_le(grid.low, grid.high / 1.25 * (1 + 1e-9));
}
END_TEST

START_TEST(given_away)
{
    char *name = heads_name(heads_grid_row(&grid, 3), 2), *text = NULL, **lines, **cells;
    size_t bytes;
    FILE *out = open_memstream(&text, &bytes);

    ck_assert_str_eq(name, "L3.h2");
    heads_grid_write(&grid, out);
    fclose(out);
    lines = g_strsplit(text, "\n", -1);
    ck_assert_uint_eq(g_strv_length(lines), 1 + BLOCKS * HEADS + 1);
    ck_assert(g_str_has_prefix(lines[0], "attention\thead\tkv_head\trelative\tfloor\tquery_base\t"
                                         "query_tuned\tquery_delta\tkey_base"));
    cells = g_strsplit(lines[1 + 3 * HEADS + 1], "\t", -1);
    ck_assert_str_eq(cells[0], "L3");
    ck_assert_str_eq(cells[1], "1");
    ck_assert_str_eq(cells[2], "0");
    check_near(g_ascii_strtod(cells[3], NULL), planted.delta[3]);
    ck_assert_uint_eq(g_strv_length(cells), 5 + 3 * HEAD_PARTS);
    g_strfreev(cells);
    g_strfreev(lines);
    free(text);
    g_free(name);
}
END_TEST

/* One file has base norms alone, whatever is asked. */
START_TEST(one_file)
{
    struct planted one = planted;
    struct comparison *c;

    one.one_file = true;
    c = planted_compare(&one);
    ck_assert(heads_grid_update(&grid, c));
    for (unsigned i = 0; i < HEADS_MEASURES; i++) {
        ck_assert_uint_eq(grid.measure, HEADS_BASE);
        heads_grid_act(&grid, ACTION_MODE);
    }
    ck_assert(!heads_grid_choose(&grid, "relative"));
    check_near(value_at(0, 0),
               heads_value(&heads_grid_row(&grid, 0)->heads[0], HEADS_ALL, HEADS_BASE));
    ck_assert(heads_grid_update(&grid, NULL));
    ck_assert_uint_eq(grid.n_rows, 0);
    comparison_destroy(c);
}
END_TEST

/* The number of heads is set anew without another scan; one that can't be leaves none. */
START_TEST(heads_set_by_hand)
{
    uint16_t heads = 7, kv = 7;

    ck_assert(!heads_parse("", &heads, &kv) && !heads_parse("x", &heads, &kv) &&
              !heads_parse("0", &heads, &kv) && !heads_parse("8:", &heads, &kv) &&
              !heads_parse("8:3", &heads, &kv) && !heads_parse("99999", &heads, &kv));
    ck_assert(heads == 7 && kv == 7);
    ck_assert(heads_parse("8:4", &heads, &kv) && heads == 8 && kv == 4);
    ck_assert_str_eq(heads_origin(pair), "from the configuration");
    comparison_set_heads(pair, heads, kv);
    ck_assert(!heads_grid_update(&grid, pair));
    ck_assert_uint_eq(grid.columns, 8);
    ck_assert_str_eq(heads_origin(pair), "as set");
    comparison_set_heads(pair, 5, 0);
    heads_grid_update(&grid, pair);
    ck_assert_uint_eq(grid.n_rows, 0);
    ck_assert_ptr_nonnull(heads_unknown(pair));
    ck_assert_ptr_null(heads_origin(pair));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("heads_grid");
    TCase *tests = tcase_create("grid");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, rows_and_values);
    tcase_add_test(tests, parts_and_measures);
    tcase_add_test(tests, pooled_norms);
    tcase_add_test(tests, order_and_rank);
    tcase_add_test(tests, one_scale_for_all);
    tcase_add_test(tests, given_away);
    tcase_add_test(tests, one_file);
    tcase_add_test(tests, heads_set_by_hand);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
