/* What the watched training logs. */
#include "io/watch_internal.h"

#define LOG_INTERVAL (G_USEC_PER_SEC / 4)

/* Where nobody named it, it may come later than the first checkpoint. */
void watch_find_log(struct watcher *w)
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

/* Read without the lock: who takes never waits for a file. */
void watch_follow_log(struct watcher *w)
{
    struct metric_log *told, *before;
    bool more;

    if (!w->following)
        return;
    more = log_follow_read(w->following, w->read);
    w->log_at = g_get_monotonic_time() + (more ? 0 : LOG_INTERVAL);
    if (w->read->version == w->log->version)
        return;
    told = metric_log_copy(w->read);
    g_mutex_lock(&w->lock);
    before = w->log;
    w->log = told;
    g_mutex_unlock(&w->lock);
    metric_log_destroy(before);
}
