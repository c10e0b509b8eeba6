#include "io/log_follow.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "io/file.h"
#include "io/limits.h"
#include "io/log_lines.h"

#define READ_BYTES (256u << 10) /* at a time */

struct log_follow {
    char *path;
    dev_t device;
    ino_t inode;
    guint64 at; /* what was read */
    gint64 mtime_ns;
    struct log_lines lines;
    GString *part; /* the beginning of a line whose end is not there yet */
    bool skipping; /* that line is too long */
    bool whole;    /* one JSON text, not lines */
};

struct log_follow *log_follow_create(const char *path)
{
    struct log_follow *f = g_new0(struct log_follow, 1);

    f->path = g_strdup(path);
    f->part = g_string_new(NULL);
    log_lines_init(&f->lines);
    return f;
}

void log_follow_destroy(struct log_follow *f)
{
    if (!f)
        return;
    log_lines_finish(&f->lines);
    g_string_free(f->part, TRUE);
    g_free(f->path);
    g_free(f);
}

static void start_again(struct log_follow *f, struct metric_log *out)
{
    log_lines_finish(&f->lines);
    log_lines_init(&f->lines);
    g_string_truncate(f->part, 0);
    f->skipping = f->whole = false;
    f->at = 0;
    if (out->series->len)
        metric_log_clear(out);
}

static void take_bytes(struct log_follow *f, const char *bytes, gsize n, struct metric_log *out)
{
    const char *end = bytes + n;

    for (const char *p = bytes; p < end;) {
        const char *stop = memchr(p, '\n', (gsize)(end - p));
        gsize length = (gsize)((stop ? stop : end) - p);

        if (!f->skipping)
            g_string_append_len(f->part, p, (gssize)length);
        f->skipping |= f->part->len > LIMIT_LOG_LINE_BYTES;
        if (stop) {
            if (!f->skipping)
                log_lines_take(&f->lines, f->part->str, f->part->len, out);
            f->skipping = false;
            g_string_truncate(f->part, 0);
        } else if (f->skipping) {
            g_string_truncate(f->part, 0);
        }
        p = stop ? stop + 1 : end;
    }
}

/* A trainer_state.json is written anew as a whole. */
static void take_whole(struct log_follow *f, const struct file *file, struct metric_log *out)
{
    char *text;

    if (file->size > LIMIT_JSON_BYTES)
        return;
    text = g_malloc(file->size + 1);
    metric_log_clear(out);
    if (file_read(file, 0, text, file->size, NULL))
        log_history_take(text, file->size, out);
    f->at = file->size;
    g_free(text);
}

/* JSON over several lines: its first line ends within the object. */
static bool begins_whole(const struct log_follow *f, const char *bytes, gsize n)
{
    const char *stop = memchr(bytes, '\n', n);

    while (stop && stop > bytes && g_ascii_isspace(stop[-1]))
        stop--;
    return f->at == 0 && n && bytes[0] == '{' &&
           (g_str_has_suffix(f->path, "trainer_state.json") || (stop && stop == bytes + 1));
}

static bool read_more(struct log_follow *f, const struct file *file, struct metric_log *out)
{
    gsize n = (gsize)MIN(file->size - f->at, READ_BYTES);
    char *bytes = g_malloc(n);

    if (file_read(file, f->at, bytes, n, NULL)) {
        f->whole |= begins_whole(f, bytes, n);
        if (!f->whole) {
            take_bytes(f, bytes, n, out);
            f->at += n;
        }
    }
    g_free(bytes);
    return !f->whole && f->at < file->size;
}

bool log_follow_read(struct log_follow *f, struct metric_log *out)
{
    struct file file;
    bool more = false;

    if (!file_open(&file, f->path, NULL))
        return false;
    if (file.device != f->device || file.inode != f->inode || file.size < f->at ||
        (f->whole && file.mtime_ns != f->mtime_ns))
        start_again(f, out);
    f->device = file.device;
    f->inode = file.inode;
    f->mtime_ns = file.mtime_ns;
    if (f->at < file.size)
        more = read_more(f, &file, out);
    if (f->whole && f->at == 0)
        take_whole(f, &file, out);
    file_close(&file);
    return more;
}

static bool may_be_log(const char *name)
{
    static const char *const ends[] = {".jsonl", ".csv", ".ndjson",
                                       ".tsv",   ".log", "trainer_state.json"};

    for (guint i = 0; i < G_N_ELEMENTS(ends); i++)
        if (g_str_has_suffix(name, ends[i]))
            return name[0] != '.';
    return false;
}

static bool has_numbers(const char *path)
{
    struct log_follow *f = log_follow_create(path);
    struct metric_log *l = metric_log_create();
    bool some;

    log_follow_read(f, l);
    some = l->series->len > 0;
    metric_log_destroy(l);
    log_follow_destroy(f);
    return some;
}

static void consider(char **best, gint64 *time, char *path)
{
    struct stat st;

    if (stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
        (!*best || (gint64)st.st_mtim.tv_sec > *time) && has_numbers(path)) {
        g_free(*best);
        *best = path;
        *time = (gint64)st.st_mtim.tv_sec;
    } else {
        g_free(path);
    }
}

char *log_find(const char *folder, const char *beside)
{
    GDir *dir = g_dir_open(folder, 0, NULL);
    const char *name;
    char *best = NULL, *at;
    gint64 time = 0;

    while (dir && (name = g_dir_read_name(dir)))
        if (may_be_log(name))
            consider(&best, &time, g_build_filename(folder, name, NULL));
    if (dir)
        g_dir_close(dir);
    if (!best && beside) {
        at = g_path_get_dirname(beside);
        consider(&best, &time, g_build_filename(at, "trainer_state.json", NULL));
        g_free(at);
    }
    return best;
}
