/* Mixtures of a planted pair: every element is base + alpha delta with an alpha that is known. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "core/blend_source.h"
#include "tests/support/planted.h"

enum { HEAD_DIM = 16, WIDTH = 64 };

static struct planted planted;
static struct comparison *pair;
static struct blend blend;

static void setup(void)
{
    planted_init(&planted);
    pair = planted_compare(&planted);
}

static void teardown(void)
{
    blend_finish(&blend);
    comparison_destroy(pair);
}

static void edit(int32_t block, enum role role, int32_t head, double alpha)
{
    blend_set(&blend, &(struct blend_edit){block, role, head, alpha});
}

static float *read_all(struct source *s, uint32_t index)
{
    float *values = g_new(float, s->tensors[index].elems);

    ck_assert(s->ops->read(s, index, 0, s->tensors[index].elems, values, NULL));
    return values;
}

/* The mixture of rows [first, first + rows) of that tensor is alpha; of all others 1. */
static void expect_rows(const char *name, uint64_t first, uint64_t rows, double alpha)
{
    struct source *mixed = blend_source_create(pair, &blend);
    uint32_t entry = planted_find(pair, name);
    const struct pair_entry *e = &pair->pairing.entries[entry];
    const struct tensor *t = &mixed->tensors[e->tuned];
    float *base = read_all(pair->base->source, e->base);
    float *tuned = read_all(pair->tuned->source, e->tuned), *got = read_all(mixed, e->tuned);
    uint64_t cols = t->rank > 1 ? t->dim[1] : 1;

    for (uint64_t i = 0; i < t->elems; i++) {
        bool inside = i / cols >= first && i / cols < first + rows;
        float want = inside ? (float)(base[i] + alpha * ((double)tuned[i] - base[i])) : tuned[i];

        ck_assert_msg(memcmp(&got[i], &want, sizeof want) == 0, "%s[%u]: %g, not %g", name,
                      (unsigned)i, got[i], want);
    }
    g_free(base);
    g_free(tuned);
    g_free(got);
    source_close(mixed);
}

static void expect_whole(const char *name, double alpha)
{
    expect_rows(name, 0, UINT32_MAX, alpha);
}

START_TEST(blocks_and_roles)
{
    edit(3, ROLE_COUNT, BLEND_ANY, 0);
    edit(BLEND_ANY, ROLE_VALUE, BLEND_ANY, 0.25);
    edit(5, ROLE_DOWN, BLEND_ANY, 0.5);
    edit(5, ROLE_COUNT, BLEND_ANY, 0.5);
    expect_whole("layers.3.self_attn.q_proj.weight", 0);
    expect_whole("layers.3.input_layernorm.weight", 0);
    expect_whole("layers.3.self_attn.v_proj.weight", 0);
    expect_whole("layers.2.self_attn.v_proj.weight", 0.25);
    expect_whole("layers.2.self_attn.q_proj.weight", 1);
    expect_whole("layers.5.mlp.down_proj.weight", 0.25);
    expect_whole("layers.5.mlp.up_proj.weight", 0.5);
    expect_whole("embed_tokens.weight", 1);
    edit(BLEND_OUTSIDE, ROLE_EMBEDDING, BLEND_ANY, 0);
    expect_whole("embed_tokens.weight", 0);
}
END_TEST

/* Four heads share two keys and values: a key goes back only as far as both its heads do. */
START_TEST(heads)
{
    edit(1, ROLE_COUNT, 2, 0);
    expect_rows("layers.1.self_attn.q_proj.weight", 2 * HEAD_DIM, HEAD_DIM, 0);
    expect_whole("layers.1.self_attn.k_proj.weight", 1);
    expect_whole("layers.0.self_attn.q_proj.weight", 1);
    edit(1, ROLE_COUNT, 3, 0.5);
    expect_rows("layers.1.self_attn.k_proj.weight", HEAD_DIM, HEAD_DIM, 0.5);
    expect_rows("layers.1.self_attn.v_proj.weight", HEAD_DIM, HEAD_DIM, 0.5);
}
END_TEST

/* A head's part of the output projection is columns. */
START_TEST(heads_in_columns)
{
    struct source *mixed;
    uint32_t entry = planted_find(pair, "layers.1.self_attn.o_proj.weight");
    const struct pair_entry *e = &pair->pairing.entries[entry];
    float *base, *tuned, *got;

    edit(1, ROLE_COUNT, 2, 0);
    mixed = blend_source_create(pair, &blend);
    ck_assert(blend_source_changes(mixed, e->tuned));
    base = read_all(pair->base->source, e->base);
    tuned = read_all(pair->tuned->source, e->tuned);
    got = read_all(mixed, e->tuned);
    for (uint32_t i = 0; i < WIDTH * WIDTH; i++)
        ck_assert(got[i] == (i % WIDTH / HEAD_DIM == 2 ? base[i] : tuned[i]));
    g_free(base);
    g_free(tuned);
    g_free(got);
    source_close(mixed);
}
END_TEST

START_TEST(edits_replace_and_go)
{
    edit(3, ROLE_COUNT, BLEND_ANY, 0.5);
    edit(4, ROLE_COUNT, BLEND_ANY, 0.5);
    edit(3, ROLE_COUNT, BLEND_ANY, 0.25);
    ck_assert_uint_eq(blend.n, 2);
    ck_assert(blend_get(&blend, 3, ROLE_COUNT, BLEND_ANY) == 0.25);
    ck_assert_uint_eq(blend_first_block(&blend, 8), 3);
    edit(3, ROLE_COUNT, BLEND_ANY, 1);
    ck_assert_uint_eq(blend.n, 1);
    ck_assert_uint_eq(blend_first_block(&blend, 8), 4);
    edit(4, ROLE_COUNT, BLEND_ANY, 1);
    ck_assert_uint_eq(blend_first_block(&blend, 8), 8);
    edit(BLEND_OUTSIDE, ROLE_HEAD, BLEND_ANY, 0);
    ck_assert_uint_eq(blend_first_block(&blend, 8), 8);
    edit(BLEND_OUTSIDE, ROLE_NORM, BLEND_ANY, 0);
    ck_assert_uint_eq(blend_first_block(&blend, 8), 0);
}
END_TEST

/* Any cut gives the same bits. */
START_TEST(parts_of_a_tensor)
{
    uint32_t entry = planted_find(pair, "layers.2.mlp.up_proj.weight");
    uint32_t index = pair->pairing.entries[entry].tuned;
    struct source *mixed;
    float *whole, part[7];

    edit(2, ROLE_COUNT, BLEND_ANY, 0.3);
    mixed = blend_source_create(pair, &blend);
    whole = read_all(mixed, index);
    for (uint64_t i = 0; i + 7 <= mixed->tensors[index].elems; i += 5) {
        ck_assert(mixed->ops->read(mixed, index, i, 7, part, NULL));
        ck_assert_mem_eq(part, whole + i, sizeof part);
    }
    g_free(whole);
    source_close(mixed);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("blend");
    TCase *t = tcase_create("blend");

    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, blocks_and_roles);
    tcase_add_test(t, heads);
    tcase_add_test(t, heads_in_columns);
    tcase_add_test(t, edits_replace_and_go);
    tcase_add_test(t, parts_of_a_tensor);
    suite_add_tcase(suite, t);

    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
