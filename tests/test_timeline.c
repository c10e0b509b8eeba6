/* What a run leaves behind: appended, followed, put back. */
#include <check.h>
#include <math.h>

#include "core/train/timeline.h"

static const char *const names[] = {"greeting", "refund"};
static const bool uncovered[] = {false, true};

static struct timeline *create(void)
{
    return timeline_create(2, names, uncovered, 2);
}

static void add_step(struct timeline *t, uint64_t step, double loss)
{
    struct step_record s = {.step = step, .loss = loss, .nonfinite = UINT32_MAX};
    double update[] = {loss / 10, loss / 20, loss / 30};

    timeline_add_step(t, &s, update);
}

static void add_look(struct timeline *t, uint64_t step, const char *continuation)
{
    char *text = g_strdup(continuation);
    struct look_record l = {.step = step, .held_out = 2, .continuation = text};
    double losses[] = {1, INFINITY};
    struct look_rows rows = {.losses = losses};

    timeline_add_look(t, &l, &rows);
    g_free(text);
}

static double at(const GArray *a, guint i)
{
    return g_array_index(a, double, i);
}

static void assert_same(const struct timeline *a, const struct timeline *b)
{
    const GArray *of_a[] = {a->update, a->relative, a->norm, a->block_dead, a->entropy, a->losses};
    const GArray *of_b[] = {b->update, b->relative, b->norm, b->block_dead, b->entropy, b->losses};

    ck_assert_uint_eq(a->steps->len, b->steps->len);
    ck_assert_mem_eq(a->steps->data, b->steps->data, a->steps->len * sizeof(struct step_record));
    ck_assert_uint_eq(a->looks->len, b->looks->len);
    for (guint i = 0; i < a->looks->len; i++) {
        const struct look_record *x = &g_array_index(a->looks, struct look_record, i);
        const struct look_record *y = &g_array_index(b->looks, struct look_record, i);

        ck_assert_uint_eq(x->step, y->step);
        ck_assert_str_eq(x->continuation, y->continuation);
        ck_assert_ptr_ne(x->continuation, y->continuation);
    }
    for (guint i = 0; i < G_N_ELEMENTS(of_a); i++) {
        ck_assert_uint_eq(of_a[i]->len, of_b[i]->len);
        for (guint j = 0; j < of_a[i]->len; j++)
            ck_assert(at(of_a[i], j) == at(of_b[i], j) ||
                      (isnan(at(of_a[i], j)) && isnan(at(of_b[i], j))));
    }
    ck_assert_uint_eq(a->events->len, b->events->len);
    ck_assert_uint_eq(a->version, b->version);
}

START_TEST(keeps_what_is_added)
{
    struct timeline *t = create();

    add_step(t, 1, 3);
    add_step(t, 2, INFINITY);
    add_look(t, 2, "hello");
    ck_assert_uint_eq(t->steps->len, 2);
    ck_assert_uint_eq(t->update->len, 6);
    ck_assert_double_eq(at(t->update, 1), 0.15);
    ck_assert(isnan(g_array_index(t->steps, struct step_record, 1).loss));
    ck_assert(isnan(at(t->update, 3)));
    ck_assert_uint_eq(t->relative->len, 3);
    ck_assert(isnan(at(t->relative, 0)));
    ck_assert_uint_eq(t->entropy->len, 2);
    ck_assert_double_eq(at(t->losses, 0), 1);
    ck_assert(isnan(at(t->losses, 1)));
    ck_assert_str_eq(t->categories[1], "refund");
    ck_assert(t->uncovered[1] && !t->uncovered[0]);
    timeline_destroy(t);
}
END_TEST

START_TEST(rewinding_forgets_what_came_after)
{
    struct timeline *t = create();
    uint64_t version;

    add_look(t, 0, "a");
    for (uint64_t i = 1; i <= 6; i++)
        add_step(t, i, (double)i);
    add_look(t, 3, "b");
    add_look(t, 6, "c");
    timeline_add_event(t, EVENT_SAVED, 6, NAN, "out.h5");
    timeline_rewind(t, 4);
    ck_assert_uint_eq(t->steps->len, 4);
    ck_assert_uint_eq(t->update->len, 12);
    ck_assert_uint_eq(t->looks->len, 2);
    ck_assert_uint_eq(t->losses->len, 4);
    ck_assert_uint_eq(t->events->len, 2);
    ck_assert_int_eq(g_array_index(t->events, struct event, 1).kind, EVENT_REWOUND);
    version = t->version;
    timeline_rewind(t, 4);
    ck_assert_uint_eq(t->version, version);
    timeline_rewind(t, 0);
    ck_assert_uint_eq(t->steps->len, 0);
    ck_assert_uint_eq(t->looks->len, 1);
    timeline_destroy(t);
}
END_TEST

START_TEST(following_equals_copying)
{
    struct timeline *t = create(), *seen = create(), *copy;

    add_look(t, 0, "a");
    for (uint64_t i = 1; i <= 6; i++)
        add_step(t, i, (double)i);
    timeline_follow(seen, t);
    assert_same(t, seen);
    /* Put back and gone on beyond where the follower was, and back again. */
    timeline_rewind(t, 2);
    for (uint64_t i = 3; i <= 9; i++)
        add_step(t, i, (double)i + 0.5);
    timeline_rewind(t, 5);
    add_step(t, 6, 60);
    add_look(t, 6, "b");
    timeline_add_event(t, EVENT_LEARNING_RATE, 6, 1e-5, NULL);
    timeline_follow(seen, t);
    assert_same(t, seen);
    copy = timeline_copy(t);
    assert_same(t, copy);
    timeline_destroy(copy);
    timeline_destroy(seen);
    timeline_destroy(t);
}
END_TEST

START_TEST(works_without_blocks_and_categories)
{
    struct timeline *t = timeline_create(0, NULL, NULL, 0);
    struct look_rows rows = {0};
    struct look_record l = {0};

    timeline_add_look(t, &l, &rows);
    ck_assert_uint_eq(t->losses->len, 0);
    ck_assert_uint_eq(t->relative->len, 1);
    timeline_destroy(t);
    timeline_destroy(NULL);
    for (guint k = 0; k < EVENT_KINDS; k++)
        ck_assert_ptr_nonnull(event_name((enum event_kind)k));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("timeline");
    TCase *t = tcase_create("timeline");
    SRunner *r = srunner_create(s);
    int failed;

    tcase_add_test(t, keeps_what_is_added);
    tcase_add_test(t, rewinding_forgets_what_came_after);
    tcase_add_test(t, following_equals_copying);
    tcase_add_test(t, works_without_blocks_and_categories);
    suite_add_tcase(s, t);
    srunner_run_all(r, CK_ENV);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed > 0;
}
