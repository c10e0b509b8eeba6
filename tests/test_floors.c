/* Every relative delta knows what its storage can resolve, and is marked below it in every report;
 * what is quantised is judged nowhere. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "core/heads.h"
#include "core/neurons.h"
#include "core/rule.h"
#include "core/vocabulary.h"
#include "io/format.h"
#include "io/report.h"
#include "tests/support/planted.h"

#define FLOOR_BF16 1.66e-3

/* One column of 64 in every matrix moves by 2^-7: 2^-10 of a row's norm, below what bfloat16 can
 * tell. */
static struct comparison *below(void)
{
    struct planted p;

    planted_init(&p);
    p.base_dtype = p.tuned_dtype = DTYPE_BF16;
    for (unsigned i = 0; i < p.blocks; i++)
        p.delta[i] = 0x1p-7;
    p.table_delta = 0x1p-7;
    p.patch[0] = (struct patch){.tensor = "", .col = 1, .base = 1, .decay = 1, .delta = 0};
    return planted_compare(&p);
}

START_TEST(numbers_know_their_floor)
{
    struct comparison *c = below();
    GArray *groups = neuron_groups(c), *tables = vocabulary_tables(c);
    struct rollup r;
    struct head h;

    comparison_model_rollup(c, &r);
    ck_assert_double_eq_tol(rollup_floor(&r), FLOOR_BF16, 1e-9);
    ck_assert_double_eq_tol(rollup_mean_of_floors(&r), FLOOR_BF16, 1e-9);
    ck_assert_double_eq_tol(rollup_floor_all(&r), FLOOR_BF16, 1e-9);
    ck_assert(below_floor(rollup_relative(&r), rollup_floor(&r)));
    head_of(c, 1, 2, &h);
    ck_assert_double_eq_tol(h.floor, FLOOR_BF16, 1e-9);
    ck_assert_double_eq(h.part[HEAD_QUERY].floor, FLOOR_BF16);
    ck_assert(below_floor(h.relative, h.floor));
    ck_assert_uint_gt(groups->len, 0);
    ck_assert_double_eq(g_array_index(groups, struct neuron_group, 0).floor, FLOOR_BF16);
    ck_assert_double_eq(g_array_index(tables, struct vocabulary, 0).floor, FLOOR_BF16);
    ck_assert(!below_floor(0, FLOOR_BF16) && !below_floor(NAN, 1) && !below_floor(1, NAN));
    g_array_free(groups, TRUE);
    g_array_free(tables, TRUE);
    comparison_destroy(c);
}
END_TEST

/* Types differ from matrix to matrix: floors pool as the norms do. */
START_TEST(mixed_types_pool)
{
    struct planted p;
    struct comparison *c;
    struct head h;
    double want = 0, base = 0;

    planted_init(&p);
    p.mixed = "q_proj.weight";
    p.mixed_dtype = DTYPE_BF16;
    c = planted_compare(&p);
    head_of(c, 0, 0, &h);
    ck_assert_double_eq(h.part[HEAD_QUERY].floor, FLOOR_BF16);
    ck_assert_double_eq(h.part[HEAD_KEY].floor, 2.5e-8);
    for (unsigned part = 0; part < HEAD_PARTS; part++) {
        want = hypot(want, h.part[part].floor * h.part[part].base_l2);
        base = hypot(base, h.part[part].base_l2);
    }
    ck_assert_double_eq_tol(h.floor, want / base, 1e-15);
    comparison_destroy(c);
}
END_TEST

static char *print(const struct comparison *c, const char *form)
{
    GArray *findings = rules_check(c);
    const struct report_input in = {.comparison = c, .findings = findings};
    char *text = NULL;
    size_t bytes;
    FILE *out = open_memstream(&text, &bytes);

    report_find(form)->write(&in, out);
    fclose(out);
    findings_free(findings);
    return text;
}

/* A number with " %" behind it is marked if it is above 0 and below the floor. */
static void check_percent(const char *text, const char *percent)
{
    const char *from = percent - 1;
    double value;

    while (from > text && !strchr(" \n", from[-1]))
        from--;
    value = g_ascii_strtod(*from == '<' ? from + 1 : from, NULL);
    ck_assert_msg((*from == '<') == (value > 0 && value < 100 * FLOOR_BF16), "%.40s", from);
}

START_TEST(text_marks_all_of_them)
{
    static const char *const sections[][2] = {{"\nGroups", "\nHeads"},
                                              {"\nHeads", "\nNeurons"},
                                              {"\nNeurons", "\nVocabulary"},
                                              {"\nVocabulary", "\nFindings"},
                                              {"\ntensor (", NULL}};
    struct comparison *c = below();
    char *text = print(c, "text");

    for (size_t i = 0; i < G_N_ELEMENTS(sections); i++) {
        const char *at = strstr(text, sections[i][0]);
        const char *end = sections[i][1] ? strstr(text, sections[i][1]) : text + strlen(text);
        guint n = 0;

        ck_assert_msg(at && end && at < end, "%s", sections[i][0]);
        while ((at = strstr(at + 1, " %")) && at < end) {
            check_percent(text, at);
            n++;
        }
        ck_assert_msg(n > 0, "%s: no numbers", sections[i][0]);
    }
    ck_assert_ptr_nonnull(strstr(text, "Heads, relative delta (<: below what the stored types"));
    free(text);
    comparison_destroy(c);
}
END_TEST

/* Column `name` of the first row below the heading that begins with `table`. */
static double csv_field(const char *csv, const char *table, const char *name)
{
    const char *head = strstr(csv, table), *row = strchr(head, '\n') + 1;
    char *line = g_strndup(head, (gsize)(row - 1 - head));
    char **names = g_strsplit(line, ",", -1), **fields;
    double value = NAN;

    g_free(line);
    line = g_strndup(row, strcspn(row, "\n"));
    fields = g_strsplit(line, ",", -1);
    for (guint i = 0; names[i]; i++)
        if (strcmp(names[i], name) == 0)
            value = g_ascii_strtod(fields[i], NULL);
    g_free(line);
    g_strfreev(names);
    g_strfreev(fields);
    return value;
}

START_TEST(csv_has_floors)
{
    struct comparison *c = below();
    char *csv = print(c, "csv");

    ck_assert_double_eq(csv_field(csv, "name,block,", "floor"), FLOOR_BF16);
    ck_assert_double_eq_tol(csv_field(csv, "block,head,", "floor"), FLOOR_BF16, 1e-9);
    ck_assert_double_eq(csv_field(csv, "block,head,", "value_floor"), FLOOR_BF16);
    free(csv);
    comparison_destroy(c);
}
END_TEST

static struct checkpoint *open_fixture(const char *name)
{
    char *path = g_build_filename(g_getenv("TARE_FIXTURES"), name, NULL);
    struct source *s = format_open(path, NULL, NULL);

    ck_assert_msg(s != NULL, "%s", path);
    g_free(path);
    return checkpoint_create(s);
}

/* Codes of int8 reach 127: no weight grew to that, no neuron died of it, no row moved. */
START_TEST(codes_are_not_judged)
{
    static const char *const files[] = {"hub/llama_base/model.weights.h5",
                                        "hub/llama_int8/model.weights.h5"};
    const struct comparison_options options = {.threads = 2, .use_rules = true};
    struct comparison *c =
        comparison_create(open_fixture(files[_i / 2]), open_fixture(files[_i % 2]), &options, NULL);
    GArray *findings, *tables;
    bool said = false;

    comparison_scan_start(c);
    comparison_scan_wait(c);
    findings = rules_check(c);
    for (guint i = 0; i < findings->len; i++) {
        const struct finding *f = &g_array_index(findings, struct finding, i);

        said |= strcmp(f->rule->id, "quantised") == 0;
        if (f->entry != PAIR_NONE && comparison_holds_codes(c, f->entry))
            ck_assert_msg(strstr(f->what, "no verdict") != NULL, "%s: %s", f->rule->id, f->what);
    }
    ck_assert(said);
    tables = vocabulary_tables(c);
    for (guint i = 0; i < tables->len; i++)
        ck_assert_int_eq(vocabulary_is_judged(&g_array_index(tables, struct vocabulary, i)), 0);
    g_array_free(tables, TRUE);
    findings_free(findings);
    comparison_destroy(c);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("floors");
    TCase *t = tcase_create("floors");
    SRunner *r;
    int failed;

    tcase_add_test(t, numbers_know_their_floor);
    tcase_add_test(t, mixed_types_pool);
    tcase_add_test(t, text_marks_all_of_them);
    tcase_add_test(t, csv_has_floors);
    tcase_add_loop_test(t, codes_are_not_judged, 1, 4);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
