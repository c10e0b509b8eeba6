#include <check.h>
#include <string.h>
#include "core/error.h"
#include "io/chunk_cache.h"

#define BYTES 1000u
#define KEYS 40u

struct decoder {
    gint decoded[KEYS];
    gint failing; /* this key cannot be decoded */
};

static gboolean decode(void *context, guint32 key, guint8 *dst, gsize bytes, GError **error)
{
    struct decoder *d = context;

    g_atomic_int_inc(&d->decoded[key]);
    if ((gint)key == g_atomic_int_get(&d->failing)) {
        g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT, "no");
        return FALSE;
    }
    memset(dst, (int)key, bytes);
    return TRUE;
}

static void check_content(struct chunk_cache *c, struct decoder *d, guint32 key)
{
    struct cached_chunk *chunk = chunk_cache_hold(c, key, BYTES, d, NULL);

    ck_assert_ptr_nonnull(chunk);
    for (unsigned i = 0; i < BYTES; i++)
        ck_assert_uint_eq(cached_chunk_bytes(chunk)[i], key);
    chunk_cache_release(c, chunk);
}

START_TEST(decodes_once_within_the_bound)
{
    struct decoder d = {.failing = -1};
    struct chunk_cache *c = chunk_cache_create(5 * BYTES, decode);

    for (unsigned round = 0; round < 3; round++)
        for (guint32 key = 0; key < 5; key++)
            check_content(c, &d, key);
    for (guint32 key = 0; key < 5; key++)
        ck_assert_int_eq(d.decoded[key], 1);
    /* One more pushes out the least recently used, which is 0. */
    check_content(c, &d, 5);
    check_content(c, &d, 1);
    ck_assert_int_eq(d.decoded[1], 1);
    check_content(c, &d, 0);
    ck_assert_int_eq(d.decoded[0], 2);
    chunk_cache_destroy(c);
}
END_TEST

START_TEST(keeps_what_is_held)
{
    struct decoder d = {.failing = -1};
    struct chunk_cache *c = chunk_cache_create(2 * BYTES, decode);
    struct cached_chunk *held = chunk_cache_hold(c, 7, BYTES, &d, NULL);

    for (guint32 key = 10; key < 20; key++)
        check_content(c, &d, key);
    ck_assert_uint_eq(cached_chunk_bytes(held)[BYTES - 1], 7);
    check_content(c, &d, 7);
    ck_assert_int_eq(d.decoded[7], 1);
    chunk_cache_release(c, held);
    chunk_cache_destroy(c);
}
END_TEST

START_TEST(forgets_failures)
{
    struct decoder d = {.failing = 3};
    struct chunk_cache *c = chunk_cache_create(2 * BYTES, decode);
    GError *error = NULL;

    ck_assert_ptr_null(chunk_cache_hold(c, 3, BYTES, &d, &error));
    ck_assert_str_eq(error->message, "no");
    g_clear_error(&error);
    d.failing = -1;
    check_content(c, &d, 3);
    chunk_cache_destroy(c);
}
END_TEST

struct worker {
    struct chunk_cache *cache;
    struct decoder *decoder;
    guint32 seed;
};

static gpointer work(gpointer data)
{
    struct worker *w = data;
    GRand *rand = g_rand_new_with_seed(w->seed);

    for (unsigned i = 0; i < 3000; i++) {
        guint32 key = (guint32)g_rand_int_range(rand, 0, KEYS);
        struct cached_chunk *chunk = chunk_cache_hold(w->cache, key, BYTES, w->decoder, NULL);

        g_assert((chunk == NULL) == (key == 9));
        if (!chunk)
            continue;
        g_assert(cached_chunk_bytes(chunk)[i % BYTES] == key);
        chunk_cache_release(w->cache, chunk);
    }
    g_rand_free(rand);
    return NULL;
}

START_TEST(serves_threads)
{
    struct decoder d = {.failing = 9};
    struct chunk_cache *c = chunk_cache_create(10 * BYTES, decode);
    struct worker workers[4];
    GThread *threads[4];

    for (guint32 i = 0; i < 4; i++) {
        workers[i] = (struct worker){c, &d, i};
        threads[i] = g_thread_new("worker", work, &workers[i]);
    }
    for (unsigned i = 0; i < 4; i++)
        g_thread_join(threads[i]);
    chunk_cache_destroy(c);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("chunk_cache");
    TCase *tests = tcase_create("chunk_cache");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, decodes_once_within_the_bound);
    tcase_add_test(tests, keeps_what_is_held);
    tcase_add_test(tests, forgets_failures);
    tcase_add_test(tests, serves_threads);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
