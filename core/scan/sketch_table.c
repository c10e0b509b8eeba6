#include "core/scan/sketch_table.h"

#include <float.h>
#include <glib.h>
#include <math.h>

struct sketch_table *sketch_table_create(void)
{
    return g_new0(struct sketch_table, 1);
}

void sketch_table_destroy(struct sketch_table *t)
{
    g_free(t);
}

void sketch_table_clear(struct sketch_table *t)
{
    memset(t, 0, sizeof *t);
}

/* A subnormal, lifted to where it has a full exponent, is counted by its octave above 2^-1074. */
static void count_subnormal(struct sketch_table *t, double x)
{
    uint32_t index = sketch_index(fabs(x) * 0x1p1000) - (1023 + 1000 - 1074) * SKETCH_PER_OCTAVE;

    t->subnormal[signbit(x) != 0][index]++;
    t->n_subnormal++;
}

void sketch_table_add(struct sketch_table *t, const double *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        double size = fabs(x[i]);

        if (!(size < INFINITY))
            continue;
        if (size > 0 && size < DBL_MIN) {
            count_subnormal(t, x[i]);
            continue;
        }
        t->counts[sketch_index(x[i])]++;
        t->direct++;
        if (size > t->max_abs)
            t->max_abs = size;
    }
}

/* The smallest index (without sign) of an element that is not zero, and how many bins are occupied:
 * few, as long as zeros don't draw the search down to where doubles end. */
static uint32_t find_bottom(const struct sketch_table *t, uint32_t top, uint32_t *n_bins)
{
    uint64_t zeros = (uint64_t)t->counts[0] + t->counts[SKETCH_SIDE], left = t->direct - zeros;
    uint32_t i = top + 1;

    *n_bins = zeros > 0;
    while (left > 0 && i-- > 1) {
        uint32_t plus = t->counts[i], minus = t->counts[SKETCH_SIDE + i];

        left -= (uint64_t)plus + minus;
        *n_bins += (plus > 0) + (minus > 0);
    }
    g_assert(left == 0);
    return i;
}

static void emit(struct sketch *out, int32_t key, uint32_t *count)
{
    if (*count > 0)
        out->bins[out->n_bins++] = (struct sketch_bin){key, *count};
    *count = 0;
}

static void emit_zero(struct sketch_table *t, struct sketch *out)
{
    uint32_t zeros = t->counts[0] + t->counts[SKETCH_SIDE];

    t->counts[0] = t->counts[SKETCH_SIDE] = 0;
    emit(out, 0, &zeros);
}

static void take_subnormals(struct sketch_table *t, struct sketch *out, unsigned sign)
{
    int32_t n = SKETCH_SUBNORMAL_OCTAVES * SKETCH_PER_OCTAVE;

    if (t->n_subnormal == 0)
        return;
    for (int32_t i = 0; i < n; i++) {
        int32_t at = sign ? n - 1 - i : i, key = at + SKETCH_PER_OCTAVE;

        emit(out, sign ? -key : key, &t->subnormal[sign][at]);
    }
}

void sketch_table_take(struct sketch_table *t, struct sketch *out)
{
    const int32_t lift = SKETCH_SUBNORMAL_OCTAVES * SKETCH_PER_OCTAVE;
    uint32_t top = sketch_index(t->max_abs), n_bins, bottom = find_bottom(t, top, &n_bins);

    if (t->n_subnormal > 0)
        n_bins += 2 * (uint32_t)lift;
    g_free(out->bins);
    *out = (struct sketch){.bins = g_new(struct sketch_bin, n_bins), .n_bins = 0};
    out->total = t->direct + t->n_subnormal;

    for (uint32_t i = top; i >= bottom; i--)
        emit(out, -(int32_t)i - lift, &t->counts[SKETCH_SIDE + i]);
    take_subnormals(t, out, 1);
    emit_zero(t, out);
    take_subnormals(t, out, 0);
    for (uint32_t i = bottom; i <= top; i++)
        emit(out, (int32_t)i + lift, &t->counts[i]);
    out->bins = g_renew(struct sketch_bin, out->bins, out->n_bins);
    t->direct = t->n_subnormal = 0;
    t->max_abs = 0;
}
