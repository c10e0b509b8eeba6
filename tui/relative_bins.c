#include "tui/relative_bins.h"

#include <math.h>

#include "tui/plot.h"
#include "tui/units.h"

#define LABEL_COLUMNS 9
#define COUNT_COLUMNS 7

/* The lower end of bin i >= 2. */
static double lower_end(int i)
{
    return pow(10, -4 + (i - 2) * 0.5);
}

void relative_bins_add(struct relative_bins *b, double relative)
{
    int i = 1;

    if (isnan(relative)) {
        b->undefined++;
        return;
    }
    while (i + 1 < RELATIVE_BINS && relative >= lower_end(i + 1))
        i++;
    b->n[relative > 0 ? i : 0]++;
}

static void label_of(char label[static UNIT_BYTES], int i)
{
    char end[UNIT_BYTES];

    if (i == 0)
        g_strlcpy(label, "0", UNIT_BYTES);
    else if (i == 1)
        g_snprintf(label, UNIT_BYTES, "<%s", unit_percent(end, lower_end(2)));
    else
        unit_percent(label, lower_end(i));
}

void relative_bins_draw(const struct relative_bins *b, const struct surface *s)
{
    int bar = s->cols - LABEL_COLUMNS - COUNT_COLUMNS - 2;
    guint most = 1;

    for (int i = 0; i < RELATIVE_BINS; i++)
        most = MAX(most, b->n[i]);
    surface_text(s, 0, 0, style_of(PAINT_DIM), "relative from  rows");
    for (int i = 0; i < RELATIVE_BINS; i++) {
        char text[UNIT_BYTES];

        label_of(text, i);
        surface_field(s, 1 + i, 0, LABEL_COLUMNS, true, CUT_END, style_of(PAINT_TEXT), text);
        plot_bar(s, 1 + i, LABEL_COLUMNS + 1, bar, style_of(PAINT_DELTA), (double)b->n[i] / most);
        surface_field(s, 1 + i, LABEL_COLUMNS + 2 + MAX(bar, 0), COUNT_COLUMNS, true, CUT_END,
                      style_of(PAINT_TEXT), unit_count(text, b->n[i]));
    }
}
