#include "io/lzf.h"

#include <string.h>

/* A control byte below this starts a run of control + 1 literals. */
#define FIRST_REFERENCE 32u

struct cursor {
    guint8 *dst;
    gsize capacity, written;
    const guint8 *src;
    gsize bytes, taken;
};

static const char *copy_literals(struct cursor *c, gsize run)
{
    if (run > c->bytes - c->taken)
        return "literal run past the input";
    if (run > c->capacity - c->written)
        return "expands past the chunk";
    memcpy(c->dst + c->written, c->src + c->taken, run);
    c->taken += run;
    c->written += run;
    return NULL;
}

/* 3 bits length and 13 bits distance; a length of 7 is continued in one more byte. */
static const char *copy_reference(struct cursor *c, guint8 control)
{
    gsize length = control >> 5, distance = (gsize)(control & 31u) << 8;

    if (c->bytes - c->taken < (length == 7 ? 2u : 1u))
        return "reference past the input";
    if (length == 7)
        length += c->src[c->taken++];
    length += 2;
    distance += c->src[c->taken++] + 1u;
    if (distance > c->written)
        return "reference before the output";
    if (length > c->capacity - c->written)
        return "expands past the chunk";
    if (distance >= length)
        memcpy(c->dst + c->written, c->dst + c->written - distance, length);
    else
        for (gsize i = 0; i < length; i++)
            c->dst[c->written + i] = c->dst[c->written + i - distance];
    c->written += length;
    return NULL;
}

gssize lzf_decode(guint8 *dst, gsize capacity, const guint8 *src, gsize bytes, const char **reason)
{
    struct cursor c = {.dst = dst, .capacity = capacity, .src = src, .bytes = bytes};

    while (c.taken < c.bytes) {
        guint8 control = c.src[c.taken++];

        *reason = control < FIRST_REFERENCE ? copy_literals(&c, control + 1u)
                                            : copy_reference(&c, control);
        if (*reason)
            return -1;
    }
    return (gssize)c.written;
}
