#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/dtype.h"
#include "core/scan/kernel.h"

/* IEEE 754: sign, exponent of `bits` bits, fraction of `fraction` bits, by its definition. */
static double value_of(unsigned pattern, unsigned exponent_bits, unsigned fraction_bits)
{
    unsigned fraction = pattern & ((1u << fraction_bits) - 1);
    unsigned exponent = pattern >> fraction_bits & ((1u << exponent_bits) - 1);
    int bias = (1 << (exponent_bits - 1)) - 1, places = (int)fraction_bits;
    double sign = pattern >> (exponent_bits + fraction_bits) ? -1 : 1;

    if (exponent == (1u << exponent_bits) - 1)
        return fraction ? NAN : sign * INFINITY;
    if (exponent == 0)
        return sign * ldexp(fraction, 1 - bias - places);
    return sign * ldexp(fraction + (1u << fraction_bits), (int)exponent - bias - places);
}

static void expect_every_pattern(void (*decode)(double *, const void *, size_t),
                                 unsigned exponent_bits, unsigned fraction_bits)
{
    uint16_t *patterns = malloc(65536 * sizeof *patterns + 1);
    char *unaligned = (char *)patterns + 1;
    double *got = malloc(65536 * sizeof *got);

    for (unsigned i = 0; i < 65536; i++) {
        uint16_t pattern = (uint16_t)i;

        memcpy(unaligned + i * sizeof pattern, &pattern, sizeof pattern);
    }
    decode(got, unaligned, 65536);
    for (unsigned i = 0; i < 65536; i++) {
        double wanted = value_of(i, exponent_bits, fraction_bits);

        ck_assert_msg(isnan(wanted) ? isnan(got[i])
                                    : got[i] == wanted && signbit(got[i]) == signbit(wanted),
                      "%04x: %a, not %a", i, got[i], wanted);
    }
    free(patterns);
    free(got);
}

START_TEST(test_16_bit_floats)
{
    static const char *const variants[] = {"scalar", "avx2", "avx512"};

    expect_every_pattern(dtype_info(DTYPE_F16)->decode, 5, 10);
    expect_every_pattern(dtype_info(DTYPE_BF16)->decode, 8, 7);
    for (size_t v = 0; v < sizeof variants / sizeof variants[0]; v++) {
        const struct scan_ops *ops = scan_ops_choose(variants[v]);

        if (ops && ops->decode[DTYPE_F16])
            expect_every_pattern(ops->decode[DTYPE_F16], 5, 10);
        if (ops && ops->decode[DTYPE_BF16])
            expect_every_pattern(ops->decode[DTYPE_BF16], 8, 7);
    }
}
END_TEST

START_TEST(test_rows)
{
    const struct dtype_info *row = dtype_info((enum dtype)_i);

    ck_assert(row->decode != NULL);
    ck_assert(row->name && strlen(row->name) > 0 && row->brief && strlen(row->brief) <= 4);
    ck_assert(row->bytes == 1 || row->bytes == 2 || row->bytes == 4 || row->bytes == 8);
    ck_assert((row->floor > 0) == !row->is_integer);
    for (int j = 0; j < _i; j++)
        ck_assert_str_ne(row->name, dtype_info((enum dtype)j)->name);
}
END_TEST

static double decode_at_odd_address(enum dtype dtype, const void *value)
{
    char buffer[16];
    double x;

    memcpy(buffer + 1, value, dtype_info(dtype)->bytes);
    dtype_info(dtype)->decode(&x, buffer + 1, 1);
    return x;
}

#define EXPECT(dtype, type, value)                                                                 \
    ck_assert_double_eq(decode_at_odd_address(dtype, &(type){value}), (double)(value))

START_TEST(test_limits)
{
    EXPECT(DTYPE_I8, int8_t, INT8_MIN);
    EXPECT(DTYPE_I16, int16_t, INT16_MIN);
    EXPECT(DTYPE_I32, int32_t, INT32_MIN);
    EXPECT(DTYPE_I64, int64_t, INT64_MIN);
    EXPECT(DTYPE_I64, int64_t, -((int64_t)1 << 53) + 1);
    EXPECT(DTYPE_U8, uint8_t, UINT8_MAX);
    EXPECT(DTYPE_U16, uint16_t, UINT16_MAX);
    EXPECT(DTYPE_U32, uint32_t, UINT32_MAX);
    EXPECT(DTYPE_U64, uint64_t, UINT64_MAX);
    EXPECT(DTYPE_F32, float, 1e-45f);
    EXPECT(DTYPE_F32, float, -3.4028235e38f);
    EXPECT(DTYPE_F64, double, 5e-324);
    EXPECT(DTYPE_F64, double, -1.7976931348623157e308);
}
END_TEST

static void check_encoding(enum dtype type, double value, uint16_t wanted)
{
    uint16_t got;

    dtype_info(type)->encode(&got, &value, 1);
    ck_assert_msg(got == wanted, "%s of %a: 0x%04x, not 0x%04x", dtype_info(type)->name, value, got,
                  wanted);
}

/* Every value comes back; what lies between two goes to the nearer, half-way to the even one. */
START_TEST(test_rounding_to_16_bits)
{
    const enum dtype types[] = {DTYPE_F16, DTYPE_BF16};

    for (int k = 0; k < 2; k++) {
        const struct dtype_info *info = dtype_info(types[k]);

        for (uint32_t bits = 0; bits < 0xffff; bits++) {
            uint16_t stored = (uint16_t)bits, next = (uint16_t)(bits + 1);
            double value, above;

            info->decode(&value, &stored, 1);
            info->decode(&above, &next, 1);
            if (!isnan(value))
                check_encoding(types[k], value, stored);
            if (!isfinite(value) || !isfinite(above) || (stored & 0x7fff) == 0x7fff)
                continue;
            check_encoding(types[k], (value + above) / 2, stored & 1 ? next : stored);
            check_encoding(types[k], value + (above - value) * 0.49, stored);
            check_encoding(types[k], value + (above - value) * 0.51, next);
        }
    }
    check_encoding(DTYPE_F16, 65519.9, 0x7bff);
    check_encoding(DTYPE_F16, 65520, 0x7c00);
    check_encoding(DTYPE_F16, -1e300, 0xfc00);
    check_encoding(DTYPE_BF16, 1e300, 0x7f80);
    check_encoding(DTYPE_F16, 1e-300, 0);
    /* Not by way of float: 1 + 2^-8 + 2^-40 is above half-way, float would make it half-way. */
    check_encoding(DTYPE_BF16, 1 + 0x1p-8 + 0x1p-40, 0x3f81);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("dtype");
    TCase *tc = tcase_create("dtype");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tc);
    tcase_add_test(tc, test_16_bit_floats);
    tcase_add_test(tc, test_rounding_to_16_bits);
    tcase_add_loop_test(tc, test_rows, 0, DTYPE_COUNT);
    tcase_add_test(tc, test_limits);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
