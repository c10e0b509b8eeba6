/* Effects by category against SciPy: t tests, bootstrap, false discovery rates, the null. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include "core/activity_effect.h"
#include "core/student.h"
#include "tests/support/oracle.h"

/* As in oracle/activity_effect.py. */
enum { LAYERS = 2, UNITS = 10, CATEGORIES = 4, EXAMPLES = 162 };
static const uint32_t sizes[CATEGORIES] = {40, 60, 50, 12};
static const char *const names[] = {"a", "b", "c", "few"};

static struct activity *planted(bool pair)
{
    struct activity_layer layers[] = {{(char *)"one", ACTIVITY_RECORDED, -1, UNITS, false},
                                      {(char *)"two", ACTIVITY_RECORDED, -1, UNITS, false}};
    struct activity_options o = {.categories = names, .n_categories = CATEGORIES, .pair = pair};
    struct activity *a = activity_create_recorded(layers, LAYERS, &o, NULL);
    struct activity_sequence sequences[EXAMPLES];
    char *path = g_build_filename(g_getenv("TARE_ORACLE"), "activity_effect.f32", NULL), *text;
    float rows[EXAMPLES * UNITS];

    ck_assert(g_file_get_contents(path, &text, NULL, NULL));
    for (uint32_t c = 0, n = 0; c < CATEGORIES; c++)
        for (uint32_t i = 0; i < sizes[c]; i++, n++)
            sequences[n] = (struct activity_sequence){n, c, 1, 0};
    activity_batch(a, sequences, EXAMPLES);
    for (int side = 0; side <= pair; side++)
        for (uint32_t layer = 0; layer < LAYERS; layer++) {
            const float *values =
                (const float *)(const void *)text + side * EXAMPLES * LAYERS * UNITS;

            for (uint32_t i = 0; i < EXAMPLES * UNITS; i++)
                rows[i] = values[(i / UNITS * LAYERS + layer) * UNITS + i % UNITS];
            activity_feed(a, side, layer, 0, EXAMPLES, rows);
        }
    g_free(text);
    g_free(path);
    return a;
}

static void close_to(GHashTable *oracle, uint32_t layer, uint32_t c, const char *field,
                     double value, double tolerance)
{
    char *name = g_strdup_printf("%u.%u", layer, c);
    double truth = oracle_get(oracle, name, field);

    ck_assert_msg(fabs(value - truth) <= tolerance, "%s %s: %.12g, by the oracle %.12g", name,
                  field, value, truth);
    g_free(name);
}

/* The same of a value of any size. */
static void near(GHashTable *oracle, uint32_t layer, uint32_t c, const char *field, double value)
{
    close_to(oracle, layer, c, field, value, 1e-9 * fmax(fabs(value), 1e-3));
}

START_TEST(effects_are_scipys)
{
    GHashTable *oracle = oracle_load("activity_effect.txt");
    struct activity *a = planted(true);

    for (int contrast = 0; contrast < 2; contrast++) {
        struct activity_effects *e =
            activity_effects_create(a, ACTIVITY_RECORDED, ACTIVITY_MEAN_ABS, contrast);

        for (uint32_t i = 0; i < LAYERS * CATEGORIES; i++) {
            uint32_t layer = i / CATEGORIES, c = i % CATEGORIES;
            const struct activity_effect *cell = activity_effect(e, c, layer);

            ck_assert_uint_eq(cell->n, sizes[c]);
            ck_assert_int_eq(cell->few, c == 3);
            near(oracle, layer, c, contrast ? "abs.contrast" : "abs.effect", cell->effect);
            ck_assert_int_eq(isnan(cell->p), c == 3);
            if (c == 3)
                continue;
            close_to(oracle, layer, c, contrast ? "contrast.p" : "p", cell->p, 1e-7 * cell->p);
            near(oracle, layer, c, contrast ? "contrast.q" : "plain.q", cell->q);
        }
        ck_assert_uint_eq(e->tests, 6);
        ck_assert_uint_eq(e->seen, contrast ? 3 : 1);
        activity_effects_destroy(e);
    }
    activity_destroy(a);
    g_hash_table_destroy(oracle);
}
END_TEST

START_TEST(other_values)
{
    GHashTable *oracle = oracle_load("activity_effect.txt");
    struct activity *a = planted(true);
    struct activity_effects *rms =
        activity_effects_create(a, ACTIVITY_RECORDED, ACTIVITY_RMS, false);
    struct activity_effects *shift =
        activity_effects_create(a, ACTIVITY_RECORDED, ACTIVITY_SHIFT, false);

    for (uint32_t c = 0; c < CATEGORIES; c++) {
        near(oracle, 1, c, "rms.effect", activity_effect(rms, c, 1)->effect);
        near(oracle, 1, c, "shift", activity_effect(shift, c, 1)->effect);
        ck_assert(isnan(activity_effect(shift, c, 1)->p));
    }
    ck_assert(isnan(shift->null_99) && shift->seen == 0);
    activity_effects_destroy(rms);
    activity_effects_destroy(shift);
    activity_destroy(a);
    g_hash_table_destroy(oracle);
}
END_TEST

/* Other draws than SciPy's: to a few percent of the width. */
START_TEST(intervals_are_scipys)
{
    GHashTable *oracle = oracle_load("activity_effect.txt");
    struct activity *a = planted(true);

    for (uint32_t i = 0; i < LAYERS * 3; i++) {
        struct interval ci = activity_effect_interval(a, i / 3, i % 3, ACTIVITY_MEAN_ABS, false);
        double width = ci.high - ci.low;

        ck_assert(width > 0);
        close_to(oracle, i / 3, i % 3, "low", ci.low, 0.05 * width);
        close_to(oracle, i / 3, i % 3, "high", ci.high, 0.05 * width);
    }
    activity_destroy(a);
    g_hash_table_destroy(oracle);
}
END_TEST

/* Of unmoved categories the null is what SciPy's sign flips give. */
START_TEST(the_null_is_as_wide_as_it_should_be)
{
    GHashTable *oracle = oracle_load("activity_effect.txt");
    struct activity *a = planted(true);
    struct activity_effects *e =
        activity_effects_create(a, ACTIVITY_RECORDED, ACTIVITY_MEAN_ABS, false);
    struct interval contrast = activity_effect_interval(a, 1, 1, ACTIVITY_MEAN_ABS, true);

    /* Pooled with the moved cell's, whose own changes make its null wide. */
    ck_assert(e->null_99 > oracle_get(oracle, "0.0", "null_99"));
    ck_assert(e->null_99 < oracle_get(oracle, "1.1", "null_99"));
    ck_assert(contrast.low > 0.5 && contrast.high < 3);
    activity_effects_destroy(e);
    activity_destroy(a);
    g_hash_table_destroy(oracle);
}
END_TEST

START_TEST(nothing_to_say)
{
    struct activity *a = planted(false);
    struct interval ci = activity_effect_interval(a, 0, 0, ACTIVITY_MEAN_ABS, false);

    ck_assert_ptr_null(activity_effects_create(a, ACTIVITY_RECORDED, ACTIVITY_RMS, false));
    ck_assert(isnan(ci.low) && isnan(ci.high));
    activity_destroy(a);
    a = planted(true);
    ck_assert_ptr_null(activity_effects_create(a, ACTIVITY_HIDDEN, ACTIVITY_RMS, false));
    activity_destroy(a);
}
END_TEST

START_TEST(students_t)
{
    GHashTable *oracle = oracle_load("activity_effect.txt");
    static const double cases[][2] = {{0.3, 1},  {2, 5},    {2, 5.5}, {-10, 30},
                                      {40, 200}, {1e-8, 3}, {5, 1e6}, {0, 4}};

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        char *name = g_strdup_printf("student.%g.%g", cases[i][0], cases[i][1]);
        double truth = oracle_get(oracle, name, "p");

        ck_assert_double_eq_tol(student_two_sided(cases[i][0], cases[i][1]) / truth, 1, 1e-9);
        g_free(name);
    }
    ck_assert(isnan(student_two_sided(NAN, 4)) && student_two_sided(INFINITY, 4) == 0);
    g_hash_table_destroy(oracle);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("activity_effect");
    TCase *t = tcase_create("activity_effect");
    SRunner *r = srunner_create(s);
    int failed;

    tcase_set_timeout(t, 120);
    tcase_add_test(t, effects_are_scipys);
    tcase_add_test(t, other_values);
    tcase_add_test(t, intervals_are_scipys);
    tcase_add_test(t, the_null_is_as_wide_as_it_should_be);
    tcase_add_test(t, nothing_to_say);
    tcase_add_test(t, students_t);
    suite_add_tcase(s, t);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
