#include "io/logits_hdf5.h"

#include <string.h>
#include "io/hdf5_driver.h"
#include "io/hdf5_save_internal.h"

static const char *const side_names[EVALUATION_SIDES] = {"base", "tuned"};

struct writer {
    struct saving saving;
    hid_t file;
    hid_t groups[EVALUATION_SIDES], ids;
    GHashTable *names; /* that are taken; owned */
};

/* A dataset that rows arrive for. */
struct rows {
    hid_t set;
    bool failed;
};

static void write_rows(void *data, const struct net_seen *seen)
{
    struct rows *r = data;
    const hsize_t first[2] = {seen->first, 0}, count[2] = {seen->rows, seen->columns};
    hid_t space = H5Dget_space(r->set), memory = H5Screate_simple(2, count, NULL);

    r->failed |= H5Sselect_hyperslab(space, H5S_SELECT_SET, first, NULL, count, NULL) < 0 ||
                 H5Dwrite(r->set, H5T_NATIVE_FLOAT, memory, space, H5P_DEFAULT, seen->values) < 0;
    H5Sclose(memory);
    H5Sclose(space);
}

static hid_t create(hid_t group, const char *name, hid_t type, unsigned rank, const hsize_t *dim)
{
    hid_t space = H5Screate_simple((int)rank, dim, NULL);
    hid_t set = H5Dcreate2(group, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);

    H5Sclose(space);
    return set;
}

static gboolean write_logits(struct writer *w, unsigned side, struct net *net,
                             const struct example *x, const char *name, const gint *cancelled,
                             GError **error)
{
    const struct net_sequence sequence = {x->ids, x->n_ids, 0};
    const struct net_batch batch = {.sequences = &sequence, .n = 1};
    const hsize_t dim[2] = {x->n_ids, net_weights(net)->spec.vocabulary};
    struct rows r = {create(w->groups[side], name, H5T_IEEE_F32LE, 2, dim), false};
    const struct net_probe probe = {1u << NET_LOGITS, write_rows, &r};
    gboolean ok;

    if (r.set < 0)
        return saving_library_error(&w->saving, name, error);
    ok = net_forward(net, &batch, &probe, cancelled, error);
    if (H5Dclose(r.set) < 0 || r.failed)
        return ok ? saving_library_error(&w->saving, name, error) : FALSE;
    return ok;
}

static bool write_text(hid_t at, const char *name, const char *text)
{
    hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR), attribute;
    bool ok;

    H5Tset_size(type, strlen(text) + 1);
    H5Tset_cset(type, H5T_CSET_UTF8);
    attribute = H5Acreate2(at, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    ok = attribute >= 0 && H5Awrite(attribute, type, text) >= 0;
    if (attribute >= 0)
        H5Aclose(attribute);
    H5Sclose(space);
    H5Tclose(type);
    return ok;
}

static bool write_number(hid_t at, const char *name, uint32_t value)
{
    hid_t space = H5Screate(H5S_SCALAR);
    hid_t attribute = H5Acreate2(at, name, H5T_STD_U32LE, space, H5P_DEFAULT, H5P_DEFAULT);
    bool ok = attribute >= 0 && H5Awrite(attribute, H5T_NATIVE_UINT32, &value) >= 0;

    if (attribute >= 0)
        H5Aclose(attribute);
    H5Sclose(space);
    return ok;
}

static gboolean write_ids(struct writer *w, const struct examples *e, const struct example *x,
                          const char *name, GError **error)
{
    const hsize_t dim = x->n_ids;
    hid_t set = create(w->ids, name, H5T_STD_U32LE, 1, &dim);
    char *category = g_strndup(e->categories[x->category], 1024);
    bool ok =
        set >= 0 && H5Dwrite(set, H5T_NATIVE_UINT32, H5S_ALL, H5S_ALL, H5P_DEFAULT, x->ids) >= 0 &&
        write_text(set, "category", category) && write_text(set, "split", split_name(x->split)) &&
        write_number(set, "n_prompt", x->n_prompt);

    g_free(category);
    if (set >= 0)
        H5Dclose(set);
    return ok ? TRUE : saving_library_error(&w->saving, name, error);
}

/* Borrowed from the writer. */
static const char *name_of(struct writer *w, const struct example *x)
{
    char *name = g_strndup(x->id, 200);

    for (char *p = name; *p; p++)
        if (*p == '/' || (unsigned char)*p < 32 || *p == 127 || (unsigned char)*p >= 128)
            *p = '_';
    if (strcmp(name, ".") == 0 || g_hash_table_contains(w->names, name)) {
        char *unique = g_strdup_printf("%s-%u", name, x->line);

        g_free(name);
        name = unique;
    }
    while (g_hash_table_contains(w->names, name)) {
        char *unique = g_strconcat(name, "-", NULL);

        g_free(name);
        name = unique;
    }
    g_hash_table_add(w->names, name);
    return name;
}

static gboolean write_all(struct writer *w, const struct evaluation *e,
                          struct net *const nets[EVALUATION_SIDES], const gint *cancelled,
                          GError **error)
{
    gboolean ok = TRUE;

    for (uint32_t i = 0; i < e->examples->n && ok; i++) {
        const struct example *x = &e->examples->examples[i];
        const char *name;

        if (x->split == SPLIT_TRAIN || e->results[i].skipped)
            continue;
        name = name_of(w, x);
        ok = write_ids(w, e->examples, x, name, error);
        for (unsigned s = 0; s < e->sides && ok; s++)
            ok = write_logits(w, s, nets[s], x, name, cancelled, error);
        ok = ok && saving_go_on(&w->saving, 0, error);
    }
    return ok;
}

static gboolean create_file(struct writer *w, unsigned sides, GError **error)
{
    hid_t access = hdf5_write_access(&w->saving.out);

    if (access >= 0)
        w->file = H5Fcreate(w->saving.out.path, H5F_ACC_TRUNC, H5P_DEFAULT, access);
    if (access >= 0)
        H5Pclose(access);
    for (unsigned s = 0; s < sides && w->file >= 0; s++)
        w->groups[s] = H5Gcreate2(w->file, side_names[s], H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    if (w->file >= 0)
        w->ids = H5Gcreate2(w->file, "token_ids", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    return w->ids >= 0 ? TRUE : saving_library_error(&w->saving, "its beginning", error);
}

gboolean logits_hdf5_write(const char *path, const char *const *inputs, const struct evaluation *e,
                           struct net *const nets[EVALUATION_SIDES], const gint *cancelled,
                           GError **error)
{
    const struct safe_file_rules rules = {.overwrite = TRUE, .inputs = inputs};
    struct writer w = {.file = -1, .groups = {-1, -1}, .ids = -1};
    gboolean ok;

    if (!safe_file_create(&w.saving.out, path, &rules, error))
        return FALSE;
    w.names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    hdf5_lock();
    ok = create_file(&w, e->sides, error) && write_all(&w, e, nets, cancelled, error);
    hdf5_unlock();
    /* The groups close with it. */
    ok = saving_close(&w.saving, &w.file, ok, error);
    g_hash_table_destroy(w.names);
    if (ok)
        return safe_file_commit(&w.saving.out, error);
    safe_file_discard(&w.saving.out);
    return FALSE;
}
