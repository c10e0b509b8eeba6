#include "core/net/op_rope.h"

#include <math.h>

/* Long waves are stretched by the factor, short ones kept, those between blended. */
static double stretched(double frequency, const struct net_rope_scaling *s)
{
    double wave, share;

    if (s->factor == 0)
        return frequency;
    if (s->original == 0)
        return frequency / s->factor;
    wave = 2 * G_PI / frequency;
    if (wave < s->original / s->high)
        return frequency;
    if (wave > s->original / s->low)
        return frequency / s->factor;
    share = (s->original / wave - s->low) / (s->high - s->low);
    return (1 - share) * frequency / s->factor + share * frequency;
}

void op_rope_tables(const struct net_spec *spec, uint32_t positions, float *cosine, float *sine)
{
    uint32_t half = spec->head_dim / 2;

    for (uint32_t j = 0; j < half; j++) {
        double whole = pow(spec->rope_base, -2.0 * j / spec->head_dim);
        float frequency = (float)stretched(whole, &spec->rope_scaling);

        for (uint32_t p = 0; p < positions; p++) {
            float angle = (float)p * frequency;

            cosine[(size_t)p * half + j] = (float)cos((double)angle);
            sine[(size_t)p * half + j] = (float)sin((double)angle);
        }
    }
}

struct rope_work {
    const struct net_run *run;
    const struct op_rope *o;
};

static void rope_rows(void *data, guint item, guint thread)
{
    const struct rope_work *w = data;
    const struct op_rope *o = w->o;
    size_t half = o->head_dim / 2;

    (void)thread;
    for (uint32_t i = item * RUN_ROWS; i < run_rows_end(item, o->x.n); i++) {
        size_t at = o->positions[i] * half;

        for (uint32_t h = 0; h < o->heads; h++) {
            float *a = o->x.values + i * o->x.stride + (size_t)h * o->head_dim, *b = a + half;

            w->run->kernels->rotate(o->back ? b : a, o->back ? a : b, o->cosine + at, o->sine + at,
                                    half);
        }
    }
}

void op_rope(const struct net_run *run, const struct op_rope *o)
{
    struct rope_work w = {run, o};

    team_run(run->team, run_row_items(o->x.n), rope_rows, &w);
}
