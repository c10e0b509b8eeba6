/* Pairs that were told: their text and back, what overrides what, what they make of two
 * checkpoints. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "core/comparison.h"
#include "core/pair_map_text.h"
#include "tests/support/memory_source.h"

static const struct pair_map_item *item(const struct pair_map *m, guint i)
{
    return &g_array_index(m->items, struct pair_map_item, i);
}

START_TEST(test_text_and_back)
{
    static const char *const names[] = {"plain",    "with\ttab", "with\nline", "back\\slash",
                                        "#hash",    "\xc3\xa9",  "\x1b[31m",   " blank ",
                                        "quote\"d", "\xff\xfe"};
    struct pair_map *m = pair_map_create(), *back;
    GError *error = NULL;
    char *text;

    for (guint i = 0; i < G_N_ELEMENTS(names); i++)
        pair_map_add(m, names[i], names[G_N_ELEMENTS(names) - 1 - i],
                     (enum pair_how)(i % PAIR_HOW_COUNT),
                     i % 2 ? pair_rule_map : pair_rule_content);
    text = pair_map_text(m);
    back = pair_map_parse(text, "map", &error);
    ck_assert_msg(back != NULL, "%s", error ? error->message : "");
    ck_assert_uint_eq(back->items->len, m->items->len);
    for (guint i = 0; i < m->items->len; i++) {
        ck_assert_str_eq(item(back, i)->base, item(m, i)->base);
        ck_assert_str_eq(item(back, i)->tuned, item(m, i)->tuned);
        ck_assert_int_eq(item(back, i)->how, item(m, i)->how);
        ck_assert_ptr_eq(item(back, i)->rule, item(m, i)->rule);
        ck_assert_uint_eq(item(back, i)->line, i + 1);
    }
    g_free(text);
    pair_map_destroy(back);
    pair_map_destroy(m);
}
END_TEST

START_TEST(test_short_forms)
{
    struct pair_map *m =
        pair_map_parse("# remark\n\na\tb\r\nc\td\ttransposed\nx\ty\tnever\tcontent", "map", NULL);

    ck_assert_ptr_nonnull(m);
    ck_assert_uint_eq(m->items->len, 3);
    ck_assert_str_eq(item(m, 0)->tuned, "b");
    ck_assert_int_eq(item(m, 0)->how, PAIR_HOW_AUTO);
    ck_assert_uint_eq(item(m, 0)->line, 3);
    ck_assert_int_eq(item(m, 1)->how, PAIR_HOW_TRANSPOSED);
    ck_assert(pair_map_forbids(m, "x", "y"));
    ck_assert(!pair_map_forbids(m, "a", "b"));
    pair_map_destroy(m);
}
END_TEST

static const struct {
    const char *text, *says;
} wrong[] = {
    {"a", "map:1: a pair is"},
    {"a\tb\nc\t", "map:2: a pair is"},
    {"\tb", "map:1: a pair is"},
    {"a\tb\tsideways", "map:1: the third field"},
    {"a\tb\tauto\trules", "map:1: the fourth field"},
    {"a\tb\tauto\tmap\tmore", "map:1: a pair is"},
    {"a\tb\\", "map:1: a name ends"},
};

START_TEST(test_wrong_lines)
{
    GError *error = NULL;

    ck_assert_ptr_null(pair_map_parse(wrong[_i].text, "map", &error));
    ck_assert_msg(g_str_has_prefix(error->message, wrong[_i].says), "%s", error->message);
    ck_assert_int_eq(error->code, TARE_ERROR_INPUT);
    g_error_free(error);
}
END_TEST

/* A name has one partner: what is decided later holds, and can be taken back. */
START_TEST(test_add_and_undo)
{
    struct pair_map *m = pair_map_create();

    pair_map_add(m, "a", "x", PAIR_HOW_AUTO, pair_rule_map);
    pair_map_add(m, "b", "y", PAIR_HOW_AUTO, pair_rule_map);
    pair_map_add(m, "a", "y", PAIR_HOW_PLAIN, pair_rule_map);
    ck_assert_uint_eq(m->items->len, 1);
    ck_assert_str_eq(item(m, 0)->tuned, "y");
    pair_map_add(m, "a", "x", PAIR_HOW_NEVER, pair_rule_content);
    ck_assert_uint_eq(m->items->len, 2);
    ck_assert(pair_map_undo(m));
    ck_assert(pair_map_undo(m));
    ck_assert(!pair_map_undo(m));
    pair_map_destroy(m);
}
END_TEST

static float by_index(uint64_t i)
{
    return (float)i + 1;
}

static float turned(uint64_t i) /* of {3,2}: the transpose of {2,3} */
{
    return by_index(i % 2 * 3 + i / 2);
}

static struct comparison *compare(const char *map_text, GError **error)
{
    struct memory_source *a = memory_source_create("a.h5"), *b = memory_source_create("b.h5");
    struct pair_map *map = pair_map_parse(map_text, "map", NULL);
    struct comparison_options options = {.threads = 1, .use_rules = true, .map = map};
    struct comparison *c;

    memory_source_add_f32(a, "one", 2, 3, by_index);
    memory_source_add_f32(a, "two", 2, 3, by_index);
    memory_source_add_f32(a, "six", 6, 0, by_index);
    memory_source_add_f32(b, "two", 2, 3, by_index);
    memory_source_add_f32(b, "eins", 3, 2, turned);
    memory_source_add_f32(b, "flat", 6, 0, by_index);
    c = comparison_create(checkpoint_create(memory_source_finish(a)),
                          checkpoint_create(memory_source_finish(b)), &options, error);
    pair_map_destroy(map);
    if (!c)
        return NULL;
    comparison_scan_start(c);
    comparison_scan_wait(c);
    return c;
}

static const struct pair_entry *entry_of(const struct comparison *c, const char *base, uint32_t *at)
{
    for (*at = 0; *at < c->pairing.n_entries; (*at)++)
        if (strcmp(comparison_tensor(c, *at)->name, base) == 0 &&
            c->pairing.entries[*at].base != PAIR_NONE)
            return &c->pairing.entries[*at];
    ck_abort_msg("no %s", base);
    return NULL;
}

static const struct {
    const char *map, *base, *tuned;
    bool equal;
} told[] = {
    {"one\teins\ttransposed\n", "one", "eins", true},
    {"one\tflat\tplain\n", "one", "flat", true},
    {"six\ttwo\tplain\n", "six", "two", true},
    {"one\ttwo\n", "one", "two", true},
    {"one\teins\tplain\n", "one", "eins", false},
    {"one\teins\tplain\none\tflat\tplain\n", "one", "eins", false},
};

START_TEST(test_told)
{
    struct comparison *c = compare(told[_i].map, NULL);
    const struct pair_entry *e;
    uint32_t i;

    ck_assert_ptr_nonnull(c);
    e = entry_of(c, told[_i].base, &i);
    ck_assert_int_eq(e->state, PAIR_MATCHED);
    ck_assert_str_eq(e->rule, pair_rule_map);
    ck_assert_str_eq(tensor_stored_name(checkpoint_tensor(c->tuned, e->tuned)), told[_i].tuned);
    ck_assert_int_eq(c->summary.entries[i].result.stats.unchanged == 6, told[_i].equal);
    comparison_destroy(c);
}
END_TEST

/* A name that the map took away is left over, though the other side has its equal. */
START_TEST(test_map_goes_before_names)
{
    struct comparison *c = compare("one\ttwo\n", NULL);
    uint32_t i;

    ck_assert_int_eq(entry_of(c, "two", &i)->state, PAIR_BASE_ONLY);
    ck_assert_uint_eq(c->pairing.n_tuned_only, 2);
    comparison_destroy(c);
}
END_TEST

/* What can't be: the pair is there, and says why it is not subtracted. */
START_TEST(test_impossible)
{
    struct comparison *c = compare("one\teins\n", NULL);
    uint32_t i;

    ck_assert_int_eq(entry_of(c, "one", &i)->state, PAIR_DIFFERENT);
    ck_assert_str_eq(c->pairing.entries[i].reason, "shape [2,3] against [3,2]");
    comparison_destroy(c);
}
END_TEST

START_TEST(test_unknown_names)
{
    GError *error = NULL;

    ck_assert_ptr_null(compare("one\ttwo\nfour\ttwo\n", &error));
    ck_assert_str_eq(error->message, "map:2: a.h5 has no tensor 'four'");
    g_clear_error(&error);
    ck_assert_ptr_null(compare("one\tnothing\n", &error));
    ck_assert_str_eq(error->message, "map:1: b.h5 has no tensor 'nothing'");
    g_clear_error(&error);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("pair_map");
    TCase *t = tcase_create("map");
    SRunner *r;
    int failed;

    tcase_add_test(t, test_text_and_back);
    tcase_add_test(t, test_short_forms);
    tcase_add_loop_test(t, test_wrong_lines, 0, G_N_ELEMENTS(wrong));
    tcase_add_test(t, test_add_and_undo);
    tcase_add_loop_test(t, test_told, 0, G_N_ELEMENTS(told));
    tcase_add_test(t, test_map_goes_before_names);
    tcase_add_test(t, test_impossible);
    tcase_add_test(t, test_unknown_names);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
