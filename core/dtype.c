#include "core/dtype.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static float float_of_bits(uint32_t bits)
{
    float f;

    memcpy(&f, &bits, sizeof f);
    return f;
}

/* The exponent and fraction moved to float's places are the value times 2^-112, subnormals too. */
static float f16_value(uint16_t bits)
{
    uint32_t sign = (uint32_t)(bits & 0x8000) << 16, rest = (uint32_t)(bits & 0x7fff) << 13;

    if (rest >= 0x0f800000) /* infinity and NaN */
        return float_of_bits(sign | 0x7f800000 | (rest & 0x007fffff));
    return float_of_bits(sign | 0x3f800000) * (float_of_bits(rest) * 0x1p112f);
}

static void decode_f16(double *dst, const void *src, size_t elems)
{
    for (size_t i = 0; i < elems; i++) {
        uint16_t v;

        memcpy(&v, (const char *)src + i * sizeof v, sizeof v);
        dst[i] = f16_value(v);
    }
}

static void decode_bf16(double *dst, const void *src, size_t elems)
{
    for (size_t i = 0; i < elems; i++) {
        uint16_t v;

        memcpy(&v, (const char *)src + i * sizeof v, sizeof v);
        dst[i] = float_of_bits((uint32_t)v << 16);
    }
}

static void decode_f32(double *dst, const void *src, size_t elems)
{
    for (size_t i = 0; i < elems; i++) {
        float v;

        memcpy(&v, (const char *)src + i * sizeof v, sizeof v);
        dst[i] = v;
    }
}

static void decode_f64(double *dst, const void *src, size_t elems)
{
    memcpy(dst, src, elems * sizeof *dst);
}

static void decode_i8(double *dst, const void *src, size_t elems)
{
    const int8_t *v = src;

    for (size_t i = 0; i < elems; i++)
        dst[i] = v[i];
}

static void decode_i16(double *dst, const void *src, size_t elems)
{
    for (size_t i = 0; i < elems; i++) {
        int16_t v;

        memcpy(&v, (const char *)src + i * sizeof v, sizeof v);
        dst[i] = v;
    }
}

static void decode_i32(double *dst, const void *src, size_t elems)
{
    for (size_t i = 0; i < elems; i++) {
        int32_t v;

        memcpy(&v, (const char *)src + i * sizeof v, sizeof v);
        dst[i] = v;
    }
}

static void decode_i64(double *dst, const void *src, size_t elems)
{
    for (size_t i = 0; i < elems; i++) {
        int64_t v;

        memcpy(&v, (const char *)src + i * sizeof v, sizeof v);
        dst[i] = (double)v;
    }
}

static void decode_u8(double *dst, const void *src, size_t elems)
{
    const uint8_t *v = src;

    for (size_t i = 0; i < elems; i++)
        dst[i] = v[i];
}

static void decode_u16(double *dst, const void *src, size_t elems)
{
    for (size_t i = 0; i < elems; i++) {
        uint16_t v;

        memcpy(&v, (const char *)src + i * sizeof v, sizeof v);
        dst[i] = v;
    }
}

static void decode_u32(double *dst, const void *src, size_t elems)
{
    for (size_t i = 0; i < elems; i++) {
        uint32_t v;

        memcpy(&v, (const char *)src + i * sizeof v, sizeof v);
        dst[i] = v;
    }
}

static void decode_u64(double *dst, const void *src, size_t elems)
{
    for (size_t i = 0; i < elems; i++) {
        uint64_t v;

        memcpy(&v, (const char *)src + i * sizeof v, sizeof v);
        dst[i] = (double)v;
    }
}

/* x at the nearest value of a type with so many significant bits whose smallest normal exponent is
 * `least`; ties to even. Scaling by a power of two is exact. */
static double nearest(double x, int significant, int least)
{
    double quantum;

    if (x == 0 || !isfinite(x))
        return x;
    quantum = ldexp(1, (ilogb(x) < least ? least : ilogb(x)) - (significant - 1));
    return rint(x / quantum) * quantum;
}

static uint32_t bits_of_float(float f)
{
    uint32_t bits;

    memcpy(&bits, &f, sizeof bits);
    return bits;
}

/* Half of NaN's fraction may be all zero: that would be an infinity. */
#define QUIET 0x00400000u

static uint16_t bf16_of(double x)
{
    float f = (float)nearest(x, 8, -126);

    return (uint16_t)((bits_of_float(f) | (isnan(x) ? QUIET : 0)) >> 16);
}

static uint16_t f16_of(double x)
{
    double near = nearest(x, 11, -14);
    uint16_t sign = signbit(x) ? 0x8000 : 0;

    if (isnan(x))
        return sign | 0x7e00;
    if (fabs(near) > 65504)
        return sign | 0x7c00;
    if (fabs(near) < 0x1p-14)
        return sign | (uint16_t)(fabs(near) * 0x1p24);
    return sign | (uint16_t)((bits_of_float((float)fabs(near)) - ((127 - 15) << 23)) >> 13);
}

static void encode_f16(void *dst, const double *src, size_t elems)
{
    for (size_t i = 0; i < elems; i++) {
        uint16_t v = f16_of(src[i]);

        memcpy((char *)dst + i * sizeof v, &v, sizeof v);
    }
}

static void encode_bf16(void *dst, const double *src, size_t elems)
{
    for (size_t i = 0; i < elems; i++) {
        uint16_t v = bf16_of(src[i]);

        memcpy((char *)dst + i * sizeof v, &v, sizeof v);
    }
}

static void encode_f32(void *dst, const double *src, size_t elems)
{
    for (size_t i = 0; i < elems; i++) {
        float v = (float)src[i];

        memcpy((char *)dst + i * sizeof v, &v, sizeof v);
    }
}

static void encode_f64(void *dst, const double *src, size_t elems)
{
    memcpy(dst, src, elems * sizeof *src);
}

static const struct dtype_info rows[DTYPE_COUNT] = {
    [DTYPE_F16] = {"float16", "f16", 2, false, true, 2.08e-4, decode_f16, encode_f16},
    [DTYPE_BF16] = {"bfloat16", "bf16", 2, false, true, 1.66e-3, decode_bf16, encode_bf16},
    [DTYPE_F32] = {"float32", "f32", 4, false, true, 2.5e-8, decode_f32, encode_f32},
    [DTYPE_F64] = {"float64", "f64", 8, false, true, 4.7e-17, decode_f64, encode_f64},
    [DTYPE_I8] = {"int8", "i8", 1, true, true, 0, decode_i8},
    [DTYPE_I16] = {"int16", "i16", 2, true, true, 0, decode_i16},
    [DTYPE_I32] = {"int32", "i32", 4, true, true, 0, decode_i32},
    [DTYPE_I64] = {"int64", "i64", 8, true, true, 0, decode_i64},
    [DTYPE_U8] = {"uint8", "u8", 1, true, false, 0, decode_u8},
    [DTYPE_U16] = {"uint16", "u16", 2, true, false, 0, decode_u16},
    [DTYPE_U32] = {"uint32", "u32", 4, true, false, 0, decode_u32},
    [DTYPE_U64] = {"uint64", "u64", 8, true, false, 0, decode_u64},
};

const struct dtype_info *dtype_info(enum dtype d)
{
    assert(d < DTYPE_COUNT);
    return &rows[d];
}
