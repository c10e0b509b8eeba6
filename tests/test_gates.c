/* Gates of recurrent layers: in files that Keras wrote against slices of their arrays, and planted
 * ones of every form. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "core/gates.h"
#include "io/format.h"
#include "tests/support/memory_source.h"
#include "tests/support/oracle.h"

static const struct {
    const char *name, *path;
} files[] = {
    {"keras3_zoo", "keras3/k3_zoo_%s.weights.h5"},
    {"keras3_legacy", "keras3/k3_zoo_legacy_%s.h5"},
    {"keras2_zoo", "keras2/k2_zoo_weights_%s.h5"},
    {"keras2_weights", "keras2/k2_zoo_%s.weights.h5"},
};

static struct comparison *scan(struct checkpoint *base, struct checkpoint *tuned)
{
    const struct comparison_options options = {.threads = 1, .use_rules = true};
    struct comparison *c = comparison_create(base, tuned, &options, NULL);

    ck_assert_ptr_nonnull(c);
    comparison_scan_start(c);
    comparison_scan_wait(c);
    return c;
}

static struct checkpoint *open_side(const char *pattern, const char *side)
{
    char **halves = g_strsplit(pattern, "%s", 2);
    char *name = g_strconcat(halves[0], side, halves[1], NULL);
    char *path = g_build_filename(g_getenv("TARE_FIXTURES"), name, NULL);
    GError *error = NULL;
    struct source *s = format_open(path, NULL, &error);

    ck_assert_msg(s != NULL, "%s: %s", path, error ? error->message : "");
    g_strfreev(halves);
    g_free(name);
    g_free(path);
    return checkpoint_create(s);
}

static void near(GHashTable *oracle, const char *file, const char *path, char gate,
                 const char *side, double got)
{
    char *key = g_strdup_printf("%s.%c.%s", path, gate, side);
    double wanted = oracle_get(oracle, file, key);

    ck_assert_msg(fabs(got - wanted) <= 1e-12 * wanted, "%s %s: %.17g, not %.17g", file, key, got,
                  wanted);
    g_free(key);
}

START_TEST(test_files)
{
    GHashTable *oracle = oracle_load("gates.txt");
    struct comparison *c =
        scan(open_side(files[_i].path, "base"), open_side(files[_i].path, "tuned"));
    unsigned found = 0, wanted = 0;
    GHashTableIter iter;
    gpointer key;

    for (uint32_t i = 0; i < c->pairing.n_entries; i++) {
        const char *path = comparison_tensor(c, i)->path;
        struct gate gates[GATES_MOST];
        unsigned n = gates_of(c, i, gates);

        for (unsigned k = 0; k < n; k++, found++) {
            near(oracle, files[_i].name, path, gates[k].letter, "base", gates[k].base_l2);
            near(oracle, files[_i].name, path, gates[k].letter, "tuned", gates[k].tuned_l2);
            near(oracle, files[_i].name, path, gates[k].letter, "delta", gates[k].delta_l2);
            near(oracle, files[_i].name, path, gates[k].letter, "relative", gates[k].relative);
        }
    }
    g_hash_table_iter_init(&iter, oracle);
    while (g_hash_table_iter_next(&iter, &key, NULL))
        wanted += g_str_has_prefix(key, files[_i].name) && g_str_has_suffix(key, ".relative");
    ck_assert_uint_eq(found, wanted);
    ck_assert_uint_gt(found, 0);
    comparison_destroy(c);
    g_hash_table_destroy(oracle);
}
END_TEST

enum { UNITS = 8, INPUTS = 16 };

/* Base: 1 everywhere; tuned: gate g of `gates` is 1 + 2^-(g + 1). */
static void add(struct memory_source *m, const char *name, unsigned rank, uint64_t rows,
                uint64_t gates, bool tuned)
{
    const uint64_t dim[2] = {rank == 1 ? gates * UNITS : rows, gates * UNITS};
    uint64_t n = rank == 1 ? dim[0] : dim[0] * dim[1];
    float *values = g_new(float, n);

    for (uint64_t i = 0; i < n; i++)
        values[i] = tuned ? 1 + ldexpf(1, -1 - (int)(i % dim[1] / UNITS)) : 1;
    memory_source_add(m, name, TENSOR_WEIGHT, DTYPE_F32, rank, dim, values);
    g_free(values);
}

static struct checkpoint *planted(bool tuned)
{
    struct memory_source *m = memory_source_create("x.h5");
    struct source *s;

    add(m, "mine.cell.kernel", 2, INPUTS, 4, tuned);
    add(m, "mine.cell.recurrent_kernel", 2, UNITS, 4, tuned);
    add(m, "mine.cell.bias", 1, 1, 4, tuned);
    add(m, "before.gru_cell.kernel", 2, INPUTS, 3, tuned); /* one bias: before the reset */
    add(m, "before.gru_cell.recurrent_kernel", 2, UNITS, 3, tuned);
    add(m, "before.gru_cell.bias", 1, 1, 3, tuned);
    add(m, "after.gru_cell.recurrent_kernel", 2, UNITS, 3, tuned);
    add(m, "after.gru_cell.bias", 2, 2, 3, tuned);
    add(m, "simple_rnn.simple_rnn_cell.recurrent_kernel", 2, UNITS, 1, tuned);
    add(m, "dense.kernel", 2, INPUTS, 4, tuned);
    s = memory_source_finish(m);
    s->format = "keras3";
    return checkpoint_create(s);
}

START_TEST(test_planted)
{
    static const struct {
        const char *gates;
        double rows;
    } wanted[] = {{"ifco", INPUTS}, {"ifco", UNITS}, {"", 0},    {"zrh", INPUTS}, {"zrh", UNITS},
                  {"", 0},          {"zrh", UNITS},  {"zrh", 2}, {"", 0},         {"", 0}};
    struct comparison *c = scan(planted(false), planted(true));

    for (uint32_t i = 0; i < G_N_ELEMENTS(wanted); i++) {
        struct gate gates[GATES_MOST];

        ck_assert_uint_eq(gates_of(c, i, gates), strlen(wanted[i].gates));
        for (unsigned k = 0; wanted[i].gates[k]; k++) {
            double norm = sqrt(wanted[i].rows * UNITS);

            ck_assert_int_eq(gates[k].letter, wanted[i].gates[k]);
            ck_assert_double_eq_tol(gates[k].base_l2, norm, 1e-12);
            ck_assert_double_eq_tol(gates[k].relative, ldexp(1, -1 - (int)k), 1e-12);
            ck_assert_double_eq_tol(gates[k].delta_l2, norm * gates[k].relative, 1e-12);
        }
        if (i != 9)
            ck_assert_int_eq(comparison_place(c, i)->role, ROLE_RECURRENT);
    }
    comparison_destroy(c);
}
END_TEST

START_TEST(test_one_file)
{
    struct comparison *c = scan(planted(false), NULL);
    struct gate gates[GATES_MOST];

    ck_assert_uint_eq(gates_of(c, 0, gates), 4);
    ck_assert_str_eq(gates[1].name, "forget");
    ck_assert(gates[1].base_l2 > 0 && isnan(gates[1].delta_l2) && isnan(gates[1].relative));
    comparison_destroy(c);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("gates");
    TCase *t = tcase_create("gates");
    SRunner *r = srunner_create(s);
    int failed;

    tcase_add_loop_test(t, test_files, 0, G_N_ELEMENTS(files));
    tcase_add_test(t, test_planted);
    tcase_add_test(t, test_one_file);
    suite_add_tcase(s, t);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
