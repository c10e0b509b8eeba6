/* Rules about what flows through the models: each fires on what is planted for it, and leads there;
 * none on two models that do the same. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "core/activity_effect.h"
#include "core/random.h"
#include "core/rule.h"
#include "tests/support/planted.h"

enum { BLOCKS = 2, HEADS = 2, HIDDEN = 8, MLP = 16, LONG = 12, EXAMPLES = 120, CATEGORIES = 3 };

static const char *const categories[] = {"calm", "moved", "quiet"};

/* What the tuned side does otherwise. */
struct plan {
    bool sink, silence, shift;
};

/* Values as a function of where they stand: the same for both sides but for the plan. */
static float value_at(uint32_t example, uint32_t layer, uint32_t i)
{
    uint64_t seed = example * 1000003u + layer * 10007u + i;

    return (float)(random_unit(&seed) + 0.3 * (example * 7919 % 100) / 100.0);
}

static void show_rows(const struct net_probe *probe, enum net_site site, uint32_t block,
                      uint32_t example, uint32_t columns, const struct plan *plan)
{
    float values[LONG * MLP];
    bool moved = plan->shift && site == NET_RESIDUAL && block == 1 && example % CATEGORIES == 1;
    bool silent = plan->silence && site == NET_HIDDEN && block == 0;

    for (uint32_t i = 0; i < LONG * columns; i++) {
        values[i] = value_at(example, site * BLOCKS + block, i) + (moved ? 1 : 0);
        if (silent && i % columns == 5)
            values[i] = 1e-7F;
    }
    probe->seen(probe->data, &(struct net_seen){site, block, 0, 0, LONG, columns, values});
}

/* Uniform; of a sink head 1 of block 1 looks at the first token. */
static void show_attention(const struct net_probe *probe, uint32_t block, const struct plan *plan)
{
    float weights[HEADS * LONG * LONG] = {0};

    for (uint32_t h = 0; h < HEADS; h++)
        for (uint32_t i = 0; i < LONG; i++)
            for (uint32_t j = 0; j <= i; j++)
                weights[(h * LONG + i) * LONG + j] =
                    plan->sink && block && h ? j == 0 : 1.0F / (float)(i + 1);
    probe->seen(probe->data,
                &(struct net_seen){NET_ATTENTION, block, 0, 0, HEADS * LONG, LONG, weights});
}

static void show(const struct net_probe *probe, uint32_t example, const struct plan *plan)
{
    show_rows(probe, NET_EMBEDDED, 0, example, HIDDEN, plan);
    for (uint32_t b = 0; b < BLOCKS; b++) {
        show_attention(probe, b, plan);
        show_rows(probe, NET_HEAD_OUT, b, example, HIDDEN, plan);
        show_rows(probe, NET_HIDDEN, b, example, MLP, plan);
        show_rows(probe, NET_RESIDUAL, b, example, HIDDEN, plan);
    }
    show_rows(probe, NET_FINAL, 0, example, HIDDEN, plan);
}

static struct activity *planted(const struct plan *plan)
{
    static const struct net_spec spec = {.layers = BLOCKS,
                                         .hidden = HIDDEN,
                                         .heads = HEADS,
                                         .kv_heads = HEADS,
                                         .head_dim = HIDDEN / HEADS,
                                         .intermediate = MLP,
                                         .vocabulary = 10,
                                         .causal = true};
    static const struct plan nothing = {false, false, false};
    struct activity_options o = {.categories = categories,
                                 .n_categories = CATEGORIES,
                                 .pair = true,
                                 .first_apart = true,
                                 .attention = true,
                                 .threads = 1};
    struct activity *a = activity_create(&spec, &o, NULL);

    for (uint32_t i = 0; i < EXAMPLES; i++) {
        struct activity_sequence said = {i, i % CATEGORIES, LONG, 0};

        activity_batch(a, &said, 1);
        for (int side = 0; side < ACTIVITY_SIDES; side++) {
            struct net_probe probe = activity_probe(a, side);

            show(&probe, i, side ? plan : &nothing);
        }
    }
    return a;
}

static const struct {
    const char *id;
    enum severity severity;
    const char *where, *view;
    int32_t block, head;
    struct plan plan;
} samples[] = {
    {"head_sink", SEVERITY_WARNING, "L1.h1", "attention", 1, 1, {.sink = true}},
    {"silent_units", SEVERITY_WARNING, "L0 MLP", "units", 0, -1, {.silence = true}},
    {"category_shift", SEVERITY_INFO, "moved", "categories", 1, -1, {.shift = true}},
};

static bool is_mine(const struct finding *f)
{
    for (size_t i = 0; i < G_N_ELEMENTS(samples); i++)
        if (strcmp(f->rule->id, samples[i].id) == 0)
            return true;
    return false;
}

/* Findings of these rules, of a healthy pair with that activity. */
static const struct finding *only_finding(const GArray *findings, uint32_t *n)
{
    const struct finding *found = NULL;

    *n = 0;
    for (guint i = 0; i < findings->len; i++) {
        const struct finding *f = &g_array_index(findings, struct finding, i);

        if (is_mine(f)) {
            found = f;
            ++*n;
        }
    }
    return found;
}

static bool names(const struct finding *f, const char *evidence)
{
    for (unsigned i = 0; i < f->n_evidence; i++)
        if (strcmp(f->evidence[i].name, evidence) == 0)
            return true;
    return false;
}

START_TEST(fires_on_its_sample)
{
    struct planted p;
    struct comparison *c;
    struct activity *a = planted(&samples[_i].plan);
    struct category_shifts *shifts = category_shifts_create(a);
    const struct finding *f;
    GArray *findings;
    uint32_t n;

    planted_init(&p);
    c = planted_compare(&p);
    c->activity = a;
    c->shifts = shifts;
    findings = rules_check(c);
    f = only_finding(findings, &n);
    ck_assert_msg(n == 1, "%u findings", n);
    ck_assert_str_eq(f->rule->id, samples[_i].id);
    ck_assert_int_eq(f->severity, samples[_i].severity);
    ck_assert_str_eq(f->where, samples[_i].where);
    ck_assert_str_eq(f->view, samples[_i].view);
    ck_assert_int_eq(f->block, samples[_i].block);
    ck_assert_int_eq(f->head, samples[_i].head);
    for (int k = 0; f->rule->thresholds[k] != THRESHOLD_COUNT; k++)
        ck_assert(names(f, threshold_table[f->rule->thresholds[k]].name));
    findings_free(findings);
    comparison_destroy(c);
    category_shifts_destroy(shifts);
    activity_destroy(a);
}
END_TEST

START_TEST(silent_on_models_that_do_the_same)
{
    static const struct plan nothing = {false, false, false};
    struct planted p;
    struct comparison *c;
    struct activity *a = planted(&nothing);
    struct category_shifts *shifts = category_shifts_create(a);
    GArray *findings;
    uint32_t n;

    planted_init(&p);
    c = planted_compare(&p);
    c->activity = a;
    c->shifts = shifts;
    findings = rules_check(c);
    only_finding(findings, &n);
    ck_assert_uint_eq(n, 0);
    findings_free(findings);
    comparison_destroy(c);
    category_shifts_destroy(shifts);
    activity_destroy(a);
}
END_TEST

START_TEST(thresholds_decide)
{
    static const struct {
        const char *id;
        enum threshold which;
        double silent;
    } rows[] = {{"head_sink", THRESHOLD_SINK_FIRST, 1.1},
                {"head_sink", THRESHOLD_SINK_RISE, 0.95},
                {"silent_units", THRESHOLD_SILENT_SHARE, 0.5},
                {"silent_units", THRESHOLD_SILENT_TOKENS, 1e6},
                {"category_shift", THRESHOLD_SHIFT_EFFECT, 1e6},
                {"category_shift", THRESHOLD_SHIFT_RATE, 0}};
    static const struct plan all = {true, true, true};
    struct planted p;
    struct comparison *c;
    struct activity *a = planted(&all);
    struct category_shifts *shifts = category_shifts_create(a);

    planted_init(&p);
    c = planted_compare(&p);
    c->activity = a;
    c->shifts = shifts;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        double before = c->thresholds.value[rows[i].which];
        GArray *findings;

        c->thresholds.value[rows[i].which] = rows[i].silent;
        findings = rules_check(c);
        for (guint k = 0; k < findings->len; k++)
            ck_assert_str_ne(g_array_index(findings, struct finding, k).rule->id, rows[i].id);
        findings_free(findings);
        c->thresholds.value[rows[i].which] = before;
    }
    comparison_destroy(c);
    category_shifts_destroy(shifts);
    activity_destroy(a);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("activity_rules");
    TCase *t = tcase_create("activity_rules");
    SRunner *r = srunner_create(s);
    int failed;

    tcase_set_timeout(t, 120);
    tcase_add_loop_test(t, fires_on_its_sample, 0, G_N_ELEMENTS(samples));
    tcase_add_test(t, silent_on_models_that_do_the_same);
    tcase_add_test(t, thresholds_decide);
    suite_add_tcase(s, t);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
