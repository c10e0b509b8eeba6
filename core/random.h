/* Random numbers that are the same everywhere: splitmix64 (Steele, Lea and Flood 2014). */
#ifndef TARE_CORE_RANDOM_H
#define TARE_CORE_RANDOM_H

#include <stdint.h>

/* *state is the seed at first; any value is one. */
static inline uint64_t random_next(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* 0 .. n - 1, each with a probability that is off by n / 2^32 at most. */
static inline uint32_t random_below(uint64_t *state, uint32_t n)
{
    return (uint32_t)((random_next(state) >> 32) * n >> 32);
}

/* 0 <= x < 1, a multiple of 2^-53. */
static inline double random_unit(uint64_t *state)
{
    return (double)(random_next(state) >> 11) * 0x1p-53;
}

#endif
