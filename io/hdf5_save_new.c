/* Weights that have no file to be like. */
#include <string.h>
#include "io/hdf5_driver.h"
#include "io/hdf5_save_internal.h"

/* Owned by the caller. HDF5 has no name for bfloat16, but its fields say what it is to every
 * reader.
 */
static hid_t file_type(enum dtype d)
{
    static const struct {
        gsize bytes;
        gboolean sign;
    } integers[DTYPE_COUNT] = {
        [DTYPE_I8] = {1, TRUE},   [DTYPE_I16] = {2, TRUE}, [DTYPE_I32] = {4, TRUE},
        [DTYPE_I64] = {8, TRUE},  [DTYPE_U8] = {1, FALSE}, [DTYPE_U16] = {2, FALSE},
        [DTYPE_U32] = {4, FALSE}, [DTYPE_U64] = {8, FALSE}};
    hid_t type;

    if (d == DTYPE_F64)
        return H5Tcopy(H5T_IEEE_F64LE);
    type = H5Tcopy(integers[d].bytes ? H5T_STD_I64LE : H5T_IEEE_F32LE);
    if (integers[d].bytes) {
        H5Tset_size(type, integers[d].bytes);
        H5Tset_sign(type, integers[d].sign ? H5T_SGN_2 : H5T_SGN_NONE);
    } else if (d == DTYPE_F16 || d == DTYPE_BF16) {
        gsize mantissa = d == DTYPE_F16 ? 10 : 7;

        H5Tset_fields(type, 15, mantissa, 15 - mantissa, 0, mantissa);
        H5Tset_ebias(type, d == DTYPE_F16 ? 15 : 127);
        H5Tset_size(type, 2);
    }
    return type;
}

/* What is in memory. */
static hid_t native_type(enum dtype d)
{
    hid_t type = file_type(d);

    H5Tset_order(type, H5Tget_order(H5T_NATIVE_INT));
    return type;
}

static hid_t string_type(void)
{
    hid_t type = H5Tcopy(H5T_C_S1);

    H5Tset_size(type, H5T_VARIABLE);
    H5Tset_cset(type, H5T_CSET_UTF8);
    return type;
}

/* Groups on the way are made. Without times, so that equal weights make equal files. */
static hid_t create_dataset(hid_t file, const char *name, hid_t type, unsigned rank,
                            const hsize_t *dim)
{
    hid_t links = H5Pcreate(H5P_LINK_CREATE);
    hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    hid_t space = rank ? H5Screate_simple((int)rank, dim, NULL) : H5Screate(H5S_SCALAR);
    hid_t dataset = H5I_INVALID_HID;

    H5Pset_create_intermediate_group(links, 1);
    H5Pset_char_encoding(links, H5T_CSET_UTF8);
    H5Pset_obj_track_times(creation, FALSE);
    if (space >= 0)
        dataset = H5Dcreate2(file, name, type, space, links, creation, H5P_DEFAULT);
    H5Sclose(space);
    H5Pclose(creation);
    H5Pclose(links);
    return dataset;
}

static gboolean write_attribute(hid_t file, const struct save_text *text, hid_t type)
{
    hid_t space = H5Screate(H5S_SCALAR);
    hid_t at = H5Acreate2(file, text->name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    gboolean ok = at >= 0 && H5Awrite(at, type, text->texts) >= 0;

    if (at >= 0)
        H5Aclose(at);
    H5Sclose(space);
    return ok;
}

static gboolean write_list(hid_t file, const struct save_text *text, hid_t type)
{
    hid_t dataset = create_dataset(file, text->name, type, 1, &(hsize_t){text->n});
    gboolean ok =
        dataset >= 0 && H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, text->texts) >= 0;

    if (dataset >= 0)
        H5Dclose(dataset);
    return ok;
}

static gboolean write_texts(struct saving *s, hid_t file, const struct save_text *texts, guint n,
                            GError **error)
{
    gboolean ok = TRUE;

    for (guint i = 0; ok && i < n; i++) {
        hid_t type;

        hdf5_lock();
        type = string_type();
        ok = texts[i].list ? write_list(file, &texts[i], type)
                           : write_attribute(file, &texts[i], type);
        if (!ok)
            saving_library_error(s, texts[i].name, error);
        H5Tclose(type);
        hdf5_unlock();
    }
    return ok;
}

static gboolean write_tiles(struct saving *s, uint32_t index, hid_t dataset, GError **error)
{
    const struct tensor *t = &s->values->tensors[index];
    gsize bytes = dtype_info(t->dtype)->bytes;
    struct tile_plan plan;
    struct tile tile;
    gboolean ok = TRUE;
    char *data;

    tile_plan_init(&plan, t, NULL);
    data = g_malloc(plan.most * bytes);
    for (guint64 i = 0; ok && i < plan.n_tiles; i++) {
        hid_t type;

        tile_plan_get(&plan, i, &tile);
        if (!s->values->ops->read(s->values, index, tile.first, tile.elems, data, error)) {
            ok = FALSE;
            break;
        }
        hdf5_lock();
        type = native_type(t->dtype);
        ok = tile_write(&plan, &tile, dataset, type, data);
        if (!ok)
            saving_library_error(s, t->name, error);
        H5Tclose(type);
        hdf5_unlock();
        ok = ok && saving_go_on(s, tile.elems * bytes, error);
    }
    g_free(data);
    return ok;
}

static gboolean write_tensor(struct saving *s, hid_t file, uint32_t index, GError **error)
{
    const struct tensor *t = &s->values->tensors[index];
    hsize_t dim[TENSOR_MAX_RANK];
    hid_t type, dataset;
    gboolean ok;

    for (unsigned i = 0; i < t->rank; i++)
        dim[i] = t->dim[i];
    hdf5_lock();
    type = file_type(t->dtype);
    dataset = create_dataset(file, t->name, type, t->rank, dim);
    if (dataset < 0)
        saving_library_error(s, t->name, error);
    H5Tclose(type);
    hdf5_unlock();
    if (dataset < 0)
        return FALSE;
    ok = t->elems == 0 || write_tiles(s, index, dataset, error);
    hdf5_lock();
    H5Dclose(dataset);
    hdf5_unlock();
    return ok;
}

static hid_t create_file(struct saving *s, GError **error)
{
    hid_t access, file = H5I_INVALID_HID;

    hdf5_lock();
    access = hdf5_write_access(&s->out);
    if (access >= 0)
        file = H5Fcreate(s->out.path, H5F_ACC_TRUNC, H5P_DEFAULT, access);
    if (file < 0)
        saving_library_error(s, "its beginning", error);
    if (access >= 0)
        H5Pclose(access);
    hdf5_unlock();
    return file;
}

gboolean checkpoint_save_new(const char *path, struct source *values, const struct save_text *texts,
                             guint n_texts, const struct save_options *options, GError **error)
{
    struct saving s = {.values = values};
    gboolean ok;
    hid_t file;

    if (!saving_begin(&s, path, options, options->rules.inputs, error))
        return FALSE;
    file = create_file(&s, error);
    ok = file >= 0 && write_texts(&s, file, texts, n_texts, error);
    for (uint32_t i = 0; ok && i < values->n_tensors; i++)
        ok = write_tensor(&s, file, i, error);
    ok = saving_close(&s, &file, ok, error);
    return saving_end(&s, ok, 0, error);
}
