/* Every view on a study that has ended: draws at any size inside its surface, in UTF-8 and in ASCII,
 * and takes any action while answers come in. */
#include <check.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include "core/rule.h"
#include "io/command.h"
#include "io/examples.h"
#include "io/tokenizer_open.h"
#include "tests/support/view_stage.h"

static const struct {
    int rows, cols;
} sizes[] = {{1, 1}, {2, 3}, {5, 20}, {24, 80}, {60, 200}, {70, 250}};

static struct comparison *pair;
static struct model model;

static struct checkpoint *load(const char *name)
{
    char *path = g_build_filename(g_getenv("TARE_FIXTURES"), name, NULL);
    struct checkpoint *c = command_load(path, NULL, NULL);

    ck_assert_ptr_nonnull(c);
    g_free(path);
    return c;
}

static void drain(int timeout)
{
    struct pollfd fd = {study_wake_fd(model.study), POLLIN, 0};

    poll(&fd, 1, timeout);
    study_drain(model.study);
    pair->behaviour = study_behaviour(model.study);
    pair->activity = study_activity(model.study);
    pair->shifts = study_shifts(model.study);
}

static void setup(void)
{
    const struct comparison_options options = {.threads = 2, .use_rules = true};
    char *path = g_build_filename(g_getenv("TARE_FIXTURES"), "examples", "gpt2.jsonl", NULL);
    struct study_progress now = {.phase = STUDY_LOADING};

    pair = comparison_create(load("hf_tf/gpt2_base/tf_model.h5"),
                             load("hf_tf/gpt2_tuned/tf_model.h5"), &options, NULL);
    comparison_scan_start(pair);
    comparison_scan_wait(pair);
    model = (struct model){.state = LOAD_READY,
                           .base_path = "base.h5",
                           .tuned_path = "tuned.h5",
                           .comparison = pair,
                           .entry = PAIR_NONE,
                           .example = UINT32_MAX};
    model.study = study_start(&(struct study_input){.comparison = pair,
                                                    .examples = examples_read(path, NULL, NULL),
                                                    .open_tokenizer = tokenizer_open});
    while (now.phase != STUDY_DONE) {
        ck_assert_msg(now.phase != STUDY_FAILED, "%s", study_error(model.study));
        drain(60000);
        study_progress(model.study, &now);
    }
    model.findings = rules_check(pair);
    g_free(path);
}

static void teardown(void)
{
    findings_free(model.findings);
    blend_finish(&model.blend);
    study_destroy(model.study);
    comparison_destroy(pair);
}

static void check_canvas(const struct canvas *c, const char *name)
{
    for (int row = 0; row < c->rows; row++)
        for (int col = 0; col < c->cols; col++) {
            bool border = row == 0 || col == 0 || row == c->rows - 1 || col == c->cols - 1;
            gunichar ch = c->cells[row * c->cols + col].ch;

            if (border ? ch != CANARY : c->ascii && ch >= 0x7f)
                ck_abort_msg("%s draws U+%04X at %d,%d of %dx%d", name, ch, row, col, c->rows,
                             c->cols);
        }
}

static void draw_everywhere(struct view *v)
{
    for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++)
        for (int ascii = 0; ascii < 2; ascii++) {
            struct canvas *c = stage_draw(v, sizes[i].rows, sizes[i].cols, ascii);

            check_canvas(c, v->ops->name);
            canvas_destroy(c);
        }
}

static void give_away(struct view *v)
{
    char *written = NULL, *status = v->ops->status(v), *line = v->ops->copy ? v->ops->copy(v) : NULL;
    size_t bytes;
    FILE *out = open_memstream(&written, &bytes);

    ck_assert_ptr_nonnull(status);
    if (v->ops->write)
        v->ops->write(v, out);
    fclose(out);
    free(written);
    g_free(status);
    g_free(line);
}

START_TEST(any_size_any_action)
{
    for (gsize i = 0; view_table[i]; i++) {
        struct view *v = stage_open(view_table[i], &model);

        for (int action = 0; action < ACTION_VIEW + 12; action++) {
            if (action == ACTION_VIEW_9 + 1)
                action = ACTION_VIEW - 1;
            v->ops->act(v, NULL, action); /* also before the first layout */
            stage_layout(v, 24, 80);
            if (action % 4 == 0)
                drain(20);
        }
        drain(50);
        draw_everywhere(v);
        give_away(v);
        stage_close(v);
    }
}
END_TEST

/* All sites, both axes, every category. */
START_TEST(what_is_looked_at)
{
    static const char *const names[] = {"activations", "units", "categories", "heads"};
    const struct activity *a = study_activity(model.study);

    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
        for (model.layer = 0; model.layer < a->n_layers; model.layer += 3) {
            struct view *v = stage_open(view_find(names[i]), &model);

            stage_layout(v, 24, 80);
            drain(100);
            draw_everywhere(v);
            v->ops->act(v, NULL, ACTION_MODE);
            v->ops->act(v, NULL, ACTION_LOG);
            v->ops->act(v, NULL, ACTION_SORT);
            model.category = (model.category + 1) % a->n_categories;
            drain(100);
            draw_everywhere(v);
            give_away(v);
            stage_close(v);
        }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("study views");
    TCase *t = tcase_create("study views");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_set_timeout(t, 120);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, any_size_any_action);
    tcase_add_test(t, what_is_looked_at);
    suite_add_tcase(suite, t);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
