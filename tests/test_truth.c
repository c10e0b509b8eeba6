/* Every number of every fixture against its truth table: the whole way from the file to the
 * report's figures, with the tolerances the project promises. */
#include <check.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "core/comparison.h"
#include "io/format.h"

static const char *const folders[] = {"keras2", "keras3", "hub",  "hf_tf",
                                      "torch",  "plain",  "h5new"};

/* A table's std that is off by 5e-11: the exact value, from rational arithmetic. */
#define OFFSET_STD 0.9925466604377079

static char *fixture_path(const char *name)
{
    return g_build_filename(g_getenv("TARE_FIXTURES"), name, NULL);
}

static JsonObject *load_json(JsonParser *parser, const char *path)
{
    GError *error = NULL;

    ck_assert_msg(json_parser_load_from_file(parser, path, &error), "%s", path);
    return json_node_get_object(json_parser_get_root(parser));
}

/* NAN for null. */
static double number(JsonObject *o, const char *key)
{
    JsonNode *n = json_object_get_member(o, key);

    return n && !json_node_is_null(n) ? json_node_get_double(n) : NAN;
}

static bool close_to(double got, double want, double relative, double absolute)
{
    if (isnan(want) || isnan(got))
        return isnan(want) && isnan(got);
    return fabs(got - want) <= relative * fmax(fabs(got), fabs(want)) + absolute;
}

static struct comparison *scan(const char *base, const char *tuned)
{
    const struct comparison_options options = {.threads = 2, .use_rules = true};
    GError *error = NULL;
    struct source *a = format_open(base, NULL, &error), *b = NULL;
    struct comparison *c;

    ck_assert_msg(a != NULL, "%s", error ? error->message : base);
    if (tuned)
        b = format_open(tuned, NULL, &error);
    ck_assert_msg(!tuned || b, "%s", error ? error->message : "");
    c = comparison_create(checkpoint_create(a), b ? checkpoint_create(b) : NULL, &options, NULL);
    comparison_scan_start(c);
    comparison_scan_wait(c);
    return c;
}

static const struct entry_summary *find_path(const struct comparison *c, const char *path,
                                             uint32_t *entry)
{
    for (uint32_t i = 0; i < c->pairing.n_entries; i++) {
        const struct pair_entry *e = &c->pairing.entries[i];

        if (e->base == PAIR_NONE || strcmp(checkpoint_tensor(c->base, e->base)->path, path) != 0)
            continue;
        *entry = i;
        return &c->summary.entries[i];
    }
    return NULL;
}

static bool is_skipped(const struct source *s, const char *path)
{
    for (uint32_t i = 0; i < s->n_skipped; i++)
        if (strcmp(s->skipped[i].path, path) == 0)
            return s->skipped[i].reason && *s->skipped[i].reason;
    return false;
}

#define SAME(what, got, want, relative, absolute)                                                  \
    ck_assert_msg(close_to(got, want, relative, absolute), "%s %s %s: %.17g, not %.17g", file,     \
                  path, what, (double)(got), (double)(want))

static void compare_stats(const char *file, const char *path, const struct stats *s, JsonObject *t)
{
    double magnitude = s->elems ? stats_l1(s) / (double)s->elems : 0;
    double std = strcmp(path, "/offset_1e8") == 0 ? OFFSET_STD : number(t, "std");

    SAME("count", (double)s->elems, number(t, "count"), 0, 0);
    SAME("nan", (double)s->nan, number(t, "nan"), 0, 0);
    SAME("inf", (double)s->inf, number(t, "inf"), 0, 0);
    SAME("zeros", (double)s->zeros, number(t, "zeros"), 0, 0);
    SAME("min", s->min, number(t, "min"), 0, 0);
    SAME("max", s->max, number(t, "max"), 0, 0);
    SAME("maxabs", stats_max_abs(s), number(t, "maxabs"), 0, 0);
    SAME("l1", stats_l1(s), number(t, "l1"), 1e-12, 0);
    SAME("l2", stats_l2(s), number(t, "l2"), 1e-12, 0);
    SAME("mean", stats_mean(s), number(t, "mean"), 0, 1e-12 * magnitude);
    SAME("std", stats_std(s), std, 1e-12, 0);
}

static void compare_shape(const char *file, const struct tensor *t, JsonObject *truth)
{
    JsonArray *shape = json_object_get_array_member(truth, "shape");

    ck_assert_msg(t->rank == json_array_get_length(shape), "%s %s rank", file, t->path);
    for (unsigned i = 0; i < t->rank; i++)
        ck_assert_msg(t->dim[i] == (uint64_t)json_array_get_int_element(shape, i), "%s %s shape",
                      file, t->path);
}

/* Each row of the table is a tensor with the same numbers, or listed with a reason. */
static guint compare_file(const char *file, const char *truth_file)
{
    JsonParser *parser = json_parser_new();
    JsonArray *rows = json_object_get_array_member(load_json(parser, truth_file), "tensors");
    struct comparison *c = scan(file, NULL);
    guint n = 0;

    ck_assert_uint_eq(c->summary.n_failed, 0);
    for (guint i = 0; i < json_array_get_length(rows); i++) {
        JsonObject *row = json_array_get_object_element(rows, i);
        const char *path = json_object_get_string_member(row, "path");
        uint32_t entry;
        const struct entry_summary *e = find_path(c, path, &entry);

        if (!e) {
            ck_assert_msg(is_skipped(c->base->source, path), "%s: %s is lost", file, path);
            continue;
        }
        compare_shape(file, comparison_tensor(c, entry), row);
        compare_stats(file, path, &e->result.stats.base, row);
        n++;
    }
    comparison_destroy(c);
    g_object_unref(parser);
    return n;
}

/* Calls visit(file, json) for each file of the folder that ends in suffix. */
static void each_json(const char *folder, const char *suffix,
                      void (*visit)(const char *, const char *))
{
    char *path = fixture_path(folder);
    GDir *dir = g_dir_open(path, 0, NULL);
    const char *name;

    ck_assert_ptr_nonnull(dir);
    while ((name = g_dir_read_name(dir))) {
        char *child = g_build_filename(folder, name, NULL);
        char *full = fixture_path(child);

        if (g_file_test(full, G_FILE_TEST_IS_DIR))
            each_json(child, suffix, visit);
        else if (g_str_has_suffix(name, suffix))
            visit(folder, full);
        g_free(full);
        g_free(child);
    }
    g_dir_close(dir);
    g_free(path);
}

static guint n_tensors, n_files;

static void visit_truth(const char *folder, const char *json)
{
    char *file = g_strndup(json, strlen(json) - strlen(".truth.json"));

    (void)folder;
    if (g_str_has_suffix(file, ".h5")) {
        n_tensors += compare_file(file, json);
        n_files++;
    }
    g_free(file);
}

START_TEST(test_single_files)
{
    n_tensors = n_files = 0;
    each_json(folders[_i], ".truth.json", visit_truth);
    ck_assert_uint_gt(n_files, 0);
    ck_assert_uint_gt(n_tensors, 0);
}
END_TEST

static void compare_delta(const char *file, const char *path, const struct pair_stats *s,
                          JsonObject *t)
{
    double cosine = 1 - number(t, "cos"), distance = pair_cosine_distance(s);
    double largest = stats_max_abs(&s->delta);

    SAME("l2_delta", stats_l2(&s->delta), number(t, "l2_delta"), 1e-12, 0);
    SAME("rel", pair_relative(s), number(t, "rel"), 1e-12, 0);
    /* The tables say 0 where no difference is defined. */
    SAME("maxabs_delta", isnan(largest) ? 0 : largest, number(t, "maxabs_delta"), 0, 0);
    /* The tables hold cos itself, rounded at 1. */
    SAME("cos", distance, cosine, 1e-12, 5e-16);
    SAME("changed", (double)(s->base.elems - s->unchanged), number(t, "changed"), 0, 0);
}

static void visit_pair(const char *folder, const char *json)
{
    JsonParser *parser = json_parser_new();
    JsonObject *truth = load_json(parser, json);
    char *dir = fixture_path(folder);
    char *base = g_build_filename(dir, json_object_get_string_member(truth, "base"), NULL);
    char *tuned = g_build_filename(dir, json_object_get_string_member(truth, "tuned"), NULL);

    if (g_file_test(base, G_FILE_TEST_EXISTS) && g_file_test(tuned, G_FILE_TEST_EXISTS) &&
        g_str_has_suffix(base, ".h5") && !strstr(json, "_cross")) {
        JsonArray *rows = json_object_get_array_member(truth, "tensors");
        struct comparison *c = scan(base, tuned);

        for (guint i = 0; i < json_array_get_length(rows); i++) {
            JsonObject *row = json_array_get_object_element(rows, i);
            const char *path = json_object_get_string_member(row, "path");
            uint32_t entry;
            const struct entry_summary *e = find_path(c, path, &entry);

            ck_assert_msg(e && e->result.has_delta, "%s: %s is not paired", json, path);
            compare_delta(json, path, &e->result.stats, row);
            n_tensors++;
        }
        n_files++;
        comparison_destroy(c);
    }
    g_free(base);
    g_free(tuned);
    g_free(dir);
    g_object_unref(parser);
}

START_TEST(test_pairs)
{
    n_tensors = n_files = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(folders); i++)
        each_json(folders[i], ".pair.json", visit_pair);
    ck_assert_uint_ge(n_files, 15);
    ck_assert_uint_ge(n_tensors, 900);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("truth");
    TCase *t = tcase_create("fixtures");
    SRunner *r;
    int failed;

    tcase_set_timeout(t, 240);
    tcase_add_loop_test(t, test_single_files, 0, G_N_ELEMENTS(folders));
    tcase_add_test(t, test_pairs);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
