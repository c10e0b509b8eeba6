#include "io/chunk_cache.h"

#include <pthread.h>
#include "core/error.h"

struct cached_chunk {
    guint32 key;
    guint holders;
    gboolean ready, failed;
    guint8 *data;
    gsize bytes;
    GList link; /* in `idle` while nobody holds it */
};

struct chunk_cache {
    pthread_mutex_t lock;   /* not GLib's: thread sanitizers do not see those */
    pthread_cond_t settled; /* some chunk became ready or failed */
    GHashTable *chunks;     /* &key -> struct cached_chunk */
    GQueue idle;            /* least recently used first */
    gsize bytes, limit;
    chunk_decode decode;
};

static void chunk_free(struct cached_chunk *chunk)
{
    g_free(chunk->data);
    g_free(chunk);
}

struct chunk_cache *chunk_cache_create(gsize limit_bytes, chunk_decode decode)
{
    struct chunk_cache *c = g_new0(struct chunk_cache, 1);

    pthread_mutex_init(&c->lock, NULL);
    pthread_cond_init(&c->settled, NULL);
    g_queue_init(&c->idle);
    c->chunks = g_hash_table_new(g_int_hash, g_int_equal);
    c->limit = limit_bytes;
    c->decode = decode;
    return c;
}

void chunk_cache_destroy(struct chunk_cache *c)
{
    if (!c)
        return;
    for (GList *l = c->idle.head, *next; l; l = next) {
        next = l->next;
        chunk_free(l->data);
    }
    g_hash_table_destroy(c->chunks);
    pthread_cond_destroy(&c->settled);
    pthread_mutex_destroy(&c->lock);
    g_free(c);
}

/* Memory of the size asked for that an evicted chunk leaves behind: fresh pages cost more than
 * filling them. */
static guint8 *make_room(struct chunk_cache *c, gsize bytes)
{
    guint8 *spare = NULL;

    while (c->bytes + bytes > c->limit && c->idle.head) {
        struct cached_chunk *oldest = g_queue_pop_head_link(&c->idle)->data;

        g_hash_table_remove(c->chunks, &oldest->key);
        c->bytes -= oldest->bytes;
        if (!spare && oldest->bytes == bytes)
            spare = g_steal_pointer(&oldest->data);
        chunk_free(oldest);
    }
    return spare;
}

static struct cached_chunk *chunk_enter(struct chunk_cache *c, guint32 key, gsize bytes)
{
    struct cached_chunk *chunk = g_new0(struct cached_chunk, 1);

    chunk->key = key;
    chunk->bytes = bytes;
    chunk->holders = 1;
    chunk->link.data = chunk;
    chunk->data = make_room(c, bytes);
    c->bytes += bytes;
    g_hash_table_insert(c->chunks, &chunk->key, chunk);
    return chunk;
}

/* With the lock held. A failed chunk is out of the table already; its last holder frees it. */
static void chunk_drop(struct chunk_cache *c, struct cached_chunk *chunk)
{
    if (--chunk->holders)
        return;
    if (chunk->failed)
        chunk_free(chunk);
    else
        g_queue_push_tail_link(&c->idle, &chunk->link);
}

static gboolean chunk_fill(struct chunk_cache *c, struct cached_chunk *chunk, void *context,
                           GError **error)
{
    gboolean done;

    if (!chunk->data)
        chunk->data = g_try_malloc(chunk->bytes);
    if (!chunk->data)
        g_set_error(error, TARE_ERROR, TARE_ERROR_INPUT, "no memory for a chunk of %zu bytes",
                    chunk->bytes);
    done = chunk->data && c->decode(context, chunk->key, chunk->data, chunk->bytes, error);
    pthread_mutex_lock(&c->lock);
    chunk->ready = done;
    chunk->failed = !done;
    if (!done) {
        g_hash_table_remove(c->chunks, &chunk->key);
        c->bytes -= chunk->bytes;
        chunk_drop(c, chunk);
    }
    pthread_cond_broadcast(&c->settled);
    pthread_mutex_unlock(&c->lock);
    return done;
}

/* With the lock held: the chunk once it is ready, NULL if nobody decoded it (any more). */
static struct cached_chunk *chunk_find(struct chunk_cache *c, guint32 key)
{
    struct cached_chunk *chunk;

    while ((chunk = g_hash_table_lookup(c->chunks, &key))) {
        if (chunk->holders++ == 0)
            g_queue_unlink(&c->idle, &chunk->link);
        while (!chunk->ready && !chunk->failed)
            pthread_cond_wait(&c->settled, &c->lock);
        if (chunk->ready)
            return chunk;
        chunk_drop(c, chunk);
    }
    return NULL;
}

struct cached_chunk *chunk_cache_hold(struct chunk_cache *c, guint32 key, gsize bytes,
                                      void *context, GError **error)
{
    struct cached_chunk *chunk;

    pthread_mutex_lock(&c->lock);
    chunk = chunk_find(c, key);
    if (chunk) {
        pthread_mutex_unlock(&c->lock);
        return chunk;
    }
    chunk = chunk_enter(c, key, bytes);
    pthread_mutex_unlock(&c->lock);
    return chunk_fill(c, chunk, context, error) ? chunk : NULL;
}

const guint8 *cached_chunk_bytes(const struct cached_chunk *chunk)
{
    return chunk->data;
}

void chunk_cache_release(struct chunk_cache *c, struct cached_chunk *chunk)
{
    pthread_mutex_lock(&c->lock);
    chunk_drop(c, chunk);
    pthread_mutex_unlock(&c->lock);
}
