#include "core/output_shift.h"

#include <math.h>
#include <string.h>
#include "core/bootstrap.h"
#include "core/logits.h"
#include "core/sorted.h"

void output_shift_init(struct output_shift *s)
{
    const struct activity_kernels *k = activity_kernels_choose(g_getenv("TARE_CPU"));

    *s = (struct output_shift){.kernels = k ? k : activity_kernels_choose(NULL),
                               .divergences = g_array_new(FALSE, FALSE, sizeof(double))};
}

void output_shift_finish(struct output_shift *s)
{
    g_array_free(s->divergences, TRUE);
    g_free(s->held);
    s->divergences = NULL;
    s->held = NULL;
}

void output_shift_batch(struct output_shift *s)
{
    s->n_held = 0;
}

static void hold(void *data, const struct net_seen *seen)
{
    struct output_shift *s = data;

    if (!s->held)
        s->held = g_new(float, (gsize)OUTPUT_SHIFT_ROWS * seen->columns);
    for (uint32_t i = 0; i < seen->rows && s->n_held < OUTPUT_SHIFT_ROWS; i++) {
        memcpy(s->held + (gsize)s->n_held * seen->columns, seen->values + (gsize)i * seen->columns,
               seen->columns * sizeof(float));
        s->held_row[s->n_held++] = seen->first + i;
    }
}

static void compare(void *data, const struct net_seen *seen)
{
    struct output_shift *s = data;

    for (uint32_t i = 0; i < s->n_held; i++) {
        uint32_t row = s->held_row[i];
        bool agreed;
        double d;

        if (row < seen->first || row - seen->first >= seen->rows)
            continue;
        d = logits_divergence(s->kernels, s->held + (gsize)i * seen->columns,
                              seen->values + (gsize)(row - seen->first) * seen->columns,
                              seen->columns, &agreed);
        g_array_append_val(s->divergences, d);
        s->agreed += agreed;
    }
}

struct net_probe output_shift_probe(struct output_shift *s, bool tuned)
{
    return (struct net_probe){1u << NET_LOGITS, tuned ? compare : hold, s};
}

double output_shift_median(const struct output_shift *s)
{
    guint n = s->divergences->len;
    double *sorted = g_memdup2(s->divergences->data, n * sizeof *sorted), median;

    sort_doubles(sorted, n);
    median = sorted_quantile(sorted, n, 0.5);
    g_free(sorted);
    return median;
}

double output_shift_mean(const struct output_shift *s)
{
    return mean_of((const double *)s->divergences->data, s->divergences->len);
}
