#include <check.h>
#include <stdlib.h>

#include "tests/support/canvas_text.h"
#include "tui/surface.h"

static const struct style text = {PAINT_TEXT, PAINT_TEXT, 0};

START_TEST(test_text_is_cut_at_the_edge)
{
    struct canvas *c = canvas_create(2, 5, false);
    struct surface s = canvas_surface(c), part = surface_part(&s, 0, 1, 1, 3);

    ck_assert_int_eq(surface_text(&part, 0, 0, text, "abcdef"), 3);
    surface_text(&part, 1, 0, text, "no");
    surface_text(&part, 0, -1, text, "xy");
    expect_canvas(c, " ybc \n     \n");
    canvas_destroy(c);
}
END_TEST

START_TEST(test_wide_and_combining)
{
    struct canvas *c = canvas_create(1, 6, false);
    struct surface s = canvas_surface(c);

    ck_assert_int_eq(text_columns("漢e\xcc\x81x"), 4);
    ck_assert_int_eq(surface_text(&s, 0, 0, text, "漢e\xcc\x81x漢"), 6);
    expect_canvas(c, "漢e\xcc\x81x漢\n");
    ck_assert_uint_eq(c->cells[1].ch, 0);
    ck_assert_uint_eq(c->cells[2].combining[0], 0x301);
    /* Half of a wide character overwritten, from either side. */
    surface_glyph(&s, 0, 1, text, '!');
    surface_glyph(&s, 0, 4, text, '!');
    expect_canvas(c, " !e\xcc\x81x! \n");
    /* No room for the second half. */
    surface_text(&s, 0, 5, text, "漢");
    expect_canvas(c, " !e\xcc\x81x!~\n");
    canvas_destroy(c);
}
END_TEST

START_TEST(test_nothing_moves_the_cursor)
{
    struct canvas *c = canvas_create(1, 6, false);
    struct surface s = canvas_surface(c);

    surface_text(&s, 0, 0, text,
                 "a\n\x1b\xff\xc2\x9b"
                 "b");
    expect_canvas(c, "a????b\n");
    canvas_destroy(c);
}
END_TEST

START_TEST(test_field)
{
    struct canvas *c = canvas_create(6, 8, false);
    struct surface s = canvas_surface(c);

    surface_field(&s, 0, 0, 6, false, CUT_END, text, "ab");
    surface_field(&s, 1, 0, 6, true, CUT_END, text, "ab");
    surface_field(&s, 2, 0, 6, false, CUT_END, text, "abcdefgh");
    surface_field(&s, 3, 0, 6, false, CUT_MIDDLE, text, "abcdefgh");
    surface_field(&s, 4, 5, 6, false, CUT_END, text, "abcdefgh"); /* the edge comes first */
    surface_field(&s, 5, 0, 5, false, CUT_MIDDLE, text, "漢漢漢漢");
    expect_canvas(c, "ab      \n"
                     "    ab  \n"
                     "abcde~  \n"
                     "abc~gh  \n"
                     "     ab~\n"
                     "漢~漢   \n");
    canvas_destroy(c);
}
END_TEST

START_TEST(test_only_whole_items)
{
    static const struct {
        int columns;
        const char *fits;
    } cases[] = {{20, "rel 1 %  sort  7"},
                 {16, "rel 1 %  sort  7"},
                 {15, "rel 1 %  sort"},
                 {10, "rel 1 %  7"},
                 {6, "sort"},
                 {0, ""}};

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        char *fits = text_fit("rel 1 %  sort  7", "  ", cases[i].columns);

        ck_assert_str_eq(fits, cases[i].fits);
        g_free(fits);
    }
}
END_TEST

START_TEST(test_ascii_canvas)
{
    struct canvas *c = canvas_create(2, 10, true);
    struct surface s = canvas_surface(c);

    surface_text(&s, 0, 0, text, "é漢█│×→");
    surface_rule(&s, 1, "top");
    expect_canvas(c, "???#|x>   \n"
                     "-- top ---\n");
    canvas_destroy(c);
}
END_TEST

START_TEST(test_part_is_inside)
{
    struct canvas *c = canvas_create(4, 4, false);
    struct surface s = canvas_surface(c), p = surface_part(&s, 1, 1, 9, 9), q;

    ck_assert_int_eq(p.rows, 3);
    ck_assert_int_eq(p.cols, 3);
    q = surface_part(&p, -1, -1, 2, 2);
    ck_assert_int_eq(q.row, 1);
    ck_assert_int_eq(q.rows, 1);
    ck_assert_int_eq(q.cols, 1);
    q = surface_part(&p, 5, 5, 2, 2);
    ck_assert_int_eq(q.rows, 0);
    q = surface_part(&p, 0, 0, -3, -3);
    ck_assert_int_eq(q.cols, 0);
    surface_fill(&q, 0, 0, 5, 5, text, 'x');
    surface_tint(&q, 0, 0, 5, style_of(PAINT_BAD));
    surface_cursor(&q, 0, 0);
    ck_assert_int_eq(c->cursor_row, -1);
    surface_cursor(&p, 1, 2);
    ck_assert_int_eq(c->cursor_row, 2);
    ck_assert_int_eq(c->cursor_col, 3);
    canvas_destroy(c);
}
END_TEST

START_TEST(test_tint_keeps_glyphs)
{
    struct canvas *c = canvas_create(1, 3, false);
    struct surface s = canvas_surface(c);

    surface_text(&s, 0, 0, text, "abc");
    surface_tint(&s, 0, 1, 9, style_of(PAINT_CURSOR));
    expect_canvas(c, "abc\n");
    ck_assert_int_eq(c->cells[0].style.fg, PAINT_TEXT);
    ck_assert_int_eq(c->cells[2].style.fg, PAINT_CURSOR);
    canvas_destroy(c);
}
END_TEST

START_TEST(test_empty_canvas)
{
    struct canvas *c = canvas_create(0, 0, false);
    struct surface s = canvas_surface(c);

    surface_text(&s, 0, 0, text, "abc");
    surface_rule(&s, 0, "abc");
    surface_field(&s, 0, 0, 4, true, CUT_MIDDLE, text, "abcdef");
    canvas_destroy(c);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("surface");
    TCase *tcase = tcase_create("surface");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(tcase, test_text_is_cut_at_the_edge);
    tcase_add_test(tcase, test_wide_and_combining);
    tcase_add_test(tcase, test_nothing_moves_the_cursor);
    tcase_add_test(tcase, test_field);
    tcase_add_test(tcase, test_only_whole_items);
    tcase_add_test(tcase, test_ascii_canvas);
    tcase_add_test(tcase, test_part_is_inside);
    tcase_add_test(tcase, test_tint_keeps_glyphs);
    tcase_add_test(tcase, test_empty_canvas);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
