/* HDF5 weight files as a source: the walk's listing, named by a dialect, read without libhdf5. */
#include "io/formats.h"

#include <string.h>
#include "io/adapter_config.h"
#include "io/hdf5_read.h"
#include "io/hdf5_tensors.h"
#include "io/model_config.h"
#include "io/neighbour.h"
#include "io/sentencepiece_file.h"
#include "io/sniff.h"
#include "io/stored_vocabulary.h"
#include "io/tokenizer_file.h"
#include "io/tokenizer_open.h"
#include "io/tokenizer_parse.h"

/* User blocks are 512 * 2^k bytes; nobody writes larger ones than this. */
#define USER_BLOCK_BYTES (64u << 20)

struct hdf5_source {
    struct source source;
    struct file file;
    struct listing *listing;
    struct hdf5_reader *reader;
    struct hdf5_tensors *tensors;
    char *neighbour; /* text of the config.json beside the file, or NULL */
    struct adapter_config *adapter; /* of the adapter_config.json beside an adapter, or NULL */
};

static gboolean hdf5_probe(const struct file *f, const unsigned char *head, gsize n)
{
    static const unsigned char signature[8] = "\x89HDF\r\n\x1a\n";
    unsigned char at[sizeof signature];

    if (n >= sizeof signature && memcmp(head, signature, sizeof signature) == 0)
        return TRUE;
    if (sniff_is_container(head, n))
        return FALSE;
    for (guint64 block = 512; block <= USER_BLOCK_BYTES && block + sizeof at <= f->size; block *= 2)
        if (file_read(f, block, at, sizeof at, NULL) && memcmp(at, signature, sizeof at) == 0)
            return TRUE;
    return FALSE;
}

static gboolean hdf5_source_read(struct source *s, uint32_t index, uint64_t first, size_t count,
                                 void *dst, GError **error)
{
    struct hdf5_source *h = (struct hdf5_source *)s;

    g_assert(index < s->n_tensors);
    g_assert(first <= s->tensors[index].elems && count <= s->tensors[index].elems - first);
    return hdf5_read(h->reader, h->tensors->datasets[index], first, count, dst, error);
}

static const char *hdf5_source_meta(const struct source *s, const char *key)
{
    const struct hdf5_source *h = (const struct hdf5_source *)s;

    return strcmp(key, "config") == 0 ? h->tensors->claims->config : NULL;
}

static void hdf5_source_close(struct source *s)
{
    struct hdf5_source *h = (struct hdf5_source *)s;

    hdf5_tensors_destroy(h->tensors);
    hdf5_reader_destroy(h->reader);
    listing_destroy(h->listing);
    g_free(h->neighbour);
    adapter_config_destroy(h->adapter);
    file_close(&h->file);
    g_free(h);
}

static struct token_texts *hdf5_source_tokens(struct source *s, GError **error)
{
    struct hdf5_source *h = (struct hdf5_source *)s;
    struct token_texts *t = stored_vocabulary_read(h->listing, h->tensors->claims->config, s->path);
    GError *none = NULL, *broken = NULL;

    if (!t)
        t = tokenizer_file_read(s->path, &none);
    if (!t)
        t = sentencepiece_file_read(s->path, &broken);
    if (!t)
        g_propagate_error(error, broken ? g_steal_pointer(&broken) : g_steal_pointer(&none));
    g_clear_error(&none);
    g_clear_error(&broken);
    return t;
}

/* Only what lies beside it: the words that a file carries cut no others. */
static struct tokenizer *hdf5_source_tokenizer(struct source *s, GError **error)
{
    struct hdf5_source *h = (struct hdf5_source *)s;
    struct token_texts *stored =
        stored_vocabulary_read(h->listing, h->tensors->claims->config, s->path);
    bool beside = !stored && tokenizer_lies_beside(s->path);

    token_texts_destroy(stored);
    if (beside)
        return tokenizer_open(NULL, s, error);
    g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT, "%s: no tokenizer lies beside it", s->path);
    return NULL;
}

static const struct source_ops ops = {.read = hdf5_source_read,
                                      .meta = hdf5_source_meta,
                                      .tokens = hdf5_source_tokens,
                                      .tokenizer = hdf5_source_tokenizer,
                                      .close = hdf5_source_close};

static void fill_source(struct hdf5_source *h)
{
    const struct hdf5_tensors *t = h->tensors;

    h->source = (struct source){.ops = &ops,
                                .path = h->file.path,
                                .format = t->format,
                                .bytes = h->file.size,
                                .tensors = t->tensors,
                                .n_tensors = t->n_tensors,
                                .skipped = (const struct skipped *)(const void *)t->skipped->data,
                                .n_skipped = t->skipped->len,
                                .warnings = (const char *const *)(const void *)t->warnings->pdata};
}

static void read_adapter_config(struct hdf5_source *h)
{
    char *text = neighbour_read(h->file.path, "adapter_config.json");

    h->adapter = adapter_config_parse(text);
    h->source.adapter = h->adapter;
    g_free(text);
}

static gboolean check_not_empty(const struct hdf5_source *h, GError **error)
{
    guint groups = 0;

    if (h->source.n_tensors || h->source.n_skipped)
        return TRUE;
    for (guint32 i = 0; i < h->listing->objects->len; i++)
        groups += listing_object(h->listing, i)->kind == LISTING_GROUP;
    g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT,
                "%s: no weights in it: %u groups and no dataset", h->file.path, groups);
    return FALSE;
}

static struct source *hdf5_open(struct file *f, struct open_watch *watch, GError **error)
{
    struct hdf5_source *h;
    struct listing *listing = hdf5_walk(f, watch, error);

    if (!listing) {
        file_close(f);
        return NULL;
    }
    h = g_new0(struct hdf5_source, 1);
    h->file = *f;
    h->listing = listing;
    h->reader = hdf5_reader_create(&h->file, listing);
    h->neighbour = neighbour_read(f->path, "config.json");
    h->tensors = hdf5_tensors_create(listing, h->neighbour);
    fill_source(h);
    model_config_from_json(h->tensors->claims->config, &h->source.config);
    model_config_from_attributes(listing, &h->source.config);
    if (adapter_is(&h->source))
        read_adapter_config(h);
    if (check_not_empty(h, error))
        return &h->source;
    source_close(&h->source);
    return NULL;
}

const struct format format_hdf5 = {"hdf5", ".h5", hdf5_probe, hdf5_open};
