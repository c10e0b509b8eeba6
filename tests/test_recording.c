/* Recordings that real frameworks made, against NumPy; and files that are none. */
#include <check.h>
#include <glib/gstdio.h>
#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "core/question.h"
#include "core/random.h"
#include "io/recording_hdf5.h"
#include "tests/support/oracle.h"

static char *fixture(const char *name)
{
    return g_build_filename(g_getenv("TARE_FIXTURES"), "recordings", name, NULL);
}

static struct recording *opened(const char *name)
{
    GError *error = NULL;
    char *path = fixture(name);
    struct recording *r = recording_open(path, NULL, &error);

    ck_assert_msg(r != NULL, "%s", error ? error->message : "");
    g_free(path);
    return r;
}

static struct recorded *read_all(struct recorded *r)
{
    GError *error = NULL;

    ck_assert(recorded_read(r, NULL, &error));
    ck_assert_uint_eq(r->done, r->rows);
    return r;
}

static struct recorded *read_pair(const char *base, const char *tuned)
{
    char *paths[] = {fixture(base), tuned ? fixture(tuned) : NULL, NULL};
    GError *error = NULL;
    struct recorded *r = recording_read((const char *const *)paths, &error);

    ck_assert_msg(r != NULL, "%s", error ? error->message : "");
    g_free(paths[0]);
    g_free(paths[1]);
    return read_all(r);
}

static void close_to(GHashTable *oracle, const char *name, const char *field, double value,
                     double tolerance)
{
    double truth = oracle_get(oracle, name, field);

    ck_assert_msg(!isnan(truth), "the oracle has no %s %s", name, field);
    ck_assert_msg(fabs(value - truth) <= tolerance * fmax(1e-3, fabs(truth)),
                  "%s %s: %.12g, by the oracle %.12g", name, field, value, truth);
}

static void check_layer(GHashTable *oracle, const char *model, const struct activity *a,
                        uint32_t layer, uint32_t category)
{
    char *label = g_strdelimit(g_strdup(category == ACTIVITY_ALL ? "all" : a->categories[category]),
                               " ", '_');
    char *name = g_strdup_printf("%s.%u.%s", model, layer, label);
    const struct activity_cell *cell = activity_cell(a, layer, category);
    struct activity_level level;
    struct activity_dead dead;
    struct activity_unit top;

    activity_level(cell, ACTIVITY_BASE, &level);
    activity_dead(a, layer, &dead);
    close_to(oracle, name, "tokens", (double)cell->tokens, 0);
    close_to(oracle, name, "rms", level.rms, 1e-10);
    close_to(oracle, name, "shift", activity_shift(cell), 1e-10);
    close_to(oracle, name, "newly_dead", dead.newly_dead, 0);
    if (category != ACTIVITY_ALL) {
        ck_assert_uint_eq(activity_units_top(a, layer, category, ACTIVITY_BY_SELECTIVITY, 1, &top),
                          1);
        close_to(oracle, name, "selective", top.unit, 0);
        close_to(oracle, name, "selectivity", top.selectivity[ACTIVITY_BASE], 1e-9);
    }
    g_free(name);
    g_free(label);
}

static const struct {
    const char *model, *base, *tuned;
    uint32_t layers, categories;
    const char *first, *last;
} models[] = {{"cnn", "cnn_base.h5", "cnn_tuned.h5", 5, 4, "conv", "head"},
              {"mlp", "mlp_base.h5", "mlp_tuned.h5", 5, 3, "0", "4"}};

START_TEST(frameworks_recordings)
{
    GHashTable *oracle = oracle_load("recordings.txt");
    struct recorded *r = read_pair(models[_i].base, models[_i].tuned);
    const struct activity *a = r->activity;

    ck_assert_uint_eq(a->n_layers, models[_i].layers);
    ck_assert_uint_eq(a->n_categories, models[_i].categories);
    ck_assert_str_eq(a->layers[0].name, models[_i].first);
    ck_assert_str_eq(a->layers[a->n_layers - 1].name, models[_i].last);
    for (uint32_t i = 0; i < a->n_layers; i++)
        for (uint32_t c = 0; c <= a->n_categories; c++)
            check_layer(oracle, models[_i].model, a, i, c < a->n_categories ? c : ACTIVITY_ALL);
    recorded_close(r);
    g_hash_table_destroy(oracle);
}
END_TEST

START_TEST(one_model_alone)
{
    struct recorded *r = read_pair("cnn_base.h5", NULL);
    const struct activity *a = r->activity;
    struct activity_level level;

    ck_assert(!a->pair);
    ck_assert(a->layers[0].rectified && !a->layers[4].rectified);
    activity_level(activity_cell(a, 0, ACTIVITY_ALL), ACTIVITY_BASE, &level);
    ck_assert(level.rms > 0 && level.q01 >= 0);
    recorded_close(r);
}
END_TEST

/* What a study waits for, five seconds at most. */
static void wait_for(struct study *s, bool (*there)(struct study *s))
{
    struct pollfd fd = {study_wake_fd(s), POLLIN, 0};

    while (!there(s)) {
        ck_assert_int_eq(poll(&fd, 1, 5000), 1);
        study_drain(s);
    }
}

static bool has_ended(struct study *s)
{
    struct study_progress p;

    study_progress(s, &p);
    return p.phase >= STUDY_DONE;
}

static bool has_effects(struct study *s)
{
    const char *error;

    return study_effects(s, ACTIVITY_RESIDUAL, ACTIVITY_MEAN_ABS, false, &error) != NULL;
}

static struct study *start(const char *base, const char *tuned)
{
    static const struct comparison no_models;
    char *paths[] = {fixture(base), fixture(tuned), NULL};
    struct study *s =
        study_start(&(struct study_input){.comparison = &no_models,
                                          .recordings = (const char *const *)paths,
                                          .open_recorded = recording_read});

    g_free(paths[0]);
    g_free(paths[1]);
    return s;
}

START_TEST(a_study_of_recordings)
{
    struct study *s = start("cnn_base.h5", "cnn_tuned.h5");
    struct study_progress p;
    const char *error;

    wait_for(s, has_ended);
    study_progress(s, &p);
    ck_assert_int_eq(p.phase, STUDY_DONE);
    ck_assert_uint_eq(p.tokens_done, 140);
    ck_assert(study_is_recorded(s) && study_sides(s) == 2 && study_blocks(s) == 0);
    ck_assert_uint_eq(study_examples(s)->n, 0);
    ck_assert_str_eq(study_examples(s)->categories[3], "spots");
    ck_assert_uint_eq(study_activity(s)->n_examples, 140);
    ck_assert_ptr_null(study_remarks(s)[0]);
    ck_assert_ptr_null(study_behaviour(s));
    wait_for(s, has_effects);
    ck_assert_ptr_null(study_tokens(s, 0, &error)); /* nothing of the kind is in it */
    ck_assert_ptr_nonnull(strstr(error, "holds no text"));
    study_destroy(s);
}
END_TEST

START_TEST(a_study_of_what_is_no_pair)
{
    struct study *s = start("cnn_base.h5", "mlp_base.h5");

    wait_for(s, has_ended);
    ck_assert_ptr_nonnull(strstr(study_error(s), "not of the same rows"));
    ck_assert_ptr_null(study_activity(s));
    study_destroy(s);
}
END_TEST

static void refused(const char *base, const char *tuned, const char *why)
{
    struct recording *b = opened(base), *t = opened(tuned);
    GError *error = NULL;

    ck_assert_ptr_null(recording_pair(b, t, 0, &error));
    ck_assert_msg(strstr(error->message, why) != NULL, "%s", error->message);
    g_clear_error(&error);
}

START_TEST(other_rows_are_no_pair)
{
    struct recorded *r = recording_pair(opened("cnn_base.h5"), NULL, 0, NULL);
    const gint cancelled = 1;
    GError *error = NULL;

    refused("cnn_base.h5", "mlp_base.h5", "not of the same rows");
    ck_assert(!recorded_read(r, &cancelled, &error));
    ck_assert(g_error_matches(error, TARE_ERROR, TARE_ERROR_CANCELLED));
    g_clear_error(&error);
    recorded_close(read_all(r));
}
END_TEST

/* Made by hand (oracle/recordings.py): what a file can get wrong. */
START_TEST(odd_recordings)
{
    struct recording *r = opened("odd.h5");
    const char *const *skipped = recording_skipped(r);
    const struct recorded_layer *layers;
    const struct activity_example *examples;
    const struct activity *a;
    struct recorded *all;
    uint32_t n;

    layers = recording_layers(r, &n);
    ck_assert_uint_eq(n, 3);
    ck_assert_str_eq(layers[0].name, "block/late"); /* listed first */
    ck_assert_str_eq(layers[1].name, "layer2");
    ck_assert_str_eq(layers[2].name, "layer10");
    ck_assert_uint_eq(layers[1].units, 6); /* [rows][2][3] */
    for (n = 0; skipped[n]; n++)
        ck_assert(strstr(skipped[n], "layer10") == NULL);
    ck_assert_uint_eq(n, 3); /* integers, other rows, a vector */
    all = recording_pair(r, NULL, 0, NULL);
    ck_assert_ptr_nonnull(all);
    ck_assert_uint_eq(g_strv_length(all->remarks), 3);
    a = read_all(all)->activity;
    ck_assert_uint_eq(a->n_examples, 3);
    ck_assert_uint_eq(activity_first(a, 0)->tokens, 3); /* position 0 of each */
    ck_assert_uint_eq(activity_cell(a, 0, ACTIVITY_ALL)->tokens, 4);
    examples = activity_examples(a, 1);
    ck_assert_uint_eq(examples[0].values, 2 * 6);
    ck_assert_uint_eq(examples[2].category, 1);
    recorded_close(all);
}
END_TEST

static const struct {
    const char *file, *says;
} wrong[] = {{"bad_category.h5", "category of row 2 is out of range"},
             {"bad_columns.h5", "is not one integer for each of the 4 rows"},
             {"no_names.h5", "no attribute \"categories\""},
             {"../plain/values.h5", "no recording"}};

START_TEST(wrong_recordings)
{
    char *path = fixture(wrong[_i].file);
    GError *error = NULL;
    struct recorded *r = recording_read((const char *const[]){path, NULL}, &error);

    ck_assert(!r || !recorded_read(r, NULL, &error));
    recorded_close(r);
    ck_assert_ptr_nonnull(error);
    ck_assert_msg(strstr(error->message, wrong[_i].says) != NULL, "%s", error->message);
    ck_assert(g_str_has_prefix(error->message, path));
    g_clear_error(&error);
    g_free(path);
}
END_TEST

/* Whatever the bytes are there is a result or an error. */
static void try_file(const char *path)
{
    GError *error = NULL;
    struct recorded *r = recording_read((const char *const[]){path, NULL}, &error);
    bool ok = r && recorded_read(r, NULL, &error);

    ck_assert(ok == (error == NULL));
    g_clear_error(&error);
    recorded_close(r);
}

START_TEST(damaged_recordings)
{
    char *path = fixture("cnn_base.h5"), *bytes, *scratch;
    uint64_t seed = 7;
    gsize n;
    int fd = g_file_open_tmp("tare-recording-XXXXXX", &scratch, NULL);

    ck_assert_int_ge(fd, 0);
    close(fd);
    ck_assert(g_file_get_contents(path, &bytes, &n, NULL));
    for (int i = 0; i < 150; i++) {
        /* The first kilobytes hold what says where things are. */
        gsize at = i % 2 ? random_below(&seed, 4096) : random_below(&seed, (uint32_t)n);
        gsize length = i % 5 ? n : at;
        char old = bytes[at];

        bytes[at] = (char)random_next(&seed);
        ck_assert(g_file_set_contents_full(scratch, bytes, (gssize)length, G_FILE_SET_CONTENTS_NONE,
                                           0600, NULL));
        bytes[at] = old;
        try_file(scratch);
    }
    g_unlink(scratch);
    g_free(scratch);
    g_free(bytes);
    g_free(path);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("recording");
    TCase *t = tcase_create("recording");
    SRunner *r = srunner_create(s);
    int failed;

    tcase_set_timeout(t, 120);
    tcase_add_loop_test(t, frameworks_recordings, 0, G_N_ELEMENTS(models));
    tcase_add_test(t, one_model_alone);
    tcase_add_test(t, a_study_of_recordings);
    tcase_add_test(t, a_study_of_what_is_no_pair);
    tcase_add_test(t, other_rows_are_no_pair);
    tcase_add_test(t, odd_recordings);
    tcase_add_loop_test(t, wrong_recordings, 0, G_N_ELEMENTS(wrong));
    tcase_add_test(t, damaged_recordings);
    suite_add_tcase(s, t);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
