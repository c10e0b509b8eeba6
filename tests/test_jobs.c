/* The pool: every job is done exactly once, on the thread that drains. */
#include <check.h>
#include <stdlib.h>
#include "core/jobs.h"

struct counted_job {
    struct job job;
    gint *worked;
    guint *finished;
    GThread *owner;
};

static void work(struct job *job, guint worker)
{
    (void)worker;
    g_atomic_int_inc(((struct counted_job *)job)->worked);
}

static void done(struct job *job)
{
    struct counted_job *c = (struct counted_job *)job;

    ck_assert_ptr_eq(c->owner, g_thread_self());
    ++*c->finished;
    g_free(c);
}

static struct job *new_job(gint *worked, guint *finished, const gint *cancelled)
{
    struct counted_job *c = g_new0(struct counted_job, 1);

    *c = (struct counted_job){
        {.work = work, .done = done, .cancelled = cancelled}, worked, finished, g_thread_self()};
    return &c->job;
}

static void drain_until(struct pool *p, const guint *finished, guint n)
{
    while (*finished < n) {
        pool_wait(p);
        pool_drain(p);
    }
}

START_TEST(test_every_job_once)
{
    for (guint threads = 1; threads <= 4; threads++) {
        struct pool *p = pool_create(threads, NULL, NULL);
        gint worked = 0;
        guint finished = 0;

        for (int i = 0; i < 1000; i++)
            pool_submit(p, new_job(&worked, &finished, NULL));
        drain_until(p, &finished, 1000);
        ck_assert_int_eq(worked, 1000);
        ck_assert_uint_eq(pool_drain(p), 0);
        ck_assert_uint_eq(pool_threads(p), threads);
        pool_destroy(p);
    }
}
END_TEST

START_TEST(test_cancelled_jobs_skip_work)
{
    struct pool *p = pool_create(2, NULL, NULL);
    const gint cancelled = 1;
    gint worked = 0;
    guint finished = 0;

    for (int i = 0; i < 50; i++)
        pool_submit(p, new_job(&worked, &finished, &cancelled));
    drain_until(p, &finished, 50);
    ck_assert_int_eq(worked, 0);
    pool_destroy(p);
}
END_TEST

START_TEST(test_destroy_finishes_what_waits)
{
    struct pool *p = pool_create(1, NULL, NULL);
    gint worked = 0;
    guint finished = 0;

    for (int i = 0; i < 500; i++)
        pool_submit(p, new_job(&worked, &finished, NULL));
    pool_destroy(p);
    ck_assert_uint_eq(finished, 500);
    ck_assert_int_le(worked, 500);
}
END_TEST

struct feeder {
    gint left; /* under the pool's lock */
    gint worked;
    guint finished;
    GThread *owner;
};

static struct job *feed(void *data)
{
    struct feeder *f = data;
    struct counted_job *c;

    if (g_atomic_int_get(&f->left) == 0)
        return NULL;
    g_atomic_int_add(&f->left, -1);
    c = (struct counted_job *)new_job(&f->worked, &f->finished, NULL);
    c->owner = f->owner;
    return &c->job;
}

START_TEST(test_feed_and_kick)
{
    struct feeder f = {.left = 300, .owner = g_thread_self()};
    struct pool *p = pool_create(3, feed, &f);

    drain_until(p, &f.finished, 300);
    g_atomic_int_set(&f.left, 20);
    pool_kick(p);
    drain_until(p, &f.finished, 320);
    ck_assert_int_eq(f.worked, 320);
    pool_destroy(p);
}
END_TEST

START_TEST(test_null_is_fine)
{
    pool_destroy(NULL);
    ck_assert_uint_ge(pool_default_threads(), 1);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("jobs");
    TCase *t = tcase_create("pool");
    SRunner *r;
    int failed;

    tcase_add_test(t, test_every_job_once);
    tcase_add_test(t, test_cancelled_jobs_skip_work);
    tcase_add_test(t, test_destroy_finishes_what_waits);
    tcase_add_test(t, test_feed_and_kick);
    tcase_add_test(t, test_null_is_fine);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
