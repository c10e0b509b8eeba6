/* Where weights come from: a file of any format, or live weights in memory.
 *
 * A source is immutable once opened. `read` may be called by any thread and by any number at once;
 * everything else belongs to the thread that opened it, until all readers are done. */
#ifndef TARE_CORE_SOURCE_H
#define TARE_CORE_SOURCE_H

#include "core/error.h"
#include "core/model_config.h"
#include "core/tensor.h"

struct adapter;
struct adapter_config;
struct source;
struct token_texts;
struct tokenizer;

struct source_ops {
    /* Stored values [first, first+count) of tensor `index` in row-major order and native byte order
     * into dst (count * dtype bytes). Fails alone: the source stays usable. */
    gboolean (*read)(struct source *s, uint32_t index, uint64_t first, size_t count, void *dst,
                     GError **error);
    /* Text the file or its neighbours carry, NULL if none: "config" (JSON). Borrowed. */
    const char *(*meta)(const struct source *s, const char *key);
    /* Texts of the token ids of its vocabulary, owned by the caller, or NULL with the reason. May
     * take its time: a worker calls it. NULL: the source knows none. */
    struct token_texts *(*tokens)(struct source *s, GError **error);
    /* The tokenizer with those ids, where there is one to cut words with; owned, NULL and slow as
     * tokens. NULL: the source knows none. */
    struct tokenizer *(*tokenizer)(struct source *s, GError **error);
    void (*close)(struct source *s);
};

/* What was found and is not readable as weights: a refused link, a string, an unknown filter. */
struct skipped {
    const char *path;
    const char *reason;
};

struct source {
    const struct source_ops *ops;
    const char *path;             /* as the user gave it */
    const char *format;           /* "keras3", "keras2", "hf_tf", "plain" ... */
    uint64_t bytes;               /* of the file */
    const struct tensor *tensors; /* in the model's order */
    uint32_t n_tensors;
    const struct skipped *skipped;
    uint32_t n_skipped;
    const char *const *warnings; /* NULL-terminated, never NULL */
    struct model_config config;  /* what was said of the model; all 0 if nothing was */
    const struct adapter_config *adapter; /* what was said of an adapter in it; NULL: nothing */
    const struct adapter *applied; /* the adapter that this is a base with; NULL: with none */
};

/* What one who waits for an open may look at and say, from another thread. */
struct open_watch {
    gint objects;   /* found so far; atomic */
    gint cancelled; /* set to stop; atomic */
};

/* The same for one who waits for a save. */
struct save_watch {
    gint permille;  /* done; atomic */
    gint cancelled; /* set to stop; atomic */
};

/* Calls ops->close; NULL is fine. */
void source_close(struct source *s);
/* Call ops->tokens and ops->tokenizer; of a source without them texts are missed with the reason, a
 * tokenizer is just not there. */
struct token_texts *source_tokens(struct source *s, GError **error);
struct tokenizer *source_tokenizer(struct source *s, GError **error);

#endif
