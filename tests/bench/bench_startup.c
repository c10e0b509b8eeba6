/* From exec to the first frame and to the complete list, on a pseudo terminal, for pairs of many
 * small tensors, beside `h5ls -r` of both files in the same run. Prints, judges nothing.
 * usage: bench_startup TARE MAKE_MANY */
#include "tests/support/pty_screen.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROUNDS 7

struct run {
    double frame, list, h5ls; /* ms */
};

struct bench {
    char *tare, *make_many, *dir;
    int tensors;
    bool has_h5ls;
};

static double ms_since(gint64 from)
{
    return (double)(g_get_monotonic_time() - from) / 1000;
}

static void spawn(const char *dir, const char *const *argv)
{
    int status = 0;

    if (!g_spawn_sync(dir, (char **)argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL,
                      NULL, NULL, NULL, NULL, &status, NULL) ||
        status != 0) {
        fprintf(stderr, "%s did not work\n", argv[0]);
        exit(EXIT_FAILURE);
    }
}

static void make_files(const struct bench *b)
{
    static const char *const files[] = {"base.h5", "tuned.h5"};

    for (int i = 0; i < 2; i++) {
        g_autofree char *count = g_strdup_printf("%d", b->tensors);
        g_autofree char *seed = g_strdup_printf("%d", i + 1);
        const char *const argv[] = {b->make_many, files[i], count, seed, NULL};
        spawn(b->dir, argv);
    }
}

static bool both_names(struct pty *p, const void *none)
{
    (void)none;
    return pty_find(p, "base.h5") >= 0 && pty_find(p, "tuned.h5") >= 0;
}

static bool list_is_complete(struct pty *p, const void *tensors)
{
    g_autofree char *paired =
        g_strdup_printf("paired %d/%d", *(const int *)tensors, *(const int *)tensors);

    return pty_find(p, paired) >= 0;
}

static void time_tare(const struct bench *b, struct run *run)
{
    const char *const argv[] = {b->tare, "base.h5", "tuned.h5", NULL};
    const char *const env[] = {"TARE_CPU", NULL};
    struct pty_options options = {.argv = argv, .env = env, .cwd = b->dir, .rows = 30, .cols = 100};
    gint64 from = g_get_monotonic_time();
    struct pty *p = pty_start(&options);

    bool came = pty_wait(p, both_names, NULL);
    run->frame = ms_since(from);
    came = came && pty_wait(p, list_is_complete, &b->tensors);
    run->list = ms_since(from);
    if (!came) {
        pty_dump(p);
        exit(EXIT_FAILURE);
    }
    pty_type(p, "Q");
    pty_wait_end(p, NULL);
    pty_destroy(p);
}

static void time_h5ls(const struct bench *b, struct run *run)
{
    const char *const argv[] = {"h5ls", "-r", "base.h5", NULL};
    const char *const tuned[] = {"h5ls", "-r", "tuned.h5", NULL};
    gint64 from = g_get_monotonic_time();

    if (!b->has_h5ls)
        return;
    spawn(b->dir, argv);
    spawn(b->dir, tuned);
    run->h5ls = ms_since(from);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(const struct run *runs, gsize offset)
{
    double values[ROUNDS];

    for (int i = 0; i < ROUNDS; i++)
        memcpy(&values[i], (const char *)&runs[i] + offset, sizeof values[i]);
    qsort(values, ROUNDS, sizeof values[0], by_value);
    return values[ROUNDS / 2];
}

static void bench(struct bench *b, int tensors)
{
    struct run runs[ROUNDS] = {0};

    b->tensors = tensors;
    make_files(b);
    for (int i = 0; i < ROUNDS; i++) {
        time_tare(b, &runs[i]);
        time_h5ls(b, &runs[i]);
    }
    double list = median(runs, G_STRUCT_OFFSET(struct run, list));
    double h5ls = median(runs, G_STRUCT_OFFSET(struct run, h5ls));
    printf("%5d tensors a side: first frame %6.1f ms, complete list %6.1f ms", tensors,
           median(runs, G_STRUCT_OFFSET(struct run, frame)), list);
    if (b->has_h5ls)
        printf(", h5ls -r of both %6.1f ms, ratio %.2f", h5ls, list / h5ls);
    printf("\n");
}

int main(int argc, char **argv)
{
    static const char *const files[] = {"base.h5", "tuned.h5"};
    g_autofree char *h5ls = g_find_program_in_path("h5ls");
    struct bench b = {.has_h5ls = h5ls != NULL};

    if (argc != 3) {
        fprintf(stderr, "usage: bench_startup TARE MAKE_MANY\n");
        return 2;
    }
    b.tare = g_canonicalize_filename(argv[1], NULL);
    b.make_many = g_canonicalize_filename(argv[2], NULL);
    b.dir = g_dir_make_tmp("tare-bench-XXXXXX", NULL);
    if (!h5ls)
        printf("h5ls is not here (Debian: hdf5-tools): no ratio\n");
    bench(&b, 150);
    bench(&b, 5000);
    for (int i = 0; i < 2; i++) {
        g_autofree char *path = g_build_filename(b.dir, files[i], NULL);
        unlink(path);
    }
    rmdir(b.dir);
    g_free(b.dir);
    g_free(b.tare);
    g_free(b.make_many);
    return 0;
}
