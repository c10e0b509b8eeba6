/* Neurons of planted blocks and layers: norms in closed form, the dead and the newly dead. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/neurons.h"
#include "tests/support/memory_source.h"

#define UNITS 24
#define WIDTH 8
#define STEP 0.25 /* delta of every weight that leads in */

struct matrix {
    const char *name;
    enum role role;
    enum orientation orientation;
    int32_t block;
    uint64_t rows, cols;
};

/* Dead in both: unit 3, into which nothing leads; newly dead: unit 5, of which nothing comes. */
static float value_at(const struct matrix *m, bool tuned, uint64_t row, uint64_t col)
{
    bool down = m->role == ROLE_DOWN;
    uint64_t unit = ((m->orientation == ORIENTATION_OUT_IN) == !down ? row : col) % UNITS;

    if (m->block >= 0 && ((!down && unit == 3) || (down && tuned && unit == 5)))
        return 0;
    return (float)(unit + 1) + (tuned && !down ? (float)STEP : 0);
}

static void add_matrix(struct memory_source *s, const struct matrix *m, bool tuned)
{
    const uint64_t dim[2] = {m->rows, m->cols};
    float values[2 * UNITS * WIDTH];

    for (uint64_t row = 0; row < m->rows; row++)
        for (uint64_t col = 0; col < m->cols; col++)
            values[row * m->cols + col] = value_at(m, tuned, row, col);
    memory_source_add(s, m->name, TENSOR_WEIGHT, DTYPE_F32, 2, dim, values);
}

static struct checkpoint *side(const struct matrix *matrices, guint n, bool tuned)
{
    struct memory_source *m = memory_source_create(tuned ? "tuned" : "base");
    struct checkpoint *c;

    for (guint i = 0; i < n; i++)
        add_matrix(m, &matrices[i], tuned);
    c = checkpoint_create(memory_source_finish(m));
    for (guint i = 0; i < n; i++)
        c->places[i] = (struct place){.block = matrices[i].block,
                                      .role = matrices[i].role,
                                      .matrix = true,
                                      .row_axes = 1,
                                      .orientation = matrices[i].orientation};
    return c;
}

static struct comparison *compare(const struct matrix *matrices, guint n, bool pair)
{
    const struct comparison_options options = {.threads = 2, .use_rules = true};
    struct comparison *c = comparison_create(side(matrices, n, false),
                                             pair ? side(matrices, n, true) : NULL, &options, NULL);

    comparison_scan_start(c);
    comparison_scan_wait(c);
    return c;
}

#define TORCH(name, role, block, rows, cols)                                                       \
    {                                                                                              \
        name, role, ORIENTATION_OUT_IN, block, rows, cols                                          \
    }
#define KERAS(name, role, block, rows, cols)                                                       \
    {                                                                                              \
        name, role, ORIENTATION_IN_OUT, block, rows, cols                                          \
    }

/* The same block in four layouts: `in` matrices of WIDTH weights lead into each unit. */
static const struct {
    struct matrix matrix[3];
    guint n, in;
} layouts[] = {
    {{TORCH("layers.0.gate_proj.weight", ROLE_GATE, 0, UNITS, WIDTH),
      TORCH("layers.0.up_proj.weight", ROLE_UP, 0, UNITS, WIDTH),
      TORCH("layers.0.down_proj.weight", ROLE_DOWN, 0, WIDTH, UNITS)},
     3,
     2},
    {{TORCH("layers.0.gate_up_proj.weight", ROLE_UP, 0, 2 * UNITS, WIDTH),
      TORCH("layers.0.down_proj.weight", ROLE_DOWN, 0, WIDTH, UNITS)},
     2,
     2},
    {{KERAS("h.0.mlp.c_fc.weight", ROLE_UP, 0, WIDTH, UNITS),
      KERAS("h.0.mlp.c_proj.weight", ROLE_DOWN, 0, UNITS, WIDTH)},
     2,
     1},
};

static void expect_unit(const struct neuron *u, guint in)
{
    double w = u->unit == 3 ? 0 : u->unit + 1.0, each = sqrt((double)in * WIDTH);
    double out = u->unit + 1.0, step = u->unit == 3 ? 0 : STEP;
    double delta_out = u->unit == 5 ? out : 0;

    ck_assert_double_eq_tol(u->base_in, w * each, 1e-12 * 100);
    ck_assert_double_eq_tol(u->tuned_in, (w + step) * each, 1e-12 * 100);
    ck_assert_double_eq_tol(u->delta_in, step * each, 1e-12);
    ck_assert_double_eq_tol(u->base_out, out * sqrt(WIDTH), 1e-12 * 100);
    ck_assert_double_eq_tol(u->delta_out, delta_out * sqrt(WIDTH), 1e-12 * 100);
    ck_assert_double_eq_tol(
        u->relative, sqrt((step * step * in + delta_out * delta_out) / (w * w * in + out * out)),
        1e-12);
    ck_assert(u->dead_base == (u->unit == 3));
    ck_assert(u->dead_tuned == (u->unit == 3 || u->unit == 5));
}

START_TEST(a_block_in_every_layout)
{
    struct comparison *c = compare(layouts[_i].matrix, layouts[_i].n, true);
    GArray *groups = neuron_groups(c);
    const struct neuron_group *g;
    struct neuron units[UNITS];

    ck_assert_uint_eq(groups->len, 1);
    g = &g_array_index(groups, struct neuron_group, 0);
    ck_assert_uint_eq(g->units, UNITS);
    ck_assert_uint_eq(g->n_dead_base, 1);
    ck_assert_uint_eq(g->n_dead_tuned, 2);
    ck_assert_uint_eq(g->n_newly_dead, 1);
    neurons_of(c, g, units);
    for (uint32_t i = 0; i < UNITS; i++) {
        ck_assert_uint_eq(units[i].unit, i);
        expect_unit(&units[i], layouts[_i].in);
    }
    g_array_free(groups, TRUE);
    comparison_destroy(c);
}
END_TEST

START_TEST(layers_outside_of_blocks)
{
    static const struct matrix layers[] = {KERAS("dense.kernel", ROLE_DENSE, -1, WIDTH, UNITS),
                                           TORCH("conv.weight", ROLE_CONV, -1, UNITS, WIDTH)};
    struct comparison *c = compare(layers, 2, true);
    GArray *groups = neuron_groups(c);
    struct neuron units[UNITS];

    ck_assert_uint_eq(groups->len, 2);
    for (guint i = 0; i < 2; i++) {
        neurons_of(c, &g_array_index(groups, struct neuron_group, i), units);
        ck_assert_double_eq_tol(units[2].base_in, 3 * sqrt(WIDTH), 1e-12);
        ck_assert_double_eq_tol(units[2].relative, STEP / 3, 1e-12);
        ck_assert(isnan(units[2].base_out) && isnan(units[2].delta_out));
        ck_assert(!units[2].dead_base && !units[2].dead_tuned);
    }
    g_array_free(groups, TRUE);
    comparison_destroy(c);
}
END_TEST

START_TEST(what_is_no_set_of_units)
{
    static const struct matrix lies[] = {
        {"a.0.up.weight", ROLE_UP, ORIENTATION_NONE, 0, UNITS, WIDTH},
        TORCH("a.1.up.weight", ROLE_UP, 1, UNITS - 1, WIDTH),
        TORCH("a.1.down.weight", ROLE_DOWN, 1, WIDTH, UNITS),
        TORCH("a.2.experts.0.down.weight", ROLE_DOWN, 2, WIDTH, UNITS),
        TORCH("a.2.experts.1.down.weight", ROLE_DOWN, 2, WIDTH, UNITS),
        KERAS("table.embeddings", ROLE_EMBEDDING, -1, UNITS, WIDTH)};
    struct comparison *c = compare(lies, G_N_ELEMENTS(lies), true);
    GArray *groups = neuron_groups(c);

    ck_assert_uint_eq(groups->len, 0);
    g_array_free(groups, TRUE);
    comparison_destroy(c);
}
END_TEST

START_TEST(one_file)
{
    struct comparison *c = compare(layouts[0].matrix, layouts[0].n, false);
    GArray *groups = neuron_groups(c);
    const struct neuron_group *g = &g_array_index(groups, struct neuron_group, 0);
    struct neuron units[UNITS];

    neurons_of(c, g, units);
    ck_assert_uint_eq(g->n_dead_base, 1);
    ck_assert_uint_eq(g->n_dead_tuned + g->n_newly_dead, 0);
    ck_assert(units[3].dead_base && isnan(units[3].tuned_in) && isnan(units[3].relative));
    g_array_free(groups, TRUE);
    comparison_destroy(c);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("neurons");
    TCase *units = tcase_create("units");

    tcase_add_loop_test(units, a_block_in_every_layout, 0, G_N_ELEMENTS(layouts));
    tcase_add_test(units, layers_outside_of_blocks);
    tcase_add_test(units, what_is_no_set_of_units);
    tcase_add_test(units, one_file);
    suite_add_tcase(suite, units);

    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
