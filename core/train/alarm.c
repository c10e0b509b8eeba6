#include "core/train/alarm.h"

#include <math.h>
#include <string.h>

#include "core/sorted.h"

#define NORMAL_MAD 1.4826 /* standard deviation over MAD of a normal distribution */
#define LEAST_MAD 1e-3    /* of the median */

static unsigned place_of(const struct alarm_window *w, double x)
{
    unsigned i = 0;

    while (i < w->n && w->sorted[i] < x)
        i++;
    return i;
}

static void take_out(struct alarm_window *w, double x)
{
    unsigned i = place_of(w, x);

    w->n--;
    memmove(w->sorted + i, w->sorted + i + 1, (w->n - i) * sizeof *w->sorted);
}

void alarm_window_add(struct alarm_window *w, double x)
{
    unsigned i;

    if (isnan(x))
        return;
    if (w->n == ALARM_WINDOW)
        take_out(w, w->last[w->at]);
    w->last[w->at] = x;
    w->at = (w->at + 1) % ALARM_WINDOW;
    i = place_of(w, x);
    memmove(w->sorted + i + 1, w->sorted + i, (w->n - i) * sizeof *w->sorted);
    w->sorted[i] = x;
    w->n++;
}

double alarm_window_median(const struct alarm_window *w)
{
    return w->n < ALARM_FEWEST ? NAN : sorted_median(w->sorted, w->n);
}

/* Distances from the median rise to both sides of it: merged from the middle outwards. */
static double mad_of(const struct alarm_window *w, double median)
{
    double distances[ALARM_WINDOW];
    unsigned right = place_of(w, median), left = right;

    for (unsigned i = 0; i < w->n; i++) {
        double below = left > 0 ? median - w->sorted[left - 1] : INFINITY;
        double above = right < w->n ? w->sorted[right] - median : INFINITY;

        if (below < above) {
            distances[i] = below;
            left--;
        } else {
            distances[i] = above;
            right++;
        }
    }
    return sorted_median(distances, w->n);
}

double alarm_window_z(const struct alarm_window *w, double x)
{
    double median = alarm_window_median(w), mad, distance = x - median;

    if (isnan(distance))
        return NAN;
    mad = fmax(mad_of(w, median), LEAST_MAD * fabs(median));
    if (mad > 0)
        return distance / (NORMAL_MAD * mad);
    return distance == 0 ? 0 : copysign(INFINITY, distance);
}

void alarm_add(GArray *out, uint64_t step, int32_t block, double value)
{
    struct alarm a = {step, block, value};

    g_array_append_val(out, a);
}

static char *where_of(const struct comparison *c, const GArray *alarms)
{
    const struct alarm *first = &g_array_index(alarms, struct alarm, 0);

    for (guint i = 1; i < alarms->len; i++)
        if (g_array_index(alarms, struct alarm, i).block != first->block)
            return g_strdup("training, several blocks");
    return first->block < 0 ? g_strdup("training")
           : (uint32_t)first->block < c->timeline->n_blocks
               ? g_strdup_printf("training, L%d", first->block)
               : g_strdup("training, outside blocks");
}

/* Blocks of one step are one. */
static guint count_steps(const GArray *alarms)
{
    guint n = 0;

    for (guint i = 0; i < alarms->len; i++)
        n += i == 0 || g_array_index(alarms, struct alarm, i).step !=
                           g_array_index(alarms, struct alarm, i - 1).step;
    return n;
}

struct finding *alarm_finding(const struct rule *rule, const struct comparison *c,
                              enum severity severity, GArray *out, struct alarm *first)
{
    GArray *alarms;
    struct finding *f = NULL;

    if (!c->timeline)
        return NULL;
    alarms = g_array_new(FALSE, FALSE, sizeof(struct alarm));
    rule->alarms(c, alarms);
    if (alarms->len) {
        const struct alarm *last = &g_array_index(alarms, struct alarm, alarms->len - 1);
        char *where = where_of(c, alarms);
        double most = NAN;

        *first = g_array_index(alarms, struct alarm, 0);
        for (guint i = 0; i < alarms->len; i++)
            most = fmax(most, g_array_index(alarms, struct alarm, i).value);
        f = finding_add(out, rule, severity, where, PAIR_NONE);
        finding_evidence(f, "steps", count_steps(alarms));
        finding_evidence(f, "first_step", (double)first->step);
        finding_evidence(f, "last_step", (double)last->step);
        finding_evidence(f, "largest", most);
        finding_evidence(f, "last", last->value);
        for (int i = 0; rule->thresholds && rule->thresholds[i] != THRESHOLD_COUNT; i++)
            finding_threshold(f, c, rule->thresholds[i]);
        finding_lead(f, "training", -1, -1);
        g_free(where);
    }
    g_array_unref(alarms);
    return f;
}

char *alarm_steps_text(const struct finding *f)
{
    double n = f->evidence[0].value, first = f->evidence[1].value, last = f->evidence[2].value;

    if (n == 1)
        return g_strdup_printf("at step %.0f", first);
    return g_strdup_printf("%.0f times, at steps %.0f to %.0f", n, first, last);
}
