/* The planted pair keeps what its header promises: what other tests stand on. */
#include <check.h>
#include <math.h>
#include <stdlib.h>

#include "tests/support/planted.h"

#define R 0x1p-7

/* Norms, ratios and angle of every matrix, block and of the model. */
START_TEST(closed_forms)
{
    struct planted p;
    struct comparison *c;
    struct rollup r;

    planted_init(&p);
    p.rank = (uint32_t)_i;
    c = planted_compare(&p);
    ck_assert_uint_eq(comparison_blocks(c), p.blocks);
    for (uint32_t i = 0; i < c->summary.n; i++) {
        const struct pair_stats *s = &c->summary.entries[i].result.stats;
        double a = comparison_place(c, i)->matrix ? planted_scale(i) : 1;

        ck_assert_int_eq(c->summary.entries[i].state, ENTRY_DONE);
        ck_assert_double_eq_tol(stats_l2(&s->base) / (a * sqrt((double)s->base.elems)), 1, 1e-7);
        ck_assert_double_eq_tol(pair_relative(s) / R, 1, 1e-5);
        if (comparison_place(c, i)->matrix && !p.rank)
            ck_assert_double_eq_tol(pair_cosine_distance(s) / (1 - 1 / sqrt(1 + R * R)), 1, 1e-3);
    }
    comparison_model_rollup(c, &r);
    ck_assert_double_eq_tol(rollup_relative(&r) / R, 1, 1e-5);
    comparison_destroy(c);
}
END_TEST

/* Each patch does what it says, to its rectangle alone. */
START_TEST(patches)
{
    struct planted p;
    struct comparison *c;
    const struct pair_stats *s;

    planted_init(&p);
    p.patch[0] = (struct patch){"embed_tokens.weight", .row = 16, .rows = 48, PATCH_NONE};
    p.patch[0].delta = 0; /* untouched rows */
    p.patch[1] = (struct patch){"layers.2.mlp.up_proj.weight", PATCH_NONE};
    p.patch[1].decay = 0.5, p.patch[1].delta = 0; /* decayed only */
    p.patch[2] = (struct patch){"layers.3.mlp.up_proj.weight", 5, 1, 7, 1, PATCH_NONE, true};
    p.patch[3] = (struct patch){"layers.4.mlp.up_proj.weight", .row = 9, .rows = 1, PATCH_NONE};
    p.patch[3].base = 0, p.patch[3].delta = 0; /* dead on both sides */
    c = planted_compare(&p);
    s = &c->summary.entries[planted_find(c, "embed_tokens.weight")].result.stats;
    ck_assert_uint_eq(s->unchanged, 48 * 64);
    s = &c->summary.entries[planted_find(c, "layers.2.mlp.up_proj.weight")].result.stats;
    ck_assert_double_eq(pair_relative(s), 0.5);
    ck_assert_double_le(pair_tangential(s), 1e-9);
    s = &c->summary.entries[planted_find(c, "layers.3.mlp.up_proj.weight")].result.stats;
    ck_assert_uint_eq(s->tuned.nan, 1);
    ck_assert_uint_eq(s->base.nan, 0);
    s = &c->summary.entries[planted_find(c, "layers.4.mlp.up_proj.weight")].result.stats;
    ck_assert_uint_eq(s->base.zeros, 64);
    ck_assert_uint_eq(s->tuned.zeros, 64);
    comparison_destroy(c);
}
END_TEST

START_TEST(types_and_ties)
{
    struct planted p;
    struct comparison *c;

    planted_init(&p);
    p.tuned_dtype = DTYPE_BF16;
    p.mixed = "q_proj.weight";
    p.mixed_dtype = DTYPE_F64;
    p.tied = true;
    c = planted_compare(&p);
    ck_assert_int_eq(comparison_tensor(c, planted_find(c, "3.self_attn.q_proj.weight"))->dtype,
                     DTYPE_F64);
    ck_assert_double_eq(comparison_floor(c, planted_find(c, "3.mlp.up_proj.weight")),
                        dtype_info(DTYPE_BF16)->floor);
    for (uint32_t i = 0; i < c->summary.n; i++)
        ck_assert_str_ne(comparison_tensor(c, i)->name, "lm_head.weight");
    ck_assert_int_eq(c->base->source->config.tied, TIED_YES);
    comparison_destroy(c);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("planted");
    TCase *t = tcase_create("planted");
    SRunner *r;
    int failed;

    tcase_add_loop_test(t, closed_forms, 0, 4);
    tcase_add_test(t, patches);
    tcase_add_test(t, types_and_ties);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
