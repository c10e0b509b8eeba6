#include "tests/support/write_ops.h"

#include <check.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static gsize parse_op(const guint8 *p, struct write_op *o)
{
    *o = (struct write_op){.kind = (char)*p};
    if (o->kind == 'F')
        return 1;
    memcpy(&o->at, p + 1, sizeof o->at);
    if (o->kind == 'T')
        return 1 + sizeof o->at;
    memcpy(&o->n, p + 9, sizeof o->n);
    o->bytes = p + 13;
    return 13 + o->n;
}

struct write_ops *write_ops_read(const char *name)
{
    struct write_ops *w = g_new0(struct write_ops, 1);
    char *path = g_build_filename(g_getenv("TARE_ORACLE"), "watch", name, NULL);
    GArray *ops = g_array_new(FALSE, FALSE, sizeof(struct write_op));
    gsize bytes;

    ck_assert_msg(g_file_get_contents(path, (char **)&w->data, &bytes, NULL), "%s", path);
    for (gsize at = 0; at < bytes;) {
        struct write_op o;

        at += parse_op(w->data + at, &o);
        w->n_states += o.kind == 'F';
        g_array_append_val(ops, o);
    }
    w->n = ops->len;
    w->ops = (struct write_op *)(void *)g_array_free(ops, FALSE);
    g_free(path);
    return w;
}

void write_ops_free(struct write_ops *w)
{
    g_free(w->data);
    g_free(w->ops);
    g_free(w);
}

void write_ops_apply(const struct write_ops *w, guint i, int fd)
{
    const struct write_op *o = &w->ops[i];

    if (o->kind == 'T')
        ck_assert_int_eq(ftruncate(fd, (off_t)o->at), 0);
    else if (o->kind == 'W')
        ck_assert_int_eq(pwrite(fd, o->bytes, o->n, (off_t)o->at), (ssize_t)o->n);
}

static void apply_to_bytes(const struct write_op *o, GByteArray *out)
{
    guint before = out->len;
    guint64 end = o->kind == 'T' ? o->at : o->at + o->n;

    if (o->kind == 'T' || end > out->len) {
        g_byte_array_set_size(out, (guint)end);
        if (end > before)
            memset(out->data + before, 0, end - before);
    }
    if (o->kind == 'W')
        memcpy(out->data + o->at, o->bytes, o->n);
}

void write_ops_state(const struct write_ops *w, guint state, GByteArray *out)
{
    g_byte_array_set_size(out, 0);
    for (guint i = 0, passed = 0; i < w->n && passed <= state; i++) {
        if (w->ops[i].kind == 'F')
            passed++;
        else
            apply_to_bytes(&w->ops[i], out);
    }
}

int write_ops_lock(int fd)
{
    int failed = flock(fd, LOCK_EX | LOCK_NB);

    if (!failed)
        flock(fd, LOCK_UN);
    return failed;
}
