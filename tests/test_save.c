/* Checkpoints that are saved: like the file they come from in everything but the values that
 * differ, whole or not at all. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "core/error.h"
#include "io/hdf5_save.h"
#include "tests/support/changed_source.h"
#include "tests/support/frameworks.h"
#include "tests/support/memory_source.h"
#include "tests/support/opened.h"
#include "tests/support/saved.h"

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

static const struct save_options overwriting = {.rules = {.overwrite = TRUE}};

static void expect_saved(const char *like, struct source *values, const struct save_options *o)
{
    GError *error = NULL;

    ck_assert_msg(checkpoint_save(path, like, values, o, &error), "%s",
                  error ? error->message : "");
}

/* --- fixtures --- */

static void save_fixture(const char *like)
{
    struct source *s = saved_open(like), *got;

    expect_saved(like, s, &overwriting);
    saved_expect_equal_files(path, like);
    s = changed_source_create(s, 1);
    expect_saved(like, s, &overwriting);
    saved_expect_like(path, like);
    got = saved_open(path);
    saved_expect_values(got, s, like);
    source_close(got);
    source_close(s);
}

static guint save_fixtures_in(const char *where)
{
    GDir *dir = g_dir_open(where, 0, NULL);
    const char *name;
    guint n = 0;

    while (dir && (name = g_dir_read_name(dir))) {
        char *at = g_build_filename(where, name, NULL);

        if (g_file_test(at, G_FILE_TEST_IS_DIR)) {
            n += save_fixtures_in(at);
        } else if (g_str_has_suffix(name, ".h5")) {
            save_fixture(at);
            n++;
        }
        g_free(at);
    }
    g_dir_close(dir);
    return n;
}

static const char *const dialects[] = {"keras2", "keras3", "hub",     "hf_tf",  "torch",
                                       "plain",  "made",   "renamed", "stored", "h5new"};

START_TEST(every_dialect)
{
    char *where = fixture_path(dialects[_i]);

    ck_assert_uint_gt(save_fixtures_in(where), 0);
    g_free(where);
}
END_TEST

/* --- large ones: tiles, rows of chunks --- */

static float number(uint64_t i)
{
    return (float)(i % 8191) - 4000.5F;
}

static struct source *large(void)
{
    struct memory_source *m = memory_source_create("memory");

    memory_source_add_f32(m, "wide.weight", 3, 700000, number);
    memory_source_add_f32(m, "tall.weight", 700001, 3, number);
    memory_source_add_f32(m, "bias", 17, 0, number);
    return memory_source_finish(m);
}

START_TEST(new_file)
{
    static const char *const config[] = {"{\"model_type\": \"gpt2\"}"};
    static const char *const words[] = {"the", "", "na\xc3\xafve", "end"};
    const struct save_text texts[] = {{"config", config, 1, FALSE},
                                      {"vocabulary", words, G_N_ELEMENTS(words), TRUE}};
    struct source *s = large(), *got;
    struct opened o;
    guint32 n = 0;
    const guint32 *stored;

    ck_assert(checkpoint_save_new(path, s, texts, 2, &overwriting, NULL));
    got = saved_open(path);
    saved_expect_values(got, s, "new");
    ck_assert_str_eq(got->ops->meta(got, "config"), config[0]);
    source_close(got);
    opened_init(&o, path);
    stored = listing_attribute_strings(o.listing, listing_find(o.listing, "/vocabulary"),
                                       "vocabulary", &n);
    ck_assert_uint_eq(n, G_N_ELEMENTS(words));
    for (guint32 i = 0; i < n; i++)
        ck_assert_str_eq(listing_text(o.listing, stored[i]), words[i]);
    opened_finish(&o);
    source_close(s);
}
END_TEST

START_TEST(in_tiles)
{
    char *like = g_build_filename(folder, "like.h5", NULL);
    struct source *s = large(), *got;

    ck_assert(checkpoint_save_new(like, s, NULL, 0, &overwriting, NULL));
    s = changed_source_create(s, 1);
    expect_saved(like, s, &overwriting);
    got = saved_open(path);
    saved_expect_values(got, s, "tiles");
    source_close(got);
    source_close(s);
    g_free(like);
}
END_TEST

START_TEST(every_type)
{
    static const double values[] = {0, 1, 2, 100, 7, 13};
    struct memory_source *m = memory_source_create("memory");
    const uint64_t dim[] = {2, 3};
    struct source *s, *got;

    for (int d = 0; d < DTYPE_COUNT; d++) {
        const struct dtype_info *type = dtype_info((enum dtype)d);
        char data[48] = {0};

        if (type->encode)
            type->encode(data, values, 6);
        else
            memset(data, d, sizeof data);
        memory_source_add(m, type->name, TENSOR_WEIGHT, (enum dtype)d, 2, dim, data);
    }
    memory_source_add(m, "scalar", TENSOR_WEIGHT, DTYPE_F64, 0, NULL, values);
    memory_source_add(m, "group/inside", TENSOR_WEIGHT, DTYPE_F64, 1, dim, values);
    memory_source_add(m, "empty", TENSOR_WEIGHT, DTYPE_F32, 2, (const uint64_t[]){0, 4}, values);
    s = memory_source_finish(m);
    ck_assert(checkpoint_save_new(path, s, NULL, 0, &overwriting, NULL));
    got = saved_open(path);
    saved_expect_values(got, s, "types");
    source_close(got);
    source_close(s);
}
END_TEST

/* A model from memory is the same model from the file, without a word of configuration. */
START_TEST(new_file_is_mapped)
{
    for (const char *const *name = framework_names; *name; name++) {
        char *architecture = g_strndup(*name, strcspn(*name, "."));
        struct weights *w = weights_make(architecture, 30);
        struct checkpoint *c = weights_write(w, *name), *got;

        ck_assert(checkpoint_save_new(path, c->source, NULL, 0, &overwriting, NULL));
        got = checkpoint_create(saved_open(path));
        if (g_str_has_suffix(*name, ".torch")) {
            ck_assert_str_eq(got->arch->name, c->arch->name);
            ck_assert_uint_eq(got->n_blocks, c->n_blocks);
            ck_assert_uint_eq(got->parameters, c->parameters);
        }
        ck_assert_uint_eq(got->source->n_tensors, c->source->n_tensors);
        checkpoint_destroy(got);
        checkpoint_destroy(c);
        weights_free(w);
        g_free(architecture);
    }
}
END_TEST

/* --- refusals --- */

static void expect_refused(const char *like, const struct save_options *o, const char *why)
{
    struct source *s = saved_open(like);
    GError *error = NULL;

    ck_assert(!checkpoint_save(path, like, s, o, &error));
    ck_assert_msg(strstr(error->message, why) != NULL, "%s", error->message);
    g_clear_error(&error);
    source_close(s);
}

START_TEST(what_is_never_replaced)
{
    char *like = fixture_path("torch/llama_base_flat.h5");
    char *other = g_build_filename(folder, "other.h5", NULL);
    const struct save_options plain = {0};
    const struct save_options with_input = {
        .rules = {.overwrite = TRUE, .inputs = (const char *const[]){other, NULL}}};

    ck_assert(g_file_set_contents(path, "precious", -1, NULL));
    expect_refused(like, &plain, "it is there already");
    ck_assert_int_eq(link(path, other), 0);
    expect_refused(like, &with_input, "one of the files that are looked at");
    g_remove(path);
    ck_assert_int_eq(symlink(other, path), 0);
    expect_refused(like, &overwriting, "a symbolic link");
    g_remove(path);
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    expect_refused(like, &overwriting, "no regular file");
    g_remove(path);
    g_free(path);
    path = g_build_filename(folder, "nowhere", "x.h5", NULL);
    expect_refused(like, &plain, "No such file");
    g_free(path);
    path = g_strdup(like);
    expect_refused(like, &overwriting, "one of the files that are looked at");
    g_free(other);
    g_free(like);
}
END_TEST

START_TEST(mode_of_the_file)
{
    char *like = fixture_path("torch/llama_base_flat.h5");
    struct source *s = saved_open(like);
    mode_t before = umask(027);
    struct stat st;

    expect_saved(like, s, &overwriting);
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_uint_eq(st.st_mode & 0777, 0640);
    chmod(path, 0604);
    expect_saved(like, s, &overwriting);
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_uint_eq(st.st_mode & 0777, 0604);
    umask(before);
    source_close(s);
    g_free(like);
}
END_TEST

START_TEST(cancelled)
{
    char *like = fixture_path("torch/llama_base_flat.h5"), *names;
    struct save_watch watch = {.cancelled = 1};
    const struct save_options o = {.watch = &watch};
    struct source *s = saved_open(like);
    GError *error = NULL;

    ck_assert(!checkpoint_save(path, like, s, &o, &error));
    ck_assert(g_error_matches(error, TARE_ERROR, TARE_ERROR_CANCELLED));
    g_clear_error(&error);
    names = saved_names(folder);
    ck_assert_str_eq(names, "");
    g_free(names);
    source_close(s);
    g_free(like);
}
END_TEST

START_TEST(another_file_than_the_values)
{
    char *like = fixture_path("torch/llama_base_flat.h5");
    char *other = fixture_path("torch/gpt2_base_flat.h5");
    struct source *s = saved_open(other);
    GError *error = NULL;

    ck_assert(!checkpoint_save(path, like, s, &overwriting, &error));
    ck_assert_ptr_nonnull(strstr(error->message, "another file than the one that was opened"));
    g_clear_error(&error);
    source_close(s);
    g_free(like);
    g_free(other);
}
END_TEST

/* --- the disk --- */

struct fault {
    guint calls, at; /* call number `at` fails, the first is 1 */
    int code;        /* 0: the process dies there */
    gboolean named;  /* the file system knows no files without a name */
};

static int meet_fault(void *data, const char *call)
{
    struct fault *f = data;

    if (strcmp(call, "create nameless") == 0)
        return f->named ? EOPNOTSUPP : 0;
    if (++f->calls != f->at)
        return 0;
    if (!f->code)
        kill(getpid(), SIGKILL);
    return f->code;
}

static struct source *small_values(void)
{
    struct memory_source *m = memory_source_create("memory");

    for (int i = 0; i < 40; i++) {
        char *name = g_strdup_printf("layer.%d.weight", i);

        memory_source_add_f32(m, name, 6, 5, number);
        g_free(name);
    }
    return memory_source_finish(m);
}

/* One of the ways to save, with the fault. */
static gboolean save_way(int way, const char *like, struct fault *f, GError **error)
{
    const struct safe_file_hook hook = {meet_fault, f};
    const struct save_options o = {.rules = {.overwrite = TRUE, .hook = &hook}};
    static const char *const words[] = {"one", "two", "three"};
    const struct save_text text = {"vocabulary", words, 3, TRUE};
    struct source *s = way ? small_values() : changed_source_create(saved_open(like), 1);
    gboolean ok = way ? checkpoint_save_new(path, s, &text, 1, &o, error)
                      : checkpoint_save(path, like, s, &o, error);

    source_close(s);
    return ok;
}

static const struct way {
    const char *like; /* NULL: a new file */
    int code;
    gboolean named;
} ways[] = {{"plain/types.h5", ENOSPC, FALSE},
            {"plain/types.h5", EIO, TRUE},
            {"plain/libver_latest.h5", ENOSPC, FALSE},
            {"plain/libver_earliest.h5", EIO, FALSE},
            {"plain/shapes.h5", ENOSPC, TRUE},
            {NULL, ENOSPC, TRUE},
            {NULL, EIO, FALSE},
            {"plain/libver_latest.h5", 0, FALSE},
            {"plain/types.h5", 0, TRUE},
            {NULL, 0, FALSE}};

/* The old file, or the whole new one. */
static void expect_old_or_new(const char *new_text, gsize new_bytes)
{
    char *now;
    gsize n;

    ck_assert(g_file_get_contents(path, &now, &n, NULL));
    ck_assert((n == 3 && memcmp(now, "old", 3) == 0) ||
              (n == new_bytes && memcmp(now, new_text, n) == 0));
    g_free(now);
}

static void expect_error(const struct way *w, const char *like, struct fault *f, const char *names)
{
    GError *error = NULL;
    char *left;

    ck_assert(!save_way(w->like == NULL, like, f, &error));
    ck_assert(g_error_matches(error, TARE_ERROR, TARE_ERROR_OUTPUT));
    ck_assert_msg(strstr(error->message, g_strerror(f->code)) != NULL, "%s", error->message);
    g_clear_error(&error);
    left = saved_names(folder);
    ck_assert_str_eq(left, names);
    g_free(left);
}

static void expect_killed(const struct way *w, const char *like, struct fault *f)
{
    pid_t child = fork();
    int status;

    ck_assert_int_ge(child, 0);
    if (child == 0)
        _exit(!save_way(w->like == NULL, like, f, NULL));
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

START_TEST(disk_that_fails)
{
    const struct way *w = &ways[_i];
    char *like = w->like ? fixture_path(w->like) : NULL, *whole;
    struct fault none = {.named = w->named};
    gsize bytes;

    ck_assert(save_way(w->like == NULL, like, &none, NULL));
    ck_assert(g_file_get_contents(path, &whole, &bytes, NULL));
    ck_assert_uint_gt(none.calls, 6);
    /* A process for each death takes its time: at every third call. */
    for (guint k = 1; k <= none.calls; k += w->code ? 1 : 3) {
        struct fault f = {.at = k, .code = w->code, .named = w->named};

        ck_assert(g_file_set_contents(path, "old", 3, NULL));
        if (w->code)
            expect_error(w, like, &f, "saved.h5");
        else
            expect_killed(w, like, &f);
        expect_old_or_new(whole, bytes);
    }
    g_free(whole);
    g_free(like);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("save");
    TCase *t = tcase_create("save");

    tcase_set_timeout(t, 120);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, every_dialect, 0, (int)G_N_ELEMENTS(dialects));
    tcase_add_test(t, new_file);
    tcase_add_test(t, in_tiles);
    tcase_add_test(t, every_type);
    tcase_add_test(t, new_file_is_mapped);
    tcase_add_test(t, what_is_never_replaced);
    tcase_add_test(t, mode_of_the_file);
    tcase_add_test(t, cancelled);
    tcase_add_test(t, another_file_than_the_values);
    tcase_add_loop_test(t, disk_that_fails, 0, (int)G_N_ELEMENTS(ways));
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    SRunner *r = srunner_create(suite());
    int failed;

    srunner_run_all(r, CK_ENV);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
