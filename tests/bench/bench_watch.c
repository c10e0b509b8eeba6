/* How long it takes from the rename of a checkpoint to its name on the screen, on a pseudo
 * terminal; and what a save costs in a folder that is watched, beside one in a folder that nobody
 * watches, in turn in the same run. Prints, judges nothing. usage: bench_watch TARE MAKE_MANY
 * MAKE_PAIR */
#include "tests/support/pty_screen.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#define ARRIVALS 15
#define SAVES 40
#define PIECE (256u << 10) /* as HDF5 writes a large dataset, in pieces */
#define PAUSE 150000       /* us between saves: what the last one caused has ended */

struct bench {
    const char *tare, *make_many, *make_pair;
    char *dir, *watched, *other;
    GMappedFile *base, *tuned;
};

static double ms_since(gint64 from)
{
    return (double)(g_get_monotonic_time() - from) / 1000;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double quantile(double *values, int n, double q)
{
    qsort(values, (size_t)n, sizeof *values, by_size);
    return values[(int)(q * (n - 1) + 0.5)];
}

static void spawn(const char *dir, const char *const *argv)
{
    int status = 0;

    if (!g_spawn_sync(dir, (char **)argv, NULL, G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL, NULL,
                      &status, NULL) ||
        status != 0) {
        fprintf(stderr, "%s did not work\n", argv[0]);
        exit(EXIT_FAILURE);
    }
}

/* 150 small tensors, or what a transformer of that size has. */
static void make_files(struct bench *b, const char *megabytes)
{
    const char *const pair[] = {b->make_pair, "base.h5", "tuned.h5", megabytes, NULL};
    const char *const small[] = {b->make_many, "base.h5", "150", "1", NULL};
    const char *const other[] = {b->make_many, "tuned.h5", "150", "2", NULL};
    g_autofree char *base = g_build_filename(b->dir, "base.h5", NULL);
    g_autofree char *tuned = g_build_filename(b->dir, "tuned.h5", NULL);

    if (megabytes) {
        spawn(b->dir, pair);
    } else {
        spawn(b->dir, small);
        spawn(b->dir, other);
    }
    b->base = g_mapped_file_new(base, FALSE, NULL);
    b->tuned = g_mapped_file_new(tuned, FALSE, NULL);
}

/* As a trainer saves: pieces into another name, then the rename. The time of all of it. */
static double save(const char *folder, const char *name, GMappedFile *bytes, gint64 *renamed)
{
    g_autofree char *part = g_build_filename(folder, ".part", NULL);
    g_autofree char *path = g_build_filename(folder, name, NULL);
    const char *from = g_mapped_file_get_contents(bytes);
    gsize n = g_mapped_file_get_length(bytes);
    gint64 start = g_get_monotonic_time();
    int fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    for (gsize at = 0; at < n; at += PIECE)
        if (pwrite(fd, from + at, MIN(PIECE, n - at), (off_t)at) < 0)
            exit(EXIT_FAILURE);
    close(fd);
    g_rename(part, path);
    *renamed = g_get_monotonic_time();
    return ms_since(start);
}

static bool is_shown(struct pty *p, const void *name)
{
    return pty_find(p, name) >= 0;
}

static struct pty *start(const struct bench *b)
{
    const char *const argv[] = {b->tare, "watch", b->watched, NULL};

    return pty_start(&(struct pty_options){.argv = argv, .rows = 30, .cols = 100});
}

static void stop(struct pty *p)
{
    pty_type(p, "Q");
    pty_wait_end(p, NULL);
    pty_destroy(p);
}

/* Of processes that have ended. */
static double processor_ms(void)
{
    struct rusage r;

    getrusage(RUSAGE_CHILDREN, &r);
    return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) * 1e3 +
           (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e3;
}

static void arrivals(const struct bench *b)
{
    double before = processor_ms();
    double lag[ARRIVALS];
    struct pty *p = start(b);

    for (int i = 0; i < ARRIVALS; i++) {
        g_autofree char *name = g_strdup_printf("checkpoint-%d.h5", i + 1);
        g_autofree char *text = g_strdup_printf("%s read", name);
        gint64 renamed;

        save(b->watched, name, i % 2 ? b->tuned : b->base, &renamed);
        if (!pty_wait(p, is_shown, text))
            exit(EXIT_FAILURE);
        lag[i] = ms_since(renamed);
        g_usleep(PAUSE);
    }
    stop(p);
    printf("checkpoints of %.1f MB: rename to screen: median %.0f ms, most %.0f ms of %d\n",
           (double)g_mapped_file_get_length(b->base) / 1e6, quantile(lag, ARRIVALS, 0.5),
           quantile(lag, ARRIVALS, 1), ARRIVALS);
    printf("  processor time of it, for each: %.1f ms\n", (processor_ms() - before) / ARRIVALS);
}

/* A save of its own name; one that nobody looks at any longer goes before it. */
static double timed_save(const char *folder, int i, GMappedFile *bytes)
{
    g_autofree char *old = g_strdup_printf("%s/c-%d.h5", folder, i - 3);
    g_autofree char *name = g_strdup_printf("c-%d.h5", i);
    gint64 renamed;

    g_unlink(old);
    return save(folder, name, bytes, &renamed);
}

static void wait_for(struct pty *p, int i)
{
    g_autofree char *text = g_strdup_printf("c-%d.h5 read", i);

    pty_wait(p, is_shown, text);
    g_usleep(PAUSE);
}

/* In a folder each, in turn, in either order. */
static void costs(const struct bench *b)
{
    double watched[SAVES], other[SAVES];
    struct pty *p = start(b);

    pty_wait(p, is_shown, " read");
    for (int i = 0; i < SAVES; i++) {
        GMappedFile *bytes = i % 2 ? b->tuned : b->base;

        if (i / 2 % 2)
            other[i] = timed_save(b->other, i, bytes);
        watched[i] = timed_save(b->watched, i, bytes);
        wait_for(p, i);
        if (!(i / 2 % 2))
            other[i] = timed_save(b->other, i, bytes);
    }
    stop(p);
    printf("  a save: watched %.2f ms, not watched %.2f ms (medians of %d), ratio %.3f; fastest "
           "tenth %.2f, %.2f ms\n",
           quantile(watched, SAVES, 0.5), quantile(other, SAVES, 0.5), SAVES,
           quantile(watched, SAVES, 0.5) / quantile(other, SAVES, 0.5),
           quantile(watched, SAVES, 0.1), quantile(other, SAVES, 0.1));
}

static void empty(const char *folder)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        g_unlink(path);
    }
    g_rmdir(folder);
}

static void measure(struct bench *b, const char *megabytes)
{
    b->dir = g_dir_make_tmp("tare-bench-XXXXXX", NULL);
    b->watched = g_build_filename(b->dir, "watched", NULL);
    b->other = g_build_filename(b->dir, "other", NULL);
    g_mkdir(b->watched, 0700);
    g_mkdir(b->other, 0700);
    make_files(b, megabytes);
    arrivals(b);
    costs(b);
    g_mapped_file_unref(b->base);
    g_mapped_file_unref(b->tuned);
    empty(b->watched);
    empty(b->other);
    empty(b->dir);
    g_free(b->watched);
    g_free(b->other);
    g_free(b->dir);
}

int main(int argc, char **argv)
{
    struct bench b = {0};

    if (argc != 4)
        return EXIT_FAILURE;
    b.tare = argv[1];
    b.make_many = argv[2];
    b.make_pair = argv[3];
    measure(&b, NULL);
    measure(&b, "128");
    return EXIT_SUCCESS;
}
