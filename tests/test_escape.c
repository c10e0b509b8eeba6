#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "core/escape.h"

static const struct {
    const char *raw, *safe;
} cases[] = {
    {"", ""},
    {"encoder.layer.10/weight:0", "encoder.layer.10/weight:0"},
    {"a\\b", "a\\\\b"},
    {"\x1b[31mred\n\r\t\b\x7f", "\\x1b[31mred\\x0a\\x0d\\x09\\x08\\x7f"},
    {"\x9b", "\\x9b"},     /* a raw byte */
    {"\xc2\x9b", "\\x9b"}, /* U+009B */
    {"\xe2\x80\xae"
     "abc",
     "\\u{202e}abc"},                                   /* right-to-left override */
    {"\xe2\x81\xa6\xe2\x81\xa9", "\\u{2066}\\u{2069}"}, /* isolates */
    {"\xd8\x9c\xe2\x80\x8e", "\\u{061c}\\u{200e}"},
    {"a\xe2\x80\x8b"
     "b",
     "a\\u{200b}b"}, /* zero-width space */
    {"\xef\xbb\xbfx", "\\u{feff}x"},
    {"\xf3\xa0\x81\xa1", "\\u{e0061}"}, /* a tag */
    {"\xef\xb8\x8f", "\\u{fe0f}"},      /* variation selector */
    {"\xc2\xa0"
     "a",
     "\\xa0a"}, /* no-break space */
    {"\xe3\x80\x80", "\\u{3000}"},
    {"\xcc\x81"
     "e",
     "\\u{0301}e"},             /* lone mark */
    {"e\xcc\x81", "e\xcc\x81"}, /* mark on its base */
    {" \xcc\x81", " \\u{0301}"},
    {"e\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81", "e\xcc\x81\xcc\x81\xcc\x81\xcc\x81\\u{0301}"},
    {"\xff\xfe", "\\xff\\xfe"},
    {"\xe6\xbc", "\\xe6\\xbc"},                               /* cut short */
    {"\xed\xa0\x80", "\\xed\\xa0\\x80"},                      /* a surrogate */
    {"\xc0\xaf", "\\xc0\\xaf"},                               /* overlong */
    {"\xe6\xbc\xa2\xe5\xad\x97", "\xe6\xbc\xa2\xe5\xad\x97"}, /* wide */
    {"\xe2\x80\xa8", "\\u{2028}"},
    {"\xee\x80\x80", "\\u{e000}"}, /* private use */
    {"\xe3\x85\xa4", "\\u{3164}"}, /* Hangul filler */
};

START_TEST(test_case)
{
    char *safe = escape_text(cases[_i].raw);

    ck_assert_str_eq(safe, cases[_i].safe);
    g_free(safe);
}
END_TEST

START_TEST(test_null)
{
    char buf[4] = "xyz", *safe = escape_text(NULL);

    ck_assert_str_eq(safe, "");
    ck_assert_str_eq(escape_into(buf, sizeof buf, NULL), "");
    g_free(safe);
}
END_TEST

START_TEST(test_into_cuts_at_whole_characters)
{
    char buf[8];

    ck_assert_str_eq(escape_into(buf, 8,
                                 "abcd\x1b"
                                 "e"),
                     "abcd");
    ck_assert_str_eq(escape_into(buf, 4, "a\xe6\xbc\xa2"), "a");
    ck_assert_str_eq(escape_into(buf, 5, "a\xe6\xbc\xa2"), "a\xe6\xbc\xa2");
    ck_assert_str_eq(escape_into(buf, 1, "a"), "");
    escape_into(NULL, 0, "a");
}
END_TEST

/* Whatever the bytes: valid, printable, and different for different input. */
START_TEST(test_any_bytes)
{
    GRand *rand = g_rand_new_with_seed(7);
    GHashTable *seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);

    for (int i = 0; i < 20000; i++) {
        char raw[9], *safe;
        int n = g_rand_int_range(rand, 1, 9);

        for (int k = 0; k < n; k++)
            raw[k] = (char)g_rand_int_range(rand, 1, 256);
        raw[n] = '\0';
        safe = escape_text(raw);
        ck_assert(g_utf8_validate(safe, -1, NULL));
        for (const char *p = safe; *p; p = g_utf8_next_char(p))
            ck_assert(!g_unichar_iscntrl(g_utf8_get_char(p)));
        if (g_hash_table_contains(seen, safe))
            ck_assert_str_eq(g_hash_table_lookup(seen, safe), raw);
        g_hash_table_insert(seen, safe, g_strdup(raw));
    }
    g_hash_table_destroy(seen);
    g_rand_free(rand);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("escape");
    TCase *tcase = tcase_create("escape");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_loop_test(tcase, test_case, 0, G_N_ELEMENTS(cases));
    tcase_add_test(tcase, test_null);
    tcase_add_test(tcase, test_into_cuts_at_whole_characters);
    tcase_add_test(tcase, test_any_bytes);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
