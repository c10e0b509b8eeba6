/* What a walk of an HDF5 file found: flat arrays, offsets instead of pointers, no libhdf5 types.
 *
 * The walk writes it once; afterwards it is immutable and any thread may read it. It is the only
 * thing that passes from the half that parses (libhdf5) to the half that reads (pread), so that the
 * parsing can move into a process of its own without anything else noticing. Every offset and size
 * in it was checked against the file's size and the limits of io/limits.h before it was stored. */
#ifndef TARE_IO_LISTING_H
#define TARE_IO_LISTING_H

#include <glib.h>
#include "core/dtype.h"

#define LISTING_NONE UINT32_MAX

enum listing_kind {
    LISTING_GROUP,
    LISTING_DATASET,
    LISTING_ALIAS,  /* a further hard link, or a soft link inside the file, to `target` */
    LISTING_REFUSED /* external, user-defined or dangling link, unreadable object: see `reason` */
};

enum listing_layout {
    LAYOUT_NONE,       /* nothing was ever written, or no elements: the fill value */
    LAYOUT_COMPACT,    /* bytes travel in the listing */
    LAYOUT_CONTIGUOUS, /* one run at `address` */
    LAYOUT_CHUNKED
};

#define LISTING_MAX_FILTERS 8
#define LISTING_MAX_FILTER_VALUES 8

struct listing_filter {
    guint32 id; /* H5Z number: 1 deflate, 2 shuffle, 3 fletcher32, 32000 LZF */
    guint32 n_values;
    guint32 values[LISTING_MAX_FILTER_VALUES];
};

struct listing_chunk {
    guint64 address; /* absolute, user block included */
    guint32 bytes;   /* as stored */
    guint32 skipped; /* filter mask: bit i set = filter i was not applied */
    guint64 index;   /* row-major number in the grid of chunks */
};

struct listing_dataset {
    gboolean readable;    /* numbers of a type and layout we read */
    gboolean numeric;     /* numbers at all (a string or compound is not) */
    guint32 reason;       /* why not readable; offset into text, 0 = "" */
    enum dtype dtype;     /* as stored; what attributes say is the dialect's business */
    gboolean opaque;      /* stored as HDF5 opaque of that size */
    gboolean big_endian;
    guint8 bytes; /* of one element, if readable */
    guint8 rank;
    guint32 dims;       /* offset into numbers: rank dimensions */
    guint32 chunk_dims; /* the same for the chunk shape, LAYOUT_CHUNKED only */
    guint64 elems;
    enum listing_layout layout;
    guint64 address;       /* LAYOUT_CONTIGUOUS */
    guint32 compact;       /* LAYOUT_COMPACT: offset into blob */
    guint32 first_chunk;   /* LAYOUT_CHUNKED: run in chunks, ascending index */
    guint32 n_chunks;
    guint32 n_filters;
    struct listing_filter filters[LISTING_MAX_FILTERS];
    guint8 fill[8]; /* one element as stored */
};

/* A string attribute (or list of strings) of an object; other attributes are not kept, but for
 * integers of one element, whose value is printed into the one string. */
struct listing_attribute {
    guint32 name;
    guint32 first, count; /* strings: offsets in `strings` */
};

struct listing_object {
    guint32 path; /* offset into text, absolute, "/" for the root */
    guint32 name; /* last component */
    guint32 parent;
    enum listing_kind kind;
    guint32 target;  /* LISTING_ALIAS: object index */
    gboolean soft;   /* LISTING_ALIAS by a soft link */
    guint32 reason;  /* LISTING_REFUSED: offset into text */
    guint32 dataset; /* LISTING_DATASET: index into datasets */
    guint32 first_attribute, n_attributes;
    guint64 storage; /* identity: the object's address; equal = the same object */
};

struct listing {
    GArray *objects;    /* struct listing_object; parents before children, [0] is the root */
    GArray *datasets;   /* struct listing_dataset */
    GArray *chunks;     /* struct listing_chunk */
    GArray *attributes; /* struct listing_attribute */
    GArray *strings;    /* guint32 offsets into text */
    GArray *numbers;    /* guint64 */
    GByteArray *text;   /* NUL-terminated strings, [0] is "" */
    GByteArray *blob;   /* compact data */
    GArray *by_path;    /* guint32 objects, a hash table of their paths; see listing_index */
    guint64 file_bytes;
    gboolean cut; /* a limit ended the walk early; `cut_reason` says which */
    guint32 cut_reason;
};

struct listing *listing_create(void);
void listing_destroy(struct listing *l);

/* Appends a string; returns its offset. */
guint32 listing_add_text(struct listing *l, const char *text);

static inline const char *listing_text(const struct listing *l, guint32 offset)
{
    return (const char *)l->text->data + offset;
}

static inline const struct listing_object *listing_object(const struct listing *l, guint32 i)
{
    return &g_array_index(l->objects, struct listing_object, i);
}

static inline const struct listing_dataset *listing_dataset(const struct listing *l, guint32 i)
{
    return &g_array_index(l->datasets, struct listing_dataset, i);
}

/* Makes listing_find fast for the objects there are now. */
void listing_index(struct listing *l);

/* Object at an absolute path, LISTING_NONE if there is none. */
guint32 listing_find(const struct listing *l, const char *path);

/* The strings of an attribute: NULL if the object lacks it; *count is its length (may be 0). */
const guint32 *listing_attribute_strings(const struct listing *l, guint32 object, const char *name,
                                         guint32 *count);
/* First string of an attribute, or NULL. */
const char *listing_attribute_text(const struct listing *l, guint32 object, const char *name);

#endif
