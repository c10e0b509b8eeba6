/* Every row of rule_table: explains itself, fires on what is planted for it and leads to it, and is
 * silent on a healthy pair; nothing that files may hold makes one fall over. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/rule.h"
#include "tests/support/memory_source.h"
#include "tests/support/planted.h"

/* What is planted, and what must be found. */
struct sample {
    const char *id;
    enum severity severity;
    const char *where; /* the end of it */
    const char *view;
    struct planted pair;
};

#define SAMPLES 24

static struct sample samples[SAMPLES];
static unsigned n_samples;

static struct planted *plant(const char *id, enum severity severity, const char *where,
                             const char *view)
{
    struct sample *s = &samples[n_samples++];

    *s = (struct sample){.id = id, .severity = severity, .where = where, .view = view};
    planted_init(&s->pair);
    return &s->pair;
}

static struct patch patch_of(const char *tensor, double base, double decay, double delta)
{
    return (struct patch){.tensor = tensor, .base = base, .decay = decay, .delta = delta};
}

static void plant_blocks(struct planted *p, double early, double middle, double late)
{
    for (uint32_t i = 0; i < p->blocks; i++)
        p->delta[i] = i < p->blocks / 4 ? early : i < p->blocks - p->blocks / 4 ? middle : late;
}

static void plant_values(void)
{
    struct planted *p;

    p = plant("nonfinite", SEVERITY_ERROR, "layers.3.mlp.up_proj.weight", "tensor");
    p->patch[0] = patch_of("layers.3.mlp.up_proj.weight", 1, 1, 1);
    p->patch[0].row = 5, p->patch[0].rows = 1, p->patch[0].cols = 1, p->patch[0].nan = true;
    p = plant("large_weight", SEVERITY_WARNING, "layers.2.mlp.down_proj.weight", "tensor");
    p->patch[0] = patch_of("layers.2.mlp.down_proj.weight", 1, 8, 1);
    p->patch[0].rows = p->patch[0].cols = 1;
    p = plant("large_weight", SEVERITY_INFO, "embed_tokens.weight", "tensor");
    p->patch[0] = patch_of("embed_tokens.weight", 1024, 1, 1);
    p->patch[0].rows = p->patch[0].cols = 1;
    p = plant("row_outlier", SEVERITY_WARNING, "layers.4.self_attn.v_proj.weight", "tensor");
    p->patch[0] = patch_of("layers.4.self_attn.v_proj.weight", 1, 16, 1);
    p->patch[0].row = 3, p->patch[0].rows = 1;
    p = plant("dead_neurons", SEVERITY_WARNING, "L6", "neurons");
    p->patch[0] = patch_of("layers.6.mlp.down_proj.weight", 1, 0, 0);
    p->patch[0].col = 9, p->patch[0].cols = 1;
    p = plant("dead_neurons", SEVERITY_INFO, "L6", "neurons");
    p->patch[0] = patch_of("layers.6.mlp.down_proj.weight", 0, 1, 0);
    p->patch[0].col = 9, p->patch[0].cols = 2;
    p = plant("head_outlier", SEVERITY_INFO, "L3.h2", "heads");
    p->patch[0] = patch_of("layers.3.self_attn.q_proj.weight", 1, 1, 16);
    p->patch[0].row = 32, p->patch[0].rows = 16;
    p = plant("untouched_vocabulary", SEVERITY_INFO, "embed_tokens.weight", "vocabulary");
    p->patch[0] = patch_of("embed_tokens.weight", 1, 1, 0);
    p->patch[0].row = 32, p->patch[0].rows = 64;
    p = plant("untouched_vocabulary", SEVERITY_INFO, "embed_tokens.weight", "vocabulary");
    p->patch[0] = patch_of("embed_tokens.weight", 1, 0.875, 0);
    p->patch[0].row = 32, p->patch[0].rows = 64;
}

static void plant_tensors(void)
{
    struct planted *p;

    p = plant("frozen", SEVERITY_INFO, "model", "tensor");
    p->patch[0] = patch_of("layers.1.self_attn.q_proj.weight", 1, 1, 0);
    p = plant("frozen", SEVERITY_WARNING, "model", "tensor");
    p->patch[0] = patch_of("", 1, 1, 0);
    p = plant("decayed_only", SEVERITY_WARNING, "layers.1.self_attn.q_proj.weight", "tensor");
    p->patch[0] = patch_of("layers.1.self_attn.q_proj.weight", 1, 0.96875, 0);
    p = plant("below_floor", SEVERITY_INFO, "model", "tensor");
    p->mixed = "layers.5.mlp.up_proj.weight", p->mixed_dtype = DTYPE_BF16;
    p->patch[0] = patch_of("layers.5.mlp.up_proj.weight", 1, 1, 0);
    p->patch[1] = patch_of("layers.5.mlp.up_proj.weight", 1, 1.0078125, 1);
    p->patch[1].rows = p->patch[1].cols = 1;
    p = plant("norm_growth", SEVERITY_INFO, "L7", "overview");
    p->patch[0] = patch_of("layers.7.mlp.up_proj.weight", 1, 1.5, 1);
    p = plant("copy", SEVERITY_WARNING, "layers.0.self_attn.v_proj.weight", "tensor");
    p->patch[0] =
        patch_of("layers.0.self_attn.v_proj.weight", planted_scale(3) / planted_scale(4), 1, 1);
    p->patch[1] =
        patch_of("layers.0.self_attn.v_proj.weight", 1, 1, planted_scale(3) / planted_scale(4));
}

static void plant_models(void)
{
    struct planted *p;

    p = plant("not_comparable", SEVERITY_WARNING, "model", "pairs");
    plant_blocks(p, 0.75, 0.75, 0.75);
    p->table_delta = 0.75;
    p = plant("quantised", SEVERITY_INFO, "weight_q", "pairs");
    p->quantised = true;
    p = plant("adapter", SEVERITY_WARNING, "tuned", "pairs");
    p->adapter = true, p->rank = 4;
    p = plant("unmatched", SEVERITY_WARNING, "pairs", "pairs");
    p->renamed = true;
    p = plant("depth_profile", SEVERITY_WARNING, "blocks", "overview");
    plant_blocks(p, 0x1p-5, 0x1p-7, 0x1p-7);
    p = plant("depth_profile", SEVERITY_WARNING, "blocks", "overview");
    plant_blocks(p, 0x1p-4, 0x1p-4, 0x1p-4);
    p = plant("depth_profile", SEVERITY_INFO, "blocks", "overview");
    plant_blocks(p, 0x1p-9, 0x1p-7, 0x1p-5);
}

static const struct finding *find(const GArray *findings, const char *id)
{
    for (guint i = 0; i < findings->len; i++)
        if (strcmp(g_array_index(findings, struct finding, i).rule->id, id) == 0)
            return &g_array_index(findings, struct finding, i);
    return NULL;
}

START_TEST(rows_explain_themselves)
{
    ck_assert_uint_gt(rule_count(), 10);
    for (guint i = 0; i < rule_count(); i++) {
        const struct rule *r = rule_table[i];

        ck_assert_ptr_eq(rule_find(r->id), r);
        ck_assert_msg(r->title && r->meaning && r->advice && r->source && r->limits, "%s", r->id);
        ck_assert_msg(!strstr(r->meaning, "catastrophic"), "%s", r->id);
        for (int k = 0; r->thresholds && r->thresholds[k] != THRESHOLD_COUNT; k++)
            ck_assert_int_lt(r->thresholds[k], THRESHOLD_COUNT);
    }
    ck_assert_ptr_null(rule_find("no such rule"));
}
END_TEST

/* Numbers that are compared with a threshold stand beside it. */
static void check_finding(const struct comparison *c, const struct finding *f)
{
    ck_assert(f->where && *f->where && f->what && *f->what);
    ck_assert(f->entry == PAIR_NONE || f->entry < c->pairing.n_entries);
    for (int k = 0; f->rule->thresholds && f->rule->thresholds[k] != THRESHOLD_COUNT; k++) {
        const char *name = threshold_table[f->rule->thresholds[k]].name;
        bool named = false;

        for (unsigned i = 0; i < f->n_evidence; i++)
            named |= strcmp(f->evidence[i].name, name) == 0;
        ck_assert_msg(named, "%s does not say %s", f->rule->id, name);
    }
}

START_TEST(fires_on_its_sample)
{
    const struct sample *s = &samples[_i];
    struct comparison *c = planted_compare(&s->pair);
    GArray *findings = rules_check(c);
    const struct finding *f = find(findings, s->id);

    ck_assert_msg(f != NULL, "%s is silent", s->id);
    ck_assert_msg(f->severity == s->severity, "%s is a%s", s->id, severity_name(f->severity));
    ck_assert_msg(g_str_has_suffix(f->where, s->where), "%s at %s", s->id, f->where);
    ck_assert_str_eq(f->view, s->view);
    for (guint i = 0; i < findings->len; i++)
        check_finding(c, &g_array_index(findings, struct finding, i));
    findings_free(findings);
    comparison_destroy(c);
}
END_TEST

/* Rules whose numbers planted pairs do not have: spectra are computed when asked for, and what
 * models do with examples (test_evaluation.c, test_activity_rules.c), and runs (test_run_rules.c). */
static const char *const elsewhere[] = {
    "low_rank",      "uncovered_categories", "general_text",       "head_sink",    "silent_units",
    "category_shift", "run_nonfinite",       "loss_spike",         "gradient_explosion",
    "update_ratio",  "stale_moment",         "overfit_gap",        "overfit_norm", "forgetting",
    "gap_opens",     "still_blocks",         "newly_dead",         "attention_collapse",
    "equilibrium"};

START_TEST(every_row_has_a_sample)
{
    for (guint i = 0; i < rule_count(); i++) {
        bool found = false;

        for (unsigned k = 0; k < n_samples; k++)
            found |= strcmp(samples[k].id, rule_table[i]->id) == 0;
        for (unsigned k = 0; k < G_N_ELEMENTS(elsewhere); k++)
            found |= strcmp(elsewhere[k], rule_table[i]->id) == 0;
        ck_assert_msg(found, "nothing is planted for %s", rule_table[i]->id);
    }
}
END_TEST

/* Of a flat, healthy pair there is one thing to say, and nothing to warn of. */
START_TEST(silent_on_a_healthy_pair)
{
    struct planted p;
    struct comparison *c;
    GArray *findings;

    planted_init(&p);
    p.one_file = _i == 1;
    p.tied = _i == 2;
    p.rank = _i == 3 ? 4 : 0;
    c = planted_compare(&p);
    findings = rules_check(c);
    for (guint i = 0; i < findings->len; i++) {
        const struct finding *f = &g_array_index(findings, struct finding, i);

        ck_assert_msg(strcmp(f->rule->id, "depth_profile") == 0 && f->severity == SEVERITY_INFO,
                      "%s: %s", f->rule->id, f->what);
    }
    ck_assert_uint_eq(findings->len, _i == 1 ? 0 : 1);
    findings_free(findings);
    comparison_destroy(c);
}
END_TEST

/* Thresholds are read at every check: the same numbers, another answer. */
START_TEST(thresholds_decide)
{
    static const struct {
        const char *id;
        enum threshold which;
        double silent;
    } rows[] = {{"large_weight", THRESHOLD_LARGE_WEIGHT_GROWTH, 10},
                {"row_outlier", THRESHOLD_ROW_OUTLIER, 20},
                {"norm_growth", THRESHOLD_NORM_GROWTH, 2},
                {"not_comparable", THRESHOLD_MISMATCH_RELATIVE, 1},
                {"untouched_vocabulary", THRESHOLD_UNTOUCHED_SHARE, 0.5}};

    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct comparison *c = NULL;
        GArray *findings;

        for (unsigned k = 0; k < n_samples && !c; k++)
            if (strcmp(samples[k].id, rows[i].id) == 0)
                c = planted_compare(&samples[k].pair);
        c->thresholds.value[THRESHOLD_MISMATCH_COSINE] = -1;
        findings = rules_check(c);
        ck_assert_ptr_nonnull(find(findings, rows[i].id));
        findings_free(findings);
        c->thresholds.value[rows[i].which] = rows[i].silent;
        findings = rules_check(c);
        ck_assert_msg(!find(findings, rows[i].id), "%s does not read %s", rows[i].id,
                      threshold_table[rows[i].which].name);
        findings_free(findings);
        comparison_destroy(c);
    }
}
END_TEST

/* No verdict on a pair with codes on one side, whatever the rest says. */
START_TEST(no_verdict_on_codes)
{
    struct planted p;
    struct comparison *c;
    GArray *findings;

    planted_init(&p);
    plant_blocks(&p, 0x1p-4, 0x1p-4, 0x1p-4);
    p.quantised = true;
    c = planted_compare(&p);
    findings = rules_check(c);
    ck_assert_ptr_nonnull(strstr(find(findings, "depth_profile")->what, "no verdict"));
    ck_assert_int_eq(find(findings, "depth_profile")->severity, SEVERITY_INFO);
    findings_free(findings);
    comparison_destroy(c);
}
END_TEST

static float value_of(int form, uint64_t i)
{
    static const float forms[] = {0, 1, NAN, INFINITY, -3e38f, 1e-45f};

    return i % 7 || form < 2 ? forms[form] : 0.5f;
}

static struct source *odd_source(int form, bool tuned)
{
    static const char *const names[] = {
        "model.embed_tokens.weight", "model.layers.0.self_attn.q_proj.weight",
        "model.layers.0.mlp.up_proj.weight", "model.layers.1.self_attn.q_proj.weight",
        "model.layers.1.mlp.down_proj.weight"};
    struct memory_source *m = memory_source_create(tuned ? "b.h5" : "a.h5");
    const uint64_t dim[2] = {8, 4}, none[2] = {0, 4};
    float values[32];

    for (unsigned i = 0; i < 32; i++)
        values[i] = value_of(form % 6, i + tuned);
    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++)
        memory_source_add(m, names[i], TENSOR_WEIGHT, DTYPE_F32, 2, form == 6 ? none : dim, values);
    return memory_source_finish(m);
}

/* Zeros, constants, NaN, infinities, the largest and the smallest numbers, nothing at all. */
START_TEST(never_falls_over)
{
    const struct comparison_options options = {.threads = 1, .use_rules = true};
    struct comparison *c = comparison_create(
        checkpoint_create(odd_source(_i % 7, false)),
        _i < 49 ? checkpoint_create(odd_source(_i / 7, true)) : NULL, &options, NULL);

    for (int after = 0; after < 2; after++) {
        GArray *findings = rules_check(c);

        for (guint i = 0; i < findings->len; i++)
            check_finding(c, &g_array_index(findings, struct finding, i));
        findings_free(findings);
        comparison_scan_start(c);
        comparison_scan_wait(c);
    }
    comparison_destroy(c);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("contract_rules");
    TCase *t = tcase_create("rules");
    SRunner *r;
    int failed;

    plant_values();
    plant_tensors();
    plant_models();
    tcase_set_timeout(t, 60);
    tcase_add_test(t, rows_explain_themselves);
    tcase_add_test(t, every_row_has_a_sample);
    tcase_add_loop_test(t, fires_on_its_sample, 0, (int)n_samples);
    tcase_add_loop_test(t, silent_on_a_healthy_pair, 0, 4);
    tcase_add_test(t, thresholds_decide);
    tcase_add_test(t, no_verdict_on_codes);
    tcase_add_loop_test(t, never_falls_over, 0, 56);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
