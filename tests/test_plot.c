#include <check.h>
#include <math.h>
#include <stdlib.h>

#include "tests/support/canvas_text.h"
#include "tui/plot.h"

static const struct style bar = {PAINT_DELTA, PAINT_TEXT, 0};

START_TEST(test_bar)
{
    struct canvas *c = canvas_create(6, 4, false);
    struct surface s = canvas_surface(c);
    const double shares[] = {0, 1e-9, 0.5, 0.53125, 7, NAN};

    for (int i = 0; i < 6; i++)
        plot_bar(&s, i, 0, 4, bar, shares[i]);
    expect_canvas(c, "    \n▏   \n██  \n██▏ \n████\n    \n");
    canvas_destroy(c);
    c = canvas_create(6, 4, true);
    s = canvas_surface(c);
    for (int i = 0; i < 6; i++)
        plot_bar(&s, i, 0, 4, bar, shares[i]);
    expect_canvas(c, "----\n.---\n##--\n##--\n####\n    \n");
    canvas_destroy(c);
}
END_TEST

START_TEST(test_heat)
{
    struct canvas *c = canvas_create(1, 11, true);
    struct surface s = canvas_surface(c);

    surface_fill(&s, 0, 0, 1, 11, style_of(PAINT_TEXT), 'x');
    plot_heat(&s, 0, 0, NAN, 1, 256);
    plot_heat(&s, 0, 1, 0, 1, 256);
    for (int i = 0; i < 8; i++)
        plot_heat(&s, 0, 2 + i, ldexp(1.01, i), 1, 256);
    plot_heat(&s, 0, 10, INFINITY, 1, 256);
    expect_canvas(c, " .:-=+*#%@@\n");
    ck_assert_int_eq(c->cells[2].style.fg, PAINT_RAMP);
    ck_assert_int_eq(c->cells[9].style.fg, PAINT_RAMP + 7);
    ck_assert_int_eq(plot_ramp_step(NAN, 1, 2), 0);
    ck_assert_int_eq(plot_ramp_step(3, 2, 2), 7);
    canvas_destroy(c);
}
END_TEST

/* Every series' end can be read off the letters alone. */
START_TEST(test_columns_overlaid)
{
    const double base[] = {4, 2, 0, 1, 0.1}, tuned[] = {2, 4, 3, 1, 0};
    const struct plot_series series[] = {{base, PAINT_BASE, 'b', "base"},
                                         {tuned, PAINT_TUNED, 't', "tuned"}};
    struct canvas *c = canvas_create(5, 40, true);
    struct surface all = canvas_surface(c), s = surface_part(&all, 0, 0, 4, 5);

    plot_columns(&s, series, 2, 1, false);
    plot_columns_legend(&all, 4, 0, series, 2);
    expect_canvas(c, "bt                                      \n"
                     "btt                                     \n"
                     "@@t                                     \n"
                     "@@t@.                                   \n"
                     "b base  t tuned  @ both                 \n");
    canvas_destroy(c);
}
END_TEST

START_TEST(test_columns_alone)
{
    const double counts[] = {0, 1, 9, 99};
    const struct plot_series series = {counts, PAINT_BASE, 'b', "base"};
    struct canvas *c = canvas_create(2, 4, false);
    struct surface s = canvas_surface(c);

    plot_columns(&s, &series, 1, 1, true);
    expect_canvas(c, "   █\n ▂██\n");
    canvas_clear(c);
    plot_columns(&s, &series, 1, 1, false);
    expect_canvas(c, "   █\n ▁▁█\n");
    canvas_destroy(c);
}
END_TEST

START_TEST(test_spark)
{
    const double values[] = {0, 4, NAN, 8};
    struct canvas *c = canvas_create(2, 4, false);
    struct surface s = canvas_surface(c);

    plot_spark(&s, 0, 0, values, 4, 1, bar);
    c->ascii = true;
    plot_spark(&s, 1, 0, values, 4, 1, bar);
    expect_canvas(c, "▁▅ █\n:* @\n");
    canvas_destroy(c);
}
END_TEST

START_TEST(test_no_room)
{
    const double counts[] = {1};
    const struct plot_series series = {counts, PAINT_BASE, 'b', "base"};
    struct canvas *c = canvas_create(0, 0, false);
    struct surface s = canvas_surface(c);

    plot_bar(&s, 0, 0, 5, bar, 1);
    plot_heat(&s, 0, 0, 1, 1, 2);
    plot_columns(&s, &series, 1, 1, true);
    plot_columns_legend(&s, 0, 0, &series, 1);
    canvas_destroy(c);
}
END_TEST

/* A line falls from corner to corner in log y; curves that meet are marked; what is outside of the
 * range leaves a gap. */
START_TEST(test_curves)
{
    const double falling[] = {1000, 100, 10, 1}, flat[] = {10, 10, NAN, 0, 10};
    const struct plot_curve curves[] = {{falling, 4, PAINT_BASE, 'b', NULL}, {flat, 5, PAINT_DELTA, 'd', NULL}};
    struct plot_range range = {.x_low = 1, .x_high = 4, .y_low = 1, .y_high = 1000};
    struct canvas *c = canvas_create(4, 4, true);
    struct surface s = canvas_surface(c);

    plot_curves(&s, curves, 1, &range);
    expect_canvas(c, "b   \n b  \n  b \n   b\n");
    canvas_clear(c);
    plot_curves(&s, curves, 2, &range);
    expect_canvas(c, "b   \n b  \nddb \n   b\n");
    canvas_destroy(c);
    c = canvas_create(1, 2, false);
    s = canvas_surface(c);
    plot_curves(&s, curves, 1, &range);
    expect_canvas(c, "\u2811\u2884\n");
    canvas_clear(c);
    range.log_x = true;
    plot_curves(&s, curves, 2, &range);
    canvas_destroy(c);
}
END_TEST

/* Where a curve says its own x, and y is not logarithmic. */
START_TEST(test_curves_of_time)
{
    const double x[] = {9, 10, 14, 18}, y[] = {0, -1, 1, 0};
    const struct plot_curve curve = {y, 4, PAINT_BASE, 'b', x};
    const struct plot_range range = {
        .x_low = 10, .x_high = 18, .y_low = -1, .y_high = 1, .linear_y = true};
    struct canvas *c = canvas_create(3, 5, true);
    struct surface s = canvas_surface(c);

    plot_curves(&s, &curve, 1, &range);
    expect_canvas(c, "  bb \n b  b\nb    \n");
    canvas_destroy(c);
}
END_TEST

/* Where two curves are told apart without colour, and where there is nothing to draw. */
START_TEST(test_curves_meet)
{
    const double y[] = {5, 5, 5}, none[] = {0, -1, NAN};
    const struct plot_curve curves[] = {{y, 3, PAINT_BASE, 'b', NULL}, {y, 3, PAINT_TUNED, 't', NULL}};
    const struct plot_curve empty[] = {{none, 3, PAINT_BASE, 'b', NULL}, {NULL, 0, PAINT_TUNED, 't', NULL}};
    struct plot_range range = {.x_low = 1, .x_high = 3, .y_low = 1, .y_high = 10};
    struct canvas *c = canvas_create(1, 3, true);
    struct surface s = canvas_surface(c), nothing = surface_part(&s, 0, 0, 0, 0);

    plot_curves(&s, empty, 2, &range);
    plot_curves(&nothing, curves, 2, &range);
    plot_curves(&s, curves, 2, &(struct plot_range){.x_low = 1, .x_high = 3, .y_low = 5, .y_high = 5});
    expect_canvas(c, "   \n");
    plot_curves(&s, curves, 2, &range);
    expect_canvas(c, "@@@\n");
    canvas_destroy(c);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("plot");
    TCase *tcase = tcase_create("plot");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(tcase, test_bar);
    tcase_add_test(tcase, test_heat);
    tcase_add_test(tcase, test_columns_overlaid);
    tcase_add_test(tcase, test_columns_alone);
    tcase_add_test(tcase, test_spark);
    tcase_add_test(tcase, test_no_room);
    tcase_add_test(tcase, test_curves);
    tcase_add_test(tcase, test_curves_of_time);
    tcase_add_test(tcase, test_curves_meet);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
