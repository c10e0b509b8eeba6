#include "io/watch_file.h"

static gint64 nanoseconds(struct timespec t)
{
    return (gint64)t.tv_sec * 1000000000 + t.tv_nsec;
}

void sight_of(struct sight *s, const struct stat *st)
{
    *s = (struct sight){.there = true,
                        .device = st->st_dev,
                        .inode = st->st_ino,
                        .size = (guint64)st->st_size,
                        .mtime_ns = nanoseconds(st->st_mtim),
                        .ctime_ns = nanoseconds(st->st_ctim)};
}

bool sight_same_content(const struct sight *a, const struct sight *b)
{
    return a->there == b->there &&
           (!a->there || (a->device == b->device && a->inode == b->inode && a->size == b->size &&
                          a->mtime_ns == b->mtime_ns));
}

bool sight_equal(const struct sight *a, const struct sight *b)
{
    return sight_same_content(a, b) && (!a->there || a->ctime_ns == b->ctime_ns);
}

void watch_file_see(struct watch_file *f, const struct sight *s, gint64 now)
{
    if (!sight_equal(&f->seen, s)) {
        f->disturbed |= !sight_same_content(&f->seen, s);
        f->seen = *s;
        f->since = now;
    }
    f->checked = now;
}

void watch_file_touch(struct watch_file *f, gint64 now)
{
    f->since = now;
    f->disturbed = true;
    f->read.there = false;
}

static bool is_new(const struct watch_file *f)
{
    return f->outcome == OUTCOME_NONE || !f->read.there || !sight_same_content(&f->read, &f->seen);
}

static bool wants_again(const struct watch_file *f)
{
    return !f->again && (f->recheck || f->outcome == OUTCOME_FAILED);
}

enum watch_wish watch_file_wish(const struct watch_file *f)
{
    gint64 quiet = f->checked - f->since;

    if (!f->seen.there || f->reading.there || quiet < WATCH_QUIET)
        return WISH_NOTHING;
    if (is_new(f))
        return WISH_READ;
    return wants_again(f) && quiet >= WATCH_SETTLE ? WISH_RECHECK : WISH_NOTHING;
}

gint64 watch_file_due(const struct watch_file *f)
{
    if (!f->seen.there || f->reading.there)
        return G_MAXINT64;
    if (is_new(f))
        return f->since + WATCH_QUIET;
    return wants_again(f) ? f->since + WATCH_SETTLE : G_MAXINT64;
}

void watch_file_begin(struct watch_file *f, const struct sight *opened)
{
    f->reading = *opened;
    f->disturbed = !sight_same_content(opened, &f->seen);
}

static enum watch_result end_good(struct watch_file *f, bool repeated, uint64_t fingerprint,
                                  gint64 now)
{
    bool equal = repeated && f->outcome == OUTCOME_GOOD && f->fingerprint == fingerprint;

    if (!equal)
        f->since = now; /* two more seconds */
    f->again = f->settled = equal;
    f->outcome = OUTCOME_GOOD;
    f->has_good = true;
    f->fingerprint = fingerprint;
    return equal ? RESULT_EQUAL : RESULT_NEW;
}

enum watch_result watch_file_end(struct watch_file *f, const struct sight *after, bool good,
                                 uint64_t fingerprint, gint64 now)
{
    struct sight read = f->reading;
    bool repeated = f->read.there && sight_same_content(&f->read, &read);

    f->reading.there = false;
    if (f->disturbed || !sight_same_content(&read, after)) {
        f->read.there = false;
        f->since = now;
        return RESULT_TORN;
    }
    f->read = read;
    if (good)
        return end_good(f, repeated, fingerprint, now);
    f->again = repeated && f->outcome == OUTCOME_FAILED;
    f->settled = false;
    f->outcome = OUTCOME_FAILED;
    return RESULT_FAILED;
}

void watch_file_forget(struct watch_file *f)
{
    f->read.there = false;
}

enum watch_state watch_file_state(const struct watch_file *f)
{
    if (!f->seen.there)
        return f->has_good ? WATCH_GONE : WATCH_WAITING;
    if (is_new(f))
        return WATCH_WRITING;
    if (f->outcome == OUTCOME_FAILED)
        return f->again ? WATCH_STALE : WATCH_WRITING;
    return f->settled ? WATCH_SETTLED : WATCH_LIVE;
}
