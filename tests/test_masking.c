/* What is hidden from an encoder, how often, and what never is. */
#include <check.h>
#include <glib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/text/tokenizer_tables.h"
#include "core/train/masking.h"

#define N 200

static const char *const words[] = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "b", "c"};

static struct tokenizer *tokenizer;
static struct masking masking;

static void setup(void)
{
    tokenizer = tokenizer_create(tokenizer_tables_words("words", words, G_N_ELEMENTS(words)), NULL);
    ck_assert(tokenizer != NULL);
    masking_init(&masking, tokenizer, 1000);
}

static void teardown(void)
{
    tokenizer_destroy(tokenizer);
}

START_TEST(shares)
{
    uint32_t ids[N], hidden[N], targets[N];
    double chosen = 0, masked = 0, kept = 0, other = 0;

    ck_assert_uint_eq(masking.mask, 4);
    for (uint32_t i = 0; i < N; i++)
        ids[i] = i == 0 ? 2 : i == N - 1 ? 3 : 5 + i;
    for (uint64_t run = 0; run < 500; run++) {
        uint32_t said = masking_apply(&masking, ids, N, 50, false, run, hidden, targets), found = 0;

        for (uint32_t i = 0; i < N; i++) {
            if (targets[i] == UINT32_MAX) {
                ck_assert_uint_eq(hidden[i], ids[i]);
                continue;
            }
            ck_assert(i >= 50 && i < N - 1);
            ck_assert_uint_eq(targets[i], ids[i]);
            ck_assert_uint_lt(hidden[i], 1000);
            found++;
            masked += hidden[i] == 4;
            kept += hidden[i] == ids[i];
            other += hidden[i] != 4 && hidden[i] != ids[i];
        }
        ck_assert_uint_eq(said, found);
        chosen += found;
    }
    /* Five standard errors of 500 x 149 tokens. */
    ck_assert_double_lt(fabs(chosen / (500 * 149) - 0.15), 0.0066);
    ck_assert_double_lt(fabs(masked / chosen - 0.8), 0.02);
    ck_assert_double_lt(fabs(other / chosen - 0.1), 0.015);
    ck_assert_double_lt(fabs(kept / chosen - 0.1), 0.015);
}
END_TEST

START_TEST(at_least_one_unless_all_are_special)
{
    const uint32_t ids[] = {2, 7, 3}, special[] = {2, 0, 3}, unknown[] = {2, 1, 3};
    uint32_t hidden[3], targets[3];

    for (uint64_t run = 0; run < 100; run++) {
        ck_assert_uint_eq(masking_apply(&masking, ids, 3, 0, true, run, hidden, targets), 1);
        ck_assert(hidden[0] == 2 && hidden[1] == 4 && hidden[2] == 3);
        ck_assert(targets[0] == UINT32_MAX && targets[1] == 7 && targets[2] == UINT32_MAX);
        ck_assert_uint_eq(masking_apply(&masking, special, 3, 0, true, run, hidden, targets), 0);
        ck_assert_mem_eq(hidden, special, sizeof special);
        ck_assert_uint_eq(masking_apply(&masking, unknown, 3, 0, true, run, hidden, targets), 1);
        ck_assert_uint_eq(masking_apply(&masking, ids, 3, 2, true, run, hidden, targets), 0);
    }
}
END_TEST

START_TEST(a_mask_that_the_model_lacks_is_none)
{
    struct masking m;

    masking_init(&m, tokenizer, 4);
    ck_assert_uint_eq(m.mask, TOKEN_NONE);
    masking_init(&m, NULL, 100);
    ck_assert_uint_eq(m.mask, TOKEN_NONE);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("masking");
    TCase *t = tcase_create("all");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, shares);
    tcase_add_test(t, at_least_one_unless_all_are_special);
    tcase_add_test(t, a_mask_that_the_model_lacks_is_none);
    suite_add_tcase(suite, t);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
