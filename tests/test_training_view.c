/* The training view on a made run: as it looked, at the four sizes, and what its keys do.
 * TARE_GOLDEN=write writes tests/screens/training-view.* anew. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/made_timeline.h"
#include "tests/support/small_model.h"
#include "tests/support/view_stage.h"

static const uint64_t kept[] = {0, 20, 40, 80, 110};

static struct model create(struct timeline *t)
{
    struct model m = {.state = LOAD_READY,
                      .base_path = "base.h5",
                      .comparison = small_model(false, NULL),
                      .timeline = t,
                      .entry = PAIR_NONE};

    m.comparison->timeline = t;
    m.run = (struct run_status){.state = "PAUSED",
                                .steps_here = true,
                                .step = t->steps->len,
                                .steps = 400,
                                .learning_rate = 1e-4,
                                .weight_decay = 0.01,
                                .tokens_per_second = NAN,
                                .seconds_left = NAN,
                                .kept = kept,
                                .n_kept = G_N_ELEMENTS(kept),
                                .shown = t->steps->len};
    return m;
}

static void finish(struct model *m, struct timeline *t)
{
    comparison_destroy(m->comparison);
    timeline_destroy(t);
}

static struct timeline *eventful(void)
{
    struct timeline *t = made_timeline(130);

    timeline_add_event(t, EVENT_LEARNING_RATE, 60, 5e-5, NULL);
    timeline_add_event(t, EVENT_SAVED, 100, NAN, "out\033.h5");
    made_step(t, 90)->loss = 4;
    *made_update(t, 90, 3) = 0.05;
    return t;
}

static const struct {
    int rows, cols;
} sizes[] = {{24, 80}, {30, 100}, {60, 200}, {5, 20}, {10, 40}};

#define FRAME_ROWS 4 /* of the app around a view */

static void compare(const char *text, const char *name)
{
    g_autofree char *file = g_strdup_printf("%s.txt", name);
    g_autofree char *path =
        g_build_filename(g_getenv("TARE_SOURCE"), "tests", "screens", file, NULL);
    g_autofree char *expected = NULL;

    if (g_strcmp0(g_getenv("TARE_GOLDEN"), "write") == 0)
        ck_assert(g_file_set_contents(path, text, -1, NULL));
    ck_assert_msg(g_file_get_contents(path, &expected, NULL, NULL), "%s is not there", path);
    ck_assert_msg(strcmp(text, expected) == 0, "%s:\n%s\nnot as it was:\n%s", name, text, expected);
}

START_TEST(looks_as_it_did)
{
    int size = _i / 4, page = _i / 2 % 2;
    bool ascii = _i % 2;
    struct timeline *t = eventful();
    struct model m = create(t);
    struct view *v = stage_open(view_find("training"), &m);
    int rows = MAX(sizes[size].rows - FRAME_ROWS, 1);
    struct canvas *c;
    g_autofree char *name = g_strdup_printf("training-view-%d.%dx%d.%s", page + 1, sizes[size].cols,
                                            sizes[size].rows, ascii ? "ascii" : "utf8");
    g_autofree char *text = NULL;

    stage_layout(v, rows, sizes[size].cols);
    for (int i = 0; i < page; i++)
        v->ops->act(v, NULL, ACTION_NEXT_PANE);
    if (page) {
        v->ops->act(v, NULL, ACTION_PREVIOUS_LAYER);
        v->ops->act(v, NULL, ACTION_PREVIOUS_LAYER);
        v->ops->act(v, NULL, ACTION_MODE);
        v->ops->act(v, NULL, ACTION_METRIC);
        v->ops->act(v, NULL, ACTION_DOWN);
        v->ops->act(v, NULL, ACTION_ZOOM_IN);
    }
    c = stage_draw(v, rows, sizes[size].cols, ascii);
    text = stage_text(c);
    compare(text, name);
    canvas_destroy(c);
    stage_close(v);
    finish(&m, t);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("training_view");
    TCase *t = tcase_create("training_view");
    SRunner *r = srunner_create(s);
    int failed;

    tcase_add_loop_test(t, looks_as_it_did, 0, (int)G_N_ELEMENTS(sizes) * 4);
    suite_add_tcase(s, t);
    srunner_run_all(r, CK_ENV);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed > 0;
}
