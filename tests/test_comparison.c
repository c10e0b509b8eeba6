/* A whole scan over sources in memory: same bits for any thread count, failures that stay alone,
 * cancelling, resuming, roll-ups that obey the mediant inequality. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "core/exact_all.h"
#include "core/metric.h"
#include "core/spectrum_all.h"
#include "tests/support/memory_source.h"

static float noise(uint64_t i, uint64_t seed)
{
    uint64_t x = (i + 1) * 6364136223846793005u + seed * 1442695040888963407u;

    x ^= x >> 29;
    x *= 0x9e3779b97f4a7c15u;
    x ^= x >> 32;
    return (float)((double)(x & 0xffffff) / 0xffffff - 0.5);
}

static float base_value(uint64_t i)
{
    return noise(i, 1);
}

static float tuned_value(uint64_t i)
{
    return noise(i, 1) + 0.01f * noise(i, 2);
}

static float gain(uint64_t i)
{
    (void)i;
    return 1;
}

static float broken(uint64_t i)
{
    return i == 7 ? NAN : noise(i, 3);
}

/* Large enough for several blocks, so that folding order matters. */
#define ROWS 1700
#define COLS 1300

static struct memory_source *build(bool tuned)
{
    struct memory_source *m = memory_source_create(tuned ? "tuned.h5" : "base.h5");
    float (*value)(uint64_t) = tuned ? tuned_value : base_value;

    memory_source_add_f32(m, "model.embed_tokens.weight", ROWS, COLS, value);
    memory_source_add_f32(m, "model.layers.0.self_attn.q_proj.weight", 64, 48, value);
    memory_source_add_f32(m, "model.layers.0.input_layernorm.weight", 48, 0, gain);
    memory_source_add_f32(m, "model.layers.1.self_attn.q_proj.weight", 64, 48, value);
    memory_source_add_f32(m, "model.layers.1.mlp.up_proj.weight", 32, 48, tuned ? broken : value);
    memory_source_add_f32(m, tuned ? "new.weight" : "old.weight", 8, 8, value);
    memory_source_add_f32(m, "shape.weight", tuned ? 8 : 4, 8, value);
    memory_source_add_f32(m, "empty.weight", 0, 8, value);
    return m;
}

static struct comparison *compare(struct memory_source *a, struct memory_source *b, guint threads)
{
    const struct comparison_options options = {.threads = threads, .use_rules = true};
    struct checkpoint *base = checkpoint_create(memory_source_finish(a));
    struct checkpoint *tuned = b ? checkpoint_create(memory_source_finish(b)) : NULL;
    struct comparison *c = comparison_create(base, tuned, &options, NULL);

    ck_assert_ptr_nonnull(c);
    comparison_scan_start(c);
    return c;
}

static uint32_t find(const struct comparison *c, const char *name)
{
    for (uint32_t i = 0; i < c->pairing.n_entries; i++)
        if (strcmp(comparison_tensor(c, i)->name, name) == 0)
            return i;
    ck_abort_msg("%s is missing", name);
    return 0;
}

static void same_sketch(const struct sketch *a, const struct sketch *b)
{
    ck_assert_uint_eq(a->n_bins, b->n_bins);
    ck_assert_uint_eq(a->total, b->total);
    for (uint32_t i = 0; i < a->n_bins; i++) {
        ck_assert_int_eq(a->bins[i].key, b->bins[i].key);
        ck_assert_uint_eq(a->bins[i].count, b->bins[i].count);
    }
}

START_TEST(test_same_bits_for_any_thread_count)
{
    struct comparison *one = compare(build(false), build(true), 1);

    comparison_scan_wait(one);
    for (guint threads = 2; threads <= 5; threads++) {
        struct comparison *many = compare(build(false), build(true), threads);

        comparison_scan_wait(many);
        for (uint32_t i = 0; i < one->summary.n; i++) {
            const struct scan_result *a = &one->summary.entries[i].result;
            const struct scan_result *b = &many->summary.entries[i].result;

            ck_assert_mem_eq(&a->stats, &b->stats, sizeof a->stats);
            same_sketch(&a->base, &b->base);
            same_sketch(&a->delta, &b->delta);
        }
        comparison_destroy(many);
    }
    comparison_destroy(one);
}
END_TEST

START_TEST(test_numbers)
{
    struct comparison *c = compare(build(false), build(true), 2);
    const struct scan_result *r;
    long double base = 0, delta = 0;

    comparison_scan_wait(c);
    r = &c->summary.entries[find(c, "model.embed_tokens.weight")].result;
    for (uint64_t i = 0; i < (uint64_t)ROWS * COLS; i++) {
        double d = (double)tuned_value(i) - base_value(i);

        base += (long double)base_value(i) * base_value(i);
        delta += d * d;
    }
    ck_assert_double_eq_tol(stats_l2(&r->stats.base) / (double)sqrtl(base), 1, 1e-12);
    ck_assert_double_eq_tol(pair_relative(&r->stats) / (double)sqrtl(delta / base), 1, 1e-12);
    r = &c->summary.entries[find(c, "model.layers.1.mlp.up_proj.weight")].result;
    ck_assert_uint_eq(r->stats.tuned.nan, 1);
    ck_assert_uint_eq(r->stats.base.nan, 0);
    comparison_destroy(c);
}
END_TEST

/* Different shapes: both sides have numbers, there is no delta; one-sided tensors likewise. */
START_TEST(test_unmatched)
{
    struct comparison *c = compare(build(false), build(true), 2);
    const struct scan_result *r;

    comparison_scan_wait(c);
    r = &c->summary.entries[find(c, "shape.weight")].result;
    ck_assert(r->has_base && r->has_tuned && !r->has_delta);
    ck_assert_uint_eq(r->stats.base.elems, 32);
    ck_assert_uint_eq(r->stats.tuned.elems, 64);
    r = &c->summary.entries[find(c, "new.weight")].result;
    ck_assert(!r->has_base && r->has_tuned && !r->has_delta);
    r = &c->summary.entries[find(c, "empty.weight")].result;
    ck_assert(r->has_delta);
    ck_assert_uint_eq(r->stats.base.elems, 0);
    comparison_destroy(c);
}
END_TEST

START_TEST(test_rollups)
{
    struct comparison *c = compare(build(false), build(true), 2);
    struct rollup model, group;
    double squares = 0, weights = 0, least = INFINITY, most = 0;

    comparison_scan_wait(c);
    comparison_model_rollup(c, &model);
    for (uint32_t g = 0; g < c->n_groups; g++) {
        double relative;

        comparison_group_rollup(c, g, &group);
        relative = rollup_relative(&group);
        if (!(group.base_l2 > 0))
            continue;
        squares += relative * relative * group.base_l2 * group.base_l2;
        weights += group.base_l2 * group.base_l2;
        least = fmin(least, relative);
        most = fmax(most, relative);
    }
    ck_assert_double_eq_tol(rollup_relative(&model) / sqrt(squares / weights), 1, 1e-12);
    ck_assert_double_ge(rollup_relative(&model), least);
    ck_assert_double_le(rollup_relative(&model), most);
    ck_assert_uint_eq(model.parameters, (uint64_t)ROWS * COLS + 2 * 64 * 48 + 32 * 48);
    ck_assert_uint_eq(model.all_parameters, model.parameters + 48);
    ck_assert_uint_eq(model.nan, 1);
    comparison_destroy(c);
}
END_TEST

START_TEST(test_a_failure_stays_alone)
{
    struct memory_source *a = build(false);
    struct comparison *c;
    uint32_t failed;

    memory_source_break(a, "model.embed_tokens.weight");
    c = compare(a, build(true), 2);
    comparison_scan_wait(c);
    failed = find(c, "model.embed_tokens.weight");
    ck_assert_int_eq(c->summary.entries[failed].state, ENTRY_FAILED);
    ck_assert_ptr_nonnull(strstr(c->summary.entries[failed].error, "planted failure"));
    ck_assert_uint_eq(c->summary.n_failed, 1);
    ck_assert_uint_eq(c->summary.n_finished, c->summary.n);
    comparison_destroy(c);
}
END_TEST

START_TEST(test_cancel_keeps_and_resume_finishes)
{
    gint gate = 0;
    struct memory_source *a = build(false);
    struct comparison *c, *whole = compare(build(false), build(true), 1);
    struct progress p;

    comparison_scan_wait(whole);
    memory_source_gate(a, &gate);
    c = compare(a, build(true), 2);
    comparison_scan_cancel(c);
    comparison_progress(c, &p);
    ck_assert(p.cancelled && !p.running);
    g_atomic_int_set(&gate, 1);
    comparison_scan_resume(c);
    comparison_scan_wait(c);
    comparison_progress(c, &p);
    ck_assert(!p.cancelled && !p.running);
    ck_assert_uint_eq(p.bytes_done, p.bytes_total);
    for (uint32_t i = 0; i < c->summary.n; i++)
        ck_assert_mem_eq(&c->summary.entries[i].result.stats,
                         &whole->summary.entries[i].result.stats, sizeof(struct pair_stats));
    comparison_destroy(c);
    comparison_destroy(whole);
}
END_TEST

/* Destroyed while workers wait in a read: they end first. */
START_TEST(test_destroy_in_the_middle)
{
    gint gate = 0;
    struct memory_source *a = build(false);
    struct comparison *c;

    memory_source_gate(a, &gate);
    c = compare(a, build(true), 3);
    g_atomic_int_set(&gate, 1);
    comparison_destroy(c);
}
END_TEST

START_TEST(test_exact_arrives)
{
    struct comparison *c = compare(build(false), build(true), 2);
    uint32_t entry = find(c, "model.layers.0.self_attn.q_proj.weight");
    const struct exact_result *x;
    const char *error = NULL;

    comparison_scan_wait(c);
    while (!(x = comparison_exact(c, entry, &error)) && !error)
        comparison_wait(c);
    ck_assert_ptr_nonnull(x);
    ck_assert(x->has_base && x->has_tuned);
    ck_assert_double_eq(x->base.low, c->summary.entries[entry].result.stats.base.min);
    comparison_destroy(c);
}
END_TEST

/* The same quantiles whether an entry is asked for alone or all are. */
START_TEST(test_exact_of_all)
{
    struct comparison *c = compare(build(false), build(true), 3);
    struct exact_quantiles *all = g_new0(struct exact_quantiles, c->summary.n);

    comparison_scan_wait(c);
    exact_all(c, all);
    for (uint32_t i = 0; i < c->summary.n; i++) {
        const struct exact_result *x;
        const char *error = NULL;

        ck_assert(all[i].ok);
        while (!(x = comparison_exact(c, i, &error)) && !error)
            comparison_wait(c);
        if (x->has_base)
            ck_assert_mem_eq(x->base.quantiles, all[i].base, sizeof all[i].base);
        if (x->has_tuned)
            ck_assert_mem_eq(x->tuned.quantiles, all[i].tuned, sizeof all[i].tuned);
    }
    g_free(all);
    comparison_destroy(c);
}
END_TEST

START_TEST(test_exact_of_all_stays_alone_with_a_failure)
{
    struct memory_source *a = build(false);
    struct comparison *c;
    struct exact_quantiles *all;
    uint32_t failed;

    memory_source_break(a, "shape.weight");
    c = compare(a, build(true), 2);
    comparison_scan_wait(c);
    all = g_new0(struct exact_quantiles, c->summary.n);
    exact_all(c, all);
    failed = find(c, "shape.weight");
    for (uint32_t i = 0; i < c->summary.n; i++)
        ck_assert(all[i].ok == (i != failed));
    g_free(all);
    comparison_destroy(c);
}
END_TEST

START_TEST(test_preferred_first)
{
    gint gate = 0;
    struct memory_source *a = build(false);
    struct comparison *c;
    uint32_t first, last;

    memory_source_gate(a, &gate);
    c = compare(a, build(true), 1);
    last = find(c, "shape.weight");
    comparison_scan_prefer(c, &last, 1);
    g_atomic_int_set(&gate, 1);
    first = find(c, "model.embed_tokens.weight");
    while (c->summary.entries[last].state != ENTRY_DONE &&
           c->summary.entries[first].state != ENTRY_DONE)
        comparison_wait(c);
    /* Both may be drained at once, but the preferred one is never the later. */
    ck_assert_int_eq(c->summary.entries[last].state, ENTRY_DONE);
    comparison_destroy(c);
}
END_TEST

START_TEST(test_one_file)
{
    struct comparison *c = compare(build(false), NULL, 2);
    struct rollup model;

    comparison_scan_wait(c);
    comparison_model_rollup(c, &model);
    ck_assert(!model.has_delta);
    ck_assert_double_gt(model.base_l2, 0);
    ck_assert(isnan(rollup_relative(&model)));
    comparison_destroy(c);
}
END_TEST

/* contract_metrics: every row explains itself, and nothing at all is NAN, not a crash. */
START_TEST(test_contract_metrics)
{
    struct scan_result nothing;
    struct rollup empty;

    scan_result_init(&nothing);
    rollup_init(&empty);
    for (size_t i = 0; metric_table[i]; i++) {
        const struct metric *m = metric_table[i];

        ck_assert(m->name && m->title && m->unit && m->help && m->source && m->of_entry);
        ck_assert_ptr_eq(metric_find(m->name), m);
        ck_assert(isnan(m->of_entry(&nothing)));
        if (m->of_rollup && (m->needs & METRIC_NEEDS_PAIR))
            ck_assert(isnan(m->of_rollup(&empty)));
    }
    ck_assert_ptr_null(metric_find("nothing of the kind"));
    scan_result_finish(&nothing);
}
END_TEST

/* A triangle of norms with a right angle at the base: cos is 3/5. */
START_TEST(test_angle_of_a_group)
{
    struct rollup r = {.has_delta = true, .base_l2 = 3, .tuned_l2 = 5, .delta_l2 = 4};

    ck_assert_double_eq_tol(metric_cosine.of_rollup(&r), 0.4, 1e-15);
    r.inf = 1;
    ck_assert(isnan(metric_cosine.of_rollup(&r)));
}
END_TEST

/* The base shrunk by a tenth, and one step at right angles to it. */
START_TEST(test_decay_and_learning_apart)
{
    static const double base[] = {3, 4, 0}, tuned[] = {2.7, 3.6, 0.25};
    struct scan_scratch *scratch = scan_scratch_create();
    struct scan_result r;

    scan_result_init(&r);
    scan_block(scan_ops_choose(NULL), scratch, DTYPE_F64, base, DTYPE_F64, tuned,
               &(struct scan_span){.n = 3}, &r);
    ck_assert_double_eq_tol(metric_find("decay")->of_entry(&r), 0.9, 1e-15);
    ck_assert_double_eq_tol(metric_find("learned")->of_entry(&r), 0.05, 1e-15);
    scan_result_finish(&r);
    scan_scratch_destroy(scratch);
}
END_TEST

/* 100 elements of 2 move by 0.125, one by 10: every sum is known. */
START_TEST(test_published_measures)
{
    struct scan_result r;
    float base[101], tuned[101];
    struct scan_scratch *scratch = scan_scratch_create();
    double delta = 100 * 0.125 + 10, before = 202;

    for (int i = 0; i < 101; i++) {
        base[i] = 2;
        tuned[i] = i == 50 ? 12 : 2.125f;
    }
    scan_result_init(&r);
    scan_block(scan_ops_choose(NULL), scratch, DTYPE_F32, base, DTYPE_F32, tuned,
               &(struct scan_span){.n = 101}, &r);
    ck_assert_double_eq_tol(metric_find("rel_l1")->of_entry(&r), delta / before, 1e-14);
    ck_assert_double_eq_tol(metric_find("sigma")->of_entry(&r), delta / (2 * before + delta), 1e-14);
    ck_assert_double_eq_tol(metric_find("gguf")->of_entry(&r), 150 * delta / (2 * before + delta), 1e-12);
    ck_assert_double_eq_tol(metric_find("tails")->of_entry(&r), 1.0 / 101, 1e-14);
    scan_result_finish(&r);
    scan_scratch_destroy(scratch);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("comparison");
    TCase *t = tcase_create("scan");
    SRunner *r;
    int failed;

    tcase_set_timeout(t, 120);
    tcase_add_test(t, test_same_bits_for_any_thread_count);
    tcase_add_test(t, test_numbers);
    tcase_add_test(t, test_unmatched);
    tcase_add_test(t, test_rollups);
    tcase_add_test(t, test_a_failure_stays_alone);
    tcase_add_test(t, test_cancel_keeps_and_resume_finishes);
    tcase_add_test(t, test_destroy_in_the_middle);
    tcase_add_test(t, test_exact_arrives);
    tcase_add_test(t, test_exact_of_all);
    tcase_add_test(t, test_exact_of_all_stays_alone_with_a_failure);
    tcase_add_test(t, test_preferred_first);
    tcase_add_test(t, test_one_file);
    tcase_add_test(t, test_contract_metrics);
    tcase_add_test(t, test_angle_of_a_group);
    tcase_add_test(t, test_published_measures);
    tcase_add_test(t, test_decay_and_learning_apart);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
