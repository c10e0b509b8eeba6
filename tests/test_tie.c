/* Copies counted once: only on request, only what is equal to the last byte, on every side. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "core/copies.h"
#include "core/rule.h"
#include "tests/support/memory_source.h"

enum { ROWS = 40, COLS = 64, ELEMS = ROWS * COLS };

/* Small integers, so that every sum is exact whatever order it is taken in. */
static float value(uint64_t i)
{
    return i == 5 ? 9 : i == 6 ? -9 : (float)(i * 7 % 13) - 6;
}

static float other(uint64_t i)
{
    return value(i) + (i % 3 == 0 ? 0.25f : 0);
}

/* Two values in one lane of the scan change places: all sums, extremes and bins stay. */
static float permuted(uint64_t i)
{
    return value(i == 160 ? 176 : i == 176 ? 160 : i);
}

typedef float (*fill)(uint64_t i);

struct weight {
    const char *name;
    fill fill;
};

static struct checkpoint *build(const char *path, const struct weight *weights, const gint *gate)
{
    struct memory_source *m = memory_source_create(path);

    for (; weights->name; weights++)
        memory_source_add_f32(m, weights->name, ROWS, COLS, weights->fill);
    if (gate)
        memory_source_gate(m, gate);
    return checkpoint_create(memory_source_finish(m));
}

static struct comparison *compare(const struct weight *base, const struct weight *tuned, bool tie)
{
    const struct comparison_options options = {.threads = 2, .use_rules = true, .tie = tie};
    struct comparison *c =
        comparison_create(build("base.h5", base, NULL),
                          tuned ? build("tuned.h5", tuned, NULL) : NULL, &options, NULL);

    comparison_scan_start(c);
    comparison_tie_wait(c);
    return c;
}

static const struct weight three[] = {
    {"embed.weight", value}, {"layer.weight", other}, {"head.weight", value}, {NULL, NULL}};
static const struct weight four[] = {{"embed.weight", value},
                                     {"layer.weight", other},
                                     {"head.weight", value},
                                     {"last.weight", value},
                                     {NULL, NULL}};
static const struct weight swapped[] = {
    {"embed.weight", value}, {"layer.weight", other}, {"head.weight", permuted}, {NULL, NULL}};
static const struct weight untied[] = {
    {"embed.weight", value}, {"layer.weight", other}, {"head.weight", other}, {NULL, NULL}};
static const struct weight moved[] = {
    {"embed.weight", other}, {"layer.weight", value}, {"head.weight", other}, {NULL, NULL}};

static uint64_t parameters(const struct comparison *c)
{
    struct rollup r;

    comparison_model_rollup(c, &r);
    return r.all_parameters;
}

START_TEST(asked_not_guessed)
{
    struct comparison *c = compare(three, NULL, false);

    ck_assert_uint_eq(parameters(c), 3 * ELEMS);
    ck_assert_uint_eq(comparison_copy_of(c, 2), PAIR_NONE);
    ck_assert_uint_eq(comparison_next_copy(c, 0), PAIR_NONE);
    comparison_tie(c);
    comparison_tie_wait(c);
    ck_assert_int_eq(c->tie.state, TIE_DONE);
    ck_assert_uint_eq(parameters(c), 2 * ELEMS);
    ck_assert_uint_eq(comparison_parameters(c, false), 2 * ELEMS);
    ck_assert_uint_eq(comparison_tensors(c, false), 2);
    ck_assert_uint_eq(comparison_copy_of(c, 2), 0);
    ck_assert_uint_eq(comparison_next_copy(c, 0), 2);
    comparison_untie(c);
    ck_assert_int_eq(c->tie.state, TIE_OFF);
    ck_assert_uint_eq(parameters(c), 3 * ELEMS);
    ck_assert_uint_eq(comparison_tensors(c, false), 3);
    comparison_destroy(c);
}
END_TEST

START_TEST(a_chain_of_copies)
{
    struct comparison *c = compare(four, NULL, true);
    static const uint32_t chain[] = {0, 2, 3, PAIR_NONE};

    for (unsigned i = 0; i + 1 < G_N_ELEMENTS(chain); i++)
        ck_assert_uint_eq(comparison_next_copy(c, chain[i]), chain[i + 1]);
    ck_assert_uint_eq(c->tie.n_copies, 2);
    ck_assert_uint_eq(parameters(c), 2 * ELEMS);
    comparison_destroy(c);
}
END_TEST

/* What the statistics can't tell, the values do. */
START_TEST(a_permutation_is_no_copy)
{
    struct comparison *c = compare(swapped, NULL, true);
    uint32_t *first = copies_find(c, COPIES_BASE);

    ck_assert_msg(first[2] == 0, "the planted permutation does not look like a copy");
    ck_assert_uint_eq(c->tie.n_copies, 0);
    ck_assert_uint_eq(c->tie.n_unequal, 1);
    ck_assert_uint_eq(parameters(c), 3 * ELEMS);
    g_free(first);
    comparison_destroy(c);
}
END_TEST

/* Tied in the base and trained apart: two tensors. Moved together: one. */
START_TEST(every_side_counts)
{
    static const struct {
        const struct weight *base, *tuned;
        uint32_t copies;
    } rows[] = {{three, untied, 0}, {untied, three, 0}, {three, moved, 1},
                {three, three, 1},  {three, four, 1},   {four, three, 1}};

    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct comparison *c = compare(rows[i].base, rows[i].tuned, true);

        ck_assert_msg(c->tie.n_copies == rows[i].copies, "pair %u: %u", i, c->tie.n_copies);
        ck_assert_uint_eq(parameters(c), (3 - rows[i].copies) * ELEMS);
        comparison_destroy(c);
    }
}
END_TEST

static const struct finding *find_copy(const GArray *findings)
{
    for (guint i = 0; i < findings->len; i++)
        if (strcmp(g_array_index(findings, struct finding, i).rule->id, "copy") == 0)
            return &g_array_index(findings, struct finding, i);
    return NULL;
}

START_TEST(the_finding_says_so)
{
    struct comparison *c = compare(three, NULL, false);
    GArray *findings = rules_check(c);

    ck_assert_int_eq(find_copy(findings)->severity, SEVERITY_WARNING);
    ck_assert_ptr_nonnull(strstr(find_copy(findings)->rule->advice, ":tie"));
    findings_free(findings);
    comparison_tie(c);
    comparison_tie_wait(c);
    findings = rules_check(c);
    ck_assert_int_eq(find_copy(findings)->severity, SEVERITY_INFO);
    ck_assert_ptr_nonnull(strstr(find_copy(findings)->what, "counted once"));
    findings_free(findings);
    comparison_destroy(c);
}
END_TEST

/* Norms of the kept ones are as they were, to the last bit. */
START_TEST(sums_are_of_the_kept)
{
    static const struct weight kept[] = {
        {"embed.weight", value}, {"layer.weight", other}, {NULL, NULL}};
    struct comparison *tied = compare(three, moved, true), *two;
    struct rollup a, b;
    struct weight moved_kept[3] = {moved[0], moved[1], {NULL, NULL}};

    two = compare(kept, moved_kept, false);
    comparison_model_rollup(tied, &a);
    comparison_model_rollup(two, &b);
    ck_assert_double_eq(a.base_l2, b.base_l2);
    ck_assert_double_eq(a.delta_l2, b.delta_l2);
    ck_assert_double_eq(a.all_tuned_l2, b.all_tuned_l2);
    ck_assert_uint_eq(a.parameters, b.parameters);
    comparison_destroy(tied);
    comparison_destroy(two);
}
END_TEST

/* Stopped while a worker compares, in every way it can be. */
START_TEST(stopped_halfway)
{
    const struct comparison_options options = {.threads = 1, .use_rules = true};
    gint gate = 1;
    struct comparison *c = comparison_create(build("base.h5", four, &gate), NULL, &options, NULL);

    comparison_scan_start(c);
    comparison_scan_wait(c);
    g_atomic_int_set(&gate, 0);
    comparison_tie(c);
    ck_assert_int_eq(c->tie.state, TIE_COMPARING);
    if (_i == 0) {
        comparison_untie(c);
    } else if (_i == 1) {
        comparison_tie(c);
    }
    g_atomic_int_set(&gate, 1);
    if (_i < 2) {
        comparison_tie_wait(c);
        ck_assert_int_eq(c->tie.state, _i == 0 ? TIE_OFF : TIE_DONE);
        ck_assert_uint_eq(c->tie.n_copies, _i == 0 ? 0 : 2);
    }
    comparison_destroy(c);
}
END_TEST

/* A side that can't be read any more merges nothing and says why. */
START_TEST(a_failed_comparison)
{
    const struct comparison_options options = {.threads = 1, .use_rules = true};
    struct memory_source *m = memory_source_create("base.h5");
    struct comparison *c;

    for (const struct weight *w = three; w->name; w++)
        memory_source_add_f32(m, w->name, ROWS, COLS, w->fill);
    c = comparison_create(checkpoint_create(memory_source_finish(m)), NULL, &options, NULL);
    comparison_scan_start(c);
    comparison_scan_wait(c);
    memory_source_break(m, "head.weight");
    comparison_tie(c);
    comparison_tie_wait(c);
    ck_assert_uint_eq(c->tie.n_copies, 0);
    ck_assert_ptr_nonnull(strstr(c->tie.error, "planted failure"));
    comparison_destroy(c);
}
END_TEST

START_TEST(nothing_to_scan)
{
    struct comparison *c = compare(&three[3], NULL, true);

    ck_assert_int_eq(c->tie.state, TIE_DONE);
    ck_assert_uint_eq(c->tie.n_copies, 0);
    comparison_destroy(c);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("tie");
    TCase *t = tcase_create("tie");
    SRunner *r;
    int failed;

    tcase_set_timeout(t, 60);
    tcase_add_test(t, asked_not_guessed);
    tcase_add_test(t, a_chain_of_copies);
    tcase_add_test(t, a_permutation_is_no_copy);
    tcase_add_test(t, every_side_counts);
    tcase_add_test(t, the_finding_says_so);
    tcase_add_test(t, sums_are_of_the_kept);
    tcase_add_loop_test(t, stopped_halfway, 0, 3);
    tcase_add_test(t, a_failed_comparison);
    tcase_add_test(t, nothing_to_scan);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
