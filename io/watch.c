#include "io/watch.h"

#include <math.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "core/escape.h"
#include "core/signals.h"
#include "io/log_follow.h"
#include "io/watch_line.h"
#include "io/watch_reading.h"
#include "io/watch_system.h"
#include "io/watch_timeline.h"

#define SWEEP_INTERVAL G_USEC_PER_SEC
#define SWEEP_PAUSE 20000 /* between two that events asked for */
#define SWEEP_SHARE 50    /* of the time, at most one part in so many */
#define NICENESS 5
#define LOG_INTERVAL (G_USEC_PER_SEC / 4)

struct watcher {
    struct watch watch;
    char *path, *base_path, *log_path; /* log_path NULL: one is looked for */
    GThread *thread;
    int news, command; /* eventfds: to who takes, to the thread */
    struct open_watch opening;
    gint stopping; /* atomic */
    gint ended;    /* atomic */

    GMutex lock; /* of what follows */
    struct watch_status status;
    struct comparison *ready;
    GPtrArray *lines;
    struct watch_points points;
    struct metric_log *log;
    guint64 taken, taken_log; /* versions of both */
    bool has_next;
    struct comparison_options next; /* with limits and map of its own */
    struct thresholds next_limits;

    /* The thread's own. */
    struct comparison_options options;
    struct thresholds limits;
    struct watch_system *system;
    struct watch_folder folder;
    struct watch_base base;
    struct watch_reading reading;
    GHashTable *reasons; /* name -> why it can't be read */
    bool there, listed, listing_asked;
    gint64 sweep_at, swept;
    struct log_follow *following; /* NULL: no log yet */
    gint64 log_at;
};

static struct watcher *self(const struct watch *w)
{
    return (struct watcher *)w;
}

static void ring(int fd)
{
    eventfd_write(fd, 1);
}

static void hush(int fd)
{
    eventfd_t count;

    eventfd_read(fd, &count);
}

/* Options keep their own thresholds and pairs. */
static void keep_options(struct comparison_options *to, struct thresholds *limits,
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

static void say(struct watcher *w, char *line)
{
    g_mutex_lock(&w->lock);
    g_ptr_array_add(w->lines, line);
    g_mutex_unlock(&w->lock);
}

static void renamed(void *data, const char *from, const char *to)
{
    struct watcher *w = data;

    g_mutex_lock(&w->lock);
    watch_points_rename(&w->points, from, to);
    if (w->status.shown && g_str_has_suffix(w->status.shown, from)) {
        g_free(w->status.shown);
        w->status.shown = watch_system_path(w->system, to);
    }
    g_mutex_unlock(&w->lock);
}

static void touched(void *data, const char *name)
{
    struct watcher *w = data;
    struct watch_entry *e = watch_folder_find(&w->folder, name);

    if (e)
        watch_file_touch(&e->file, g_get_monotonic_time());
}

static void hear(struct watcher *w)
{
    if (!watch_system_drain(w->system, touched, w) || w->listing_asked)
        return;
    w->listing_asked = true;
    w->sweep_at = MIN(w->sweep_at, w->swept + SWEEP_PAUSE);
}

/* Where nobody named it, it may come later than the first checkpoint. */
static void find_log(struct watcher *w)
{
    char *folder, *found = NULL;

    if (w->following)
        return;
    if (w->log_path) {
        found = g_strdup(w->log_path);
    } else if (w->there) {
        folder = watch_system_path(w->system, "");
        found = log_find(folder, w->status.shown);
        g_free(folder);
    }
    if (found)
        w->following = log_follow_create(found);
    g_free(found);
}

static void follow_log(struct watcher *w)
{
    bool more;

    if (!w->following)
        return;
    g_mutex_lock(&w->lock);
    more = log_follow_read(w->following, w->log);
    g_mutex_unlock(&w->lock);
    w->log_at = g_get_monotonic_time() + (more ? 0 : LOG_INTERVAL);
}

static void sweep(struct watcher *w, gint64 now)
{
    const struct watch_item *items;
    gint64 spent;
    guint n;

    w->listing_asked = false;
    w->there = watch_system_list(w->system, &items, &n);
    if (!w->listed && w->there) {
        w->listed = true;
        w->points.by_name = !watch_system_is_file(w->system);
    }
    watch_folder_see(&w->folder, items, w->there ? n : 0, now);
    w->swept = g_get_monotonic_time();
    find_log(w);
    spent = w->swept - now;
    w->sweep_at = w->swept + MAX(SWEEP_INTERVAL, spent * SWEEP_SHARE);
}

/* Asks about those whose quiet may be over. */
static void look_at_due(struct watcher *w, gint64 now)
{
    static const struct sight none;

    for (guint i = 0; i < w->folder.entries->len; i++) {
        struct watch_entry *e = g_ptr_array_index(w->folder.entries, i);
        struct watch_item item;

        if (!e->known || watch_file_due(&e->file) > now ||
            watch_file_wish(&e->file) != WISH_NOTHING)
            continue;
        if (watch_system_look(w->system, e->name, &item))
            watch_file_see(&e->file, &item.sight, now);
        else
            watch_file_see(&e->file, &none, now);
    }
}

/* The base turned out to be half of a file: nothing that was compared with it counts. */
static void start_again(struct watcher *w)
{
    watch_base_finish(&w->base);
    w->folder.shown = NULL;
    for (guint i = 0; i < w->folder.entries->len; i++)
        watch_file_forget(&((struct watch_entry *)g_ptr_array_index(w->folder.entries, i))->file);
    g_mutex_lock(&w->lock);
    watch_points_clear(&w->points);
    g_clear_pointer(&w->ready, comparison_destroy);
    g_clear_pointer(&w->status.shown, g_free);
    g_mutex_unlock(&w->lock);
}

static void fail_entry(struct watcher *w, const struct watch_entry *e, const GError *error)
{
    char *path = watch_system_path(w->system, e->name);
    const char *reason = error->message;

    if (g_str_has_prefix(reason, path) && strncmp(reason + strlen(path), ": ", 2) == 0)
        reason += strlen(path) + 2;
    if (e->file.again) /* it was tried twice: no writer's unfinished work */
        say(w, watch_line_failed(e->name, reason));
    g_hash_table_insert(w->reasons, g_strdup(e->name), g_strdup(reason));
    g_free(path);
}

/* The first there is, by name. It may change while it is copied, or be no weights: then another
 * becomes the base, later. */
static bool find_base(struct watcher *w, gint64 now)
{
    struct watch_entry *e = watch_folder_first(&w->folder);
    GError *error = NULL;
    struct sight seen;
    char *path;

    if (w->base.source)
        return true;
    path = watch_system_path(w->system, e->name);
    seen = e->file.seen;
    if (!watch_base_open(&w->base, path, true, &w->opening, &error)) {
        watch_file_begin(&e->file, &seen);
        watch_file_end(&e->file, &seen, false, 0, now);
        if (error->code == TARE_ERROR_CHANGED)
            watch_file_forget(&e->file);
        else
            fail_entry(w, e, error);
        g_error_free(error);
    }
    e->file.recheck = true; /* all depends on it */
    g_free(path);
    return w->base.source != NULL;
}

static void begin(struct watcher *w, gint64 now)
{
    enum watch_wish wish;
    struct watch_entry *e = watch_folder_next(&w->folder, &wish);
    char *path;

    if (!e || !find_base(w, now))
        return;
    path = watch_system_path(w->system, e->name);
    watch_reading_begin(&w->reading, e, path, &w->base, &w->options, &w->opening, now);
    g_free(path);
}

static void accept(struct watcher *w, struct watch_look *look)
{
    struct watch_reading *r = &w->reading;
    struct watch_entry *e = r->entry;
    const struct watch_point *p;
    bool show = watch_folder_show(&w->folder, e);

    g_hash_table_remove(w->reasons, e->name);
    follow_log(w);
    g_mutex_lock(&w->lock);
    p = watch_points_add(&w->points, e->name, &e->file.read, look, w->log->last);
    g_ptr_array_add(w->lines, watch_line(p));
    w->status.generation++;
    if (show) {
        comparison_destroy(w->ready);
        w->ready = g_steal_pointer(&r->comparison);
        g_free(w->status.shown);
        w->status.shown = watch_system_path(w->system, e->name);
        w->status.read = r->began;
        w->status.state = WATCH_LIVE; /* nobody may take it with the word of the one before */
    }
    g_mutex_unlock(&w->lock);
}

/* The base's own file must be equal to what was kept of it. */
static bool base_is_torn(const struct watcher *w, const struct watch_look *look)
{
    return w->base.watched && !look->unchanged &&
           sight_same_content(&w->base.sight, &w->reading.entry->file.read);
}

static void end(struct watcher *w)
{
    struct watch_look *look;
    struct watch_entry *e = w->reading.entry;
    enum watch_result result;

    hear(w); /* a write that came before the end of the reading must be known */
    result = watch_reading_end(&w->reading, &look, g_get_monotonic_time());
    if (look && base_is_torn(w, look)) {
        watch_look_destroy(look);
        start_again(w);
    } else if (result == RESULT_NEW) {
        accept(w, look);
    } else if (result == RESULT_EQUAL) {
        g_mutex_lock(&w->lock);
        watch_points_settle(&w->points, e->name, &e->file.read);
        g_mutex_unlock(&w->lock);
        watch_look_destroy(look);
    } else if (result == RESULT_FAILED) {
        fail_entry(w, e, w->reading.error);
    }
    watch_reading_finish(&w->reading);
}

static void take_command(struct watcher *w)
{
    hush(w->command);
    g_mutex_lock(&w->lock);
    if (w->has_next) {
        keep_options(&w->options, &w->limits, &w->next);
        w->has_next = false;
        if (w->folder.shown)
            watch_file_forget(&w->folder.shown->file);
    }
    g_mutex_unlock(&w->lock);
}

static const char *reason_of(const struct watcher *w, const struct watch_entry *about,
                             enum watch_state state)
{
    if ((state == WATCH_STALE || !w->folder.shown) && about)
        return g_hash_table_lookup(w->reasons, about->name);
    return NULL;
}

static void publish(struct watcher *w)
{
    const struct watch_entry *about;
    enum watch_state state = watch_folder_state(&w->folder, &about);
    guint waiting = watch_folder_waiting(&w->folder);
    struct watch_status *s = &w->status;
    const char *reason;
    bool changed;

    if (!w->there && w->folder.shown)
        state = WATCH_GONE;
    reason = reason_of(w, about, state);
    g_mutex_lock(&w->lock);
    changed = w->ready || w->lines->len || w->taken != w->points.version ||
              w->taken_log != w->log->version || s->state != state || s->waiting != waiting ||
              g_strcmp0(s->reason, reason) != 0;
    s->state = state;
    s->waiting = waiting;
    changed |= s->listed != w->listed;
    s->listed = w->listed;
    s->checkpoints = w->points.all->len;
    if (g_strcmp0(s->reason, reason) != 0) {
        g_free(s->reason);
        s->reason = g_strdup(reason);
    }
    g_mutex_unlock(&w->lock);
    if (changed)
        ring(w->news);
}

static int patience(const struct watcher *w, gint64 now)
{
    gint64 at = w->following ? MIN(w->sweep_at, w->log_at) : w->sweep_at;
    enum watch_wish wish;

    if (!w->reading.entry) {
        if (watch_folder_next(&w->folder, &wish))
            return 0;
        at = MIN(at, watch_folder_due(&w->folder));
    }
    return at <= now ? 0 : (int)MIN((at - now) / 1000 + 1, 1000);
}

static void wait_for_work(struct watcher *w)
{
    struct comparison *c = w->reading.comparison;
    struct pollfd fds[] = {{w->command, POLLIN, 0},
                           {watch_system_fd(w->system), POLLIN, 0},
                           {c ? comparison_wake_fd(c) : -1, POLLIN, 0}};

    poll(fds, G_N_ELEMENTS(fds), patience(w, g_get_monotonic_time()));
    if (fds[0].revents)
        take_command(w);
    hear(w);
}

static void step(struct watcher *w)
{
    gint64 now = g_get_monotonic_time();

    if (now >= w->sweep_at)
        sweep(w, now);
    if (now >= w->log_at)
        follow_log(w);
    look_at_due(w, now);
    if (w->reading.entry) {
        watch_reading_go_on(&w->reading);
        if (watch_reading_has_ended(&w->reading))
            end(w);
    } else {
        begin(w, now);
    }
}

static bool open_base(struct watcher *w)
{
    GError *error = NULL;

    if (!w->base_path || watch_base_open(&w->base, w->base_path, false, &w->opening, &error))
        return true;
    g_mutex_lock(&w->lock);
    w->status.failed = true;
    w->status.reason = g_strdup(error->message);
    g_mutex_unlock(&w->lock);
    g_error_free(error);
    ring(w->news);
    return false;
}

/* The scans' threads inherit it. */
static void stand_back(void)
{
    setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), NICENESS);
}

static gpointer run(gpointer data)
{
    struct watcher *w = data;

    stand_back();
    if (open_base(w)) {
        while (!g_atomic_int_get(&w->stopping)) {
            step(w);
            publish(w);
            wait_for_work(w);
        }
    }
    g_atomic_int_set(&w->ended, 1);
    ring(w->news);
    return NULL;
}

static int watcher_fd(const struct watch *watch)
{
    return self(watch)->news;
}

static void watcher_take(struct watch *watch, struct watch_news *out)
{
    struct watcher *w = self(watch);

    hush(w->news);
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
    keep_options(&w->next, &w->next_limits, options);
    w->has_next = true;
    g_mutex_unlock(&w->lock);
    ring(w->command);
}

static bool watcher_stop(struct watch *watch, int milliseconds)
{
    struct watcher *w = self(watch);
    gint64 until = g_get_monotonic_time() + (gint64)milliseconds * 1000;

    g_atomic_int_set(&w->stopping, 1);
    g_atomic_int_set(&w->opening.cancelled, 1);
    ring(w->command);
    while (!g_atomic_int_get(&w->ended)) {
        struct pollfd fd = {w->news, POLLIN, 0};
        gint64 left = until - g_get_monotonic_time();

        if (left <= 0)
            return false;
        poll(&fd, 1, (int)(left / 1000) + 1);
        hush(w->news);
    }
    return true;
}

static void watcher_close(struct watch *watch)
{
    struct watcher *w = self(watch);

    g_atomic_int_set(&w->stopping, 1);
    g_atomic_int_set(&w->opening.cancelled, 1);
    ring(w->command);
    g_thread_join(w->thread);
    watch_reading_finish(&w->reading);
    comparison_destroy(w->ready);
    watch_base_finish(&w->base);
    watch_folder_finish(&w->folder);
    watch_system_destroy(w->system);
    watch_points_finish(&w->points);
    metric_log_destroy(w->log);
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
    w->news = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    w->command = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    g_mutex_init(&w->lock);
    keep_options(&w->options, &w->limits, &options->comparison);
    w->lines = g_ptr_array_new_with_free_func(g_free);
    w->system = watch_system_create(w->path);
    watch_folder_init(&w->folder, renamed, w);
    w->folder.in_order = options->in_order;
    watch_points_init(&w->points, true);
    w->reasons = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    w->reading.fd = -1;
    w->thread = signals_thread("watch", run, w);
    return &w->watch;
}
