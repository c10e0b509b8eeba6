/* What the files of the HDF5 walk share. Nobody else includes this. */
#ifndef TARE_IO_HDF5_INTERNAL_H
#define TARE_IO_HDF5_INTERNAL_H

#include "io/hdf5_driver.h"
#include "io/hdf5_walk.h"

struct walk {
    const struct file *file;
    struct listing *listing;
    struct open_watch *watch; /* or NULL */
    struct hdf5_driver driver;
    hid_t id; /* the open file */
    guint64 user_block;
    GHashTable *seen;   /* address of a group or dataset -> its first object */
    GArray *soft_links; /* struct soft_link, resolved when everything is listed */
    guint64 path_bytes, attribute_bytes, unwritten_bytes; /* so far, against their limits */
};

struct soft_link {
    guint32 object;
    guint32 value; /* offset into text */
};

struct hdf5_type {
    gboolean readable, numeric, opaque, big_endian;
    enum dtype dtype;
    gsize bytes;
    char reason[64]; /* why not readable */
};

/* hdf5_error.c: what libhdf5 says of the call that just failed, one line, owned by the caller. */
char *hdf5_error_detail(void);

/* hdf5_open.c: opens w->file as w->id. The other says, right after a call failed, what is wrong
 * with a file that cannot be walked at all. */
gboolean hdf5_open(struct walk *w, GError **error);
void hdf5_open_fail(const struct walk *w, GError **error);

/* hdf5_types.c */
void hdf5_type_classify(struct hdf5_type *t, hid_t type);

/* hdf5_walk.c: remembers the first limit that left something out. */
G_GNUC_PRINTF(2, 3) void hdf5_walk_cut(struct walk *w, const char *format, ...);

/* hdf5_attributes.c: appends the object's attributes to the listing. */
void hdf5_attributes_list(struct walk *w, hid_t id, guint32 object);
/* One string into the listing; FALSE: there is no room for more. */
gboolean hdf5_strings_add(struct walk *w, const char *text, gsize bytes);

/* hdf5_strings.c: the values of a dataset named "vocabulary", as if they were an attribute of it by
 * that name. Right after the object's attributes. */
void hdf5_strings_list(struct walk *w, hid_t id, guint32 object);

/* hdf5_dataset.c: appends a dataset and ties it to its object. */
void hdf5_dataset_list(struct walk *w, hid_t id, guint32 object);
G_GNUC_PRINTF(3, 4)
void hdf5_dataset_refuse(struct walk *w, struct listing_dataset *d, const char *format, ...);
/* Checks the space a dataset declares beyond what is stored against the file's size. */
gboolean hdf5_dataset_affordable(struct walk *w, struct listing_dataset *d, guint64 stored);

/* hdf5_chunks.c: filters, chunk shape and addresses of a chunked dataset. */
void hdf5_chunks_list(struct walk *w, hid_t id, hid_t creation, struct listing_dataset *d);

/* hdf5_links.c: soft links to aliases, as far as they lead somewhere in this file. */
void hdf5_links_resolve(struct walk *w);

#endif
