/* Which tensor is which: equal names, wrappers, one-sided and different ones, in model order. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "core/pair.h"
#include "tests/support/memory_source.h"

static float one(uint64_t i)
{
    (void)i;
    return 1;
}

static struct checkpoint *build(const char *const *names)
{
    struct memory_source *m = memory_source_create("test.h5");

    for (size_t i = 0; names[i]; i++)
        memory_source_add_f32(m, names[i], 2, 3, one);
    return checkpoint_create(memory_source_finish(m));
}

START_TEST(test_equal_names_and_order)
{
    struct checkpoint *a = build((const char *[]){"a", "b", "c", NULL});
    struct checkpoint *b = build((const char *[]){"x", "a", "y", "c", "z", NULL});
    static const struct pair_entry expected[] = {{PAIR_NONE, 0, PAIR_TUNED_ONLY, NULL, NULL},
                                                 {0, 1, PAIR_MATCHED, NULL, NULL},
                                                 {PAIR_NONE, 2, PAIR_TUNED_ONLY, NULL, NULL},
                                                 {1, PAIR_NONE, PAIR_BASE_ONLY, NULL, NULL},
                                                 {2, 3, PAIR_MATCHED, NULL, NULL},
                                                 {PAIR_NONE, 4, PAIR_TUNED_ONLY, NULL, NULL}};
    struct pairing p;

    pairing_init(&p, a, b, true);
    ck_assert_uint_eq(p.n_entries, G_N_ELEMENTS(expected));
    for (uint32_t i = 0; i < p.n_entries; i++) {
        ck_assert_uint_eq(p.entries[i].base, expected[i].base);
        ck_assert_uint_eq(p.entries[i].tuned, expected[i].tuned);
        ck_assert_int_eq(p.entries[i].state, expected[i].state);
    }
    ck_assert_uint_eq(p.n_matched, 2);
    ck_assert_uint_eq(p.n_base_only, 1);
    ck_assert_uint_eq(p.n_tuned_only, 3);
    pairing_finish(&p);
    checkpoint_destroy(a);
    checkpoint_destroy(b);
}
END_TEST

START_TEST(test_wrappers)
{
    struct checkpoint *a = build((const char *[]){"model.h.0.w", "model.h.1.w", NULL});
    struct checkpoint *b = build((const char *[]){"module.model.h.0.w", "_orig_mod.h.1.w", NULL});
    struct pairing p;

    pairing_init(&p, a, b, true);
    ck_assert_uint_eq(p.n_matched, 2);
    ck_assert_uint_eq(p.entries[0].tuned, 0);
    ck_assert_uint_eq(p.entries[1].tuned, 1);
    ck_assert_ptr_nonnull(p.entries[0].rule);
    pairing_finish(&p);
    pairing_init(&p, a, b, false);
    ck_assert_uint_eq(p.n_matched, 0);
    ck_assert_uint_eq(p.n_entries, 4);
    pairing_finish(&p);
    checkpoint_destroy(a);
    checkpoint_destroy(b);
}
END_TEST

/* Two names that a rule makes equal stand for neither: nothing is guessed. */
START_TEST(test_ambiguous)
{
    struct checkpoint *a = build((const char *[]){"w", NULL});
    struct checkpoint *b = build((const char *[]){"model.w", "module.w", NULL});
    struct pairing p;

    pairing_init(&p, a, b, true);
    ck_assert_uint_eq(p.n_matched, 0);
    ck_assert_uint_eq(p.n_tuned_only, 2);
    pairing_finish(&p);
    checkpoint_destroy(a);
    checkpoint_destroy(b);
}
END_TEST

static struct checkpoint *build_types(bool tuned)
{
    struct memory_source *m = memory_source_create("test.h5");
    static const double values[6] = {0};
    const uint64_t shape[2] = {2, 3}, turned[2] = {3, 2};

    memory_source_add(m, "shape", TENSOR_WEIGHT, DTYPE_F32, 2, tuned ? turned : shape, values);
    memory_source_add(m, "float", TENSOR_WEIGHT, tuned ? DTYPE_BF16 : DTYPE_F32, 2, shape, values);
    memory_source_add(m, "codes", TENSOR_WEIGHT, tuned ? DTYPE_I8 : DTYPE_F32, 2, shape, values);
    return checkpoint_create(memory_source_finish(m));
}

START_TEST(test_types_and_shapes)
{
    struct checkpoint *a = build_types(false), *b = build_types(true);
    struct pairing p;

    pairing_init(&p, a, b, true);
    ck_assert_int_eq(p.entries[0].state, PAIR_DIFFERENT);
    ck_assert_str_eq(p.entries[0].reason, "shape [2,3] against [3,2]");
    ck_assert_int_eq(p.entries[1].state, PAIR_MATCHED);
    ck_assert_ptr_nonnull(strstr(p.entries[1].reason, "float32 against bfloat16"));
    ck_assert_int_eq(p.entries[2].state, PAIR_DIFFERENT);
    ck_assert_uint_eq(p.n_different, 2);
    pairing_finish(&p);
    checkpoint_destroy(a);
    checkpoint_destroy(b);
}
END_TEST

START_TEST(test_one_file)
{
    struct checkpoint *a = build((const char *[]){"a", "b", NULL});
    struct pairing p;

    pairing_init(&p, a, NULL, true);
    ck_assert_uint_eq(p.n_entries, 2);
    ck_assert_int_eq(p.entries[1].state, PAIR_MATCHED);
    ck_assert_uint_eq(p.entries[1].tuned, PAIR_NONE);
    ck_assert_uint_eq(p.n_matched + p.n_base_only, 0);
    pairing_finish(&p);
    checkpoint_destroy(a);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("pair");
    TCase *t = tcase_create("names");
    SRunner *r;
    int failed;

    tcase_add_test(t, test_equal_names_and_order);
    tcase_add_test(t, test_wrappers);
    tcase_add_test(t, test_ambiguous);
    tcase_add_test(t, test_types_and_shapes);
    tcase_add_test(t, test_one_file);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
