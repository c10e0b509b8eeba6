/* Values that the oracle scripts can make too: splitmix64 of a counter, exact in both languages. */
#ifndef TARE_TESTS_SUPPORT_VALUES_H
#define TARE_TESTS_SUPPORT_VALUES_H

#include <stdint.h>

static inline uint64_t values_bits(uint64_t seed, uint64_t i)
{
    uint64_t z = (seed << 40) + (i + 1) * 0x9e3779b97f4a7c15u;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* In [-1, 1), a multiple of 2^-52. */
static inline double values_uniform(uint64_t seed, uint64_t i)
{
    return (double)(values_bits(seed, i) >> 11) * 0x1p-52 - 1;
}

/* Roughly normal with standard deviation 1: the sum of three of the above, exact in any order. */
static inline double values_bell(uint64_t seed, uint64_t i)
{
    double sum = 0;

    for (uint64_t k = 0; k < 3; k++)
        sum += (double)(values_bits(seed * 3 + k, i) >> 40) * 0x1p-23 - 1;
    return sum;
}

#endif
