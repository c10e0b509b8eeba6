/* Listings built by hand, for tests of what reads them: paths in, parents made as needed. */
#ifndef TARE_TESTS_LISTING_BUILDER_H
#define TARE_TESTS_LISTING_BUILDER_H

#include "io/listing.h"

/* A listing with a root. Destroyed by listing_destroy. */
struct listing *listing_builder_create(void);

/* Each returns the object's index. Dimensions end with -1. Datasets get ascending addresses. */
guint32 listing_builder_group(struct listing *l, const char *path);
guint32 listing_builder_dataset(struct listing *l, const char *path, enum dtype dtype, ...);
guint32 listing_builder_alias(struct listing *l, const char *path, guint32 target, gboolean soft);

/* The attributes of one object must be added before those of another. Strings end with NULL. */
void listing_builder_strings(struct listing *l, guint32 object, const char *name,
                             const char *const *strings);
void listing_builder_text(struct listing *l, guint32 object, const char *name, const char *text);

#endif
