/* What frameworks write into HDF5: from a listing to named tensors in the model's order.
 *
 * A dialect is one file and one row. The first whose `match` is true names the file; metadata that
 * lies never fails it: whatever it does not claim is listed under its path like a plain file's. */
#ifndef TARE_IO_DIALECT_H
#define TARE_IO_DIALECT_H

#include "core/tensor.h"
#include "io/listing.h"

/* What a dialect says of one dataset object. Strings live in the claims' chunk. */
struct claim {
    const char *name;        /* canonical; NULL: not claimed (plain rules apply) */
    const char *layer_class; /* or NULL */
    const char *note;        /* or NULL */
    enum tensor_kind kind;
    guint64 order; /* position in the model; ties keep the natural order of names */
};

struct claims {
    struct claim *of; /* one per listing object; only datasets' matter */
    GStringChunk *strings;
    const char *config; /* JSON text of the model's configuration, or NULL; borrowed */
    GPtrArray *warnings; /* char *, owned */
};

struct dialect {
    const char *name;
    gboolean (*match)(const struct listing *l);
    void (*claim)(const struct listing *l, struct claims *c);
};

/* NULL-terminated; the last row (plain) matches everything. */
extern const struct dialect *const dialect_table[];

#endif
