#include "tui/spectrum_page.h"

#include <math.h>
#include <string.h>

#include "tui/units.h"

#define LABEL_COLUMNS 13
#define CELL_COLUMNS 11

static void cell(GString *line, double value)
{
    char text[UNIT_BYTES];

    g_string_append_printf(line, "%*s", CELL_COLUMNS, unit_value(text, value, CELL_COLUMNS - 2));
}

/* A row over the sides that are there. */
static void add_row(struct page *p, const struct spectrum *s, const char *label,
                    double (*number)(const struct spectrum_side *))
{
    GString *line = g_string_new(NULL);

    g_string_printf(line, " %-*s", LABEL_COLUMNS - 1, label);
    for (int i = 0; i < SPECTRUM_SIDES; i++)
        if (s->side[i].n)
            cell(line, number(&s->side[i]));
    page_print(p, PAINT_TEXT, "%s", line->str);
    g_string_free(line, TRUE);
}

static double largest(const struct spectrum_side *s)
{
    return s->sigma[0];
}

static double norm(const struct spectrum_side *s)
{
    return s->l2;
}

static double rank(const struct spectrum_side *s)
{
    return s->rank;
}

static double stable(const struct spectrum_side *s)
{
    return s->stable_rank;
}

static double effective(const struct spectrum_side *s)
{
    return s->effective_rank;
}

static double effective_energy(const struct spectrum_side *s)
{
    return s->effective_rank_energy;
}

static double entropy(const struct spectrum_side *s)
{
    return s->entropy;
}

static double alpha_start(const struct spectrum_side *s)
{
    return s->tail.xmin;
}

static double alpha_distance(const struct spectrum_side *s)
{
    return s->tail.distance;
}

static double edge(const struct spectrum_side *s)
{
    return s->bulk.edge;
}

static double margin(const struct spectrum_side *s)
{
    return s->bulk.margin;
}

static double above(const struct spectrum_side *s)
{
    return isnan(s->bulk.edge) ? NAN : s->bulk.above;
}

static double spikes(const struct spectrum_side *s)
{
    return isnan(s->bulk.edge) ? NAN : s->bulk.spikes;
}

static void add_heading(struct page *p, const struct spectrum *s)
{
    static const char *const names[] = {"base", "tuned", "delta"};
    GString *line = g_string_new(NULL);

    g_string_printf(line, " %-*s", LABEL_COLUMNS - 1, "");
    for (int i = 0; i < SPECTRUM_SIDES; i++)
        if (s->side[i].n)
            g_string_append_printf(line, "%*s", CELL_COLUMNS, names[i]);
    page_print(p, PAINT_DIM, "%s", line->str);
    g_string_free(line, TRUE);
}

/* A delta's alpha is in parentheses: no verdict. */
static void add_alpha(struct page *p, const struct spectrum *s)
{
    GString *line = g_string_new(NULL);
    char text[UNIT_BYTES], shown[UNIT_BYTES + 2];

    g_string_printf(line, " %-*s", LABEL_COLUMNS - 1, "alpha");
    for (int i = 0; i < SPECTRUM_SIDES; i++) {
        if (!s->side[i].n)
            continue;
        unit_value(text, s->side[i].tail.alpha, CELL_COLUMNS - 4);
        g_snprintf(shown, sizeof shown, i == SPECTRUM_DELTA ? "(%s)" : "%s", text);
        g_string_append_printf(line, "%*s", CELL_COLUMNS, shown);
    }
    page_print(p, PAINT_TEXT, "%s", line->str);
    g_string_free(line, TRUE);
}

static void add_sides(struct page *p, const struct spectrum *s)
{
    add_heading(p, s);
    add_row(p, s, "sigma max", largest);
    add_row(p, s, "|W| l2", norm);
    add_row(p, s, "rank", rank);
    add_row(p, s, "stable rank", stable);
    add_row(p, s, "eff.r. sigma", effective);
    add_row(p, s, "eff.r. sig^2", effective_energy);
    add_row(p, s, "entropy", entropy);
    add_alpha(p, s);
    add_row(p, s, "  D", alpha_distance);
    add_row(p, s, "  xmin", alpha_start);
    add_row(p, s, "MP edge", edge);
    add_row(p, s, "  TW margin", margin);
    add_row(p, s, "above edge", above);
    add_row(p, s, "  + margin", spikes);
}

static void add_energy(struct page *p, const struct spectrum *s)
{
    GString *line = g_string_new(NULL), *ranks = g_string_new(NULL);
    char text[UNIT_BYTES];

    g_string_printf(ranks, " %-9s", "first k");
    g_string_printf(line, " %-9s", "energy %");
    for (int i = 0; i < SPECTRUM_ENERGIES; i++) {
        g_string_append_printf(ranks, "%5u", spectrum_energy_at[i]);
        g_string_append_printf(line, "%5s", unit_value(text, 100 * s->energy[i], 4));
    }
    page_print(p, PAINT_DIM, "%s", ranks->str);
    page_print(p, PAINT_TEXT, "%s", line->str);
    page_print(p, PAINT_TEXT, " 90 %% in %u, 99 %% in %u of %u directions", s->rank_90, s->rank_99,
               s->side[SPECTRUM_DELTA].n);
    g_string_free(line, TRUE);
    g_string_free(ranks, TRUE);
}

static void add_pair(struct page *p, const struct spectrum *s)
{
    char a[UNIT_BYTES], b[UNIT_BYTES];

    page_print(p, PAINT_TEXT, " sigma max of delta / of base %s", unit_percent(a, s->sigma_ratio));
    if (s->compared) {
        page_print(p, s->intruders ? PAINT_WARN : PAINT_TEXT,
                   " intruders %u of %u top directions, |cos| < %g", s->intruders, s->compared,
                   SPECTRUM_INTRUDER);
        page_print(p, PAINT_TEXT, " overlap of top %u  %s  random %s", s->compared,
                   unit_value(a, s->overlap, 8), unit_value(b, s->overlap_random, 7));
        page_print(p, PAINT_DIM, "  of the directions of the %s, %s",
                   s->columns ? "columns" : "rows", s->oriented ? "the outputs" : "not oriented");
    }
    page_print(p, PAINT_TEXT, " decay c %s leaves %s", unit_value(a, s->decay, 9),
               unit_percent(b, s->decay_residual));
    page_print(p, PAINT_TEXT, " radial %s  tangential %s", unit_value(a, s->radial, 10),
               unit_value(b, s->tangential, 9));
}

static void add_notes(struct page *p, const struct spectrum *s, int cols)
{
    static const char *const notes[] = {
        "eff.r.: exp of the entropy of sigma / sum (Roy & Vetterli), and of sigma^2 / sum.",
        "alpha: Clauset's fit to sigma^2; 2 to 4 is called well trained, above 6 under-trained, "
        "below 2 over-trained, by one group. Of a delta it is no verdict.",
        "MP edge: of W'W / N, where noise of the bulk's variance ends; TW margin: its 99 % point.",
        "intruders: top directions of tuned that no direction of base is near."};

    for (int i = 0; i < SPECTRUM_SIDES; i++)
        if (s->side[i].absent)
            page_print(p, PAINT_WARN, " %s: %s",
                       i == SPECTRUM_BASE    ? "base"
                       : i == SPECTRUM_TUNED ? "tuned"
                                             : "delta",
                       s->side[i].absent);
    for (gsize i = 0; i < G_N_ELEMENTS(notes); i++)
        page_wrap(p, cols, 1, " ", PAINT_DIM, notes[i]);
    if (s->gram)
        page_wrap(p, cols, 1, " ", PAINT_DIM,
                  "From the Gram matrix: values below 1e-7 of the largest are noise.");
}

void spectrum_page_make(struct page *p, const struct spectrum *s, int cols)
{
    page_clear(p);
    add_sides(p, s);
    if (s->rank_99)
        add_energy(p, s);
    if (!isnan(s->decay))
        add_pair(p, s);
    add_notes(p, s, cols);
}
