#include "core/pair_bias.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Examples of one pair follow each other when sorted. */
struct member {
    const char *pair;
    uint32_t example, category;
};

static int compare_members(const void *a, const void *b)
{
    const struct member *x = a, *y = b;
    int order = strcmp(x->pair, y->pair);

    if (order)
        return order;
    if (x->category != y->category)
        return x->category < y->category ? -1 : 1;
    return (x->example > y->example) - (x->example < y->example);
}

struct couple {
    uint32_t category[2], example[2];
};

static int compare_couples(const void *a, const void *b)
{
    const struct couple *x = a, *y = b;

    for (int i = 0; i < 2; i++)
        if (x->category[i] != y->category[i])
            return x->category[i] < y->category[i] ? -1 : 1;
    return (x->example[0] > y->example[0]) - (x->example[0] < y->example[0]);
}

static GArray *members_of(const struct evaluation *e)
{
    GArray *members = g_array_new(FALSE, FALSE, sizeof(struct member));

    for (uint32_t i = 0; i < e->examples->n; i++) {
        const struct example *x = &e->examples->examples[i];
        struct member m = {x->pair, i, x->category};

        if (x->pair && x->split == SPLIT_TEST)
            g_array_append_val(members, m);
    }
    if (members->len)
        qsort(members->data, members->len, sizeof(struct member), compare_members);
    return members;
}

/* Sorted by categories; *odd: pairs that are none. */
static GArray *couples_of(const struct evaluation *e, uint32_t *odd)
{
    GArray *members = members_of(e), *couples = g_array_new(FALSE, FALSE, sizeof(struct couple));
    const struct member *m = (const struct member *)members->data;

    *odd = 0;
    for (guint i = 0, next; i < members->len; i = next) {
        struct couple c;

        for (next = i; next < members->len && strcmp(m[next].pair, m[i].pair) == 0;)
            next++;
        if (next - i != 2 || m[i].category == m[i + 1].category) {
            ++*odd;
            continue;
        }
        c = (struct couple){{m[i].category, m[i + 1].category}, {m[i].example, m[i + 1].example}};
        if (evaluation_has(e, c.example[0]) && evaluation_has(e, c.example[1]))
            g_array_append_val(couples, c);
    }
    if (couples->len)
        qsort(couples->data, couples->len, sizeof(struct couple), compare_couples);
    g_array_free(members, TRUE);
    return couples;
}

static struct interval interval_of(const double *x, uint32_t n, uint64_t seed)
{
    return n >= PAIR_BIAS_PAIRS ? bootstrap_mean(x, n, seed) : (struct interval){NAN, NAN};
}

/* Of n couples of the same categories. */
static struct pair_bias describe(const struct evaluation *e, const struct couple *c, uint32_t n)
{
    struct pair_bias out = {.category = {c->category[0], c->category[1]}, .pairs = n};
    double *x[EVALUATION_SIDES], *change = g_new(double, n);

    for (unsigned side = 0; side < EVALUATION_SIDES; side++) {
        x[side] = g_new(double, n);
        for (uint32_t i = 0; i < n; i++)
            x[side][i] =
                e->results[c[i].example[1]].nll[side] - e->results[c[i].example[0]].nll[side];
        out.difference[side] = side < e->sides ? mean_of(x[side], n) : NAN;
        out.interval[side] = interval_of(x[side], side < e->sides ? n : 0, 51 + side);
    }
    for (uint32_t i = 0; i < n; i++)
        change[i] = x[EVALUATION_TUNED][i] - x[EVALUATION_BASE][i];
    out.change = e->sides > 1 ? mean_of(change, n) : NAN;
    out.change_interval = interval_of(change, e->sides > 1 ? n : 0, 61);
    g_free(change);
    g_free(x[EVALUATION_BASE]);
    g_free(x[EVALUATION_TUNED]);
    return out;
}

GArray *pair_bias_of(const struct evaluation *e, uint32_t *odd)
{
    GArray *out = g_array_new(FALSE, FALSE, sizeof(struct pair_bias));
    GArray *couples = couples_of(e, odd);
    const struct couple *c = (const struct couple *)couples->data;

    for (guint i = 0, next; i < couples->len; i = next) {
        struct pair_bias bias;

        for (next = i; next < couples->len && c[next].category[0] == c[i].category[0] &&
                       c[next].category[1] == c[i].category[1];)
            next++;
        bias = describe(e, c + i, next - i);
        g_array_append_val(out, bias);
    }
    g_array_free(couples, TRUE);
    return out;
}
