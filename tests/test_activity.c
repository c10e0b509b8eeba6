/* Activations against NumPy and SciPy, and what must hold whatever the numbers are. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/activity.h"
#include "tests/support/oracle.h"

/* As in oracle/activity.py. */
enum { BLOCKS = 2, HEADS = 2, HIDDEN = 8, MLP = 12, VOCABULARY = 11, CATEGORIES = 3 };

static const struct net_spec spec = {.layers = BLOCKS,
                                     .hidden = HIDDEN,
                                     .heads = HEADS,
                                     .kv_heads = HEADS,
                                     .head_dim = 4,
                                     .intermediate = MLP,
                                     .vocabulary = VOCABULARY,
                                     .causal = true,
                                     .activation = NET_GELU_TANH};
static const char *const categories[] = {"red", "green", "blue"};
static const struct activity_options options = {.categories = categories,
                                                .n_categories = CATEGORIES,
                                                .pair = true,
                                                .first_apart = true,
                                                .attention = true,
                                                .output = true,
                                                .cka_tokens = 1000};
static const struct activity_sequence batch_1[] = {
    {0, 0, 5, 0}, {1, 1, 9, 0}, {2, 0, 1, 0}, {3, 2, 12, 0}};
static const struct activity_sequence batch_2[] = {{4, 2, 18, 0}, {5, 0, 16, 0}, {6, 1, 11, 0}};

/* The recorded passes, read in the order in which a net shows them. */
struct player {
    const float *at;
    const struct net_probe *probe;
    uint32_t rows_at_once; /* of a site that is not attention; 0: all */
};

static void show(struct player *p, struct net_seen seen)
{
    gsize n = (gsize)seen.rows * seen.columns;
    uint32_t all = seen.rows, step = p->rows_at_once ? p->rows_at_once : all;

    if (seen.site == NET_ATTENTION)
        step = all;
    for (uint32_t at = 0; at < all && p->probe->wants & 1u << seen.site; at += step) {
        struct net_seen part = seen;

        part.first = seen.first + at;
        part.rows = MIN(step, all - at);
        part.values = p->at + (gsize)at * seen.columns;
        p->probe->seen(p->probe->data, &part);
    }
    p->at += n;
}

static void play_pass(struct player *p, const struct activity_sequence *sequences, uint32_t n)
{
    uint32_t rows = 0;

    for (uint32_t s = 0; s < n; s++)
        rows += sequences[s].n;
    show(p, (struct net_seen){.site = NET_EMBEDDED, .rows = rows, .columns = HIDDEN});
    for (uint32_t b = 0; b < BLOCKS; b++) {
        uint32_t first = 0;

        for (uint32_t s = 0; s < n; s++) {
            uint32_t t = sequences[s].n;

            show(p, (struct net_seen){NET_ATTENTION, b, s, first, HEADS * t, t, NULL});
            first += t;
        }
        show(p, (struct net_seen){NET_HEAD_OUT, b, 0, 0, rows, HIDDEN, NULL});
        show(p, (struct net_seen){NET_HIDDEN, b, 0, 0, rows, MLP, NULL});
        show(p, (struct net_seen){NET_RESIDUAL, b, 0, 0, rows, HIDDEN, NULL});
    }
    show(p, (struct net_seen){.site = NET_FINAL, .rows = rows, .columns = HIDDEN});
    show(p, (struct net_seen){.site = NET_LOGITS, .rows = rows, .columns = VOCABULARY});
}

static void play_batch(struct activity *a, struct player *p,
                       const struct activity_sequence *sequences, uint32_t n)
{
    static const struct net_probe blind = {0, NULL, NULL};

    activity_batch(a, sequences, n);
    for (int side = 0; side < ACTIVITY_SIDES; side++) {
        struct net_probe probe = activity_probe(a, side);

        p->probe = side == ACTIVITY_BASE || a->pair ? &probe : &blind;
        play_pass(p, sequences, n);
    }
}

static float *recorded(void)
{
    char *path = g_build_filename(g_getenv("TARE_ORACLE"), "activity.f32", NULL), *text;

    ck_assert(g_file_get_contents(path, &text, NULL, NULL));
    g_free(path);
    return (float *)(void *)text;
}

static struct activity *played(const struct activity_options *o, uint32_t rows_at_once)
{
    struct activity *a = activity_create(&spec, o, NULL);
    float *values = recorded();
    struct player p = {.at = values, .rows_at_once = rows_at_once};

    ck_assert_ptr_nonnull(a);
    play_batch(a, &p, batch_1, G_N_ELEMENTS(batch_1));
    play_batch(a, &p, batch_2, G_N_ELEMENTS(batch_2));
    g_free(values);
    return a;
}

static void close_to(GHashTable *oracle, const char *name, const char *field, double value,
                     double tolerance)
{
    double truth = oracle_get(oracle, name, field);

    ck_assert_msg(!isnan(truth), "the oracle has no %s %s", name, field);
    ck_assert_msg(fabs(value - truth) <= tolerance * fmax(1e-3, fabs(truth)),
                  "%s %s: %.12g, by the oracle %.12g", name, field, value, truth);
}

/* "field.side" */
static void side_close(GHashTable *oracle, const char *name, const char *field, int side,
                       double value, double tolerance)
{
    char *full = g_strdup_printf("%s.%d", field, side);

    close_to(oracle, name, full, value, tolerance);
    g_free(full);
}

static char *name_of(const struct activity *a, uint32_t layer, uint32_t c)
{
    const char *kind = activity_kind_name(a->layers[layer].kind);

    if (c == ACTIVITY_ALL)
        return g_strdup_printf("%s.%d.all", kind, a->layers[layer].block);
    return g_strdup_printf("%s.%d.%u", kind, a->layers[layer].block, c);
}

static void check_level(GHashTable *oracle, const char *name, const struct activity_cell *cell,
                        int side)
{
    struct activity_level l;

    activity_level(cell, side, &l);
    side_close(oracle, name, "rms", side, l.rms, 1e-9);
    side_close(oracle, name, "mean", side, l.mean, 1e-9);
    side_close(oracle, name, "max_abs", side, l.max_abs, 1e-9);
    side_close(oracle, name, "kurtosis", side, l.kurtosis, 1e-8);
    side_close(oracle, name, "median_abs", side, l.median_abs, SKETCH_ERROR);
    side_close(oracle, name, "q01", side, l.q01, SKETCH_ERROR);
    side_close(oracle, name, "q25", side, l.q25, SKETCH_ERROR);
    side_close(oracle, name, "q50", side, l.q50, 2 * SKETCH_ERROR);
    side_close(oracle, name, "q75", side, l.q75, SKETCH_ERROR);
    side_close(oracle, name, "q99", side, l.q99, SKETCH_ERROR);
    ck_assert_uint_eq(l.nonfinite, 0);
}

START_TEST(cells_are_numpys)
{
    GHashTable *oracle = oracle_load("activity.txt");
    struct activity *a = played(&options, 0);

    ck_assert_uint_eq(a->n_layers, 8);
    for (uint32_t i = 0; i < a->n_layers; i++)
        for (uint32_t k = 0; k <= CATEGORIES; k++) {
            uint32_t c = k < CATEGORIES ? k : ACTIVITY_ALL;
            const struct activity_cell *cell = activity_cell(a, i, c);
            char *name = name_of(a, i, c);

            close_to(oracle, name, "tokens", (double)cell->tokens, 0);
            check_level(oracle, name, cell, ACTIVITY_BASE);
            check_level(oracle, name, cell, ACTIVITY_TUNED);
            close_to(oracle, name, "shift", activity_shift(cell), 1e-9);
            close_to(oracle, name, "cosine", activity_cosine(cell), 1e-9);
            g_free(name);
        }
    ck_assert_uint_eq(a->rows, 72);
    ck_assert_uint_eq(a->n_examples, 7);
    activity_destroy(a);
    g_hash_table_destroy(oracle);
}
END_TEST

START_TEST(layers_as_a_whole)
{
    GHashTable *oracle = oracle_load("activity.txt");
    struct activity *a = played(&options, 0);

    for (uint32_t i = 0; i < a->n_layers; i++) {
        const struct activity_cell *first = activity_first(a, i);
        char *all = name_of(a, i, ACTIVITY_ALL);
        struct activity_level level;
        uint64_t tokens;

        activity_level(first, ACTIVITY_BASE, &level);
        close_to(oracle, all, "first.rms.0", level.rms, 1e-9);
        close_to(oracle, all, "first.shift", activity_shift(first), 1e-9);
        close_to(oracle, all, "cka", activity_cka(a, i, &tokens), 1e-9);
        ck_assert_uint_eq(tokens, 65);
        close_to(oracle, all, "generic", activity_generic_share(a, i), 1e-9);
        for (uint32_t c = 0; c < CATEGORIES; c++) {
            char *name = name_of(a, i, c);

            close_to(oracle, name, "direction", activity_direction(a, i, c), 1e-9);
            g_free(name);
        }
        g_free(all);
    }
    activity_destroy(a);
    g_hash_table_destroy(oracle);
}
END_TEST

static void check_unit(GHashTable *oracle, const char *name, const struct activity_unit *u,
                       bool one_category)
{
    char *field = g_strdup_printf("unit%u", u->unit);
    const struct {
        const char *what;
        const double *values;
    } rows[] = {
        {"mean", u->mean}, {"sd", u->sd}, {"most", u->most}, {"selectivity", u->selectivity}};

    for (int side = 0; side < ACTIVITY_SIDES; side++)
        for (int i = 0; i < 3 + one_category; i++) {
            char *full = g_strdup_printf("%s.%s", field, rows[i].what);

            side_close(oracle, name, full, side, rows[i].values[side], 1e-8);
            g_free(full);
        }
    ck_assert(one_category || isnan(u->selectivity[ACTIVITY_BASE]));
    g_free(field);
}

static void check_unit_change(GHashTable *oracle, const char *name, const struct activity_unit *u)
{
    char *change = g_strdup_printf("unit%u.change", u->unit);
    char *shift = g_strdup_printf("unit%u.shift", u->unit);

    close_to(oracle, name, change, u->change, 1e-8);
    close_to(oracle, name, shift, u->shift, 1e-8);
    g_free(change);
    g_free(shift);
}

START_TEST(units_are_numpys)
{
    GHashTable *oracle = oracle_load("activity.txt");
    struct activity *a = played(&options, 0);

    for (uint32_t k = 0; k < 4 * BLOCKS; k++) {
        uint32_t c = k % 4 < CATEGORIES ? k % 4 : ACTIVITY_ALL;
        uint32_t layer = activity_find(a, ACTIVITY_HIDDEN, (int32_t)(k / 4));
        char *name = name_of(a, layer, c);

        for (uint32_t j = 0; j < MLP; j++) {
            struct activity_unit u;

            activity_unit(a, layer, c, j, &u);
            check_unit(oracle, name, &u, c != ACTIVITY_ALL);
            check_unit_change(oracle, name, &u);
        }
        g_free(name);
    }
    activity_destroy(a);
    g_hash_table_destroy(oracle);
}
END_TEST

START_TEST(a_category_has_its_units)
{
    struct activity *a = played(&options, 0);
    struct activity_unit top[MLP];

    for (uint32_t block = 0; block < BLOCKS; block++)
        for (uint32_t c = 0; c < CATEGORIES; c++) {
            uint32_t layer = activity_find(a, ACTIVITY_HIDDEN, (int32_t)block);

            /* Unit c was lifted for category c. */
            ck_assert_uint_eq(activity_units_top(a, layer, c, ACTIVITY_BY_SELECTIVITY, 3, top), 3);
            ck_assert_uint_eq(top[0].unit, c);
            ck_assert(top[0].selectivity[ACTIVITY_BASE] > 1);
            ck_assert(top[0].selectivity[ACTIVITY_BASE] >= top[1].selectivity[ACTIVITY_BASE]);
            ck_assert_uint_eq(activity_units_top(a, layer, c, ACTIVITY_BY_SHIFT, 100, top), MLP);
            for (uint32_t i = 1; i < MLP; i++)
                ck_assert(top[i - 1].shift >= top[i].shift);
            ck_assert_uint_eq(
                activity_units_top(a, layer, ACTIVITY_ALL, ACTIVITY_BY_SELECTIVITY, 3, top), 0);
        }
    activity_destroy(a);
}
END_TEST

START_TEST(dead_units_are_counted)
{
    GHashTable *oracle = oracle_load("activity.txt");
    struct activity *a = played(&options, 0);
    struct activity_dead d;
    struct activity_unit u;

    for (uint32_t block = 0; block < BLOCKS; block++) {
        uint32_t layer = activity_find(a, ACTIVITY_HIDDEN, (int32_t)block);
        char *name = name_of(a, layer, ACTIVITY_ALL);

        activity_dead(a, layer, &d);
        close_to(oracle, name, "dead.0", d.dead[ACTIVITY_BASE], 0);
        close_to(oracle, name, "dead.1", d.dead[ACTIVITY_TUNED], 0);
        close_to(oracle, name, "newly_dead", d.newly_dead, 0);
        ck_assert_uint_eq(d.units, MLP);
        g_free(name);
    }
    ck_assert_uint_eq(d.newly_dead, 1);
    activity_unit(a, activity_find(a, ACTIVITY_HIDDEN, 1), 0, 3, &u);
    ck_assert(!u.dead[ACTIVITY_BASE] && u.dead[ACTIVITY_TUNED]);
    activity_destroy(a);
    g_hash_table_destroy(oracle);
}
END_TEST

static void check_head(GHashTable *oracle, const struct activity *a, uint32_t block, uint32_t head,
                       uint32_t c)
{
    char *name = c == ACTIVITY_ALL ? g_strdup_printf("head.%u.%u.all", block, head)
                                   : g_strdup_printf("head.%u.%u.%u", block, head, c);
    struct activity_head h;

    activity_head(a, block, head, c, &h);
    close_to(oracle, name, "queries", (double)h.queries, 0);
    close_to(oracle, name, "shift", h.shift, 1e-9);
    for (int side = 0; side < ACTIVITY_SIDES; side++) {
        side_close(oracle, name, "entropy", side, h.entropy[side], 1e-7);
        side_close(oracle, name, "first", side, h.first[side], 1e-6);
        side_close(oracle, name, "previous", side, h.previous[side], 1e-6);
        side_close(oracle, name, "self", side, h.self[side], 1e-6);
        side_close(oracle, name, "distance", side, h.distance[side], 1e-6);
        side_close(oracle, name, "sink", side, h.sink[side], 0);
    }
    g_free(name);
}

START_TEST(heads_are_scipys)
{
    GHashTable *oracle = oracle_load("activity.txt");
    struct activity *a = played(&options, 0);

    for (uint32_t block = 0; block < BLOCKS; block++)
        for (uint32_t head = 0; head < HEADS; head++)
            for (uint32_t k = 0; k <= CATEGORIES; k++)
                check_head(oracle, a, block, head, k < CATEGORIES ? k : ACTIVITY_ALL);
    activity_destroy(a);
    g_hash_table_destroy(oracle);
}
END_TEST

/* A head's output is its units' taken together. */
START_TEST(heads_outputs)
{
    struct activity *a = played(&options, 0);
    uint32_t layer = activity_find(a, ACTIVITY_HEADS, 1);
    struct activity_level level;
    double squares = 0, rms[ACTIVITY_SIDES], shift;

    for (uint32_t head = 0; head < HEADS; head++) {
        activity_head_output(a, 1, head, 2, rms, &shift);
        squares += rms[ACTIVITY_TUNED] * rms[ACTIVITY_TUNED] / HEADS;
        ck_assert(shift > 0.1 && shift < 1);
    }
    activity_level(activity_cell(a, layer, 2), ACTIVITY_TUNED, &level);
    ck_assert_double_eq_tol(sqrt(squares), level.rms, 1e-12);
    activity_destroy(a);
}
END_TEST

START_TEST(predictions_are_scipys)
{
    GHashTable *oracle = oracle_load("activity.txt");
    struct activity *a = played(&options, 0);
    static const char *const names[] = {"output.0", "output.1", "output.2", "output.all"};

    for (uint32_t k = 0; k <= CATEGORIES; k++) {
        struct activity_output o;

        activity_output(a, k < CATEGORIES ? k : ACTIVITY_ALL, &o);
        close_to(oracle, names[k], "mean", o.mean, 1e-9);
        close_to(oracle, names[k], "median", o.median, 1e-9);
        close_to(oracle, names[k], "p99", o.p99, 1e-9);
        close_to(oracle, names[k], "agreement", o.agreement, 1e-12);
        ck_assert(o.most >= o.p99 && o.tokens > 0);
    }
    activity_destroy(a);
    g_hash_table_destroy(oracle);
}
END_TEST

/* Position 0 has the planted 700. */
START_TEST(peaks_are_massive)
{
    struct activity *a = played(&options, 0);
    struct activity_peak peaks[ACTIVITY_TOP];

    ck_assert_uint_eq(
        activity_peaks(a, activity_find(a, ACTIVITY_RESIDUAL, 0), ACTIVITY_BASE, peaks),
        ACTIVITY_TOP);
    for (int i = 0; i < ACTIVITY_TOP; i++) {
        ck_assert_uint_eq(peaks[i].unit, 2);
        ck_assert_uint_eq(peaks[i].position, 0);
        ck_assert(peaks[i].value > 600);
        ck_assert(i == 0 || peaks[i].value <= peaks[i - 1].value);
        ck_assert(!peaks[i].massive); /* the median is about 1 */
    }
    activity_destroy(a);
}
END_TEST

/* Everything a view could read, as one text. */
static char *all_numbers(const struct activity *a)
{
    GString *text = g_string_new(NULL);

    for (uint32_t i = 0; i < a->n_layers; i++)
        for (uint32_t k = 0; k <= a->n_categories; k++) {
            uint32_t c = k < a->n_categories ? k : ACTIVITY_ALL;
            const struct activity_cell *cell = activity_cell(a, i, c);
            struct activity_level l;
            struct activity_unit u;

            activity_level(cell, ACTIVITY_BASE, &l);
            activity_unit(a, i, c, 1, &u);
            g_string_append_printf(text, "%a %a %a %a %a %a %a\n", l.rms, l.kurtosis, l.q99,
                                   activity_shift(cell), activity_cosine(cell), u.mean[1],
                                   u.selectivity[0]);
        }
    for (uint32_t h = 0; h < a->heads; h++) {
        struct activity_head head;

        activity_head(a, 1, h, ACTIVITY_ALL, &head);
        g_string_append_printf(text, "%a %a %a\n", head.entropy[0], head.shift, head.sink[1]);
    }
    return g_string_free(text, FALSE);
}

START_TEST(a_copy_says_the_same)
{
    struct activity *a = played(&options, 0), *copy = activity_copy(a);
    char *before = all_numbers(a), *after;
    uint64_t bytes = activity_bytes(a);

    ck_assert_uint_eq(activity_bytes(copy), bytes);
    activity_destroy(a);
    after = all_numbers(copy);
    ck_assert_str_eq(before, after);
    ck_assert_double_eq_tol(activity_cka(copy, 0, NULL), 1, 1);
    g_free(before);
    g_free(after);
    activity_destroy(copy);
}
END_TEST

/* A net may show its rows in pieces; sums then add in another order. */
START_TEST(pieces_are_the_same_rows)
{
    struct activity *a = played(&options, 0), *b = played(&options, 7);

    for (uint32_t i = 0; i < a->n_layers; i++)
        for (uint32_t c = 0; c < CATEGORIES; c++) {
            const struct activity_cell *x = activity_cell(a, i, c), *y = activity_cell(b, i, c);

            ck_assert_uint_eq(x->tokens, y->tokens);
            ck_assert_double_eq_tol(activity_shift(x), activity_shift(y), 1e-12);
            ck_assert_uint_eq(x->base.n_bins, y->base.n_bins);
        }
    activity_destroy(a);
    activity_destroy(b);
}
END_TEST

/* The same bits for any kernel variant. */
START_TEST(any_cpu_says_the_same)
{
    static const char *const variants[] = {"scalar", "avx2", "avx512"};
    char *first = NULL;

    for (size_t i = 0; i < G_N_ELEMENTS(variants); i++) {
        struct activity *a;
        char *text;

        g_setenv("TARE_CPU", variants[i], TRUE);
        a = played(&options, 0);
        text = all_numbers(a);
        if (first)
            ck_assert_str_eq(first, text);
        else
            first = g_strdup(text);
        g_free(text);
        activity_destroy(a);
    }
    g_unsetenv("TARE_CPU");
    g_free(first);
}
END_TEST

START_TEST(one_model_is_the_base)
{
    struct activity_options o = options;
    struct activity *a, *pair = played(&options, 0);
    struct activity_level one, both;
    struct activity_unit u;
    struct activity_head h;
    struct activity_output output;

    o.pair = false;
    a = played(&o, 0);
    activity_level(activity_cell(a, 3, 1), ACTIVITY_BASE, &one);
    activity_level(activity_cell(pair, 3, 1), ACTIVITY_BASE, &both);
    ck_assert_double_eq(one.rms, both.rms);
    ck_assert_double_eq(one.q75, both.q75);
    activity_level(activity_cell(a, 3, 1), ACTIVITY_TUNED, &one);
    ck_assert(isnan(one.rms) && isnan(one.median_abs));
    ck_assert(isnan(activity_shift(activity_cell(a, 3, 1))));
    activity_unit(a, 6, 1, 1, &u);
    ck_assert(u.selectivity[ACTIVITY_BASE] > 1 && isnan(u.mean[ACTIVITY_TUNED]) &&
              isnan(u.change) && !u.dead[ACTIVITY_TUNED]);
    activity_head(a, 0, 1, ACTIVITY_ALL, &h);
    ck_assert(h.entropy[ACTIVITY_BASE] > 0 && isnan(h.entropy[ACTIVITY_TUNED]) && isnan(h.shift));
    activity_output(a, ACTIVITY_ALL, &output);
    ck_assert(output.tokens == 0 && isnan(output.mean));
    ck_assert_uint_eq(activity_batch_bytes(a, 100, 10), 0);
    activity_destroy(a);
    activity_destroy(pair);
}
END_TEST

/* A ReLU's unit is dead at exactly 0; rows that are no sequences have no position 0. */
START_TEST(recorded_layers)
{
    struct activity_layer layer = {(char *)"relu", ACTIVITY_RECORDED, -1, 3, true};
    struct activity_options o = {.categories = categories, .n_categories = 2, .pair = true};
    struct activity *a = activity_create_recorded(&layer, 1, &o, NULL);
    const struct activity_sequence rows[] = {{0, 0, 2, 0}, {0, 0, 1, 2}, {1, 1, 2, 0}};
    const float base[] = {1, 0, 0, 2, 0, 0, 0, 0, 0, 1, 1e-9f, 0, 3, 0, 0};
    const float tuned[] = {1, 0, 0, 2, 0, 0, NAN, 0, 5, 1, 0, 0, 3, 0, 0};
    const struct activity_example *examples;
    struct activity_level level;
    struct activity_dead d;

    activity_batch(a, rows, G_N_ELEMENTS(rows));
    activity_feed(a, ACTIVITY_BASE, 0, 0, 5, base);
    activity_feed(a, ACTIVITY_TUNED, 0, 0, 5, tuned);
    activity_dead(a, 0, &d);
    ck_assert_uint_eq(d.dead[ACTIVITY_BASE], 1);
    ck_assert_uint_eq(d.dead[ACTIVITY_TUNED], 1);
    ck_assert_uint_eq(d.newly_dead, 1);
    ck_assert_uint_eq(d.revived, 1);
    activity_level(activity_cell(a, 0, ACTIVITY_ALL), ACTIVITY_TUNED, &level);
    ck_assert_uint_eq(level.nonfinite, 1);
    ck_assert_uint_eq(activity_cell(a, 0, 0)->tokens, 3);
    ck_assert_uint_eq(activity_first(a, 0)->tokens, 0);
    ck_assert_uint_eq(a->n_examples, 2);
    examples = activity_examples(a, 0);
    ck_assert_uint_eq(examples[0].values, 9);
    ck_assert_double_eq(examples[0].abs[ACTIVITY_BASE], 3);
    ck_assert_double_eq(examples[0].abs[ACTIVITY_TUNED], 8);
    ck_assert_double_eq(examples[1].squares[ACTIVITY_BASE], 10 + (double)1e-9f * (double)1e-9f);
    activity_destroy(a);
}
END_TEST

START_TEST(layers_have_a_limit)
{
    const char *names[100] = {NULL};
    struct activity_options many = {.categories = names, .pair = true};
    struct activity_layer layer = {(char *)"wide", ACTIVITY_RECORDED, -1, 2000000, false};
    GError *error = NULL;

    ck_assert_ptr_null(activity_create_recorded(&layer, 1, &options, &error));
    ck_assert_ptr_nonnull(strstr(error->message, "2000000"));
    g_clear_error(&error);
    layer.units = 1000000;
    many.n_categories = G_N_ELEMENTS(names);
    ck_assert_ptr_null(activity_create_recorded(&layer, 1, &many, &error));
    ck_assert_ptr_nonnull(strstr(error->message, "fewer categories"));
    g_clear_error(&error);
    layer.units = 0;
    ck_assert_ptr_null(activity_create_recorded(&layer, 1, &options, &error));
    g_clear_error(&error);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("activity");
    TCase *t = tcase_create("activity");
    SRunner *r = srunner_create(s);
    int failed;

    tcase_add_test(t, cells_are_numpys);
    tcase_add_test(t, layers_as_a_whole);
    tcase_add_test(t, units_are_numpys);
    tcase_add_test(t, a_category_has_its_units);
    tcase_add_test(t, dead_units_are_counted);
    tcase_add_test(t, heads_are_scipys);
    tcase_add_test(t, heads_outputs);
    tcase_add_test(t, predictions_are_scipys);
    tcase_add_test(t, peaks_are_massive);
    tcase_add_test(t, a_copy_says_the_same);
    tcase_add_test(t, pieces_are_the_same_rows);
    tcase_add_test(t, any_cpu_says_the_same);
    tcase_add_test(t, one_model_is_the_base);
    tcase_add_test(t, recorded_layers);
    tcase_add_test(t, layers_have_a_limit);
    suite_add_tcase(s, t);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
