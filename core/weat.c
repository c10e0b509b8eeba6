#include "core/weat.h"

#include <glib.h>
#include <math.h>
#include "core/bootstrap.h"
#include "core/random.h"

/* Of splits that tie in theory, rounding must not decide. */
#define TIE 1e-12

static double dot(const double *a, const double *b, uint32_t n)
{
    double sum = 0;

    for (uint32_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

static double mean_cosine(const struct weat_input *in, const double *w, enum weat_set of)
{
    double norm = dot(w, w, in->width), sum = 0;

    for (uint32_t i = 0; i < in->n[of]; i++) {
        const double *a = in->rows[of] + (size_t)i * in->width;

        sum += dot(w, a, in->width) / sqrt(norm * dot(a, a, in->width));
    }
    return sum / in->n[of];
}

/* s of every word of X, then of Y; owned by the caller. */
static double *associations(const struct weat_input *in)
{
    double *s = g_new(double, (gsize)in->n[WEAT_X] + in->n[WEAT_Y]), *next = s;

    for (int set = WEAT_X; set <= WEAT_Y; set++)
        for (uint32_t i = 0; i < in->n[set]; i++) {
            const double *w = in->rows[set] + (size_t)i * in->width;

            *next++ = mean_cosine(in, w, WEAT_A) - mean_cosine(in, w, WEAT_B);
        }
    return s;
}

/* How often a split has at least the difference of the given one. With the sum of all fixed, the
 * difference of means grows with the sum over the first set alone. */
struct count {
    const double *s;
    uint32_t n, first; /* words, those of the first set */
    double least;
    uint64_t hits, of;
};

static void count_exact(struct count *c)
{
    uint32_t *pick = g_new(uint32_t, c->first), k;

    for (uint32_t i = 0; i < c->first; i++)
        pick[i] = i;
    do {
        double sum = 0;

        for (uint32_t i = 0; i < c->first; i++)
            sum += c->s[pick[i]];
        c->hits += sum >= c->least;
        c->of++;
        k = c->first;
        while (k > 0 && pick[k - 1] == c->n - c->first + k - 1)
            k--;
        if (k == 0)
            break;
        pick[k - 1]++;
        for (uint32_t i = k; i < c->first; i++)
            pick[i] = pick[i - 1] + 1;
    } while (true);
    g_free(pick);
}

static void count_shuffles(struct count *c)
{
    double *s = g_memdup2(c->s, c->n * sizeof *s);
    uint64_t state = 1;

    for (uint32_t k = 0; k < WEAT_SHUFFLES; k++) {
        double sum = 0;

        for (uint32_t i = 0; i < c->first; i++) {
            uint32_t j = i + random_below(&state, c->n - i);
            double picked = s[j];

            s[j] = s[i];
            s[i] = picked;
            sum += picked;
        }
        c->hits += sum >= c->least;
        c->of++;
    }
    c->hits++; /* this split itself is one */
    c->of++;
    g_free(s);
}

/* C(n, k), or more than WEAT_SPLITS. */
static uint64_t splits_of(uint32_t n, uint32_t k)
{
    uint64_t splits = 1;

    for (uint32_t i = 1; i <= k && splits <= WEAT_SPLITS; i++)
        splits = splits * (n - k + i) / i;
    return splits;
}

static void find_p(struct weat *out, const double *s, uint32_t n_x, uint32_t n)
{
    double sum = mean_of(s, n_x) * n_x, size = 0;
    struct count c = {.s = s, .n = n, .first = n_x};

    for (uint32_t i = 0; i < n; i++)
        size += fabs(s[i]);
    c.least = sum - size * TIE;
    out->exact = splits_of(n, MIN(n_x, n - n_x)) <= WEAT_SPLITS;
    if (out->exact)
        count_exact(&c);
    else
        count_shuffles(&c);
    out->splits = c.of;
    out->p = (double)c.hits / (double)c.of;
}

void weat_of(const struct weat_input *in, struct weat *out)
{
    uint32_t n_x = in->n[WEAT_X], n = n_x + in->n[WEAT_Y];
    double *s, all, squares = 0;

    *out = (struct weat){NAN, NAN, {NAN, NAN}, NAN, false, 0};
    for (int set = 0; set < WEAT_SETS; set++)
        if (in->n[set] == 0)
            return;
    s = associations(in);
    all = mean_of(s, n);
    for (uint32_t i = 0; i < n; i++)
        squares += (s[i] - all) * (s[i] - all);
    out->mean[0] = mean_of(s, n_x);
    out->mean[1] = mean_of(s + n_x, n - n_x);
    if (squares > 0) {
        out->effect = (out->mean[0] - out->mean[1]) / sqrt(squares / n);
        out->effect_sample = (out->mean[0] - out->mean[1]) / sqrt(squares / (n - 1));
        find_p(out, s, n_x, n);
    }
    g_free(s);
}
