/* A bounded cache of decoded chunks, shared by all threads that read a file.
 *
 * A chunk is decoded by the first thread that asks; others wait for it. A chunk somebody holds is
 * never dropped, so the bound may be exceeded by what is held at the moment. */
#ifndef TARE_IO_CHUNK_CACHE_H
#define TARE_IO_CHUNK_CACHE_H

#include <glib.h>

struct chunk_cache;
struct cached_chunk;

/* Fills dst with the chunk's bytes; called without the cache's lock. */
typedef gboolean (*chunk_decode)(void *context, guint32 key, guint8 *dst, gsize bytes,
                                 GError **error);

struct chunk_cache *chunk_cache_create(gsize limit_bytes, chunk_decode decode);
void chunk_cache_destroy(struct chunk_cache *c);

/* Held until released; NULL and an error if it cannot be decoded (which is not remembered). */
struct cached_chunk *chunk_cache_hold(struct chunk_cache *c, guint32 key, gsize bytes,
                                      void *context, GError **error);
const guint8 *cached_chunk_bytes(const struct cached_chunk *chunk);
void chunk_cache_release(struct chunk_cache *c, struct cached_chunk *chunk);

#endif
