/* The row model of the overview: folds, filter, order, search, pooled numbers. */
#include <check.h>
#include <math.h>
#include <string.h>

#include "tests/support/small_model.h"
#include "tui/overview_names.h"
#include "tui/overview_rows.h"

static struct comparison *model;
static struct overview_rows rows;

static void setup(void)
{
    model = small_model(true, NULL);
    small_model_scan(model);
    overview_rows_init(&rows);
    overview_rows_follow(&rows, model);
    overview_rows_build(&rows);
}

static void teardown(void)
{
    overview_rows_finish(&rows);
    comparison_destroy(model);
}

static uint32_t group_named(const char *label)
{
    for (uint32_t i = 0; i < model->n_groups; i++)
        if (strcmp(model->groups[i].label, label) == 0)
            return i;
    ck_abort_msg("no group %s", label);
    return 0;
}

static const char *row_name(guint i)
{
    const struct overview_row *row = &rows.rows[i];

    return row->entry == PAIR_NONE ? model->groups[row->group].label
                                   : comparison_tensor(model, row->entry)->name;
}

static guint row_of(const char *name)
{
    for (guint i = 0; i < rows.n; i++)
        if (strcmp(row_name(i), name) == 0)
            return i;
    ck_abort_msg("no row %s", name);
    return 0;
}

static void set_order(enum overview_sort sort, bool reverse)
{
    overview_rows_order(&rows, (struct overview_order){sort, reverse, metric_find("rel")});
    overview_rows_build(&rows);
}

START_TEST(folded_at_first)
{
    ck_assert_uint_eq(rows.n, model->n_groups);
    ck_assert_str_eq(row_name(0), "transformer.wte.weight"); /* a group of one is its tensor */
    ck_assert_str_eq(row_name(2), "L0");
    ck_assert_str_eq(row_name(rows.n - 1), "optimizer");
    ck_assert(!overview_rows_build(&rows)); /* nothing changed, nothing made */
}
END_TEST

START_TEST(folding)
{
    guint before = rows.n;

    overview_rows_fold(&rows, group_named("L1"), true);
    ck_assert(overview_rows_build(&rows));
    ck_assert_uint_eq(rows.n, before + 12);
    ck_assert_str_eq(row_name(row_of("L1") + 1), "transformer.h.1.ln_1.weight");
    ck_assert_uint_eq(rows.skip[group_named("L1")], strlen("transformer.h.1."));
    overview_rows_fold(&rows, group_named("L1"), false);
    overview_rows_build(&rows);
    ck_assert_uint_eq(rows.n, before);
    overview_rows_fold_all(&rows);
    overview_rows_build(&rows);
    ck_assert_uint_gt(rows.n, model->pairing.n_entries);
    overview_rows_fold_all(&rows);
    overview_rows_build(&rows);
    ck_assert_uint_eq(rows.n, before);
}
END_TEST

START_TEST(filtering)
{
    guint before = rows.n;

    overview_rows_fold(&rows, group_named("L2"), true);
    ck_assert_uint_eq(overview_rows_filter(&rows, "C_ATTN.weight"), 3);
    overview_rows_build(&rows);
    ck_assert_uint_eq(rows.n, 6); /* three groups, unfolded */
    ck_assert_str_eq(row_name(0), "L0");
    ck_assert_str_eq(row_name(1), "transformer.h.0.attn.c_attn.weight");
    ck_assert_uint_eq(overview_rows_filter(&rows, "no such name"), 0);
    overview_rows_build(&rows);
    ck_assert_uint_eq(rows.n, 0);
    ck_assert_uint_eq(overview_rows_filter(&rows, NULL), model->pairing.n_entries);
    overview_rows_build(&rows);
    ck_assert_uint_eq(rows.n, before + 12); /* folds are as they were */
    ck_assert(overview_rows_is_open(&rows, group_named("L2")));
}
END_TEST

START_TEST(sorting)
{
    set_order(SORT_METRIC, false);
    ck_assert_str_eq(row_name(0), "L2");
    ck_assert_str_eq(row_name(1), "L1");
    ck_assert_str_eq(row_name(rows.n - 1), "optimizer"); /* behind the model in any order */
    set_order(SORT_METRIC, true);
    ck_assert_str_eq(row_name(0), "transformer.wpe.weight");             /* 0 */
    ck_assert(isnan(overview_rows_value(&rows, rows.rows[rows.n - 2]))); /* undefined stays last */
    set_order(SORT_PARAMETERS, false);
    ck_assert_uint_eq(rows.numbers[rows.rows[0].group].elems, 49984);
    set_order(SORT_NAME, false);
    ck_assert_str_eq(row_name(0), "L0");
    ck_assert_str_eq(row_name(rows.n - 1), "optimizer");
    set_order(SORT_MODEL, true);
    ck_assert_uint_gt(row_of("L0"), row_of("L2"));
    set_order(SORT_MODEL, false);
    ck_assert_str_eq(row_name(0), "transformer.wte.weight");
}
END_TEST

START_TEST(sorting_inside_a_group)
{
    overview_rows_fold(&rows, group_named("L1"), true);
    set_order(SORT_METRIC, false);
    ck_assert_str_eq(row_name(row_of("L1") + 1), "transformer.h.1.mlp.c_proj.weight");
}
END_TEST

START_TEST(finding_rows)
{
    uint32_t group = group_named("L1"), entry = model->groups[group].entries[3];
    struct overview_row row = {group, entry};

    ck_assert_str_eq(row_name(overview_rows_find(&rows, row)), "L1");
    overview_rows_fold(&rows, group, true);
    overview_rows_build(&rows);
    ck_assert_uint_eq(rows.rows[overview_rows_find(&rows, row)].entry, entry);
}
END_TEST

START_TEST(searching)
{
    struct matcher *m = matcher_create("c_fc.bias"), *none = matcher_create("nowhere");
    guint at = 0;

    ck_assert_uint_eq(overview_rows_hits(&rows, m), 3);
    ck_assert(overview_rows_search(&rows, m, 0, false, &at));
    ck_assert_str_eq(row_name(at), "transformer.h.0.mlp.c_fc.bias"); /* unfolded to show it */
    ck_assert(overview_rows_search(&rows, m, at, false, &at));
    ck_assert_str_eq(row_name(at), "transformer.h.1.mlp.c_fc.bias");
    ck_assert(overview_rows_search(&rows, m, at, true, &at));
    ck_assert_str_eq(row_name(at), "transformer.h.0.mlp.c_fc.bias");
    ck_assert(overview_rows_search(&rows, m, at, true, &at)); /* around the end */
    ck_assert_str_eq(row_name(at), "transformer.h.2.mlp.c_fc.bias");
    ck_assert(!overview_rows_search(&rows, none, at, false, &at));
    matcher_destroy(m);
    matcher_destroy(none);
}
END_TEST

START_TEST(pooled_numbers)
{
    const struct group_numbers *n = overview_rows_numbers(&rows, group_named("L1"));
    struct rollup r;

    comparison_group_rollup(model, group_named("L1"), &r);
    ck_assert(n->total.base_l2 == r.base_l2 && n->total.delta_l2 == r.delta_l2);
    ck_assert(overview_rows_value(&rows, (struct overview_row){group_named("L1"), PAIR_NONE}) ==
              rollup_relative(&r));
    ck_assert(!isnan(n->role[ROLE_QKV]) && !isnan(n->role[ROLE_NORM]));
    ck_assert(isnan(n->role[ROLE_GATE]));
    ck_assert(!n->vectors && n->pending == 0 && n->subtracted == 12);
    n = overview_rows_numbers(&rows, group_named("transformer.ln_f"));
    ck_assert(n->vectors && n->total.base_l2 > 0);
    n = overview_rows_numbers(&rows, group_named("L2"));
    ck_assert_uint_eq(n->failed, 1);
    n = overview_rows_numbers(&rows, group_named("optimizer"));
    ck_assert(n->total.n_entries == 0 && n->elems == 65);
}
END_TEST

START_TEST(another_comparison)
{
    struct comparison *next = many_layers(10);

    overview_rows_fold_all(&rows);
    overview_rows_build(&rows);
    overview_rows_follow(&rows, next);
    overview_rows_build(&rows);
    ck_assert_uint_eq(rows.n, 10);
    overview_rows_follow(&rows, NULL);
    ck_assert_uint_eq(rows.n, 0);
    comparison_destroy(next);
}
END_TEST

START_TEST(names_stay_apart)
{
    static const char *const names[] = {"encoder.layers.3.attention.output.dense",
                                        "encoder.layers.14.attention.output.dense",
                                        "encoder.layers.15.attention.output.dense", "short"};
    struct row_facts f[G_N_ELEMENTS(names)] = {0};
    const guint n = G_N_ELEMENTS(names);

    for (int columns = 16; columns < 48; columns++) {
        for (guint i = 0; i < n; i++)
            f[i].name = g_strdup(names[i]);
        overview_names_apart(f, n, columns);
        for (guint i = 0; i < n; i++)
            for (guint k = i + 1; k < n; k++)
                ck_assert_str_ne(f[i].name, f[k].name);
        ck_assert_str_eq(f[3].name, "short");
        for (guint i = 0; i < n; i++)
            g_free(f[i].name);
    }
    for (int columns = 0; columns < 60; columns++) {
        char *cut = name_cut_at("caf\xc3\xa9.h\xc3\xa4lt.nicht.zu.ende", columns, 5);

        ck_assert(g_utf8_validate(cut, -1, NULL));
        g_free(cut);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("overview_rows");
    TCase *t = tcase_create("rows");
    SRunner *r;
    int failed;

    tcase_add_checked_fixture(t, setup, teardown);
    tcase_set_timeout(t, 60);
    tcase_add_test(t, folded_at_first);
    tcase_add_test(t, folding);
    tcase_add_test(t, filtering);
    tcase_add_test(t, sorting);
    tcase_add_test(t, sorting_inside_a_group);
    tcase_add_test(t, finding_rows);
    tcase_add_test(t, searching);
    tcase_add_test(t, pooled_numbers);
    tcase_add_test(t, another_comparison);
    tcase_add_test(t, names_stay_apart);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
