/* The machines that decide when a watched file is read and what a reading is worth, by scripted
 * sights and a scripted clock. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "io/checkpoint_name.h"
#include "io/watch_folder.h"

#define MS 1000

static struct sight at(guint64 inode, guint64 size, gint64 mtime)
{
    return (struct sight){true, 1, (ino_t)inode, size, mtime, mtime};
}

static void see(struct watch_file *f, struct sight s, gint64 now)
{
    watch_file_see(f, &s, now);
}

/* A whole reading, nothing happens meanwhile. */
static enum watch_result read_now(struct watch_file *f, bool good, uint64_t fingerprint, gint64 now)
{
    struct sight s = f->seen;

    watch_file_begin(f, &s);
    return watch_file_end(f, &s, good, fingerprint, now);
}

START_TEST(twenty_quiet_milliseconds_come_first)
{
    struct watch_file f = {0};

    ck_assert_int_eq(watch_file_state(&f), WATCH_WAITING);
    see(&f, at(5, 100, 1), 0);
    ck_assert_int_eq(watch_file_state(&f), WATCH_WRITING);
    ck_assert_int_eq(watch_file_wish(&f), WISH_NOTHING);
    ck_assert_int_eq(watch_file_due(&f), 20 * MS);
    see(&f, at(5, 200, 2), 19 * MS);
    see(&f, at(5, 200, 2), 38 * MS);
    ck_assert_int_eq(watch_file_wish(&f), WISH_NOTHING);
    watch_file_touch(&f, 38 * MS); /* same times, same size: told by inotify */
    see(&f, at(5, 200, 2), 57 * MS);
    ck_assert_int_eq(watch_file_wish(&f), WISH_NOTHING);
    see(&f, at(5, 200, 2), 58 * MS);
    ck_assert_int_eq(watch_file_wish(&f), WISH_READ);
}
END_TEST

/* Quiet is what stat has said twice, not what nobody has asked about. */
START_TEST(time_alone_is_no_quiet)
{
    struct watch_file f = {0};

    see(&f, at(5, 100, 1), 0);
    ck_assert_int_eq(watch_file_wish(&f), WISH_NOTHING);
    see(&f, at(5, 100, 2), 5000 * MS);
    ck_assert_int_eq(watch_file_wish(&f), WISH_NOTHING);
    see(&f, at(5, 100, 2), 5020 * MS);
    ck_assert_int_eq(watch_file_wish(&f), WISH_READ);
}
END_TEST

START_TEST(settled_needs_two_seconds_and_an_equal_reading)
{
    struct watch_file f = {.recheck = true};

    see(&f, at(5, 100, 1), 0);
    see(&f, at(5, 100, 1), 20 * MS);
    ck_assert_int_eq(read_now(&f, true, 77, 30 * MS), RESULT_NEW);
    ck_assert_int_eq(watch_file_state(&f), WATCH_LIVE);
    ck_assert_int_eq(watch_file_due(&f), 2030 * MS);
    see(&f, at(5, 100, 1), 2029 * MS);
    ck_assert_int_eq(watch_file_wish(&f), WISH_NOTHING);
    see(&f, at(5, 100, 1), 2030 * MS);
    ck_assert_int_eq(watch_file_wish(&f), WISH_RECHECK);
    ck_assert_int_eq(read_now(&f, true, 77, 2040 * MS), RESULT_EQUAL);
    ck_assert_int_eq(watch_file_state(&f), WATCH_SETTLED);
    ck_assert(watch_file_due(&f) == G_MAXINT64);
}
END_TEST

/* One long write() under the first reading: equal times, other numbers. */
START_TEST(another_fingerprint_is_new_content_and_not_settled)
{
    struct watch_file f = {.recheck = true};

    see(&f, at(5, 100, 1), 0);
    see(&f, at(5, 100, 1), 20 * MS);
    read_now(&f, true, 77, 30 * MS);
    see(&f, at(5, 100, 1), 2030 * MS);
    ck_assert_int_eq(read_now(&f, true, 78, 2040 * MS), RESULT_NEW);
    ck_assert_int_eq(watch_file_state(&f), WATCH_LIVE);
    see(&f, at(5, 100, 1), 4039 * MS);
    ck_assert_int_eq(watch_file_wish(&f), WISH_NOTHING);
    see(&f, at(5, 100, 1), 4040 * MS);
    ck_assert_int_eq(read_now(&f, true, 78, 4050 * MS), RESULT_EQUAL);
    ck_assert_int_eq(watch_file_state(&f), WATCH_SETTLED);
}
END_TEST

static const struct {
    bool touched, stat_of_path, stat_at_end;
} disturbances[] = {{true, false, false}, {false, true, false}, {false, false, true}};

START_TEST(what_changes_during_a_reading_makes_it_void)
{
    struct watch_file f = {0};
    struct sight opened, after;

    see(&f, at(5, 100, 1), 0);
    see(&f, at(5, 100, 1), 20 * MS);
    read_now(&f, true, 77, 30 * MS);
    see(&f, at(5, 100, 2), 100 * MS);
    see(&f, at(5, 100, 2), 120 * MS);
    opened = after = f.seen;
    watch_file_begin(&f, &opened);
    ck_assert_int_eq(watch_file_wish(&f), WISH_NOTHING);
    if (disturbances[_i].touched)
        watch_file_touch(&f, 130 * MS);
    if (disturbances[_i].stat_of_path)
        see(&f, at(5, 100, 3), 130 * MS);
    if (disturbances[_i].stat_at_end)
        after = at(5, 100, 3);
    ck_assert_int_eq(watch_file_end(&f, &after, true, 79, 140 * MS), RESULT_TORN);
    ck_assert_uint_eq(f.fingerprint, 77);
    ck_assert_int_eq(watch_file_state(&f), WATCH_WRITING);
    ck_assert_int_ge(watch_file_due(&f), 150 * MS);
}
END_TEST

START_TEST(what_stays_unreadable_is_stale_after_two_tries)
{
    struct watch_file f = {0};

    see(&f, at(5, 100, 1), 0);
    see(&f, at(5, 100, 1), 20 * MS);
    read_now(&f, true, 77, 30 * MS);
    see(&f, at(5, 40, 2), 100 * MS);
    see(&f, at(5, 40, 2), 120 * MS);
    ck_assert_int_eq(read_now(&f, false, 0, 121 * MS), RESULT_FAILED);
    ck_assert_int_eq(watch_file_state(&f), WATCH_WRITING);
    see(&f, at(5, 40, 2), 2100 * MS);
    ck_assert_int_eq(watch_file_wish(&f), WISH_RECHECK);
    ck_assert_int_eq(read_now(&f, false, 0, 2101 * MS), RESULT_FAILED);
    ck_assert_int_eq(watch_file_state(&f), WATCH_STALE);
    ck_assert(watch_file_due(&f) == G_MAXINT64);
    see(&f, at(5, 100, 3), 9000 * MS); /* and then it is finished after all */
    see(&f, at(5, 100, 3), 9020 * MS);
    ck_assert_int_eq(read_now(&f, true, 80, 9021 * MS), RESULT_NEW);
    ck_assert_int_eq(watch_file_state(&f), WATCH_LIVE);
}
END_TEST

START_TEST(a_file_that_went_is_gone_and_comes_again)
{
    static const struct sight none;
    struct watch_file f = {0};

    see(&f, at(5, 100, 1), 0);
    see(&f, at(5, 100, 1), 20 * MS);
    read_now(&f, true, 77, 30 * MS);
    watch_file_see(&f, &none, 50 * MS);
    ck_assert_int_eq(watch_file_state(&f), WATCH_GONE);
    ck_assert_int_eq(watch_file_wish(&f), WISH_NOTHING);
    see(&f, at(6, 100, 1), 60 * MS); /* same size and time: another file all the same */
    see(&f, at(6, 100, 1), 80 * MS);
    ck_assert_int_eq(watch_file_wish(&f), WISH_READ);
}
END_TEST

/* Folders. */

static int renames;

static void count_rename(void *data, const char *from, const char *to)
{
    (void)data;
    (void)from;
    (void)to;
    renames++;
}

static void watch_items(struct watch_folder *w, gint64 now, guint n, const struct watch_item *items)
{
    watch_folder_see(w, items, n, now);
}

#define ITEMS(w, now, ...)                                                                         \
    watch_items(w, now, sizeof((struct watch_item[]){__VA_ARGS__}) / sizeof(struct watch_item),    \
                (const struct watch_item[]){__VA_ARGS__})

static struct watch_entry *read_next(struct watch_folder *w, gint64 now)
{
    enum watch_wish wish;
    struct watch_entry *e = watch_folder_next(w, &wish);

    ck_assert_ptr_nonnull(e);
    ck_assert_int_eq(read_now(&e->file, true, 1, now), RESULT_NEW);
    watch_folder_show(w, e);
    return e;
}

START_TEST(the_newest_is_read_first_then_the_rest_by_name)
{
    static const char *const order[] = {"c-9.h5", "c-2.h5", "c-10.h5"};
    struct watch_folder w;

    watch_folder_init(&w, count_rename, NULL);
    for (int i = 0; i < 2; i++)
        ITEMS(&w, i * 20 * MS, {"c-10.h5", at(1, 9, 10), true}, {"log.txt", at(4, 9, 90), false},
              {"c-9.h5", at(2, 9, 30), true}, {"c-2.h5", at(3, 9, 20), true});
    ck_assert_uint_eq(watch_folder_waiting(&w), 3);
    ck_assert_str_eq(watch_folder_first(&w)->name, "c-2.h5");
    for (int i = 0; i < 3; i++)
        ck_assert_str_eq(read_next(&w, 25 * MS)->name, order[i]);
    ck_assert_str_eq(w.shown->name, "c-9.h5");
    ck_assert_int_eq(watch_folder_state(&w, NULL), WATCH_LIVE);
    ck_assert_uint_eq(watch_folder_waiting(&w), 0);
    watch_folder_finish(&w);
}
END_TEST

START_TEST(a_newer_one_that_is_written_or_broken_shows)
{
    struct watch_folder w;
    const struct watch_entry *about;
    enum watch_wish wish;

    watch_folder_init(&w, count_rename, NULL);
    for (int i = 0; i < 2; i++)
        ITEMS(&w, i * 20 * MS, {"a-1", at(1, 9, 10), true});
    read_next(&w, 25 * MS);
    for (int i = 0; i < 2; i++)
        ITEMS(&w, (40 + i * 20) * MS, {"a-1", at(1, 9, 10), true}, {"a-2", at(2, 5, 20), true});
    ck_assert_int_eq(watch_folder_state(&w, &about), WATCH_WRITING);
    ck_assert_str_eq(about->name, "a-2");
    ck_assert_str_eq(watch_folder_next(&w, &wish)->name, "a-2");
    read_now(&watch_folder_find(&w, "a-2")->file, false, 0, 70 * MS);
    ITEMS(&w, 2100 * MS, {"a-1", at(1, 9, 10), true}, {"a-2", at(2, 5, 20), true});
    read_now(&watch_folder_find(&w, "a-2")->file, false, 0, 2110 * MS);
    ck_assert_int_eq(watch_folder_state(&w, &about), WATCH_STALE);
    ck_assert_str_eq(w.shown->name, "a-1");
    ITEMS(&w, 2200 * MS, {"a-2", at(2, 5, 20), true});
    ck_assert_str_eq(w.shown->name, "a-1"); /* gone, but what was read of it stays */
    watch_folder_finish(&w);
}
END_TEST

START_TEST(a_file_that_gets_its_name_by_rename_is_one)
{
    struct watch_folder w;
    struct watch_entry *e;

    renames = 0;
    watch_folder_init(&w, count_rename, NULL);
    for (int i = 0; i < 2; i++)
        ITEMS(&w, i * 20 * MS, {"new", at(1, 9, 10), true});
    e = read_next(&w, 25 * MS);
    ITEMS(&w, 40 * MS, {"a-1", at(1, 9, 10), true});
    ck_assert_int_eq(renames, 1);
    ck_assert_uint_eq(w.entries->len, 1);
    ck_assert_ptr_eq(watch_folder_find(&w, "a-1"), e);
    ck_assert_ptr_null(watch_folder_find(&w, "new"));
    ck_assert_int_eq(watch_file_state(&e->file), WATCH_LIVE);
    /* Over a name that was there. */
    for (int i = 0; i < 2; i++)
        ITEMS(&w, (50 + i * 20) * MS, {"a-1", at(1, 9, 10), true}, {"new", at(2, 9, 20), true});
    read_next(&w, 75 * MS);
    ITEMS(&w, 80 * MS, {"a-1", at(2, 9, 20), true});
    ck_assert_int_eq(renames, 2);
    ck_assert_uint_eq(w.entries->len, 1);
    ck_assert_str_eq(w.shown->name, "a-1");
    ck_assert_int_eq(watch_folder_state(&w, NULL), WATCH_LIVE);
    watch_folder_finish(&w);
}
END_TEST

static const struct {
    const char *name;
    bool there;
    guint64 step;
} names[] = {
    {"checkpoint-500/tf_model.h5", true, 500},
    {"checkpoint-500/model_v2.h5", true, 500},
    {"run/model_7.h5", true, 7},
    {"weights.03-0.35.weights.h5", true, 3},
    {"epoch=3-step=1200.h5", true, 1200},
    {"model.h5", false, 0},
    {"model-0.25.keras", false, 0},
    {"h5/model.hdf5", true, 5},
};

START_TEST(names_tell_steps)
{
    guint64 step = 0;

    ck_assert_int_eq(checkpoint_name_step(names[_i].name, &step), names[_i].there);
    if (names[_i].there)
        ck_assert_uint_eq(step, names[_i].step);
}
END_TEST

START_TEST(temporary_names_are_known)
{
    ck_assert(checkpoint_name_is_temporary(".tare-save-1"));
    ck_assert(checkpoint_name_is_temporary("model.h5.tmp"));
    ck_assert(checkpoint_name_is_temporary("model.tmp.h5"));
    ck_assert(!checkpoint_name_is_temporary("model.h5"));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("watch_file");
    TCase *t = tcase_create("machines");

    tcase_add_test(t, twenty_quiet_milliseconds_come_first);
    tcase_add_test(t, time_alone_is_no_quiet);
    tcase_add_test(t, settled_needs_two_seconds_and_an_equal_reading);
    tcase_add_test(t, another_fingerprint_is_new_content_and_not_settled);
    tcase_add_loop_test(t, what_changes_during_a_reading_makes_it_void, 0,
                        G_N_ELEMENTS(disturbances));
    tcase_add_test(t, what_stays_unreadable_is_stale_after_two_tries);
    tcase_add_test(t, a_file_that_went_is_gone_and_comes_again);
    tcase_add_test(t, the_newest_is_read_first_then_the_rest_by_name);
    tcase_add_test(t, a_newer_one_that_is_written_or_broken_shows);
    tcase_add_test(t, a_file_that_gets_its_name_by_rename_is_one);
    tcase_add_loop_test(t, names_tell_steps, 0, G_N_ELEMENTS(names));
    tcase_add_test(t, temporary_names_are_known);
    suite_add_tcase(s, t);

    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
