/* The thread of a watch: hears, looks, reads, tells. */
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "io/watch_internal.h"
#include "io/watch_line.h"

#define SWEEP_INTERVAL G_USEC_PER_SEC
#define SWEEP_PAUSE 20000 /* between two that events asked for */
#define SWEEP_SHARE 50    /* of the time, at most one part in so many */
#define NICENESS 5
#define HEARING_PAUSE 5000 /* a writer is not to wake us at every write */

static void say(struct watcher *w, char *line)
{
    g_mutex_lock(&w->lock);
    g_ptr_array_add(w->lines, line);
    g_mutex_unlock(&w->lock);
}

void watch_renamed(void *data, const char *from, const char *to)
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
    w->heard = g_get_monotonic_time();
    if (!watch_system_drain(w->system, touched, w) || w->listing_asked)
        return;
    w->listing_asked = true;
    w->sweep_at = MIN(w->sweep_at, w->swept + SWEEP_PAUSE);
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
    watch_find_log(w);
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
    bool show = watch_folder_show(&w->folder, e), known;

    g_hash_table_remove(w->reasons, e->name);
    watch_follow_log(w);
    g_mutex_lock(&w->lock);
    known = watch_points_has(&w->points, e->name, &e->file.read, look->fingerprint);
    p = watch_points_add(&w->points, e->name, &e->file.read, look, w->log->last);
    if (!known) {
        g_ptr_array_add(w->lines, watch_line(p));
        w->status.generation++;
    }
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
    watch_hush(w->command);
    g_mutex_lock(&w->lock);
    if (w->has_next) {
        watch_keep_options(&w->options, &w->limits, &w->next);
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
        watch_ring(w->news);
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
    gint64 now = g_get_monotonic_time();
    bool deaf = now < w->heard + HEARING_PAUSE;
    struct pollfd fds[] = {{w->command, POLLIN, 0},
                           {deaf ? -1 : watch_system_fd(w->system), POLLIN, 0},
                           {c ? comparison_wake_fd(c) : -1, POLLIN, 0}};
    int most = patience(w, now);

    poll(fds, G_N_ELEMENTS(fds), deaf ? MIN(most, HEARING_PAUSE / 1000 + 1) : most);
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
        watch_follow_log(w);
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
    watch_ring(w->news);
    return false;
}

/* The scans' threads inherit it. */
static void stand_back(void)
{
    setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), NICENESS);
}

gpointer watch_run(gpointer data)
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
    watch_ring(w->news);
    return NULL;
}
