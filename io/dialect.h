/* What frameworks write into HDF5: from a listing to named tensors in the model's order.
 *
 * A dialect is one file and one row. The first whose `match` is true names the file; metadata that
 * lies never fails it: whatever it does not claim is listed under its path like a plain file's.
 * Everything here belongs to the thread that opens the file. */
#ifndef TARE_IO_DIALECT_H
#define TARE_IO_DIALECT_H

#include "core/tensor.h"
#include "io/listing.h"

/* What a dialect says of one dataset object. Strings live in the claims' chunk. */
struct claim {
    const char *path;        /* the one shown, of those that lead to it */
    const char *name;        /* canonical; NULL: not claimed (plain rules apply) */
    const char *layer_class; /* or NULL */
    const char *note;        /* or NULL */
    const char *key;         /* place in the model: strcmp orders keys (io/name_order.h) */
    enum tensor_kind kind;   /* TENSOR_WEIGHT: claims_finish decides by the words of the name */
};

struct claims {
    const struct listing *listing;
    struct claim *of; /* one per listing object; only datasets' matter */
    GStringChunk *strings;
    const char *config;  /* JSON text of the model's configuration, or NULL; borrowed */
    GPtrArray *warnings; /* char *, owned */
    GHashTable *by_path; /* path -> object + 1 */
};

struct dialect {
    const char *name;
    gboolean (*match)(const struct claims *c);
    void (*claim)(struct claims *c);
};

/* NULL-terminated; the last row (plain) matches everything. */
extern const struct dialect *const dialect_table[];

/* The first row that matches. */
const struct dialect *dialect_find(const struct claims *c);

/* config: JSON found beside the file, or NULL; borrowed like the listing. The file's own
 * configuration, if it has one, takes its place. */
struct claims *claims_create(const struct listing *l, const char *config);
void claims_destroy(struct claims *c);

/* Object at a path, aliases followed; LISTING_NONE if there is none. */
guint32 claims_find(const struct claims *c, const char *path);

/* The claim of a dataset that nobody claimed yet, with this name and key (both copied); NULL if
 * the object is no dataset or has an owner, and then nothing is changed. */
struct claim *claims_name(struct claims *c, guint32 object, const char *name, const char *key);

G_GNUC_PRINTF(2, 3) void claims_warn(struct claims *c, const char *format, ...);

/* Strings of an attribute appended to `out` (borrowed), also from the form in numbered pieces
 * (name0, name1, ...) that Keras uses past 64 KB. FALSE if the object has neither. */
gboolean claims_strings(const struct claims *c, guint32 object, const char *name, GPtrArray *out);

/* The name plain rules give an object: its path with dots. Owned by the caller. */
char *claims_name_of_path(const char *path);

/* True for a relative path without empty, "." or ".." parts. */
gboolean claims_path_is_plain(const char *path);

/* After the dialect: plain names for the rest, kinds, quantised pairs, and no name twice. */
void claims_finish(struct claims *c);

#endif
