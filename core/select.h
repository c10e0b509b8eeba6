/* Order statistics of a stream that is read several times: radix selection on ordered bits.
 *
 * Feed every value, end the pass, repeat until `select_end_pass` says done: 2 passes for values
 * that are floats, 4 for doubles, 16 bits each. Memory: 512 KB per distinct 16-bit prefix looked
 * for, at most one a rank. One thread. */
#ifndef TARE_CORE_SELECT_H
#define TARE_CORE_SELECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SELECT_RANKS 18

struct select {
    unsigned bits, pass; /* 32: every value is exact as a float; 64 */
    uint64_t total;      /* finite values of the first pass */
    unsigned n_ranks, n_prefixes;
    struct {
        uint64_t left, key; /* rank among the values that share the key so far */
    } rank[SELECT_RANKS];
    uint64_t prefix[SELECT_RANKS];
    uint64_t *counts; /* [n_prefixes][65536] */
    bool wanted[65536];
};

void select_init(struct select *s, unsigned bits);
void select_finish(struct select *s);
/* Values that are not finite are left out. */
void select_feed(struct select *s, const double *x, size_t n);
/* After the first pass: the ranks (below total) to look for. */
void select_set_ranks(struct select *s, const uint64_t *ranks, unsigned n);
/* False: another pass is needed. The first pass needs its ranks set. */
bool select_end_pass(struct select *s);
double select_value(const struct select *s, unsigned rank);

#endif
