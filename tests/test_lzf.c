#include <check.h>
#include <sys/mman.h>
#include <unistd.h>
#include "io/lzf.h"

/* Memory whose last byte is followed by a page that must not be touched. */
static guint8 *guarded(gsize bytes)
{
    gsize page = (gsize)sysconf(_SC_PAGESIZE), room = (bytes / page + 1) * page;
    guint8 *p = mmap(NULL, room + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    ck_assert_ptr_ne(p, MAP_FAILED);
    ck_assert_int_eq(mprotect(p + room, page, PROT_NONE), 0);
    return p + room - bytes;
}

static void release(guint8 *p, gsize bytes)
{
    gsize page = (gsize)sysconf(_SC_PAGESIZE), room = (bytes / page + 1) * page;

    munmap(p + bytes - room, room + page);
}

static gssize decode(const char *src, gsize bytes, char *dst, gsize capacity, const char **reason)
{
    return lzf_decode((guint8 *)dst, capacity, (const guint8 *)src, bytes, reason);
}

START_TEST(decodes)
{
    const char *reason = NULL;
    char out[64];

    ck_assert_int_eq(decode("\x02"
                            "abc",
                            4, out, sizeof out, &reason),
                     3);
    ck_assert_mem_eq(out, "abc", 3);
    /* "ab" and a reference two back, of 2 + 3 bytes: it overlaps itself. */
    ck_assert_int_eq(decode("\x01"
                            "ab\x60\x01",
                            5, out, sizeof out, &reason),
                     7);
    ck_assert_mem_eq(out, "abababa", 7);
    /* A length of 7 is continued: 2 + 7 + 10. */
    ck_assert_int_eq(decode("\x00z\xe0\x0a\x00", 5, out, sizeof out, &reason), 20);
    ck_assert_mem_eq(out, "zzzzzzzzzzzzzzzzzzzz", 20);
    ck_assert_int_eq(decode("", 0, out, sizeof out, &reason), 0);
}
END_TEST

START_TEST(refuses)
{
    static const struct {
        const char *src;
        gsize bytes, capacity;
        const char *reason;
    } cases[] = {
        {"\x05x", 2, 64, "literal run past the input"},
        {"\x01xy", 3, 1, "expands past the chunk"},
        {"\x00x\x20\x01", 4, 64, "reference before the output"},
        {"\x20\x00", 2, 64, "reference before the output"},
        {"\x00x\x20", 3, 64, "reference past the input"},
        {"\x00x\xe0\x01", 4, 64, "reference past the input"},
        {"\x00x\xe0\xff\x00", 5, 64, "expands past the chunk"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        const char *reason = NULL;
        char out[64];

        ck_assert_int_eq(decode(cases[i].src, cases[i].bytes, out, cases[i].capacity, &reason), -1);
        ck_assert_str_eq(reason, cases[i].reason);
    }
}
END_TEST

START_TEST(stays_inside)
{
    GRand *rand = g_rand_new_with_seed(1);

    for (gsize bytes = 0; bytes < 48; bytes++)
        for (gsize capacity = 0; capacity < 300; capacity += 23) {
            guint8 *src = guarded(bytes), *dst = guarded(capacity);

            for (unsigned round = 0; round < 100; round++) {
                const char *reason = NULL;

                for (gsize i = 0; i < bytes; i++)
                    src[i] = (guint8)(g_rand_int(rand) & (round % 2 ? 0xff : 0x23));
                ck_assert_int_le(lzf_decode(dst, capacity, src, bytes, &reason), (gssize)capacity);
            }
            release(src, bytes);
            release(dst, capacity);
        }
    g_rand_free(rand);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("lzf");
    TCase *tests = tcase_create("lzf");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, decodes);
    tcase_add_test(tests, refuses);
    tcase_add_test(tests, stays_inside);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
