/* Pictures of attention: the mask is not zero, pooling keeps the largest, rows read out. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include "core/attention_pattern.h"
#include "core/hidden_states.h"

enum { HEADS = 2, N = 10 };

/* Causal, uniform over what is seen; the tuned side's head 1 is all on the first token. */
static struct attention_pattern *planted(bool pair)
{
    struct attention_pattern *p = g_new0(struct attention_pattern, 1);

    *p = (struct attention_pattern){.heads = HEADS, .n = N, .causal = true};
    for (int side = 0; side <= pair; side++) {
        p->weights[side] = g_new0(float, HEADS *N *N);
        for (uint32_t h = 0; h < HEADS; h++)
            for (uint32_t i = 0; i < N; i++)
                for (uint32_t j = 0; j <= i; j++)
                    p->weights[side][(h * N + i) * N + j] =
                        side && h ? j == 0 : 1.0f / (float)(i + 1);
    }
    return p;
}

START_TEST(the_mask_is_not_zero)
{
    struct attention_pattern *p = planted(true);
    struct attention_picture whole = {1, 0, 0, 1, N, N, ATTENTION_OF_TUNED};
    float cells[N * N];

    attention_draw(p, &whole, cells);
    for (uint32_t i = 0; i < N; i++)
        for (uint32_t j = 0; j < N; j++) {
            ck_assert_int_eq(isnan(cells[i * N + j]), j > i);
            ck_assert(j > i || cells[i * N + j] == (j == 0));
        }
    p->window = 3;
    ck_assert(attention_masked(p, 5, 2) && !attention_masked(p, 5, 3) && attention_masked(p, 5, 6));
    p->causal = false;
    ck_assert(!attention_masked(p, 5, 9) && !attention_masked(p, 5, 0));
    attention_pattern_destroy(p);
}
END_TEST

/* 10 tokens into 4 cells: 3 a cell, the last holds one. */
START_TEST(pooling_keeps_the_largest)
{
    struct attention_pattern *p = planted(true);
    struct attention_picture small = {0, 0, 0, attention_step(N, 4), 4, 4, ATTENTION_OF_BASE};
    float cells[16];

    ck_assert_uint_eq(small.step, 3);
    attention_draw(p, &small, cells);
    ck_assert_float_eq(cells[0], 1);     /* query 0 */
    ck_assert_float_eq(cells[5], 0.25f); /* queries 3..5 and keys 3..5: 1/4 */
    ck_assert_float_eq(cells[15], 0.1f);
    ck_assert(isnan(cells[1]) && isnan(cells[6]));
    small.head = 1;
    small.show = ATTENTION_OF_DELTA;
    attention_draw(p, &small, cells);
    ck_assert_float_eq(cells[12], 1 - 0.1f); /* key 0 of query 9 gained most */
    ck_assert_float_eq(cells[13], -0.1f);
    small.first_query = 9;
    small.first_key = 0;
    small.step = 1;
    attention_draw(p, &small, cells);
    ck_assert_float_eq(cells[0], 1 - 0.1f);
    ck_assert(isnan(cells[4])); /* beyond the example */
    ck_assert_uint_eq(attention_step(4, 4), 1);
    ck_assert_uint_eq(attention_step(0, 4), 1);
    attention_pattern_destroy(p);
}
END_TEST

START_TEST(a_row_reads_out)
{
    struct attention_pattern *p = planted(true);
    struct attention_row row;
    uint32_t keys[N];

    attention_row_of(p, 1, 7, &row);
    ck_assert_double_eq_tol(row.entropy[ACTIVITY_BASE], 3, 1e-6);
    ck_assert_double_eq_tol(row.entropy[ACTIVITY_TUNED], 0, 1e-12);
    ck_assert_double_eq_tol(row.variation, 7 / 8.0, 1e-6);
    ck_assert_double_eq(row.first[ACTIVITY_TUNED], 1);
    ck_assert_double_eq(row.previous[ACTIVITY_BASE], 0.125);
    ck_assert_double_eq(row.self[ACTIVITY_TUNED], 0);
    ck_assert_uint_eq(attention_keys(p, 1, 7, ATTENTION_OF_DELTA, 3, keys), 3);
    ck_assert_uint_eq(keys[0], 0);
    ck_assert_uint_eq(keys[1], 1);
    ck_assert_uint_eq(attention_keys(p, 0, 2, ATTENTION_OF_BASE, N, keys), 3);
    attention_pattern_destroy(p);

    p = planted(false);
    attention_row_of(p, 0, 0, &row);
    ck_assert(isnan(row.variation) && isnan(row.entropy[ACTIVITY_TUNED]));
    ck_assert(isnan(row.previous[ACTIVITY_BASE]) && row.self[ACTIVITY_BASE] == 1);
    attention_pattern_destroy(p);
}
END_TEST

START_TEST(a_token_in_a_layer)
{
    float base[] = {0, 0, 3, 4}, tuned[] = {1, 0, -4, 3};
    struct hidden_states h = {.n = 1, .hidden = 2, .layers = 2, .values = {base, tuned}};
    struct hidden_state s;

    hidden_state_of(&h, 1, 0, &s);
    ck_assert_double_eq(s.norm[ACTIVITY_BASE], 5);
    ck_assert_double_eq(s.norm[ACTIVITY_TUNED], 5);
    ck_assert_double_eq_tol(s.shift, sqrt(2), 1e-15);
    ck_assert_double_eq(s.cosine, 0);
    hidden_state_of(&h, 0, 0, &s);
    ck_assert(isnan(s.shift) && isnan(s.cosine));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("attention_pattern");
    TCase *t = tcase_create("attention_pattern");
    SRunner *r = srunner_create(s);
    int failed;

    tcase_add_test(t, the_mask_is_not_zero);
    tcase_add_test(t, pooling_keeps_the_largest);
    tcase_add_test(t, a_row_reads_out);
    tcase_add_test(t, a_token_in_a_layer);
    suite_add_tcase(s, t);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
