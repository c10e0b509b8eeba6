#include <check.h>
#include <math.h>
#include <stdlib.h>

#include "tui/theme.h"

static double linear(int level)
{
    double v = level / 255.0;

    return v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4);
}

/* Relative luminance of an xterm-256 colour of the cube. */
static double luminance(short colour)
{
    static const int levels[] = {0, 95, 135, 175, 215, 255};
    int i = colour - 16;

    ck_assert(colour >= 16 && colour < 232);
    return 0.2126 * linear(levels[i / 36]) + 0.7152 * linear(levels[i / 6 % 6]) +
           0.0722 * linear(levels[i % 6]);
}

START_TEST(test_ramp_rises)
{
    for (int step = 1; step < PAINT_RAMP_STEPS; step++) {
        struct style low = style_of((enum paint)(PAINT_RAMP + step - 1));
        struct style high = style_of((enum paint)(PAINT_RAMP + step));

        ck_assert(luminance(theme_shade(DEPTH_256, false, high).fg) >
                  luminance(theme_shade(DEPTH_256, false, low).fg));
        ck_assert(luminance(theme_shade(DEPTH_256, true, high).fg) <
                  luminance(theme_shade(DEPTH_256, true, low).fg));
    }
}
END_TEST

START_TEST(test_colours_fit_the_terminal)
{
    static const int limits[] = {0, 8, 16, 256};

    for (int depth = DEPTH_MONO; depth <= DEPTH_256; depth++)
        for (unsigned fg = 0; fg < PAINT_COUNT; fg++)
            for (unsigned bg = 0; bg < PAINT_COUNT; bg++)
                for (int light = 0; light < 2; light++) {
                    struct style style = {(guint8)fg, (guint8)bg, 0};
                    struct shade shade = theme_shade((enum depth)depth, light, style);

                    ck_assert_int_ge(shade.fg, -1);
                    ck_assert_int_ge(shade.bg, -1);
                    ck_assert_int_lt(shade.fg, MAX(limits[depth], 0));
                    ck_assert_int_lt(shade.bg, MAX(limits[depth], 0));
                }
}
END_TEST

START_TEST(test_mono_shows_the_cursor)
{
    struct style on_cursor = {PAINT_BAD, PAINT_CURSOR, 0};

    ck_assert(theme_shade(DEPTH_MONO, false, style_of(PAINT_CURSOR)).attrs & ATTR_REVERSE);
    ck_assert(theme_shade(DEPTH_MONO, false, on_cursor).attrs & ATTR_REVERSE);
    ck_assert(theme_shade(DEPTH_8, true, on_cursor).attrs & ATTR_REVERSE);
    ck_assert(theme_shade(DEPTH_MONO, false, style_of(PAINT_TITLE)).attrs & ATTR_BOLD);
}
END_TEST

START_TEST(test_depth)
{
    ck_assert_int_eq(theme_depth(256, NULL), DEPTH_256);
    ck_assert_int_eq(theme_depth(256, ""), DEPTH_256);
    ck_assert_int_eq(theme_depth(256, "1"), DEPTH_MONO);
    ck_assert_int_eq(theme_depth(16, NULL), DEPTH_16);
    ck_assert_int_eq(theme_depth(8, NULL), DEPTH_8);
    ck_assert_int_eq(theme_depth(-1, NULL), DEPTH_MONO);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("theme");
    TCase *tcase = tcase_create("theme");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(tcase, test_ramp_rises);
    tcase_add_test(tcase, test_colours_fit_the_terminal);
    tcase_add_test(tcase, test_mono_shows_the_cursor);
    tcase_add_test(tcase, test_depth);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
