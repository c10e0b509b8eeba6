/* An HDF5 file of the fixtures, walked and ready to be read. For tests only. */
#ifndef TARE_TESTS_SUPPORT_OPENED_H
#define TARE_TESTS_SUPPORT_OPENED_H

#include <check.h>
#include <glib.h>
#include "io/hdf5_read.h"
#include "io/hdf5_walk.h"

struct opened {
    struct file file;
    struct listing *listing;
    struct hdf5_reader *reader;
};

/* Owned by the caller. */
static inline char *fixture_path(const char *name)
{
    return g_build_filename(g_getenv("TARE_FIXTURES"), name, NULL);
}

static inline void opened_init(struct opened *o, const char *path)
{
    GError *error = NULL;

    ck_assert_msg(file_open(&o->file, path, &error), "%s", error ? error->message : "");
    o->listing = hdf5_walk(&o->file, NULL, &error);
    ck_assert_msg(o->listing != NULL, "%s", error ? error->message : "");
    o->reader = hdf5_reader_create(&o->file, o->listing);
}

static inline void opened_init_fixture(struct opened *o, const char *name)
{
    char *path = fixture_path(name);

    opened_init(o, path);
    g_free(path);
}

static inline void opened_finish(struct opened *o)
{
    hdf5_reader_destroy(o->reader);
    listing_destroy(o->listing);
    file_close(&o->file);
}

static inline const struct listing_object *opened_object(const struct opened *o, const char *path)
{
    guint32 at = listing_find(o->listing, path);

    ck_assert_msg(at != LISTING_NONE, "%s: no %s", o->file.path, path);
    return listing_object(o->listing, at);
}

/* The dataset's number; the object must be one. */
static inline guint32 opened_dataset(const struct opened *o, const char *path)
{
    const struct listing_object *object = opened_object(o, path);

    ck_assert_msg(object->kind == LISTING_DATASET, "%s: %s is no dataset: %s", o->file.path, path,
                  listing_text(o->listing, object->reason));
    return object->dataset;
}

#endif
