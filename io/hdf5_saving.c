/* The frame of a save: begin, progress, what went wrong, a look at what was written, end. */
#include "io/hdf5_internal.h"
#include "io/hdf5_save_internal.h"

const char **saving_inputs(const struct safe_file_rules *rules, const char *more)
{
    GPtrArray *all = g_ptr_array_new();

    for (const char *const *at = rules->inputs; at && *at; at++)
        g_ptr_array_add(all, (gpointer)(gsize)*at);
    if (more)
        g_ptr_array_add(all, (gpointer)(gsize)more);
    g_ptr_array_add(all, NULL);
    return (const char **)g_ptr_array_free(all, FALSE);
}

gboolean saving_begin(struct saving *s, const char *path, const struct save_options *options,
                      const char *const *inputs, GError **error)
{
    struct safe_file_rules rules = options->rules;

    rules.inputs = inputs;
    s->watch = options->watch;
    for (uint32_t i = 0; i < s->values->n_tensors; i++)
        s->total += s->values->tensors[i].elems * dtype_info(s->values->tensors[i].dtype)->bytes;
    return safe_file_create(&s->out, path, &rules, error);
}

gboolean saving_go_on(struct saving *s, guint64 bytes, GError **error)
{
    s->done += bytes;
    if (!safe_file_check(&s->out, error))
        return FALSE;
    if (!s->watch)
        return TRUE;
    /* The end is told by who ends. */
    g_atomic_int_set(&s->watch->permille, (gint)(999.0 * (double)s->done / (double)s->total));
    if (!g_atomic_int_get(&s->watch->cancelled))
        return TRUE;
    g_set_error(error, TARE_ERROR, TARE_ERROR_CANCELLED, "%s: stopped, nothing was written",
                s->out.path);
    return FALSE;
}

gboolean saving_library_error(struct saving *s, const char *object, GError **error)
{
    char *detail;

    if (!safe_file_check(&s->out, error))
        return FALSE;
    detail = hdf5_error_detail();
    g_set_error(error, TARE_ERROR, TARE_ERROR_OUTPUT, "%s: not written: %s: %s", s->out.path,
                object, detail);
    g_free(detail);
    return FALSE;
}

gboolean saving_close(struct saving *s, hid_t *file, gboolean ok, GError **error)
{
    gboolean closed = TRUE;

    if (*file < 0)
        return ok;
    hdf5_lock();
    closed = H5Fclose(*file) >= 0;
    *file = H5I_INVALID_HID;
    if (ok && !closed)
        saving_library_error(s, "its end", error);
    hdf5_unlock();
    return ok && closed && safe_file_check(&s->out, error);
}

/* Does it read? */
static gboolean look_at(struct saving *s, guint objects, GError **error)
{
    struct file f = {.path = s->out.path, .fd = s->out.fd, .size = s->out.end};
    GError *why = NULL;
    struct listing *l = hdf5_walk(&f, NULL, &why);
    gboolean same = l && (!objects || l->objects->len == objects);

    if (!same)
        g_set_error(error, TARE_ERROR, TARE_ERROR_OUTPUT,
                    "%s: not written: what was made does not read back%s%s", s->out.path,
                    why ? ": " : "", why ? why->message : "");
    g_clear_error(&why);
    listing_destroy(l);
    return same;
}

gboolean saving_end(struct saving *s, gboolean ok, guint objects, GError **error)
{
    if (ok && look_at(s, objects, error))
        return safe_file_commit(&s->out, error);
    safe_file_discard(&s->out);
    return FALSE;
}
