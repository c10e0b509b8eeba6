#include "core/text/token_table.h"

#include <string.h>
#include "core/text/tokenizer.h"

struct token_place {
    size_t at;
    uint32_t bytes;
    bool there;
};

void token_table_init(struct token_table *t)
{
    *t = (struct token_table){g_string_new(NULL),
                              g_array_new(FALSE, TRUE, sizeof(struct token_place))};
}

void token_table_finish(struct token_table *t)
{
    if (!t->bytes)
        return;
    g_string_free(t->bytes, TRUE);
    g_array_free(t->place, TRUE);
    g_free(t->slot);
    *t = (struct token_table){0};
}

void token_table_put(struct token_table *t, uint32_t id, const char *text, size_t bytes)
{
    if (id >= t->place->len)
        g_array_set_size(t->place, id + 1);
    g_array_index(t->place, struct token_place, id) =
        (struct token_place){t->bytes->len, (uint32_t)bytes, true};
    g_string_append_len(t->bytes, text, (gssize)bytes);
    g_string_append_c(t->bytes, 0);
}

uint32_t token_table_size(const struct token_table *t)
{
    return t->place->len;
}

const char *token_table_get(const struct token_table *t, uint32_t id, size_t *bytes)
{
    const struct token_place *p;

    if (id >= t->place->len)
        return NULL;
    p = &g_array_index(t->place, struct token_place, id);
    if (!p->there)
        return NULL;
    if (bytes)
        *bytes = p->bytes;
    return t->bytes->str + p->at;
}

#define HASH_BEGIN 14695981039346656037u

static uint64_t hash_more(uint64_t h, const char *text, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        h = (h ^ (guchar)text[i]) * 1099511628211u;
    return h;
}

static uint32_t hash_end(uint64_t h)
{
    return (uint32_t)(h ^ (h >> 32));
}

uint32_t token_hash(const char *text, size_t bytes)
{
    return hash_end(hash_more(HASH_BEGIN, text, bytes));
}

/* The slot of that string, or the empty one where it would be. */
static uint32_t *find_slot(const struct token_table *t, const char *text, size_t bytes)
{
    uint32_t at = token_hash(text, bytes) & (t->slots - 1);

    for (; t->slot[at]; at = (at + 1) & (t->slots - 1)) {
        size_t n;
        const char *other = token_table_get(t, t->slot[at] - 1, &n);

        if (n == bytes && memcmp(other, text, bytes) == 0)
            break;
    }
    return &t->slot[at];
}

void token_table_index(struct token_table *t)
{
    t->slots = 16;
    while (t->slots < 2 * t->place->len)
        t->slots *= 2;
    g_free(t->slot);
    t->slot = g_new0(uint32_t, t->slots);
    for (uint32_t id = 0; id < t->place->len; id++) {
        size_t n;
        const char *text = token_table_get(t, id, &n);
        uint32_t *slot = text ? find_slot(t, text, n) : NULL;

        if (slot && !*slot)
            *slot = id + 1;
    }
}

uint32_t token_table_find(const struct token_table *t, const char *text, size_t bytes)
{
    uint32_t found = *find_slot(t, text, bytes);

    return found ? found - 1 : TOKEN_NONE;
}

/* The id of a string in two parts. */
static uint32_t find_parts(const struct token_table *t, uint32_t hash, const char *a, size_t na,
                           const char *b, size_t nb)
{
    for (uint32_t at = hash & (t->slots - 1); t->slot[at]; at = (at + 1) & (t->slots - 1)) {
        size_t n;
        const char *other = token_table_get(t, t->slot[at] - 1, &n);

        if (n == na + nb && memcmp(other, a, na) == 0 && memcmp(other + na, b, nb) == 0)
            return t->slot[at] - 1;
    }
    return TOKEN_NONE;
}

uint32_t token_table_longest(const struct token_table *t, const char *prefix, size_t prefix_bytes,
                             const char *text, size_t bytes, size_t most, size_t *taken)
{
    uint64_t h = hash_more(HASH_BEGIN, prefix, prefix_bytes);
    uint32_t found = TOKEN_NONE;

    for (size_t n = 1; n <= bytes && prefix_bytes + n <= most; n++) {
        uint32_t id;

        h = hash_more(h, text + n - 1, 1);
        if (n < bytes && ((guchar)text[n] & 0xc0) == 0x80)
            continue;
        id = find_parts(t, hash_end(h), prefix, prefix_bytes, text, n);
        if (id != TOKEN_NONE) {
            found = id;
            *taken = n;
        }
    }
    return found;
}
