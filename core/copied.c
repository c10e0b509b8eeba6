#include "core/copied.h"

#include <stdlib.h>

/* What follows a symbol in its text. */
struct suffix {
    const uint32_t *at;
    uint32_t n; /* up to COPIED_MOST */
};

struct copied_index {
    struct suffix *suffixes; /* sorted */
    size_t n;
};

static uint32_t common(const struct suffix *a, const struct suffix *b)
{
    uint32_t n = MIN(a->n, b->n), i = 0;

    while (i < n && a->at[i] == b->at[i])
        i++;
    return i;
}

static int compare(const void *a, const void *b)
{
    const struct suffix *x = a, *y = b;
    uint32_t i = common(x, y);

    if (i < x->n && i < y->n)
        return x->at[i] < y->at[i] ? -1 : 1;
    return (x->n > y->n) - (x->n < y->n);
}

struct copied_index *copied_index_create(const struct symbols *texts, uint32_t n)
{
    struct copied_index *x = g_new0(struct copied_index, 1);
    size_t total = 0;

    for (uint32_t i = 0; i < n; i++)
        total += texts[i].n;
    x->suffixes = g_new(struct suffix, total + 1);
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t k = 0; k < texts[i].n; k++)
            x->suffixes[x->n++] =
                (struct suffix){&texts[i].at[k], MIN(texts[i].n - k, COPIED_MOST)};
    qsort(x->suffixes, x->n, sizeof *x->suffixes, compare);
    return x;
}

void copied_index_destroy(struct copied_index *x)
{
    if (!x)
        return;
    g_free(x->suffixes);
    g_free(x);
}

uint32_t copied_run(const struct copied_index *x, const uint32_t *at, uint32_t n)
{
    struct suffix wanted = {at, MIN(n, COPIED_MOST)};
    size_t low = 0, high = x->n;
    uint32_t run = 0;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (compare(&x->suffixes[middle], &wanted) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < x->n)
        run = common(&x->suffixes[low], &wanted);
    if (low > 0)
        run = MAX(run, common(&x->suffixes[low - 1], &wanted));
    return run;
}
