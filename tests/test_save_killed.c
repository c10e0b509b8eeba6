/* A process that saves again and again is killed at random moments: what was last said to be saved,
 * or something newer, is whole, and the next save goes on from there. TARE_TEST_KILLS says how often. */
#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "core/random.h"
#include "io/format.h"
#include "io/hdf5_save.h"
#include "tests/support/memory_source.h"
#include "tests/support/saved.h"

#define TENSORS 24
#define ELEMS 4096
#define LONGEST_US 60000u

static char *folder, *path;

static void setup(void)
{
    folder = saved_folder();
    path = g_build_filename(folder, "saved.h5", NULL);
}

static void teardown(void)
{
    g_free(path);
    saved_remove(folder);
}

static float generation;

static float its_number(uint64_t i)
{
    (void)i;
    return generation;
}

/* Every value of it is its number, so that a mixture would be seen. */
static gboolean save_generation(void)
{
    static const struct save_options overwriting = {.rules = {.overwrite = TRUE}};
    struct memory_source *m = memory_source_create("memory");
    struct source *s;
    gboolean ok;

    for (int i = 0; i < TENSORS; i++) {
        char *name = g_strdup_printf("layer.%d.weight", i);

        memory_source_add_f32(m, name, ELEMS / 64, 64, its_number);
        g_free(name);
    }
    s = memory_source_finish(m);
    ok = checkpoint_save_new(path, s, NULL, 0, &overwriting, NULL);
    source_close(s);
    return ok;
}

/* Says each number when it is saved. */
static void save_for_ever(int said, uint32_t first)
{
    for (uint32_t k = first;; k++) {
        generation = (float)k;
        if (!save_generation() || write(said, &k, sizeof k) != sizeof k)
            _exit(1);
    }
}

/* The number of the file's generation; all of it must be of one. */
static uint32_t generation_of_file(void)
{
    GError *error = NULL;
    struct source *s = format_open(path, NULL, &error);
    float values[ELEMS], first = 0;

    ck_assert_msg(s != NULL, "%s", error ? error->message : "");
    ck_assert_uint_eq(s->n_tensors, TENSORS);
    for (uint32_t t = 0; t < s->n_tensors; t++) {
        ck_assert(s->ops->read(s, t, 0, ELEMS, values, NULL));
        first = t ? first : values[0];
        for (int i = 0; i < ELEMS; i++)
            ck_assert_msg(values[i] == first, "%g beside %g", values[i], first);
    }
    source_close(s);
    return (uint32_t)first;
}

/* The last that was said to be saved. */
static uint32_t kill_while_saving(uint32_t first, useconds_t after)
{
    uint32_t last = first - 1, k;
    int said[2], status;
    pid_t child;

    ck_assert_int_eq(pipe(said), 0);
    child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        close(said[0]);
        save_for_ever(said[1], first);
    }
    close(said[1]);
    usleep(after);
    kill(child, SIGKILL);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    while (read(said[0], &k, sizeof k) == sizeof k)
        last = k;
    close(said[0]);
    return last;
}

/* What a killed process left under another name. */
static guint strays(void)
{
    GDir *dir = g_dir_open(folder, 0, NULL);
    guint n = 0;

    for (const char *name; (name = g_dir_read_name(dir));)
        n += strcmp(name, "saved.h5") != 0;
    g_dir_close(dir);
    return n;
}

START_TEST(killed_at_random_moments)
{
    const char *asked = g_getenv("TARE_TEST_KILLS");
    int kills = asked ? atoi(asked) : 12;
    uint64_t random = 1;
    uint32_t k = 1;

    generation = (float)k;
    ck_assert(save_generation());
    for (int i = 0; i < kills; i++) {
        uint32_t said = kill_while_saving(k + 1, random_below(&random, LONGEST_US)), found;

        found = generation_of_file();
        ck_assert_uint_ge(found, said);
        ck_assert_uint_le(found, said + 1);
        k = found;
    }
    /* The new file gets its name in the folder just before it takes the old one's place. */
    ck_assert_uint_le(strays(), (guint)kills);
    generation = (float)(k + 1);
    ck_assert(save_generation());
    ck_assert_uint_eq(generation_of_file(), k + 1);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("save_killed");
    TCase *t = tcase_create("kills");
    SRunner *r = srunner_create(s);
    int failed;

    tcase_set_timeout(t, 600);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, killed_at_random_moments);
    suite_add_tcase(s, t);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
