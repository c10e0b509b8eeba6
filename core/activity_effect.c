#include "core/activity_effect.h"

#include <math.h>
#include <string.h>
#include "core/random.h"
#include "core/sorted.h"
#include "core/student.h"

#define NULL_DRAWS 200      /* of signs, or of labels */
#define NULL_WORK 10000000u /* examples x layers x draws, at most */
#define NULL_FEWEST_DRAWS 20
#define SEED 0x7461726531u

/* What one example says of a layer; shift: sums of squares of base and of the difference. */
struct observation {
    double x, change;
};

/* Of one layer. */
struct observed {
    struct observation *all; /* [n_examples] in the examples' order */
    uint32_t *category;
    uint32_t n;
};

const char *activity_value_name(enum activity_value value)
{
    static const char *const names[] = {"mean |a|", "rms", "shift"};

    return names[value];
}

static struct observation observe(const struct activity_example *e, enum activity_value value)
{
    double n = (double)e->values, base, tuned;

    if (value == ACTIVITY_SHIFT)
        return (struct observation){e->squares[ACTIVITY_BASE], e->delta_squares};
    if (value == ACTIVITY_MEAN_ABS) {
        base = e->abs[ACTIVITY_BASE] / n;
        tuned = e->abs[ACTIVITY_TUNED] / n;
    } else {
        base = sqrt(e->squares[ACTIVITY_BASE] / n);
        tuned = sqrt(e->squares[ACTIVITY_TUNED] / n);
    }
    return (struct observation){base, tuned - base};
}

/* Examples without a row there are left out: of one layer that are those of all. */
static struct observed observed_of(const struct activity *a, uint32_t layer,
                                   enum activity_value value)
{
    const struct activity_example *examples = activity_examples(a, layer);
    struct observed o = {.all = g_new(struct observation, MAX(a->n_examples, 1)),
                         .category = g_new(uint32_t, MAX(a->n_examples, 1))};

    for (uint32_t i = 0; i < a->n_examples; i++)
        if (examples[i].values) {
            o.category[o.n] = examples[i].category;
            o.all[o.n++] = observe(&examples[i], value);
        }
    return o;
}

static void observed_finish(struct observed *o)
{
    g_free(o->all);
    g_free(o->category);
}

/* Of some observations. */
struct moments {
    uint32_t n;
    double x, change;     /* means; of a shift: sums */
    double sd, sd_change; /* n - 1 */
};

/* first: the category's, then all others'. */
static void part(const struct observed *o, uint32_t category, struct observation *out,
                 uint32_t *n_own)
{
    uint32_t n = 0;

    for (int own = 1; own >= 0; own--) {
        for (uint32_t i = 0; i < o->n; i++)
            if ((o->category[i] == category) == own)
                out[n++] = o->all[i];
        *n_own = own ? n : *n_own;
    }
}

static struct moments moments_of(const struct observation *o, uint32_t n)
{
    struct moments m = {.n = n};
    double squares = 0, change_squares = 0;

    for (uint32_t i = 0; i < n; i++) {
        m.x += o[i].x;
        m.change += o[i].change;
    }
    m.x /= n;
    m.change /= n;
    for (uint32_t i = 0; i < n; i++) {
        squares += (o[i].x - m.x) * (o[i].x - m.x);
        change_squares += (o[i].change - m.change) * (o[i].change - m.change);
    }
    m.sd = n > 1 ? sqrt(squares / (n - 1)) : NAN;
    m.sd_change = n > 1 ? sqrt(change_squares / (n - 1)) : NAN;
    return m;
}

static double shift_of(const struct moments *m)
{
    return m->x > 0 ? sqrt(m->change / m->x) : NAN;
}

/* others NULL: no contrast. */
static double effect_of(const struct moments *own, const struct moments *others,
                        enum activity_value value)
{
    if (value == ACTIVITY_SHIFT)
        return shift_of(own) - (others ? shift_of(others) : 0);
    if (!(own->sd > 0))
        return NAN;
    return (own->change - (others ? others->change : 0)) / own->sd;
}

static double p_of(const struct moments *own, const struct moments *others)
{
    double a = own->sd_change * own->sd_change / own->n, b, total;

    if (!others)
        return student_two_sided(own->change / sqrt(a), own->n - 1.0);
    b = others->sd_change * others->sd_change / others->n;
    total = a + b;
    return student_two_sided((own->change - others->change) / sqrt(total),
                             total * total / (a * a / (own->n - 1.0) + b * b / (others->n - 1.0)));
}

static struct activity_effect cell_of(const struct observed *o, uint32_t category,
                                      const struct activity_effects *e)
{
    struct observation *parted = g_new(struct observation, MAX(o->n, 1));
    struct activity_effect out = {.base = NAN, .tuned = NAN, .effect = NAN, .p = NAN, .q = NAN};
    struct moments own, others;
    const struct moments *against = e->contrast ? &others : NULL;

    part(o, category, parted, &out.n);
    own = moments_of(parted, out.n);
    others = moments_of(parted + out.n, o->n - out.n);
    out.few = out.n < ACTIVITY_FEWEST;
    out.effect = effect_of(&own, against, e->value);
    if (e->value != ACTIVITY_SHIFT) {
        out.base = own.x;
        out.tuned = own.x + own.change;
        if (!out.few && !isnan(out.effect))
            out.p = p_of(&own, against);
    }
    g_free(parted);
    return out;
}

/* --- the null --- */

/* Sums of what chance would make of each category's changes. */
static void draw_signs(const struct observed *o, uint64_t seed, double *sums)
{
    for (uint32_t i = 0; i < o->n; i++) {
        uint64_t bit = random_next(&seed) >> 63;

        sums[o->category[i]] += bit ? o->all[i].change : -o->all[i].change;
    }
}

static void draw_labels(const struct observed *o, uint64_t seed, double *sums)
{
    uint32_t *labels = g_memdup2(o->category, o->n * sizeof *labels);

    for (uint32_t i = o->n; i-- > 1;) {
        uint32_t k = random_below(&seed, i + 1), label = labels[i];

        labels[i] = labels[k];
        labels[k] = label;
    }
    for (uint32_t i = 0; i < o->n; i++)
        sums[labels[i]] += o->all[i].change;
    g_free(labels);
}

/* Appends |effect| of every cell of a layer, had chance made it. */
static void add_null(const struct activity_effects *e, const struct observed *o, uint32_t layer,
                     uint32_t draws, GArray *out)
{
    double *sums = g_new(double, e->n_categories), *sd = g_new(double, e->n_categories);
    struct observation *parted = g_new(struct observation, MAX(o->n, 1));
    struct moments all = moments_of(o->all, o->n);

    for (uint32_t c = 0; c < e->n_categories; c++) {
        uint32_t n;

        part(o, c, parted, &n);
        sd[c] = moments_of(parted, n).sd;
    }
    for (uint32_t draw = 0; draw < draws; draw++) {
        memset(sums, 0, e->n_categories * sizeof *sums);
        (e->contrast ? draw_labels : draw_signs)(o, SEED + draw, sums);
        for (uint32_t c = 0; c < e->n_categories; c++) {
            const struct activity_effect *cell = &e->cells[c * e->n_layers + layer];
            double rest = (all.change * o->n - sums[c]) / (o->n - cell->n), null;

            if (cell->few || isnan(cell->effect))
                continue;
            null = fabs(sums[c] / cell->n - (e->contrast ? rest : 0)) / sd[c];
            g_array_append_val(out, null);
        }
    }
    g_free(parted);
    g_free(sums);
    g_free(sd);
}

static void judge(struct activity_effects *e, GArray *null)
{
    uint32_t n = e->n_categories * e->n_layers;
    double *p = g_new(double, n), *q = g_new(double, n);

    sort_doubles((double *)(void *)null->data, null->len);
    e->null_99 = sorted_quantile((const double *)(const void *)null->data, null->len, 0.99);
    for (uint32_t i = 0; i < n; i++)
        p[i] = e->cells[i].p;
    false_discovery_rates(p, n, q);
    for (uint32_t i = 0; i < n; i++) {
        struct activity_effect *cell = &e->cells[i];
        bool counts = !cell->few && !isnan(cell->effect);

        cell->q = q[i];
        e->tests += counts;
        e->seen += counts && fabs(cell->effect) > e->null_99;
    }
    g_free(p);
    g_free(q);
}

struct activity_effects *activity_effects_create(const struct activity *a, enum activity_kind kind,
                                                 enum activity_value value, bool contrast)
{
    struct activity_effects *e;
    GArray *null = g_array_new(FALSE, FALSE, sizeof(double));
    uint64_t work;
    uint32_t n, first = activity_layers(a, kind, &n), draws;

    if (!a->pair || n == 0 || (contrast && a->n_categories < 2)) {
        g_array_free(null, TRUE);
        return NULL;
    }
    e = g_new0(struct activity_effects, 1);
    *e = (struct activity_effects){value, contrast, first, n, a->n_categories, NULL, NAN, 0, 0};
    e->cells = g_new0(struct activity_effect, (gsize)e->n_categories * n);
    work = MAX((uint64_t)a->n_examples * n, 1);
    draws = (uint32_t)CLAMP(NULL_WORK / work, NULL_FEWEST_DRAWS, NULL_DRAWS);
    for (uint32_t i = 0; i < n; i++) {
        struct observed o = observed_of(a, first + i, value);

        for (uint32_t c = 0; c < e->n_categories; c++)
            e->cells[c * n + i] = cell_of(&o, c, e);
        if (value != ACTIVITY_SHIFT)
            add_null(e, &o, i, draws, null);
        observed_finish(&o);
    }
    judge(e, null);
    g_array_free(null, TRUE);
    return e;
}

void activity_effects_destroy(struct activity_effects *e)
{
    if (!e)
        return;
    g_free(e->cells);
    g_free(e);
}

const struct activity_effect *activity_effect(const struct activity_effects *e, uint32_t category,
                                              uint32_t layer)
{
    g_assert(category < e->n_categories && layer >= e->first_layer &&
             layer < e->first_layer + e->n_layers);
    return &e->cells[category * e->n_layers + layer - e->first_layer];
}

struct category_shifts *category_shifts_create(const struct activity *a)
{
    uint32_t n;
    enum activity_kind kind = activity_layers(a, ACTIVITY_RECORDED, &n) == ACTIVITY_NONE
                                  ? ACTIVITY_RESIDUAL
                                  : ACTIVITY_RECORDED;
    struct category_shifts *s;

    if (!a->pair || a->n_categories < 2)
        return NULL;
    s = g_new(struct category_shifts, 1);
    s->alone = activity_effects_create(a, kind, ACTIVITY_MEAN_ABS, false);
    s->against = activity_effects_create(a, kind, ACTIVITY_MEAN_ABS, true);
    if (!s->alone || !s->against)
        g_clear_pointer(&s, category_shifts_destroy);
    return s;
}

void category_shifts_destroy(struct category_shifts *s)
{
    if (!s)
        return;
    activity_effects_destroy(s->alone);
    activity_effects_destroy(s->against);
    g_free(s);
}

/* --- intervals --- */

static struct moments resample(const struct observation *o, uint32_t n, struct observation *drawn,
                               uint64_t *seed)
{
    for (uint32_t i = 0; i < n; i++)
        drawn[i] = o[random_below(seed, n)];
    return moments_of(drawn, n);
}

struct interval activity_effect_interval(const struct activity *a, uint32_t layer,
                                         uint32_t category, enum activity_value value,
                                         bool contrast)
{
    struct observed o = observed_of(a, layer, value);
    struct observation *parted = g_new(struct observation, MAX(o.n, 1));
    struct observation *drawn = g_new(struct observation, MAX(o.n, 1));
    uint32_t resamples = bootstrap_resamples(o.n), n_own, n = 0;
    double *effects = g_new(double, resamples);
    struct interval out = {NAN, NAN};
    uint64_t seed = SEED;

    part(&o, category, parted, &n_own);
    for (uint32_t i = 0; i < resamples && n_own > 1 && a->pair; i++) {
        struct moments own = resample(parted, n_own, drawn, &seed), others = {.n = 0};
        double effect;

        if (contrast)
            others = resample(parted + n_own, o.n - n_own, drawn, &seed);
        effect = effect_of(&own, contrast ? &others : NULL, value);
        if (!isnan(effect))
            effects[n++] = effect;
    }
    sort_doubles(effects, n);
    if (n == resamples && n > 0)
        out = sorted_interval(effects, n);
    g_free(effects);
    g_free(drawn);
    g_free(parted);
    observed_finish(&o);
    return out;
}
