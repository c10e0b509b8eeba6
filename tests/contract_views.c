/* Every row of view_table: draws at any size inside its surface, in UTF-8 and in ASCII, whatever
 * the state of the model; its keys have help; it takes any action. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/made_timeline.h"
#include "tests/support/small_model.h"
#include "tui/ignored.h"
#include "tests/support/view_stage.h"

static const struct {
    int rows, cols;
} sizes[] = {{1, 1}, {2, 3}, {5, 20}, {24, 80}, {30, 100}, {60, 200}, {70, 250}};

/* No assertion a cell: Check writes to a pipe at each. */
static void check_border(const struct canvas *c, const char *name)
{
    for (int row = 0; row < c->rows; row++)
        for (int col = 0; col < c->cols; col++) {
            bool border = row == 0 || col == 0 || row == c->rows - 1 || col == c->cols - 1;

            if (border && c->cells[row * c->cols + col].ch != CANARY)
                ck_abort_msg("%s draws outside at %d,%d of %dx%d", name, row, col, c->rows,
                             c->cols);
        }
}

static void check_glyphs(const struct canvas *c, const char *name)
{
    for (int row = 1; row < c->rows - 1; row++)
        for (int col = 1; col < c->cols - 1; col++) {
            gunichar ch = c->cells[row * c->cols + col].ch;

            if (ch < 0x20 || ch == 0x7f || (ch >= 0x80 && ch < 0xa0))
                ck_abort_msg("%s lets a control byte through at %d,%d", name, row, col);
            if (c->ascii && ch >= 0x7f)
                ck_abort_msg("%s draws U+%04X in ASCII mode", name, ch);
        }
}

static void check_cursor(const struct canvas *c, const char *name)
{
    if (c->cursor_row < 0)
        return;
    ck_assert_msg(c->cursor_row >= 1 && c->cursor_row < c->rows - 1 && c->cursor_col >= 1 &&
                      c->cursor_col < c->cols - 1,
                  "%s parks the cursor outside", name);
}

static void draw_everywhere(struct view *v)
{
    for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++)
        for (int ascii = 0; ascii < 2; ascii++) {
            struct canvas *c = stage_draw(v, sizes[i].rows, sizes[i].cols, ascii);

            check_border(c, v->ops->name);
            check_glyphs(c, v->ops->name);
            check_cursor(c, v->ops->name);
            canvas_destroy(c);
        }
}

static void give_away(struct view *v)
{
    char *status = v->ops->status(v), *line = v->ops->copy ? v->ops->copy(v) : NULL;
    char *written = NULL;
    size_t bytes;
    FILE *out;

    ck_assert_ptr_nonnull(status);
    ck_assert(g_utf8_validate(status, -1, NULL));
    ck_assert(!line || (g_utf8_validate(line, -1, NULL) && !strpbrk(line, "\n\r\033")));
    if (v->ops->write) {
        out = open_memstream(&written, &bytes);
        v->ops->write(v, out);
        fclose(out);
        ck_assert_ptr_null(strchr(written, '\033'));
        free(written);
    }
    g_free(status);
    g_free(line);
}

/* All actions there are, the view's own too, and some there are not. */
static void act_on_everything(struct view *v)
{
    for (int size = 2; size < 5; size++)
        for (int action = 0; action < ACTION_VIEW + 8; action++) {
            if (action == ACTION_VIEW_9 + 1)
                action = ACTION_VIEW - 1;
            stage_layout(v, sizes[size].rows, sizes[size].cols);
            v->ops->act(v, NULL, action);
            stage_layout(v, sizes[size].rows, sizes[size].cols);
        }
}

static void search_and_filter(struct view *v)
{
    static const char *const texts[] = {"attn", "ATTN.*weight", "(", "nothing like it", "", NULL};

    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        if (v->ops->filter)
            v->ops->filter(v, texts[i]);
        draw_everywhere(v);
        if (v->ops->search)
            v->ops->search(v, texts[i]);
        v->ops->act(v, NULL, ACTION_SEARCH_NEXT);
        v->ops->act(v, NULL, ACTION_SEARCH_PREVIOUS);
        draw_everywhere(v);
    }
}

static void click_everywhere(struct view *v)
{
    if (!v->ops->mouse)
        return;
    for (int row = 0; row < 24; row++)
        for (int col = 0; col < 80; col += 13) {
            stage_layout(v, 24, 80);
            v->ops->mouse(v, NULL, row, col, KEY_MOUSE_CLICK);
            v->ops->mouse(v, NULL, row, col, row % 2 ? KEY_WHEEL_DOWN : KEY_WHEEL_UP);
        }
}

static void try_all(struct model *m)
{
    for (gsize i = 0; view_table[i]; i++) {
        struct view *v = stage_open(view_table[i], m);

        draw_everywhere(v);
        give_away(v);
        act_on_everything(v);
        search_and_filter(v);
        click_everywhere(v);
        draw_everywhere(v);
        give_away(v);
        stage_close(v);
    }
}

static struct model model_of(struct comparison *c)
{
    return (struct model){.state = LOAD_READY,
                          .base_path = "runs/base.h5",
                          .tuned_path = c->tuned ? "runs/tuned.h5" : NULL,
                          .comparison = c,
                          .findings = rules_check(c),
                          .entry = PAIR_NONE};
}

static void finish(struct model *m)
{
    ignored_finish(m);
    comparison_destroy(m->comparison);
    findings_free(m->findings);
}

START_TEST(rows_are_whole)
{
    for (gsize i = 0; view_table[i]; i++) {
        const struct view_ops *ops = view_table[i];

        ck_assert_ptr_eq(view_find(ops->name), ops);
        ck_assert(ops->title && ops->brief && strlen(ops->brief) <= 6 && ops->about);
        ck_assert(ops->help && ops->size >= sizeof(struct view));
        ck_assert(ops->open && ops->layout && ops->draw && ops->act && ops->status);
        for (const struct binding *b = ops->bindings; b->action != ACTION_NONE; b++)
            ck_assert_msg(!b->keys || (b->help && *b->help), "%s: %s has no help", ops->name,
                          b->keys);
    }
    ck_assert_ptr_null(view_find("no such view"));
}
END_TEST

START_TEST(before_and_without_a_model)
{
    struct model reading = {.state = LOAD_READING,
                            .base_path = "a\033b.h5",
                            .tuned_path = "t.h5",
                            .objects = 12,
                            .entry = PAIR_NONE};
    struct model failed = {.state = LOAD_FAILED,
                           .base_path = "a.h5",
                           .entry = PAIR_NONE,
                           .error = "a.h5: not an HDF5 file \033]0;x\007: check the path"};

    try_all(&reading);
    try_all(&failed);
}
END_TEST

START_TEST(before_the_scan)
{
    struct model m = model_of(small_model(true, NULL));

    try_all(&m);
    finish(&m);
}
END_TEST

/* What the tuned side does not have is finished; everything else waits at the gate. */
START_TEST(half_way)
{
    gint gate = 0;
    struct comparison *c = small_model(true, &gate);
    const uint32_t only = small_model_find(c, "score.weight");
    struct model m = model_of(c);

    comparison_scan_prefer(c, &only, 1);
    comparison_scan_start(c);
    while (c->summary.entries[only].state != ENTRY_DONE)
        comparison_drain(c);
    try_all(&m);
    ck_assert_uint_lt(c->summary.n_finished, c->summary.n);
    g_atomic_int_set(&gate, 1);
    finish(&m);
}
END_TEST

START_TEST(after_a_cancel)
{
    gint gate = 0;
    struct comparison *c = small_model(true, &gate);
    struct model m = model_of(c);

    comparison_scan_start(c);
    comparison_scan_cancel(c);
    g_atomic_int_set(&gate, 1);
    comparison_scan_wait(c);
    try_all(&m);
    finish(&m);
}
END_TEST

START_TEST(when_done)
{
    for (int pair = 0; pair < 2; pair++) {
        struct comparison *c = small_model(pair, NULL);
        struct model m;

        small_model_scan(c);
        m = model_of(c);
        try_all(&m);
        for (m.entry = 0; m.entry < c->pairing.n_entries; m.entry++) {
            struct view *v = stage_open(view_find("tensor"), &m);
            uint32_t entry = m.entry;

            draw_everywhere(v);
            v->ops->act(v, NULL, ACTION_MODE);
            v->ops->act(v, NULL, ACTION_ZOOM_IN);
            draw_everywhere(v);
            stage_close(v);
            m.entry = entry;
        }
        finish(&m);
    }
}
END_TEST

/* No steps yet, some, many; only looks, as of a run that is watched. */
START_TEST(runs)
{
    static const uint64_t steps[] = {0, 1, 7, 300, 3000};

    for (gsize i = 0; i < G_N_ELEMENTS(steps) + 1; i++) {
        struct comparison *c = small_model(true, NULL);
        struct model m = model_of(c);
        struct timeline *t = made_timeline(i < G_N_ELEMENTS(steps) ? steps[i] : 50);

        if (i == G_N_ELEMENTS(steps))
            g_array_set_size(t->steps, 0);
        timeline_add_event(t, EVENT_SAVED, 1, NAN, "x\033y.h5");
        m.timeline = c->timeline = t;
        m.run = (struct run_status){.state = "PAUSED", .step = steps[0], .note = "a note"};
        try_all(&m);
        finish(&m);
        timeline_destroy(t);
    }
}
END_TEST

static void wait_for_spectrum(struct comparison *c, uint32_t entry)
{
    const char *error = NULL;

    while (comparison_spectrum_running(c, NULL, NULL) ||
           (!comparison_known_spectrum(c, entry, &error) && !error))
        comparison_wait(c);
}

/* Every tensor's, while it is computed and when it is there; linear and logarithmic. */
START_TEST(spectra)
{
    for (int pair = 0; pair < 2; pair++) {
        struct comparison *c = small_model(pair, NULL);
        struct model m;

        small_model_scan(c);
        m = model_of(c);
        for (m.entry = 0; m.entry < c->pairing.n_entries; m.entry += pair ? 3 : 7) {
            struct view *v = stage_open(view_find("spectrum"), &m);
            uint64_t rows, cols;

            stage_layout(v, 24, 80);
            if (c->summary.entries[m.entry].state == ENTRY_DONE &&
                spectrum_shape(comparison_tensor(c, m.entry), comparison_place(c, m.entry), &rows,
                               &cols))
                wait_for_spectrum(c, m.entry);
            draw_everywhere(v);
            v->ops->act(v, NULL, ACTION_LOG);
            draw_everywhere(v);
            give_away(v);
            stage_close(v);
        }
        finish(&m);
    }
}
END_TEST

/* Another comparison takes the place of the first while views are open. */
START_TEST(read_again)
{
    struct model first = model_of(small_model(true, NULL)), second;
    struct view *views[24];
    gsize n = 0;

    small_model_scan(first.comparison);
    second = model_of(many_layers(40));
    for (; view_table[n]; n++) {
        views[n] = stage_open(view_table[n], &first);
        draw_everywhere(views[n]);
    }
    finish(&first);
    first = second;
    for (gsize i = 0; i < n; i++) {
        give_away(views[i]);
        act_on_everything(views[i]);
        draw_everywhere(views[i]);
        stage_close(views[i]);
    }
    finish(&first);
}
END_TEST

START_TEST(what_the_overview_says)
{
    struct comparison *c = small_model(true, NULL);
    struct model m;
    struct view *v;
    struct canvas *canvas;
    char *text;

    small_model_scan(c);
    m = model_of(c);
    v = stage_open(view_find("overview"), &m);
    stage_layout(v, 30, 100);
    v->ops->filter(v, "ln_2|evil|lm_head|c_fc|score|classifier|pooler|wpe");
    canvas = stage_draw(v, 60, 120, true);
    text = stage_text(canvas);
    ck_assert_ptr_nonnull(strstr(text, "err: runs/base.h5: /transformer.h.2.ln_2.bias"));
    ck_assert_ptr_nonnull(strstr(text, "evil\\x1b[31m\\x0aname"));
    ck_assert_ptr_nonnull(strstr(text, "NaN"));
    ck_assert_ptr_nonnull(strstr(text, "shape!"));
    ck_assert_ptr_nonnull(strstr(text, "+new"));
    ck_assert_ptr_nonnull(strstr(text, "-gone"));
    ck_assert_ptr_nonnull(strstr(text, " ="));
    ck_assert_ptr_nonnull(strstr(text, "~"));
    g_free(text);
    canvas_destroy(canvas);
    stage_close(v);
    finish(&m);
}
END_TEST

/* Enter on a group opens its layer, on a tensor the tensor view. */
START_TEST(entering_rows)
{
    struct model m = model_of(small_model(true, NULL));
    struct view *v = stage_open(view_find("overview"), &m);

    stage_layout(v, 30, 100);
    stage_opened = NULL;
    v->ops->act(v, NULL, ACTION_DOWN);
    v->ops->act(v, NULL, ACTION_DOWN);
    v->ops->act(v, NULL, ACTION_OPEN);
    ck_assert_ptr_eq(stage_opened, view_find("layer"));
    v->ops->act(v, NULL, ACTION_RIGHT);
    stage_layout(v, 30, 100);
    v->ops->act(v, NULL, ACTION_DOWN);
    v->ops->act(v, NULL, ACTION_OPEN);
    ck_assert_ptr_eq(stage_opened, view_find("tensor"));
    ck_assert_uint_eq(m.entry, small_model_find(m.comparison, "transformer.h.0.ln_1.weight"));
    stage_close(v);
    finish(&m);
}
END_TEST

/* Whatever moves the selection, the other views look at it; and back again. */
START_TEST(one_entry_for_all_views)
{
    struct model m = model_of(small_model(true, NULL));
    struct view *v = stage_open(view_find("overview"), &m), *t;
    uint32_t gain = small_model_find(m.comparison, "transformer.h.1.ln_1.weight");
    char *line;

    stage_layout(v, 30, 100);
    v->ops->search(v, "h.1.ln_1.weight");
    ck_assert_uint_eq(m.entry, gain);
    v->ops->search(v, NULL);
    v->ops->filter(v, "wpe");
    stage_layout(v, 30, 100);
    ck_assert_str_eq(comparison_tensor(m.comparison, m.entry)->name, "transformer.wpe.weight");
    v->ops->filter(v, NULL);
    stage_layout(v, 30, 100);
    m.entry = small_model_find(m.comparison, "transformer.h.2.ln_1.weight"); /* folded */
    t = stage_open(view_find("tensor"), &m);
    stage_layout(t, 30, 100);
    t->ops->act(t, NULL, ACTION_NEXT_LAYER);
    stage_close(t);
    stage_layout(v, 30, 100);
    line = v->ops->copy(v);
    ck_assert(g_str_has_prefix(line, comparison_tensor(m.comparison, m.entry)->name));
    g_free(line);
    stage_close(v);
    finish(&m);
}
END_TEST

/* Pinned, a row's numbers stay beside those of the selected one. */
START_TEST(a_pinned_row_stays)
{
    struct model m = model_of(small_model(true, NULL));
    struct view *v = stage_open(view_find("overview"), &m);

    stage_layout(v, 30, 100);
    for (int pinned = 1; pinned >= 0; pinned--) {
        struct canvas *canvas;
        char *text;

        v->ops->act(v, NULL, ACTION_HOME);
        v->ops->act(v, NULL, ACTION_PIN);
        v->ops->act(v, NULL, ACTION_DOWN);
        canvas = stage_draw(v, 30, 100, true);
        text = stage_text(canvas);
        ck_assert((strstr(text, "pinned: transformer.wte.weight") != NULL) == pinned);
        ck_assert((strstr(text, "*  transformer.wte.weight") != NULL) == pinned);
        g_free(text);
        canvas_destroy(canvas);
    }
    stage_close(v);
    finish(&m);
}
END_TEST

static char *staged(struct view *v)
{
    struct canvas *canvas = stage_draw(v, 40, 100, true);
    char *text = stage_text(canvas);

    canvas_destroy(canvas);
    return text;
}

static void press(struct view *v, gunichar key)
{
    stage_layout(v, 40, 100);
    v->ops->act(v, NULL, key_action(v->ops->bindings, key));
    stage_layout(v, 40, 100);
}

/* The gravest first; i sets aside for good until u, e explains, Enter leads to the evidence. */
START_TEST(a_finding_and_what_to_do_with_it)
{
    struct comparison *c = small_model(true, NULL);
    struct model m;
    struct view *v;
    char *before, *text;

    small_model_scan(c);
    m = model_of(c);
    v = stage_open(view_find("diagnosis"), &m);
    before = staged(v);
    ck_assert(g_str_has_prefix(before, "> error"));
    ck_assert_ptr_nonnull(strstr(before, "transformer.h.1.mlp.c_fc.weight"));
    press(v, 'e');
    text = staged(v);
    ck_assert_ptr_nonnull(strstr(text, "rule nonfinite"));
    g_free(text);
    press(v, 'e');
    press(v, 'i');
    text = staged(v);
    ck_assert_ptr_null(strstr(text, "> error"));
    ck_assert_uint_eq(ignored_count(&m), 1);
    g_free(text);
    press(v, 'u');
    text = staged(v);
    ck_assert_str_eq(text, before);
    press(v, KEY_RETURN);
    ck_assert_ptr_eq(stage_opened, view_find("tensor"));
    ck_assert_uint_eq(m.entry, small_model_find(c, "transformer.h.1.mlp.c_fc.weight"));
    g_free(text);
    g_free(before);
    ignored_finish(&m);
    stage_close(v);
    finish(&m);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("contract_views");
    TCase *t = tcase_create("views");
    SRunner *r;
    int failed;

    tcase_set_timeout(t, 280);
    tcase_add_test(t, rows_are_whole);
    tcase_add_test(t, before_and_without_a_model);
    tcase_add_test(t, before_the_scan);
    tcase_add_test(t, half_way);
    tcase_add_test(t, after_a_cancel);
    tcase_add_test(t, when_done);
    tcase_add_test(t, runs);
    tcase_add_test(t, spectra);
    tcase_add_test(t, read_again);
    tcase_add_test(t, what_the_overview_says);
    tcase_add_test(t, entering_rows);
    tcase_add_test(t, one_entry_for_all_views);
    tcase_add_test(t, a_pinned_row_stays);
    tcase_add_test(t, a_finding_and_what_to_do_with_it);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
