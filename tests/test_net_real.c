/* SmolLM2 and MiniLM as packages carry them, against transformers. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "tests/support/net_ready.h"

/* One sequence of real_models.txt. */
struct sample {
    uint32_t *ids;
    guint n;
    struct ready_rows got;
};

static void sample_start(struct sample *s, struct ready *r, char **words)
{
    s->n = g_strv_length(words) - 1;
    s->ids = g_new(uint32_t, s->n);
    for (guint i = 0; i < s->n; i++)
        s->ids[i] = (uint32_t)g_ascii_strtoull(words[i + 1], NULL, 10);
    s->got = ready_run(r, s->ids, s->n);
}

static void sample_end(struct sample *s)
{
    g_free(s->ids);
    g_free(s->got.values);
    *s = (struct sample){0};
}

static double row_difference(const struct sample *s, char **words)
{
    guint64 row = g_ascii_strtoull(words[1], NULL, 10);
    double most = 0;

    for (char **w = words + 2; w[0] && w[1]; w += 2) {
        guint64 column = g_ascii_strtoull(w[0], NULL, 10);

        most = fmax(
            most, fabs(s->got.values[row * s->got.columns + column] - g_ascii_strtod(w[1], NULL)));
    }
    return most;
}

static double loss_difference(const struct sample *s, struct ready *r, char **words)
{
    struct net_sequence sequence = {s->ids, s->n, 0};
    struct net_batch batch = {.sequences = &sequence, .n = 1};
    double *losses = g_new(double, s->n), most = 0;

    ck_assert(net_losses(r->net, &batch, NULL, losses, NULL, NULL));
    for (guint i = 0; i + 1 < s->n; i++)
        most = fmax(most, fabs(losses[i] - g_ascii_strtod(words[i + 1], NULL)));
    g_free(losses);
    return most;
}

static void check_line(struct ready *r, struct sample *s, char **words)
{
    double most = 0;

    if (strcmp(words[0], "ids") == 0) {
        sample_end(s);
        sample_start(s, r, words);
    } else if (strcmp(words[0], "row") == 0) {
        most = row_difference(s, words);
    } else if (strcmp(words[0], "losses") == 0) {
        most = loss_difference(s, r, words);
    }
    ck_assert_msg(most < 2e-4, "%s %s: %g away", words[0], words[1], most);
}

START_TEST(test_real)
{
    const char *models_at = g_getenv("TARE_MODELS");
    char *path = g_build_filename(g_getenv("TARE_ORACLE"), "real_models.txt", NULL), *text, **lines;
    struct sample s = {0};
    struct ready r;
    bool open = false;

    if (!models_at || !*models_at) {
        g_printerr("skipped: TARE_MODELS names no folder that samples/fetch-models made\n");
        g_free(path);
        return;
    }
    ck_assert(g_file_get_contents(path, &text, NULL, NULL));
    lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line && **line; line++) {
        char **words = g_strsplit(*line, " ", -1);

        if (strcmp(words[0], "model") == 0) {
            char *file = g_build_filename(models_at, words[1], "model.h5", NULL);

            sample_end(&s);
            if (open)
                ready_finish(&r);
            ready_open(&r, file);
            open = true;
            g_free(file);
        } else {
            check_line(&r, &s, words);
        }
        g_strfreev(words);
    }
    sample_end(&s);
    ready_finish(&r);
    g_strfreev(lines);
    g_free(text);
    g_free(path);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("net_real");
    TCase *t = tcase_create("real");
    SRunner *r;
    int failed;

    tcase_add_test(t, test_real);
    tcase_set_timeout(t, 300);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
