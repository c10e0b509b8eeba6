/* The watch on real files: what h5py does to a file while it saves is repeated at other paces, and
 * whatever is handed over must be a whole state. */
#include <check.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "io/command.h"
#include "io/watch.h"
#include "tests/support/write_ops.h"

#define PATIENCE (20 * G_USEC_PER_SEC)

static char *folder;

static void make_folder(void)
{
    folder = g_dir_make_tmp("tare-watch-XXXXXX", NULL);
}

static void empty_folder(const char *path)
{
    GDir *dir = g_dir_open(path, 0, NULL);
    const char *name;

    while ((name = g_dir_read_name(dir))) {
        char *full = g_build_filename(path, name, NULL);

        if (g_file_test(full, G_FILE_TEST_IS_DIR))
            empty_folder(full);
        else
            unlink(full);
        g_free(full);
    }
    g_dir_close(dir);
    rmdir(path);
}

static void remove_folder(void)
{
    empty_folder(folder);
    g_free(folder);
}

static char *in_folder(const char *name)
{
    return g_build_filename(folder, name, NULL);
}

static void put(const char *name, const GByteArray *bytes)
{
    char *path = in_folder(name), *temporary = in_folder(".part");

    ck_assert(g_file_set_contents(temporary, (const char *)bytes->data, bytes->len, NULL));
    ck_assert_int_eq(rename(temporary, path), 0);
    g_free(path);
    g_free(temporary);
}

/* What is told, as it was last. */
struct told {
    struct watch *watch;
    struct watch_status status;
    struct comparison *shown;
    struct timeline *timeline;
    GString *lines;
};

static void start(struct told *t, const char *name, const char *base)
{
    char *path = in_folder(name);

    *t = (struct told){.lines = g_string_new(NULL)};
    t->watch = watch_create(
        &(struct watch_options){.path = path, .base = base, .comparison = {.use_rules = true}});
    g_free(path);
}

static void take(struct told *t)
{
    struct watch_news news;

    t->watch->ops->take(t->watch, &news);
    watch_status_finish(&t->status);
    t->status = news.status;
    if (news.comparison) {
        comparison_destroy(t->shown);
        t->shown = news.comparison;
    }
    if (news.timeline) {
        timeline_destroy(t->timeline);
        t->timeline = news.timeline;
    }
    for (guint i = 0; news.lines && i < news.lines->len; i++)
        g_string_append_printf(t->lines, "%s\n", (char *)g_ptr_array_index(news.lines, i));
    if (news.lines)
        g_ptr_array_free(news.lines, TRUE);
}

/* Until the state is that and so many points are there. */
static void expect(struct told *t, enum watch_state state, guint checkpoints)
{
    gint64 until = g_get_monotonic_time() + PATIENCE;
    struct pollfd fd = {t->watch->ops->fd(t->watch), POLLIN, 0};

    take(t);
    while (t->status.state != state || t->status.checkpoints != checkpoints) {
        ck_assert_msg(g_get_monotonic_time() < until, "it is %s with %u checkpoints: %s",
                      watch_state_name(t->status.state), t->status.checkpoints, t->lines->str);
        poll(&fd, 1, 100);
        take(t);
    }
}

static void finish(struct told *t)
{
    ck_assert(t->watch->ops->stop(t->watch, 20000));
    t->watch->ops->close(t->watch);
    watch_status_finish(&t->status);
    comparison_destroy(t->shown);
    timeline_destroy(t->timeline);
    g_string_free(t->lines, TRUE);
}

static double sums_of(const struct stats *s)
{
    return s->l1 + 3 * s->sumsq + (double)s->min_at;
}

/* Of one side's values. */
static double number_of(const struct comparison *c, bool tuned)
{
    double sum = 0;

    for (uint32_t i = 0; i < c->summary.n; i++) {
        const struct pair_stats *s = &c->summary.entries[i].result.stats;

        sum += (i + 1) * sums_of(tuned ? &s->tuned : &s->base);
    }
    return sum;
}

/* The numbers of every state that the operations pass through. */
static double *states_of(const struct write_ops *ops, guint *n)
{
    double *numbers = g_new0(double, ops->n_states);
    GByteArray *bytes = g_byte_array_new();

    for (guint i = 0; i < ops->n_states; i++) {
        const struct comparison_options options = {.use_rules = true};
        struct comparison *c;
        char *path = in_folder(".state");

        write_ops_state(ops, i, bytes);
        put(".state", bytes);
        c = comparison_create(command_load(path, NULL, NULL), NULL, &options, NULL);
        ck_assert_ptr_nonnull(c);
        comparison_scan_start(c);
        comparison_scan_wait(c);
        numbers[i] = number_of(c, false);
        comparison_destroy(c);
        unlink(path);
        g_free(path);
    }
    g_byte_array_free(bytes, TRUE);
    *n = ops->n_states;
    return numbers;
}

static bool is_one_of(double number, const double *all, guint n)
{
    for (guint i = 0; i < n; i++)
        if (all[i] == number)
            return true;
    return false;
}

START_TEST(a_folder_gains_checkpoints)
{
    g_autofree char *inner = in_folder("checkpoint-11"), *first = in_folder("checkpoint-2.h5");
    struct write_ops *ops = write_ops_read("rewrite.ops");
    GByteArray *bytes = g_byte_array_new();
    struct told t;

    write_ops_state(ops, 0, bytes);
    put("checkpoint-2.h5", bytes);
    start(&t, "", NULL);
    expect(&t, WATCH_LIVE, 1);
    write_ops_state(ops, 1, bytes);
    put("checkpoint-10.h5", bytes);
    expect(&t, WATCH_LIVE, 2);
    ck_assert(g_str_has_suffix(t.status.shown, "checkpoint-10.h5"));
    ck_assert_uint_eq(t.timeline->looks->len, 2);
    ck_assert_uint_eq(g_array_index(t.timeline->looks, struct look_record, 1).step, 10);
    ck_assert_uint_eq(t.timeline->n_blocks, 3);
    ck_assert(g_array_index(t.timeline->relative, double, 0) == 0);
    ck_assert(g_array_index(t.timeline->relative, double, 4) > 1);
    ck_assert_int_eq(g_mkdir(inner, 0700), 0);
    write_ops_state(ops, 2, bytes);
    put("checkpoint-11/weights.h5", bytes);
    expect(&t, WATCH_LIVE, 3);
    unlink(first);
    expect(&t, WATCH_SETTLED, 3);
    ck_assert_ptr_nonnull(strstr(t.lines->str, "checkpoint-11/weights.h5  step 11  relative "));
    finish(&t);
    g_byte_array_free(bytes, TRUE);
    write_ops_free(ops);
}
END_TEST

START_TEST(a_file_is_replaced_by_rename)
{
    g_autofree char *path = in_folder("model.h5");
    struct write_ops *ops = write_ops_read("rewrite.ops");
    GByteArray *bytes = g_byte_array_new();
    struct told t;
    guint n;
    double *numbers = states_of(ops, &n);

    start(&t, "model.h5", NULL); /* not there yet */
    for (guint i = 0; i < 3; i++) {
        write_ops_state(ops, i, bytes);
        put("model.h5", bytes);
        expect(&t, WATCH_LIVE, i + 1);
        ck_assert(number_of(t.shown, true) == numbers[i]);
        ck_assert(number_of(t.shown, false) == numbers[0]);
    }
    unlink(path);
    expect(&t, WATCH_GONE, 3);
    ck_assert(number_of(t.shown, true) == numbers[2]);
    finish(&t);
    g_free(numbers);
    g_byte_array_free(bytes, TRUE);
    write_ops_free(ops);
}
END_TEST

/* What asks the file again is told that it is another. */
static void expect_changed(struct comparison *c)
{
    gint64 until = g_get_monotonic_time() + PATIENCE;
    const char *error = NULL;

    while (!comparison_exact(c, 0, &error) && !error && g_get_monotonic_time() < until)
        comparison_wait(c);
    ck_assert_ptr_nonnull(error);
    ck_assert_ptr_nonnull(strstr(error, "the file changed"));
}

START_TEST(half_a_file_leaves_what_was_good)
{
    struct write_ops *ops = write_ops_read("rewrite.ops");
    GByteArray *bytes = g_byte_array_new();
    char *path = in_folder("model.h5");
    struct told t;

    write_ops_state(ops, 0, bytes);
    put("model.h5", bytes);
    start(&t, "model.h5", NULL);
    expect(&t, WATCH_SETTLED, 1);
    ck_assert_int_eq(truncate(path, bytes->len / 2), 0);
    expect(&t, WATCH_STALE, 1);
    ck_assert_ptr_nonnull(t.shown);
    ck_assert_ptr_nonnull(strstr(t.status.reason, "truncated"));
    expect_changed(t.shown);
    write_ops_state(ops, 1, bytes);
    ck_assert(g_file_set_contents_full(path, (char *)bytes->data, bytes->len,
                                       G_FILE_SET_CONTENTS_NONE, 0600, NULL));
    expect(&t, WATCH_LIVE, 2);
    finish(&t);
    g_free(path);
    g_byte_array_free(bytes, TRUE);
    write_ops_free(ops);
}
END_TEST

/* The pace of a writer: us behind each operation, behind each state. */
static const struct pace {
    const char *ops;
    gint64 operation, state;
    guint rounds;
} paces[] = {
    {"rewrite.ops", 0, 0, 60},        /* as fast as it can: nothing is ever quiet */
    {"rewrite.ops", 0, 25000, 8},    /* quiet for just longer than asked for */
    {"rewrite.ops", 300, 60000, 4},   /* slow writes */
    {"rewrite.ops", 27000, 27000, 1}, /* each operation looks like the last one */
    {"swmr.ops", 0, 30000, 8},       {"swmr.ops", 2000, 45000, 4},
};

struct writer {
    const struct write_ops *ops;
    const struct pace *pace;
    char *path;
    gint64 longest; /* us without an operation within a state: other work may hold the writer up */
    gint done;
};

static gpointer write_at_pace(gpointer data)
{
    struct writer *w = data;
    int fd = open(w->path, O_RDWR | O_CREAT, 0600);
    gint64 before = 0;

    for (guint round = 0; round < w->pace->rounds; round++)
        for (guint i = 0; i < w->ops->n; i++) {
            bool whole = w->ops->ops[i].kind == 'F';
            gint64 now = g_get_monotonic_time();

            if (i && w->ops->ops[i - 1].kind != 'F')
                w->longest = MAX(w->longest, now - before);
            before = now;
            write_ops_apply(w->ops, i, fd);
            g_usleep((gulong)(whole ? w->pace->state : w->pace->operation));
        }
    close(fd);
    g_atomic_int_set(&w->done, 1);
    return NULL;
}

/* Whatever is handed over while a file is rewritten in place at any pace: never half of it, where
 * the writer does not pause within a state; and never settled if it is half, whatever it does. */
START_TEST(nothing_torn_is_shown_as_settled)
{
    struct write_ops *ops = write_ops_read(paces[_i].ops);
    struct writer w = {.ops = ops, .pace = &paces[_i], .path = in_folder("model.h5")};
    guint n, settled = 0, shown = 0, torn = 0;
    double *numbers = states_of(ops, &n);
    GByteArray *bytes = g_byte_array_new();
    char *base = in_folder("base.h5");
    GThread *thread;
    struct told t;

    write_ops_state(ops, 0, bytes);
    put("base.h5", bytes);
    start(&t, "model.h5", base);
    thread = g_thread_new("writer", write_at_pace, &w);
    while (!g_atomic_int_get(&w.done)) {
        struct pollfd fd = {t.watch->ops->fd(t.watch), POLLIN, 0};
        bool whole;

        poll(&fd, 1, 5);
        take(&t);
        if (!t.shown)
            continue;
        whole = is_one_of(number_of(t.shown, true), numbers, n);
        shown++;
        torn += !whole;
        settled += t.status.state == WATCH_SETTLED;
        ck_assert(whole || t.status.state != WATCH_SETTLED);
    }
    g_thread_join(thread);
    if (w.longest < 15000)
        ck_assert_uint_eq(torn, 0);
    expect(&t, WATCH_SETTLED, MAX(t.status.checkpoints, 1));
    ck_assert(number_of(t.shown, true) == numbers[n - 1]);
    finish(&t);
    g_free(w.path);
    g_free(base);
    g_free(numbers);
    g_byte_array_free(bytes, TRUE);
    write_ops_free(ops);
}
END_TEST

START_TEST(a_base_that_is_missing_is_said)
{
    struct told t;
    struct pollfd fd;

    start(&t, "", "/nowhere/base.h5");
    fd = (struct pollfd){t.watch->ops->fd(t.watch), POLLIN, 0};
    ck_assert_int_eq(poll(&fd, 1, 20000), 1);
    take(&t);
    ck_assert(t.status.failed);
    ck_assert_ptr_nonnull(strstr(t.status.reason, "/nowhere/base.h5"));
    finish(&t);
}
END_TEST

/* Another program may open it with a lock at any time: as HDF5 itself does. */
START_TEST(no_lock_is_held)
{
    struct write_ops *ops = write_ops_read("rewrite.ops");
    GByteArray *bytes = g_byte_array_new();
    char *path = in_folder("model.h5");
    struct told t;
    int fd;

    write_ops_state(ops, 0, bytes);
    put("model.h5", bytes);
    fd = open(path, O_RDWR | O_CLOEXEC);
    start(&t, "model.h5", NULL);
    for (guint i = 0; i < 200 && t.status.state != WATCH_SETTLED; i++) {
        struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

        ck_assert_int_eq(fcntl(fd, F_SETLK, &whole), 0);
        whole.l_type = F_UNLCK;
        fcntl(fd, F_SETLK, &whole);
        ck_assert_int_eq(write_ops_lock(fd), 0);
        g_usleep(1000);
        take(&t);
    }
    expect(&t, WATCH_SETTLED, 1);
    close(fd);
    finish(&t);
    g_free(path);
    g_byte_array_free(bytes, TRUE);
    write_ops_free(ops);
}
END_TEST

START_TEST(the_newest_is_read_again_with_other_options)
{
    struct write_ops *ops = write_ops_read("rewrite.ops");
    GByteArray *bytes = g_byte_array_new();
    struct told t;
    struct comparison *before;
    gint64 until = g_get_monotonic_time() + PATIENCE;

    write_ops_state(ops, 0, bytes);
    put("a-1.h5", bytes);
    start(&t, "", NULL);
    expect(&t, WATCH_LIVE, 1);
    before = t.shown;
    t.shown = NULL;
    t.watch->ops->again(t.watch, &(struct comparison_options){.use_rules = false});
    while (!t.shown && g_get_monotonic_time() < until) {
        g_usleep(2000);
        take(&t);
    }
    ck_assert_ptr_nonnull(t.shown);
    ck_assert_uint_eq(t.status.checkpoints, 1);
    ck_assert_uint_eq(t.status.generation, 1);
    comparison_destroy(before);
    finish(&t);
    g_byte_array_free(bytes, TRUE);
    write_ops_free(ops);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("watch");
    TCase *t = tcase_create("files");

    tcase_set_timeout(t, 0); /* every wait has its own deadline */
    tcase_add_checked_fixture(t, make_folder, remove_folder);
    tcase_add_test(t, a_folder_gains_checkpoints);
    tcase_add_test(t, a_file_is_replaced_by_rename);
    tcase_add_test(t, half_a_file_leaves_what_was_good);
    tcase_add_loop_test(t, nothing_torn_is_shown_as_settled, 0, G_N_ELEMENTS(paces));
    tcase_add_test(t, a_base_that_is_missing_is_said);
    tcase_add_test(t, no_lock_is_held);
    tcase_add_test(t, the_newest_is_read_again_with_other_options);
    suite_add_tcase(s, t);

    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
