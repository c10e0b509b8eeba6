#include "tui/app_load.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include "core/signals.h"

struct loading {
    load_function load;
    char *base_path, *tuned_path;
    struct kept *live; /* NULL: a file */
    const struct checkpoint *live_base;
    struct open_watch watch;
    GThread *thread;
    int fd;
    gint done; /* atomic; the rest is the thread's until then */
    struct checkpoint *base, *tuned;
    GError *error;
};

static gpointer load_both(gpointer data)
{
    struct loading *l = data;

    l->base = l->load(l->base_path, &l->watch, &l->error);
    if (l->base && l->live)
        l->tuned = checkpoint_create(kept_source(l->live, l->live_base));
    else if (l->base && l->tuned_path)
        l->tuned = l->load(l->tuned_path, &l->watch, &l->error);
    g_atomic_int_set(&l->done, 1);
    eventfd_write(l->fd, 1);
    return NULL;
}

struct loading *loading_start(load_function load, const char *base, const char *tuned,
                              struct kept *live, const struct checkpoint *live_base)
{
    struct loading *l = g_new0(struct loading, 1);

    l->load = load;
    l->base_path = g_strdup(base);
    l->tuned_path = g_strdup(tuned);
    l->live = live ? kept_ref(live) : NULL;
    l->live_base = live_base;
    l->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    l->thread = signals_thread("load", load_both, l);
    return l;
}

int loading_fd(const struct loading *l)
{
    return l->fd;
}

gint loading_objects(const struct loading *l)
{
    return g_atomic_int_get(&l->watch.objects);
}

bool loading_done(const struct loading *l)
{
    return g_atomic_int_get(&l->done);
}

static void loading_free(struct loading *l)
{
    g_thread_join(l->thread);
    checkpoint_destroy(l->base);
    checkpoint_destroy(l->tuned);
    kept_unref(l->live);
    g_clear_error(&l->error);
    close(l->fd);
    g_free(l->base_path);
    g_free(l->tuned_path);
    g_free(l);
}

bool loading_take(struct loading *l, struct checkpoint **base, struct checkpoint **tuned,
                  GError **error)
{
    bool opened = !l->error;

    if (opened) {
        *base = g_steal_pointer(&l->base);
        *tuned = g_steal_pointer(&l->tuned);
    } else {
        g_propagate_error(error, g_steal_pointer(&l->error));
    }
    loading_free(l);
    return opened;
}

bool loading_stop(struct loading *l, int milliseconds)
{
    struct pollfd fd = {.fd = l->fd, .events = POLLIN};

    g_atomic_int_set(&l->watch.cancelled, 1);
    while (!loading_done(l)) {
        if (poll(&fd, 1, milliseconds) == 0 && !loading_done(l))
            return false;
    }
    return true;
}
