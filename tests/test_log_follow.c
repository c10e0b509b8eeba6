/* Logs as trainings write them: lines of every form, files that grow, are cut and are replaced. */
#include <check.h>
#include <glib/gstdio.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "io/log_follow.h"
#include "io/log_lines.h"

static struct metric_log *take(const char *text)
{
    struct metric_log *l = metric_log_create();
    struct log_lines lines;

    log_lines_init(&lines);
    g_auto(GStrv) all = g_strsplit(text, "\n", -1);
    for (int i = 0; all[i]; i++)
        log_lines_take(&lines, all[i], strlen(all[i]), l);
    log_lines_finish(&lines);
    return l;
}

static double at(const struct metric_log *l, const char *name, uint64_t step)
{
    return metric_series_at(metric_log_find(l, name), step);
}

START_TEST(json_lines)
{
    struct metric_log *l = take("{\"step\": 10, \"loss\": 2.5, \"lr\": 1e-4, \"note\": \"x\"}\n"
                                "\n"
                                "{\"step\": 20, \"loss\": NaN, \"eval\": {\"accuracy\": 0.5}}\n"
                                "{\"step\": 30, \"loss\": 2.0}\n"
                                "{\"step\": 40, \"loss\": ");

    ck_assert(at(l, "loss", 10) == 2.5);
    ck_assert(isnan(at(l, "loss", 20)));
    ck_assert(at(l, "eval/accuracy", 20) == 0.5);
    ck_assert(at(l, "loss", 30) == 2.0);
    ck_assert_uint_eq(l->last, 30);
    ck_assert_str_eq(metric_log_role(l, METRIC_RATE)->name, "lr");
    ck_assert_ptr_null(metric_log_find(l, "note"));
    ck_assert_ptr_null(metric_log_find(l, "step"));
    metric_log_destroy(l);
}
END_TEST

/* Keras: an epoch is counted from 0, checkpoints' names from 1; lists are quoted. */
START_TEST(csv_of_keras)
{
    struct metric_log *l = take("epoch,accuracy,loss,val_loss\r\n"
                                "0,0.5,2.25,2.5\r\n"
                                "1,NA,1.75,\"[2.0, 1.0]\"\r\n"
                                "2,0.75,1.5,2.125\r\n"
                                "3,0.8");

    ck_assert(at(l, "loss", 1) == 2.25);
    ck_assert(at(l, "loss", 2) == 1.75);
    ck_assert(isnan(at(l, "accuracy", 2)));
    ck_assert(isnan(at(l, "val_loss", 2)));
    ck_assert(at(l, "val_loss", 3) == 2.125);
    ck_assert_uint_eq(metric_log_role(l, METRIC_HELD_OUT)->steps->len, 2);
    ck_assert_ptr_null(metric_log_find(l, "epoch"));
    metric_log_destroy(l);
}
END_TEST

START_TEST(csv_with_other_delimiters)
{
    struct metric_log *l = take("step;\"train_loss\"\n100;1.5\n200;1.25\n");

    ck_assert(at(l, "train_loss", 200) == 1.25);
    ck_assert_ptr_eq(metric_log_role(l, METRIC_LOSS), metric_log_find(l, "train_loss"));
    metric_log_destroy(l);
}
END_TEST

/* What HF's Trainer prints: no step, and a share of an epoch. */
START_TEST(python_dictionaries)
{
    struct metric_log *l =
        take("{'loss': 2.5, 'grad_norm': 0.5, 'learning_rate': 5e-05, 'epoch': 0.25}\n"
             "{'loss': 2.0, 'grad_norm': nan, 'learning_rate': 4e-05, 'epoch': 0.5}\n");

    ck_assert(at(l, "loss", 1) == 2.5);
    ck_assert(at(l, "loss", 2) == 2.0);
    ck_assert_uint_eq(metric_log_role(l, METRIC_GRADIENT)->steps->len, 1);
    metric_log_destroy(l);
}
END_TEST

START_TEST(trainer_state)
{
    static const char text[] = "{\n \"best_metric\": null,\n \"log_history\": [\n"
                               "  {\"epoch\": 0.1, \"loss\": 3.5, \"step\": 50},\n"
                               "  {\"epoch\": 0.2, \"eval_loss\": 3.25, \"step\": 100}\n ]\n}\n";
    struct metric_log *l = metric_log_create();

    ck_assert(log_history_take(text, sizeof text - 1, l));
    ck_assert(at(l, "loss", 50) == 3.5);
    ck_assert(at(l, "eval_loss", 100) == 3.25);
    ck_assert(!log_history_take(text, sizeof text - 20, l));
    metric_log_destroy(l);
}
END_TEST

START_TEST(a_resumed_run_puts_its_series_back)
{
    struct metric_log *l = take("{\"step\": 1, \"loss\": 5}\n{\"step\": 2, \"loss\": 4}\n"
                                "{\"step\": 3, \"loss\": 3}\n{\"step\": 2, \"loss\": 3.5}\n");

    ck_assert_uint_eq(metric_log_role(l, METRIC_LOSS)->steps->len, 2);
    ck_assert(at(l, "loss", 2) == 3.5);
    metric_log_destroy(l);
}
END_TEST

START_TEST(series_stay_small)
{
    struct metric_log *l = metric_log_create();

    for (uint64_t i = 1; i <= 200000; i++)
        metric_log_add(l, "loss", i, (double)i);
    ck_assert_uint_le(metric_log_find(l, "loss")->steps->len, 65536);
    ck_assert(at(l, "loss", 200000) == 200000);
    for (int i = 0; i < 200; i++) {
        char name[16];

        g_snprintf(name, sizeof name, "m%d", i);
        metric_log_add(l, name, 1, i);
    }
    ck_assert_uint_eq(l->series->len, 64);
    metric_log_destroy(l);
}
END_TEST

static void append(const char *path, const char *text)
{
    FILE *f = fopen(path, "a");

    ck_assert_ptr_nonnull(f);
    fputs(text, f);
    fclose(f);
}

START_TEST(a_file_is_followed_as_it_grows)
{
    g_autofree char *folder = g_dir_make_tmp("tare-log-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "log.jsonl", NULL);
    g_autofree char *other = g_build_filename(folder, "other", NULL);
    struct log_follow *f = log_follow_create(path);
    struct metric_log *l = metric_log_create();

    ck_assert(!log_follow_read(f, l)); /* not there yet */
    append(path, "{\"step\": 1, \"loss\": 5}\n{\"step\": 2, \"lo");
    log_follow_read(f, l);
    ck_assert_uint_eq(l->last, 1);
    append(path, "ss\": 4}\n");
    log_follow_read(f, l);
    ck_assert(at(l, "loss", 2) == 4);
    ck_assert(g_file_set_contents(path, "{\"step\": 7, \"loss\": 1}\n", -1, NULL)); /* replaced */
    log_follow_read(f, l);
    ck_assert(isnan(at(l, "loss", 2)));
    ck_assert(at(l, "loss", 7) == 1);
    append(other, "{\"step\": 8, \"loss\": 0.5}\n");
    ck_assert_int_eq(truncate(path, 0), 0); /* begun anew in place */
    log_follow_read(f, l);
    ck_assert_uint_eq(l->series->len, 0);
    g_unlink(path);
    g_unlink(other);
    g_rmdir(folder);
    metric_log_destroy(l);
    log_follow_destroy(f);
}
END_TEST

START_TEST(the_log_beside_is_found)
{
    g_autofree char *folder = g_dir_make_tmp("tare-log-XXXXXX", NULL);
    g_autofree char *log = g_build_filename(folder, "history.csv", NULL);
    g_autofree char *data = g_build_filename(folder, "texts.jsonl", NULL);
    g_autofree char *found = NULL;

    append(data, "{\"text\": \"a\", \"category\": \"b\"}\n");
    ck_assert_ptr_null(log_find(folder, NULL));
    append(log, "epoch,loss\n0,2.5\n");
    found = log_find(folder, NULL);
    ck_assert_str_eq(found, log);
    g_unlink(log);
    g_unlink(data);
    g_rmdir(folder);
}
END_TEST

/* Whatever is in a file that is no log. */
START_TEST(other_bytes_are_no_numbers)
{
    static const char *const all[] = {
        "\x89HDF\r\n\x1a\n",          "{{{{{{{{",      "\xff\xfe\n\xff", ",,,\n,,,\n",
        "step,loss\n1e300,2\n-5,2\n", "[1,2]\n[3,4]\n"};

    for (gsize i = 0; i < G_N_ELEMENTS(all); i++) {
        struct metric_log *l = take(all[i]);

        ck_assert_uint_le(l->last, 2);
        metric_log_destroy(l);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("log_follow");
    TCase *t = tcase_create("logs");

    tcase_add_test(t, json_lines);
    tcase_add_test(t, csv_of_keras);
    tcase_add_test(t, csv_with_other_delimiters);
    tcase_add_test(t, python_dictionaries);
    tcase_add_test(t, trainer_state);
    tcase_add_test(t, a_resumed_run_puts_its_series_back);
    tcase_add_test(t, series_stay_small);
    tcase_add_test(t, a_file_is_followed_as_it_grows);
    tcase_add_test(t, the_log_beside_is_found);
    tcase_add_test(t, other_bytes_are_no_numbers);
    suite_add_tcase(s, t);

    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
