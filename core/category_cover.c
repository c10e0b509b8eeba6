#include "core/category_cover.h"

#include <stdlib.h>
#include "core/error.h"

static int compare_counts(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

/* Of the categories that have a test or train example. */
static double median_train(const struct category_loss *c, const bool *asked, uint32_t n)
{
    uint32_t *counts = g_new(uint32_t, n + 1), m = 0;
    double median = 0;

    for (uint32_t i = 0; i < n; i++)
        if (asked[i])
            counts[m++] = c[i].train;
    qsort(counts, m, sizeof *counts, compare_counts);
    if (m)
        median = ((double)counts[m / 2] + counts[(m - 1) / 2]) / 2;
    g_free(counts);
    return median;
}

bool category_cover(const struct examples *e, const bool *told, struct category_loss *out)
{
    bool *asked = g_new0(bool, e->n_categories);
    bool known = told != NULL;
    double least;

    for (uint32_t i = 0; i < e->n; i++) {
        const struct example *x = &e->examples[i];

        asked[x->category] |= x->split != SPLIT_GENERAL;
        out[x->category].train += x->split == SPLIT_TRAIN;
        known |= x->split == SPLIT_TRAIN;
    }
    least = UNCOVERED_SHARE * median_train(out, asked, e->n_categories);
    for (uint32_t c = 0; c < e->n_categories; c++) {
        bool uncovered = told ? told[c] : out[c].train < least;

        if (known && asked[c])
            out[c].cover = uncovered ? COVER_UNCOVERED : COVER_COVERED;
    }
    g_free(asked);
    return known;
}

static gboolean tell(const struct examples *e, const char *name, bool *told, GError **error)
{
    uint32_t c = examples_category(e, name);

    if (c == CATEGORY_NONE) {
        g_set_error(error, TARE_ERROR, TARE_ERROR_USAGE, "%s: no example is of that category",
                    name);
        return FALSE;
    }
    told[c] = true;
    return TRUE;
}

gboolean category_names_parse(const struct examples *e, const char *list, bool *told,
                              GError **error)
{
    char **names = g_strsplit(list, ",", -1);
    gboolean ok = TRUE;

    for (char **name = names; *name && ok; name++)
        ok = tell(e, g_strstrip(*name), told, error);
    g_strfreev(names);
    return ok;
}
