#include "core/select.h"

#include <glib.h>
#include <math.h>
#include <string.h>

#define DIGITS 65536

void select_init(struct select *s, unsigned bits)
{
    memset(s, 0, sizeof *s);
    s->bits = bits;
    s->n_prefixes = 1;
    s->counts = g_new0(uint64_t, DIGITS);
    memset(s->wanted, true, sizeof s->wanted);
}

void select_finish(struct select *s)
{
    g_clear_pointer(&s->counts, g_free);
}

/* Bits that sort as unsigned integers the way the values sort. */
static uint64_t key_of(double x, unsigned bits)
{
    uint64_t key;

    if (bits == 32) {
        float f = (float)x;
        uint32_t half;

        memcpy(&half, &f, sizeof half);
        return half & 0x80000000 ? (uint32_t)~half : half | 0x80000000;
    }
    memcpy(&key, &x, sizeof key);
    return key >> 63 ? ~key : key | (uint64_t)1 << 63;
}

static double value_of(uint64_t key, unsigned bits)
{
    double x;

    if (bits == 32) {
        uint32_t half = (uint32_t)key & 0x80000000 ? (uint32_t)key & 0x7fffffff : ~(uint32_t)key;
        float f;

        memcpy(&f, &half, sizeof f);
        return f;
    }
    key = key >> 63 ? key & ~((uint64_t)1 << 63) : ~key;
    memcpy(&x, &key, sizeof x);
    return x;
}

static unsigned find_prefix(const struct select *s, uint64_t prefix)
{
    unsigned i = 0;

    while (i < s->n_prefixes && s->prefix[i] != prefix)
        i++;
    return i;
}

void select_feed(struct select *s, const double *x, size_t n)
{
    unsigned low = s->bits - 16 * (s->pass + 1);

    for (size_t i = 0; i < n; i++) {
        if (!isfinite(x[i]))
            continue;

        uint64_t key = key_of(x[i], s->bits), digit = key >> low & (DIGITS - 1);

        if (s->pass == 0) {
            s->counts[digit]++;
            s->total++;
        } else if (s->wanted[key >> (s->bits - 16)]) {
            unsigned at = find_prefix(s, key >> (low + 16));

            if (at < s->n_prefixes)
                s->counts[at * (size_t)DIGITS + digit]++;
        }
    }
}

void select_set_ranks(struct select *s, const uint64_t *ranks, unsigned n)
{
    g_assert(n <= SELECT_RANKS);
    s->n_ranks = n;
    for (unsigned i = 0; i < n; i++) {
        s->rank[i].left = ranks[i];
        s->rank[i].key = 0;
    }
}

/* The next 16 bits of the value at each rank. */
static void extend_keys(struct select *s)
{
    for (unsigned r = 0; r < s->n_ranks; r++) {
        unsigned at = s->pass == 0 ? 0 : find_prefix(s, s->rank[r].key);
        const uint64_t *counts = s->counts + at * (size_t)DIGITS;
        uint64_t digit = 0;

        while (digit < DIGITS - 1 && s->rank[r].left >= counts[digit])
            s->rank[r].left -= counts[digit++];
        s->rank[r].key = s->rank[r].key << 16 | digit;
    }
}

bool select_end_pass(struct select *s)
{
    extend_keys(s);
    s->pass++;
    if (s->n_ranks == 0 || 16 * s->pass == s->bits)
        return true;

    memset(s->wanted, false, sizeof s->wanted);
    s->n_prefixes = 0;
    for (unsigned r = 0; r < s->n_ranks; r++) {
        uint64_t key = s->rank[r].key;

        s->wanted[key >> 16 * (s->pass - 1)] = true;
        if (find_prefix(s, key) == s->n_prefixes)
            s->prefix[s->n_prefixes++] = key;
    }
    g_free(s->counts);
    s->counts = g_new0(uint64_t, (gsize)s->n_prefixes * DIGITS);
    return false;
}

double select_value(const struct select *s, unsigned rank)
{
    return value_of(s->rank[rank].key, s->bits) + 0.0;
}
