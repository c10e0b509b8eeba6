#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include "core/signals.h"
#include "io/watch_internal.h"
#include "io/watch_timeline.h"

static struct watcher *self(const struct watch *w)
{
    return (struct watcher *)w;
}

void watch_ring(int fd)
{
    eventfd_write(fd, 1);
}

void watch_hush(int fd)
{
    eventfd_t count;

    eventfd_read(fd, &count);
}

/* Options keep their own thresholds and pairs. */
void watch_keep_options(struct comparison_options *to, struct thresholds *limits,
                        const struct comparison_options *from)
{
    pair_map_destroy((struct pair_map *)to->map);
    *to = *from;
    thresholds_init(limits);
    if (from->thresholds)
        *limits = *from->thresholds;
    to->thresholds = limits;
    to->map = from->map ? pair_map_copy(from->map) : NULL;
}

static int watcher_fd(const struct watch *watch)
{
    return self(watch)->news;
}

static void watcher_take(struct watch *watch, struct watch_news *out)
{
    struct watcher *w = self(watch);

    watch_hush(w->news);
    g_mutex_lock(&w->lock);
    *out = (struct watch_news){.status = w->status,
                               .comparison = g_steal_pointer(&w->ready),
                               .lines = w->lines->len ? w->lines : NULL};
    out->status.shown = g_strdup(w->status.shown);
    out->status.reason = g_strdup(w->status.reason);
    if (out->lines)
        w->lines = g_ptr_array_new_with_free_func(g_free);
    if (w->taken != w->points.version || w->taken_log != w->log->version)
        out->timeline = watch_timeline(&w->points, w->log);
    w->taken = w->points.version;
    w->taken_log = w->log->version;
    g_mutex_unlock(&w->lock);
}

static void watcher_again(struct watch *watch, const struct comparison_options *options)
{
    struct watcher *w = self(watch);

    g_mutex_lock(&w->lock);
    watch_keep_options(&w->next, &w->next_limits, options);
    w->has_next = true;
    g_mutex_unlock(&w->lock);
    watch_ring(w->command);
}

static bool watcher_stop(struct watch *watch, int milliseconds)
{
    struct watcher *w = self(watch);
    gint64 until = g_get_monotonic_time() + (gint64)milliseconds * 1000;

    g_atomic_int_set(&w->stopping, 1);
    g_atomic_int_set(&w->opening.cancelled, 1);
    watch_ring(w->command);
    while (!g_atomic_int_get(&w->ended)) {
        struct pollfd fd = {w->news, POLLIN, 0};
        gint64 left = until - g_get_monotonic_time();

        if (left <= 0)
            return false;
        poll(&fd, 1, (int)(left / 1000) + 1);
        watch_hush(w->news);
    }
    return true;
}

static void watcher_close(struct watch *watch)
{
    struct watcher *w = self(watch);

    g_atomic_int_set(&w->stopping, 1);
    g_atomic_int_set(&w->opening.cancelled, 1);
    watch_ring(w->command);
    g_thread_join(w->thread);
    watch_reading_finish(&w->reading);
    comparison_destroy(w->ready);
    watch_base_finish(&w->base);
    watch_folder_finish(&w->folder);
    watch_system_destroy(w->system);
    watch_points_finish(&w->points);
    metric_log_destroy(w->log);
    metric_log_destroy(w->read);
    log_follow_destroy(w->following);
    watch_status_finish(&w->status);
    g_ptr_array_free(w->lines, TRUE);
    g_hash_table_destroy(w->reasons);
    pair_map_destroy((struct pair_map *)w->options.map);
    pair_map_destroy((struct pair_map *)w->next.map);
    g_mutex_clear(&w->lock);
    close(w->news);
    close(w->command);
    g_free(w->path);
    g_free(w->base_path);
    g_free(w->log_path);
    g_free(w);
}

static const struct watch_ops ops = {.fd = watcher_fd,
                                     .take = watcher_take,
                                     .again = watcher_again,
                                     .stop = watcher_stop,
                                     .close = watcher_close};

struct watch *watch_create(const struct watch_options *options)
{
    struct watcher *w = g_new0(struct watcher, 1);

    w->watch.ops = &ops;
    w->path = g_strdup(options->path);
    w->base_path = g_strdup(options->base);
    w->log_path = g_strdup(options->log);
    w->log = metric_log_create();
    w->read = metric_log_create();
    w->news = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    w->command = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    g_mutex_init(&w->lock);
    watch_keep_options(&w->options, &w->limits, &options->comparison);
    w->lines = g_ptr_array_new_with_free_func(g_free);
    w->system = watch_system_create(w->path);
    watch_folder_init(&w->folder, watch_renamed, w);
    w->folder.in_order = options->in_order;
    watch_points_init(&w->points, true);
    w->reasons = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    w->reading.fd = -1;
    w->thread = signals_thread("watch", watch_run, w);
    return &w->watch;
}
