#include "io/sniff.h"

#include <string.h>

static gboolean starts(const unsigned char *head, gsize n, const char *with, gsize bytes)
{
    return n >= bytes && memcmp(head, with, bytes) == 0;
}

/* The text after white space and a byte order mark. */
static const unsigned char *text_start(const unsigned char *head, gsize n, gsize *left)
{
    gsize i = starts(head, n, "\xef\xbb\xbf", 3) ? 3 : 0;

    while (i < n && g_ascii_isspace((char)head[i]))
        i++;
    *left = n - i;
    return head + i;
}

static gboolean holds(const unsigned char *head, gsize n, const char *what)
{
    return memmem(head, n, what, strlen(what)) != NULL;
}

static gboolean is_empty(const unsigned char *head, gsize n, guint64 size)
{
    (void)head;
    return n == 0 && size == 0;
}

static gboolean is_lfs_pointer(const unsigned char *head, gsize n, guint64 size)
{
    (void)size;
    return starts(head, n, "version https://git-lfs", 23);
}

static gboolean is_html(const unsigned char *head, gsize n, guint64 size)
{
    static const char *const tags[] = {"<!doctype", "<html", "<head", "<?xml", "<body"};
    gsize left;
    const unsigned char *text = text_start(head, n, &left);

    (void)size;
    for (gsize i = 0; i < G_N_ELEMENTS(tags); i++)
        if (left >= strlen(tags[i]) &&
            g_ascii_strncasecmp((const char *)text, tags[i], strlen(tags[i])) == 0)
            return TRUE;
    return FALSE;
}

static gboolean is_zip(const unsigned char *head, gsize n, guint64 size)
{
    (void)size;
    return starts(head, n, "PK\3\4", 4) || starts(head, n, "PK\5\6", 4);
}

static gboolean is_torch_zip(const unsigned char *head, gsize n, guint64 size)
{
    return is_zip(head, n, size) &&
           (holds(head, n, "data.pkl") || holds(head, n, ".format_version"));
}

static gboolean is_npz(const unsigned char *head, gsize n, guint64 size)
{
    return is_zip(head, n, size) && holds(head, n, "\x93NUMPY");
}

static gboolean is_keras_zip(const unsigned char *head, gsize n, guint64 size)
{
    return is_zip(head, n, size) &&
           (holds(head, n, "metadata.json") || holds(head, n, "config.json") ||
            holds(head, n, "model.weights.h5"));
}

static gboolean is_safetensors(const unsigned char *head, gsize n, guint64 size)
{
    guint64 header = 0;

    if (n < 9 || head[8] != '{')
        return FALSE;
    for (int i = 7; i >= 0; i--)
        header = header << 8 | head[i];
    return header <= size - 8;
}

static gboolean is_gguf(const unsigned char *head, gsize n, guint64 size)
{
    (void)size;
    return starts(head, n, "GGUF", 4);
}

static gboolean is_json(const unsigned char *head, gsize n, guint64 size)
{
    gsize left;
    const unsigned char *text = text_start(head, n, &left);

    (void)size;
    return left && (*text == '{' || *text == '[');
}

static gboolean is_shard_index(const unsigned char *head, gsize n, guint64 size)
{
    return is_json(head, n, size) &&
           (holds(head, n, "\"weight_map\"") || holds(head, n, "\"total_size\""));
}

static gboolean is_pickle(const unsigned char *head, gsize n, guint64 size)
{
    (void)size;
    return n > 2 && head[0] == 0x80 && head[1] >= 2 && head[1] <= 5;
}

static gboolean is_npy(const unsigned char *head, gsize n, guint64 size)
{
    (void)size;
    return starts(head, n, "\x93NUMPY", 6);
}

static gboolean is_gzip(const unsigned char *head, gsize n, guint64 size)
{
    (void)size;
    return starts(head, n, "\x1f\x8b", 2);
}

static const struct {
    gboolean (*is)(const unsigned char *head, gsize n, guint64 size);
    const char *text;
} rows[] = {
    {is_empty, "this is an empty file; download or save it again"},
    {is_lfs_pointer, "this is a Git LFS pointer, not the weights; run `git lfs pull`"},
    {is_html, "this is an HTML page, not weights; the download got an error or a login page"},
    {is_torch_zip,
     "this is a PyTorch file (zip and pickle), not HDF5; write its state_dict with h5py"},
    {is_npz,
     "this is a NumPy .npz, or a .keras file with npz weights: not supported; save as .weights.h5"},
    {is_keras_zip, "this is a .keras archive; unzip it and open the model.weights.h5 inside"},
    {is_zip, "this is a zip archive, not HDF5; unzip it and open the weights inside"},
    {is_gguf, "this is a GGUF file, not HDF5: not supported"},
    {is_safetensors, "this is a safetensors file, not HDF5: not supported"},
    {is_shard_index,
     "this is the index of a sharded checkpoint, not weights; open one of its shards"},
    {is_json, "this is JSON, not weights; open the weight file beside it"},
    {is_npy, "this is a NumPy .npy array, not HDF5: not supported"},
    {is_gzip, "this is a gzip file; unpack it first"},
    {is_pickle,
     "this is a Python pickle (an old PyTorch file?), not HDF5; write its state_dict with h5py"},
};

const char *sniff_file(const unsigned char *head, gsize n, guint64 size)
{
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        if (rows[i].is(head, n, size))
            return rows[i].text;
    return NULL;
}

gboolean sniff_is_container(const unsigned char *head, gsize n)
{
    return is_zip(head, n, 0) || is_gguf(head, n, 0);
}
