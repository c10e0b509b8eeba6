/* Proposals by content: renamed, shuffled and transposed tensors find their partners; strangers and
 * constants don't pass for sure ones. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "core/pair_content.h"
#include "tests/support/memory_source.h"

enum { LAYERS = 12, ROWS = 48, COLS = 80 };

/* A hash of its arguments, uniform in [-1, 1): the same on any machine. */
static double noise(uint64_t a, uint64_t b)
{
    uint64_t x = (a * 0x9e3779b97f4a7c15u) ^ (b + 0x7f4a7c15u);

    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return (double)((x ^ (x >> 31)) >> 11) * 0x1p-52 - 1;
}

/* Layers that one initialiser made alike; tuned: moved by a twentieth. */
static float weight(unsigned layer, uint64_t row, uint64_t col, bool tuned)
{
    uint64_t i = row * COLS + col;

    return (float)(0.02 * (noise(layer, i) + (tuned ? 0.05 * noise(layer + 100, i) : 0)));
}

static void add_matrix(struct memory_source *m, const char *name, unsigned layer, bool tuned,
                       bool turned)
{
    const uint64_t dim[] = {turned ? COLS : ROWS, turned ? ROWS : COLS};
    float *x = g_new(float, ROWS *COLS);

    for (uint64_t r = 0; r < ROWS; r++)
        for (uint64_t c = 0; c < COLS; c++)
            x[turned ? c * ROWS + r : r * COLS + c] = weight(layer, r, c, tuned);
    memory_source_add(m, name, TENSOR_WEIGHT, DTYPE_F32, 2, dim, x);
    g_free(x);
}

static void add_vector(struct memory_source *m, const char *name, unsigned layer, bool constant)
{
    const uint64_t dim[] = {ROWS};
    float x[ROWS];

    for (uint64_t i = 0; i < ROWS; i++)
        x[i] = constant ? 1 : (float)(1 + 0.1 * noise(layer + 50, i));
    memory_source_add(m, name, TENSOR_WEIGHT, DTYPE_F32, 1, dim, x);
}

/* The tuned side has layer i under the name of (5 i + 3) mod LAYERS, every third one transposed. */
static struct source *layers(bool tuned)
{
    struct memory_source *m = memory_source_create(tuned ? "tuned.h5" : "base.h5");

    for (unsigned i = 0; i < LAYERS; i++) {
        unsigned layer = tuned ? (5 * i + 3) % LAYERS : i;
        char name[32];

        g_snprintf(name, sizeof name, tuned ? "x.%u.matrix" : "enc.%u.w", i);
        add_matrix(m, name, layer, tuned, tuned && layer % 3 == 0);
        g_snprintf(name, sizeof name, tuned ? "x.%u.vector" : "enc.%u.g", i);
        add_vector(m, name, layer, layer < 2);
    }
    return memory_source_finish(m);
}

static struct comparison *compare(struct source *base, struct source *tuned,
                                  const struct pair_map *map)
{
    const struct comparison_options options = {.threads = 2, .use_rules = true, .map = map};
    struct comparison *c =
        comparison_create(checkpoint_create(base), checkpoint_create(tuned), &options, NULL);

    ck_assert_ptr_nonnull(c);
    comparison_scan_start(c);
    comparison_scan_wait(c);
    return c;
}

static const struct proposal *proposal_of(const struct comparison *c, const GArray *all,
                                          const char *base)
{
    for (guint i = 0; i < all->len; i++) {
        const struct proposal *p = &g_array_index(all, struct proposal, i);

        if (strcmp(proposal_base_name(c, p), base) == 0)
            return p;
    }
    return NULL;
}

START_TEST(test_finds_partners)
{
    struct comparison *c = compare(layers(false), layers(true), NULL);
    GArray *all = proposals_find(c);

    ck_assert_uint_eq(all->len, 2 * LAYERS);
    for (unsigned i = 0; i < LAYERS; i++) {
        unsigned layer = (5 * i + 3) % LAYERS;
        char base[32], tuned[32];
        const struct proposal *p;

        g_snprintf(base, sizeof base, "enc.%u.w", layer);
        g_snprintf(tuned, sizeof tuned, "x.%u.matrix", i);
        p = proposal_of(c, all, base);
        ck_assert_str_eq(proposal_tuned_name(c, p), tuned);
        ck_assert_double_ge(p->score, PROPOSAL_SURE);
        ck_assert_int_eq(p->how, layer % 3 == 0 ? PAIR_HOW_TRANSPOSED : PAIR_HOW_PLAIN);
        ck_assert_ptr_nonnull(strstr(p->why, "correlate"));
        g_snprintf(base, sizeof base, "enc.%u.g", layer);
        p = proposal_of(c, all, base);
        ck_assert_double_eq(p->score, layer < 2 ? 0.5 : 1);
        ck_assert_str_eq(p->why, layer < 2 ? "the same constant" : "the same values");
    }
    for (guint i = 1; i < all->len; i++)
        ck_assert_double_le(g_array_index(all, struct proposal, i).score,
                            g_array_index(all, struct proposal, i - 1).score);
    proposals_free(all);
    comparison_destroy(c);
}
END_TEST

/* Accepted they pair, turned as they lie: what is left is the planted change. */
START_TEST(test_accept)
{
    struct comparison *c = compare(layers(false), layers(true), NULL);
    GArray *all = proposals_find(c);
    struct pair_map *map = pair_map_create();

    ck_assert_uint_eq(proposals_accept(c, all, map), LAYERS + LAYERS - 2);
    proposals_free(all);
    comparison_destroy(c);
    c = compare(layers(false), layers(true), map);
    ck_assert_uint_eq(c->pairing.n_matched, 2 * LAYERS - 2);
    ck_assert_uint_eq(c->pairing.n_base_only, 2);
    for (uint32_t i = 0; i < c->pairing.n_entries; i++) {
        const struct scan_result *r = &c->summary.entries[i].result;

        if (c->pairing.entries[i].state != PAIR_MATCHED)
            continue;
        ck_assert_str_eq(c->pairing.entries[i].rule, pair_rule_content);
        ck_assert_double_lt(pair_relative(&r->stats), 0.06);
    }
    pair_map_destroy(map);
    comparison_destroy(c);
}
END_TEST

START_TEST(test_ignored)
{
    struct comparison *c = compare(layers(false), layers(true), NULL);
    GArray *all = proposals_find(c);
    struct pair_map *map = pair_map_create();
    const struct proposal *p = proposal_of(c, all, "enc.4.w");
    char *tuned = g_strdup(proposal_tuned_name(c, p));

    pair_map_add(map, "enc.4.w", tuned, PAIR_HOW_NEVER, pair_rule_content);
    proposals_free(all);
    comparison_destroy(c);
    c = compare(layers(false), layers(true), map);
    all = proposals_find(c);
    p = proposal_of(c, all, "enc.4.w");
    ck_assert(!p || strcmp(proposal_tuned_name(c, p), tuned) != 0);
    g_free(tuned);
    proposals_free(all);
    pair_map_destroy(map);
    comparison_destroy(c);
}
END_TEST

/* Layers of another model: nothing is sure. */
static struct source *strangers(void)
{
    struct memory_source *m = memory_source_create("tuned.h5");

    for (unsigned i = 0; i < LAYERS; i++) {
        char name[32];

        g_snprintf(name, sizeof name, "x.%u.matrix", i);
        add_matrix(m, name, i + 1000, false, i % 2 == 0);
    }
    return memory_source_finish(m);
}

START_TEST(test_strangers)
{
    struct comparison *c = compare(layers(false), strangers(), NULL);
    GArray *all = proposals_find(c);

    for (guint i = 0; i < all->len; i++)
        ck_assert_double_lt(g_array_index(all, struct proposal, i).score, PROPOSAL_SURE);
    proposals_free(all);
    comparison_destroy(c);
}
END_TEST

/* A square one lies either way, and only the norms of its rows can say which. */
START_TEST(test_square)
{
    struct memory_source *a = memory_source_create("a.h5"), *b = memory_source_create("b.h5");
    const uint64_t dim[] = {ROWS, ROWS};
    float x[ROWS * ROWS], y[ROWS * ROWS];
    struct comparison *c;
    GArray *all;

    for (uint64_t i = 0; i < ROWS * ROWS; i++) {
        x[i] = weight(7, i / ROWS, i % ROWS, false);
        y[i % ROWS * ROWS + i / ROWS] = weight(7, i / ROWS, i % ROWS, true);
    }
    memory_source_add(a, "w", TENSOR_WEIGHT, DTYPE_F32, 2, dim, x);
    memory_source_add(b, "v", TENSOR_WEIGHT, DTYPE_F32, 2, dim, y);
    c = compare(memory_source_finish(a), memory_source_finish(b), NULL);
    all = proposals_find(c);
    ck_assert_uint_eq(all->len, 1);
    ck_assert_int_eq(g_array_index(all, struct proposal, 0).how, PAIR_HOW_TRANSPOSED);
    proposals_free(all);
    comparison_destroy(c);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("pair_content");
    TCase *t = tcase_create("proposals");
    SRunner *r;
    int failed;

    tcase_add_test(t, test_finds_partners);
    tcase_add_test(t, test_accept);
    tcase_add_test(t, test_ignored);
    tcase_add_test(t, test_strangers);
    tcase_add_test(t, test_square);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
