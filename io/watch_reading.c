#include "io/watch_reading.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include "io/format.h"

static struct checkpoint *open_tuned(int fd, const char *path, struct open_watch *watch,
                                     GError **error)
{
    struct source *source;
    struct file f;

    if (!file_adopt(&f, fcntl(fd, F_DUPFD_CLOEXEC, 0), path, error))
        return NULL;
    source = format_open_file(&f, watch, error);
    return source ? checkpoint_create(source) : NULL;
}

static struct comparison *compare(struct watch_reading *r, const char *path,
                                  const struct watch_base *base,
                                  const struct comparison_options *options,
                                  struct open_watch *watch)
{
    struct checkpoint *tuned = open_tuned(r->fd, path, watch, &r->error);
    struct comparison *c;

    if (!tuned)
        return NULL;
    c = comparison_create(checkpoint_create(shared_source_open(base->source)), tuned, options,
                          &r->error);
    if (c && base->source && c->pairing.n_matched == 0) {
        g_set_error(&r->error, TARE_ERROR, TARE_ERROR_INPUT,
                    "%s: nothing in it is paired with the base %s", path, base->path);
        comparison_destroy(c);
        return NULL;
    }
    return c;
}

bool watch_reading_begin(struct watch_reading *r, struct watch_entry *e, const char *path,
                         const struct watch_base *base, const struct comparison_options *options,
                         struct open_watch *watch, gint64 now)
{
    struct stat st;
    struct sight opened;

    *r = (struct watch_reading){.fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY),
                                .began = now};
    if (r->fd < 0 || fstat(r->fd, &st) != 0) {
        /* It may not be allowed: that is an outcome of what was seen. */
        g_set_error(&r->error, TARE_ERROR, TARE_ERROR_INPUT, "%s: cannot open: %s", path,
                    g_strerror(errno));
        opened = e->file.seen;
    } else {
        sight_of(&opened, &st);
    }
    if (!sight_same_content(&opened, &e->file.seen)) {
        watch_file_see(&e->file, &opened, now);
        watch_reading_finish(r);
        return false;
    }
    r->entry = e;
    watch_file_begin(&e->file, &opened);
    if (!r->error)
        r->comparison = compare(r, path, base, options, watch);
    if (r->comparison)
        comparison_scan_start(r->comparison);
    return true;
}

bool watch_reading_has_ended(const struct watch_reading *r)
{
    const struct comparison *c = r->comparison;

    return !c ||
           (!comparison_scan_running(c) && (c->tie.state == TIE_OFF || c->tie.state == TIE_DONE));
}

void watch_reading_go_on(struct watch_reading *r)
{
    if (!r->comparison)
        return;
    comparison_drain(r->comparison);
    if (r->entry->file.disturbed && comparison_scan_running(r->comparison))
        comparison_scan_cancel(r->comparison);
}

/* Why the scan as a whole is none. */
static void check_entries(struct watch_reading *r)
{
    const struct summary *s = &r->comparison->summary;

    for (uint32_t i = 0; i < s->n && !r->error; i++) {
        if (s->entries[i].state == ENTRY_FAILED)
            g_set_error_literal(&r->error, TARE_ERROR, TARE_ERROR_INPUT, s->entries[i].error);
        else if (s->entries[i].state != ENTRY_DONE)
            g_set_error_literal(&r->error, TARE_ERROR, TARE_ERROR_CANCELLED, "cancelled");
    }
}

enum watch_result watch_reading_end(struct watch_reading *r, struct watch_look **look, gint64 now)
{
    struct sight after = r->entry->file.reading;
    enum watch_result result;
    struct stat st;

    *look = NULL;
    if (r->fd >= 0 && fstat(r->fd, &st) == 0)
        sight_of(&after, &st);
    if (r->comparison)
        check_entries(r);
    if (!r->error)
        *look = watch_look_create(r->comparison);
    result =
        watch_file_end(&r->entry->file, &after, !r->error, *look ? (*look)->fingerprint : 0, now);
    if (result != RESULT_NEW && result != RESULT_EQUAL)
        g_clear_pointer(look, watch_look_destroy);
    return result;
}

void watch_reading_finish(struct watch_reading *r)
{
    if (r->fd >= 0)
        close(r->fd);
    comparison_destroy(r->comparison);
    g_clear_error(&r->error);
    *r = (struct watch_reading){.fd = -1};
}
