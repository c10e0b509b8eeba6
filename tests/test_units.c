#include <check.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tui/units.h"

static char buf[UNIT_BYTES];

START_TEST(test_count)
{
    ck_assert_str_eq(unit_count(buf, 0), "0");
    ck_assert_str_eq(unit_count(buf, 999), "999");
    ck_assert_str_eq(unit_count(buf, 1000), "1.00k");
    ck_assert_str_eq(unit_count(buf, 1234567), "1.23M");
    ck_assert_str_eq(unit_count(buf, 803328), "803k");
    ck_assert_str_eq(unit_count(buf, 9996), "10.0k");
    ck_assert_str_eq(unit_count(buf, 999999), "1.00M");
    ck_assert_str_eq(unit_count(buf, G_MAXUINT64), "18.4E");
}
END_TEST

START_TEST(test_bytes)
{
    ck_assert_str_eq(unit_bytes(buf, 12), "12 B");
    ck_assert_str_eq(unit_bytes(buf, 4.7e9), "4.7 GB");
    ck_assert_str_eq(unit_bytes(buf, 995.8e6), "996 MB");
    ck_assert_str_eq(unit_bytes(buf, 999.9e6), "1.0 GB");
    ck_assert_str_eq(unit_bytes(buf, NAN), "-");
}
END_TEST

START_TEST(test_percent)
{
    ck_assert_str_eq(unit_percent(buf, 0.032), "3.20 %");
    ck_assert_str_eq(unit_percent(buf, 0.00012), "0.0120 %");
    ck_assert_str_eq(unit_percent(buf, 1.2), "120 %");
    ck_assert_str_eq(unit_percent(buf, 0.09996), "10.0 %");
    ck_assert_str_eq(unit_percent(buf, 0.0099996), "1.00 %");
    ck_assert_str_eq(unit_percent(buf, 0.0123456), "1.23 %");
    ck_assert_str_eq(unit_percent(buf, 0.00123456), "0.123 %");
    ck_assert_str_eq(unit_percent(buf, -0.5), "-50.0 %");
    ck_assert_str_eq(unit_percent(buf, 1e-9), "1e-7 %");
    ck_assert_str_eq(unit_percent(buf, 0), "0 %");
    ck_assert_str_eq(unit_percent(buf, 44), ">999 %");
    ck_assert_str_eq(unit_percent(buf, -INFINITY), "<-999 %");
    ck_assert_str_eq(unit_percent(buf, NAN), "-");
}
END_TEST

START_TEST(test_value)
{
    ck_assert_str_eq(unit_value(buf, 0.0200348, 8), "0.020035");
    ck_assert_str_eq(unit_value(buf, -0.0936, 9), "-0.0936");
    ck_assert_str_eq(unit_value(buf, 1.5e-5, 9), "1.5e-5");
    ck_assert_str_eq(unit_value(buf, 1.5e30, 9), "1.5e30");
    ck_assert_str_eq(unit_value(buf, -0.0, 9), "0");
    ck_assert_str_eq(unit_value(buf, NAN, 9), "-");
    ck_assert_str_eq(unit_value(buf, -INFINITY, 9), "-inf");
    ck_assert_str_eq(unit_value(buf, -1.234e-300, 4), "####");
}
END_TEST

START_TEST(test_value_keeps_its_width)
{
    GRand *rand = g_rand_new_with_seed(3);

    for (int i = 0; i < 10000; i++) {
        double v = ldexp(g_rand_double_range(rand, -1, 1), g_rand_int_range(rand, -1000, 1000));
        int width = g_rand_int_range(rand, 7, 12);

        ck_assert_int_le((int)strlen(unit_value(buf, v, width)), width);
        if (width >= 8)
            ck_assert(fabs(strtod(buf, NULL) - v) <= fabs(v) * 0.5);
    }
    ck_assert_int_le((int)strlen(unit_value(buf, -DBL_MAX, 9)), 9);
    g_rand_free(rand);
}
END_TEST

START_TEST(test_seconds)
{
    ck_assert_str_eq(unit_seconds(buf, 0.0123), "12 ms");
    ck_assert_str_eq(unit_seconds(buf, 0.12), "0.12 s");
    ck_assert_str_eq(unit_seconds(buf, 4.2), "4 s");
    ck_assert_str_eq(unit_seconds(buf, 59.7), "1m00s");
    ck_assert_str_eq(unit_seconds(buf, 80), "1m20s");
    ck_assert_str_eq(unit_seconds(buf, 7500), "2h05m");
    ck_assert_str_eq(unit_seconds(buf, NAN), "-");
}
END_TEST

START_TEST(test_shape)
{
    const guint64 dim[] = {768, 3072};
    char small[10];

    ck_assert_str_eq(unit_shape(buf, sizeof buf, NULL, 0), "scalar");
    ck_assert_str_eq(unit_shape(buf, sizeof buf, dim, 2), "[768,3072]");
    ck_assert_str_eq(unit_shape(buf, sizeof buf, dim, 1), "[768]");
    ck_assert_str_eq(unit_shape(small, sizeof small, dim, 2), "[768,...]");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("units");
    TCase *tcase = tcase_create("units");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(tcase, test_count);
    tcase_add_test(tcase, test_bytes);
    tcase_add_test(tcase, test_percent);
    tcase_add_test(tcase, test_value);
    tcase_add_test(tcase, test_value_keeps_its_width);
    tcase_add_test(tcase, test_seconds);
    tcase_add_test(tcase, test_shape);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
