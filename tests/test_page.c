/* Pages of text: wrapping, scrolling, finding. */
#include <check.h>

#include "tui/keys.h"
#include "tui/page.h"

static struct page page;

static void setup(void)
{
    page_init(&page);
}

static void teardown(void)
{
    page_finish(&page);
}

static void expect_text(const char *wanted)
{
    char *text = page_text(&page);

    ck_assert_str_eq(text, wanted);
    g_free(text);
}

START_TEST(wraps_at_spaces)
{
    page_wrap(&page, 16, 4, " a", PAINT_TEXT, "one two three four five");
    expect_text(" a  one two\n    three four\n    five\n");
}
END_TEST

START_TEST(breaks_long_words)
{
    page_wrap(&page, 10, 2, NULL, PAINT_TEXT, "abcdefghijklmnop");
    expect_text("  abcdefgh\n  ijklmnop\n");
    page_clear(&page);
    page_wrap(&page, 1, 0, NULL, PAINT_TEXT,
              "\xe4\xb8\xad\xe6\x96\x87\xe4\xb8\xad\xe6\x96\x87"
              "\xe4\xb8\xad"); /* wide: four to eight columns */
    expect_text("\xe4\xb8\xad\xe6\x96\x87\xe4\xb8\xad\xe6\x96\x87\n\xe4\xb8\xad\n");
    page_clear(&page);
    page_wrap(&page, 10, 2, NULL, PAINT_TEXT, "");
    expect_text("  \n");
}
END_TEST

START_TEST(scrolls)
{
    for (int i = 0; i < 10; i++)
        page_print(&page, PAINT_TEXT, "%d", i);
    page_layout(&page, 4);
    ck_assert(page_act(&page, ACTION_END));
    ck_assert_uint_eq(page.top, 6);
    page_act(&page, ACTION_DOWN);
    ck_assert_uint_eq(page.top, 6);
    page_act(&page, ACTION_PAGE_UP);
    ck_assert_uint_eq(page.top, 3);
    page_act(&page, ACTION_HOME);
    page_act(&page, ACTION_UP);
    ck_assert_uint_eq(page.top, 0);
    ck_assert(!page_act(&page, ACTION_OPEN));
    page_layout(&page, 100);
    ck_assert_uint_eq(page.top, 0);
}
END_TEST

START_TEST(finds)
{
    guint hits;

    for (int i = 0; i < 30; i++)
        page_print(&page, PAINT_TEXT, "line %d", i);
    page_layout(&page, 5);
    ck_assert(page_find(&page, "LINE 1.$", false, &hits));
    ck_assert_uint_eq(hits, 10);
    ck_assert_uint_eq(page.top, 10);
    page_find(&page, "line 1.$", false, &hits);
    ck_assert_uint_eq(page.top, 11);
    page_find(&page, "line 1.$", true, &hits);
    ck_assert_uint_eq(page.top, 10);
    ck_assert(!page_find(&page, "nothing", false, &hits));
    ck_assert_uint_eq(page.top, 10);
    page_clear(&page);
    ck_assert(!page_find(&page, "line", false, &hits));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("page");
    TCase *t = tcase_create("page");
    SRunner *r;
    int failed;

    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, wraps_at_spaces);
    tcase_add_test(t, breaks_long_words);
    tcase_add_test(t, scrolls);
    tcase_add_test(t, finds);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
