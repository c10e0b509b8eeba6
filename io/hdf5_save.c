#include "io/hdf5_save.h"

#include <string.h>
#include "io/hdf5_internal.h"
#include "io/hdf5_lzf.h"
#include "io/hdf5_read.h"
#include "io/hdf5_save_internal.h"

#define COPY_BYTES ((gsize)4 << 20)

struct patch {
    struct saving saving;
    struct file like;
    struct listing *listing; /* of the file to be like */
    struct hdf5_reader *reader;
    hid_t id; /* the copy, open to be written; < 0: not yet, nothing differs so far */
};

/* --- what is to be written --- */

/* The dataset itself where the path is another name of it; NULL: there is none. */
static const struct listing_object *object_of(const struct patch *p, const struct tensor *t)
{
    guint32 at = listing_find(p->listing, t->path);

    if (at != LISTING_NONE && listing_object(p->listing, at)->kind == LISTING_ALIAS)
        at = listing_object(p->listing, at)->target;
    return at != LISTING_NONE && listing_object(p->listing, at)->kind == LISTING_DATASET
               ? listing_object(p->listing, at)
               : NULL;
}

static const struct listing_dataset *dataset_of(const struct patch *p, const struct tensor *t)
{
    const struct listing_object *o = object_of(p, t);

    return o ? listing_dataset(p->listing, o->dataset) : NULL;
}

static gboolean fits(const struct patch *p, const struct tensor *t)
{
    const struct listing_dataset *d = dataset_of(p, t);
    const guint64 *dims;

    if (!d || !d->readable || d->rank != t->rank || d->elems != t->elems ||
        d->bytes != dtype_info(t->dtype)->bytes || (d->dtype != t->dtype && t->dtype != DTYPE_BF16))
        return FALSE;
    dims = (const guint64 *)(const void *)p->listing->numbers->data + d->dims;
    return t->rank == 0 || memcmp(dims, t->dim, t->rank * sizeof *dims) == 0;
}

static gboolean check_all(const struct patch *p, GError **error)
{
    const struct source *s = p->saving.values;

    for (uint32_t i = 0; i < s->n_tensors; i++)
        if (!fits(p, &s->tensors[i])) {
            g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT,
                        "%s: %s is not in it, or not of the same shape and type: it is another "
                        "file than the one that was opened",
                        p->like.path, s->tensors[i].path);
            return FALSE;
        }
    return TRUE;
}

/* --- the copy --- */

static gboolean copy_bytes(struct patch *p, GError **error)
{
    char *buffer = g_malloc(COPY_BYTES);
    gboolean ok = TRUE;

    for (guint64 at = 0; ok && at < p->like.size; at += COPY_BYTES) {
        gsize n = (gsize)MIN(COPY_BYTES, p->like.size - at);

        ok = file_read(&p->like, at, buffer, n, error);
        if (ok) {
            safe_file_write(&p->saving.out, at, buffer, n);
            ok = saving_go_on(&p->saving, n, error);
        }
    }
    g_free(buffer);
    if (ok && file_changed(&p->like)) {
        g_set_error(error, TARE_ERROR, TARE_ERROR_CHANGED, "%s: the file changed while it was read",
                    p->like.path);
        return FALSE;
    }
    return ok;
}

/* --- values that differ --- */

static gboolean open_copy(struct patch *p, GError **error)
{
    hbool_t clear = TRUE;
    hid_t access;

    if (p->id >= 0)
        return TRUE;
    hdf5_lock();
    access = hdf5_write_access(&p->saving.out);
    hdf5_lzf_register();
    /* What a writer that died left in the superblock would keep the copy closed; the property is
     * the one that h5clear sets. */
    H5Pset(access, "clear_status_flags", &clear);
    p->id = access < 0 ? H5I_INVALID_HID : H5Fopen(p->saving.out.path, H5F_ACC_RDWR, access);
    if (p->id < 0)
        saving_library_error(&p->saving, "its copy", error);
    if (access >= 0)
        H5Pclose(access);
    hdf5_unlock();
    return p->id >= 0;
}

static gboolean write_tile(struct patch *p, const struct tile_plan *plan, const struct tensor *t,
                           const struct tile *tile, char *data, GError **error)
{
    hid_t access, dataset, type;
    gboolean ok = FALSE;

    if (!open_copy(p, error))
        return FALSE;
    /* By us: libhdf5 converts unusual floats by their value, which loses what a NaN carries. */
    hdf5_order(dataset_of(p, t), data, tile->elems);
    hdf5_lock();
    access = tile_plan_access(plan);
    dataset = H5Dopen2(p->id, listing_text(p->listing, object_of(p, t)->path), access);
    type = dataset < 0 ? H5I_INVALID_HID : H5Dget_type(dataset);
    ok = type >= 0 && tile_write(plan, tile, dataset, type, data);
    if (!ok)
        saving_library_error(&p->saving, t->path, error);
    if (type >= 0)
        H5Tclose(type);
    if (dataset >= 0)
        H5Dclose(dataset);
    H5Pclose(access);
    hdf5_unlock();
    return ok;
}

static gboolean patch_tensor(struct patch *p, uint32_t index, GError **error)
{
    struct source *s = p->saving.values;
    const struct tensor *t = &s->tensors[index];
    const struct listing_dataset *d = dataset_of(p, t);
    gsize bytes = d->bytes;
    struct tile_plan plan;
    struct tile tile;
    const guint64 *numbers = (const guint64 *)(const void *)p->listing->numbers->data;
    char *old, *new;
    gboolean ok = TRUE;

    tile_plan_init(&plan, t, d->layout == LAYOUT_CHUNKED ? numbers + d->chunk_dims : NULL);
    old = g_malloc(2 * plan.most * bytes);
    new = old + plan.most *bytes;
    for (guint64 i = 0; ok && i < plan.n_tiles; i++) {
        tile_plan_get(&plan, i, &tile);
        ok = s->ops->read(s, index, tile.first, tile.elems, new, error) &&
             hdf5_read(p->reader, object_of(p, t)->dataset, tile.first, tile.elems, old, error) &&
             (memcmp(old, new, tile.elems * bytes) == 0 ||
              write_tile(p, &plan, t, &tile, new, error)) &&
             saving_go_on(&p->saving, tile.elems * bytes, error);
    }
    g_free(old);
    return ok;
}

/* Closes the copy too, whatever happened. */
static gboolean patch_all(struct patch *p, GError **error)
{
    const struct source *s = p->saving.values;
    gboolean ok = TRUE;

    for (uint32_t i = 0; ok && i < s->n_tensors; i++)
        ok = s->tensors[i].elems == 0 || patch_tensor(p, i, error);
    return saving_close(&p->saving, &p->id, ok, error);
}

static gboolean save_like(struct patch *p, const struct save_options *options, const char *path,
                          GError **error)
{
    const char **inputs;
    gboolean ok;

    p->listing = hdf5_walk(&p->like, NULL, error);
    if (!p->listing)
        return FALSE;
    p->reader = hdf5_reader_create(&p->like, p->listing);
    if (!check_all(p, error))
        return FALSE;
    inputs = saving_inputs(&options->rules, p->like.path);
    ok = saving_begin(&p->saving, path, options, inputs, error);
    g_free(inputs);
    if (!ok)
        return FALSE;
    p->saving.total += p->like.size;
    ok = copy_bytes(p, error) && patch_all(p, error);
    return saving_end(&p->saving, ok, p->listing->objects->len, error);
}

gboolean checkpoint_save(const char *path, const char *like_path, struct source *values,
                         const struct save_options *options, GError **error)
{
    struct patch p = {.saving = {.values = values}, .id = H5I_INVALID_HID};
    gboolean ok;

    if (!file_open(&p.like, like_path, error))
        return FALSE;
    ok = save_like(&p, options, path, error);
    hdf5_reader_destroy(p.reader);
    listing_destroy(p.listing);
    file_close(&p.like);
    return ok;
}
