#include "tui/activity_text.h"

#include <math.h>

#include "core/activity_effect.h"
#include "core/escape.h"
#include "tui/tsv.h"
#include "tui/units.h"

#define NUMBER 7
#define OUTLIER 6.0 /* magnitude of outlier features: Dettmers et al. 2022 */

const char *activity_site_name(enum activity_kind kind)
{
    static const char *const names[ACTIVITY_KINDS] = {"residual stream", "attention out",
                                                      "MLP hidden", "recorded"};

    return names[kind];
}

char *activity_layer_label(const struct activity *a, uint32_t layer)
{
    return escape_text(a->layers[layer].name);
}

uint32_t activity_next_site(const struct activity *a, uint32_t layer)
{
    enum activity_kind kind = a->layers[layer].kind;
    uint32_t next;

    do {
        kind = (enum activity_kind)((kind + 1) % ACTIVITY_KINDS);
        next = activity_nearest(a, kind, a->layers[layer].block);
    } while (next == ACTIVITY_NONE);
    return next;
}

uint32_t activity_hidden_of(const struct activity *a, uint32_t layer)
{
    uint32_t hidden = activity_nearest(a, ACTIVITY_HIDDEN, a->layers[layer].block);

    return a->layers[layer].kind == ACTIVITY_RESIDUAL && hidden != ACTIVITY_NONE ? hidden : layer;
}

static double share_beyond(const struct sketch *s, double limit)
{
    double total = (double)s->total;

    return s->total ? (total - sketch_rank(s, limit) + sketch_rank(s, -limit)) / total : NAN;
}

static const struct sketch *sketch_of(const struct activity_cell *c, unsigned side)
{
    return side ? &c->tuned : &c->base;
}

static const char *side_name(const struct activity *a, unsigned side)
{
    return !a->pair ? "" : side ? "tuned " : "base  ";
}

/* What has no room is left out, the least telling first. */
static void draw_side(const struct activity *a, const struct surface *s, int row,
                      const struct activity_cell *c, unsigned side)
{
    struct activity_level l;
    char t[8][UNIT_BYTES], *line, *fit;

    activity_level(c, (enum activity_side)side, &l);
    line = g_strdup_printf(
        "%smean %s  rms %s  max %s  median %s  1 %% %s  99 %% %s  25 %% %s  75 %% %s",
        side_name(a, side), unit_value(t[0], l.mean, NUMBER), unit_value(t[1], l.rms, NUMBER),
        unit_value(t[2], l.max_abs, NUMBER), unit_value(t[3], l.q50, NUMBER),
        unit_value(t[4], l.q01, NUMBER), unit_value(t[5], l.q99, NUMBER),
        unit_value(t[6], l.q25, NUMBER), unit_value(t[7], l.q75, NUMBER));
    fit = text_fit(line, "  ", s->cols - 2);
    surface_text(s, row, 1, style_of(PAINT_TEXT), fit);
    g_free(fit);
    g_free(line);
}

/* "1.2 %", "1.2 % > 0.9 %". */
static void add_shares(GString *line, const struct activity *a, const struct activity_cell *c)
{
    char text[UNIT_BYTES];

    g_string_append_printf(line, "|a| >= %g: %s", OUTLIER,
                           unit_percent(text, share_beyond(sketch_of(c, 0), OUTLIER)));
    if (a->pair)
        g_string_append_printf(line, " > %s",
                               unit_percent(text, share_beyond(sketch_of(c, 1), OUTLIER)));
}

static void add_dead(GString *line, const struct activity *a, uint32_t layer)
{
    struct activity_dead d;

    if (a->layers[layer].kind != ACTIVITY_HIDDEN && a->layers[layer].kind != ACTIVITY_RECORDED)
        return;
    activity_dead(a, layer, &d);
    g_string_append_printf(line, "; silent on all examples: %u", d.dead[ACTIVITY_BASE]);
    if (a->pair)
        g_string_append_printf(line, " > %u", d.dead[ACTIVITY_TUNED]);
    g_string_append_printf(line, " of %u units", d.units);
}

static void add_nonfinite(GString *line, const struct activity *a, const struct activity_cell *c)
{
    for (unsigned side = 0; side <= a->pair; side++) {
        struct activity_level l;

        activity_level(c, (enum activity_side)side, &l);
        if (l.nonfinite)
            g_string_append_printf(line, "; %s%" G_GUINT64_FORMAT " values not finite",
                                   side_name(a, side), l.nonfinite);
    }
}

static void add_peaks(GString *line, const struct activity *a, uint32_t layer)
{
    for (unsigned side = 0; side <= a->pair; side++) {
        struct activity_peak peaks[ACTIVITY_TOP];
        char text[UNIT_BYTES];

        if (!activity_peaks(a, layer, (enum activity_side)side, peaks))
            continue;
        g_string_append_printf(line, "%slargest %s%s at unit %u, position %u%s",
                               line->len ? "; " : "", side_name(a, side),
                               unit_value(text, (double)peaks[0].value, 8), peaks[0].unit,
                               peaks[0].position, peaks[0].massive ? " (massive)" : "");
    }
}

static void draw_line(const struct surface *s, int row, enum paint paint, GString *line)
{
    surface_field(s, row, 1, s->cols - 2, false, CUT_END, style_of(paint), line->str);
    g_string_free(line, TRUE);
}

static GString *behind_text(const struct activity *a, const struct activity_cell *c)
{
    GString *line = g_string_new(NULL);
    char shift[UNIT_BYTES], cosine[UNIT_BYTES];

    g_string_printf(line, "%" G_GUINT64_FORMAT " tokens of %u examples%s", c->tokens, c->examples,
                    c->examples < ACTIVITY_FEWEST ? ", fewer than 30: a hint at most" : "");
    if (a->pair)
        g_string_append_printf(line, "; shift |h1 - h0| / |h0| %s, cosine %s",
                               unit_value(shift, activity_shift(c), 7),
                               unit_value(cosine, activity_cosine(c), 7));
    return line;
}

static char *title_of(const struct view *v, uint32_t layer, uint32_t category)
{
    const struct activity *a = study_activity(view_study(v));
    char *name = activity_layer_label(a, layer);
    char *of = category == ACTIVITY_ALL ? g_strdup("all categories") : category_label(v, category);
    char *title = g_strdup_printf("%s %s, %s", name, activity_site_name(a->layers[layer].kind), of);

    g_free(of);
    g_free(name);
    return title;
}

void activity_text_draw(const struct view *v, const struct surface *s, uint32_t layer,
                        uint32_t category, const char *bin)
{
    const struct activity *a = study_activity(view_study(v));
    const struct activity_cell *c = activity_cell(a, layer, category);
    char *title = title_of(v, layer, category);
    GString *shares = g_string_new(NULL), *peaks = g_string_new(NULL);
    int row = 1;

    surface_rule(s, 0, title);
    for (unsigned side = 0; side <= a->pair; side++)
        draw_side(a, s, row++, c, side);
    add_shares(shares, a, c);
    add_dead(shares, a, layer);
    add_nonfinite(shares, a, c);
    add_peaks(peaks, a, layer);
    draw_line(s, row++, PAINT_TEXT, behind_text(a, c));
    draw_line(s, row++, PAINT_TEXT, g_string_new(bin));
    draw_line(s, row++, PAINT_DIM, shares);
    draw_line(s, row, PAINT_DIM, peaks);
    g_free(title);
}

char *activity_text_line(const struct view *v, uint32_t layer, uint32_t category)
{
    const struct activity *a = study_activity(view_study(v));
    const struct activity_cell *c = activity_cell(a, layer, category);
    char *title = title_of(v, layer, category), *line;
    struct activity_level base, tuned;

    activity_level(c, ACTIVITY_BASE, &base);
    activity_level(c, ACTIVITY_TUNED, &tuned);
    if (a->pair)
        line = g_strdup_printf("%s  rms %.4g > %.4g  shift %.3g  %" G_GUINT64_FORMAT " tokens",
                               title, base.rms, tuned.rms, activity_shift(c), c->tokens);
    else
        line = g_strdup_printf("%s  rms %.4g  %" G_GUINT64_FORMAT " tokens", title, base.rms,
                               c->tokens);
    g_free(title);
    return line;
}

static void write_cell(const struct view *v, uint32_t layer, uint32_t category, FILE *out)
{
    const struct activity *a = study_activity(view_study(v));
    const struct activity_cell *c = activity_cell(a, layer, category);
    char *name = activity_layer_label(a, layer);
    char *of = category == ACTIVITY_ALL ? g_strdup("") : category_label(v, category);

    fprintf(out, "%s\t%s\t%s\t%u\t%" G_GUINT64_FORMAT, name,
            activity_kind_name(a->layers[layer].kind), of, c->examples, c->tokens);
    for (unsigned side = 0; side < ACTIVITY_SIDES; side++) {
        struct activity_level l;

        activity_level(c, (enum activity_side)side, &l);
        for (unsigned i = 0; i < 8; i++)
            tsv_number(out, side > a->pair ? NAN
                                           : (const double[]){l.mean, l.rms, l.max_abs, l.q01,
                                                              l.q25, l.q50, l.q75, l.q99}[i]);
    }
    tsv_number(out, a->pair ? activity_shift(c) : NAN);
    tsv_number(out, a->pair ? activity_cosine(c) : NAN);
    fputc('\n', out);
    g_free(of);
    g_free(name);
}

void activity_text_write(const struct view *v, uint32_t first, uint32_t n, FILE *out)
{
    const struct activity *a = study_activity(view_study(v));

    fputs("layer\tsite\tcategory\texamples\ttokens", out);
    for (unsigned side = 0; side < ACTIVITY_SIDES; side++) {
        const char *of = side ? "tuned" : "base";

        fprintf(out, "\t%s_mean\t%s_rms\t%s_max_abs\t%s_q01\t%s_q25\t%s_q50\t%s_q75\t%s_q99", of,
                of, of, of, of, of, of, of);
    }
    fputs("\tshift\tcosine\n", out);
    for (uint32_t i = first; i < first + n; i++) {
        write_cell(v, i, ACTIVITY_ALL, out);
        for (uint32_t c = 0; c < a->n_categories; c++)
            write_cell(v, i, c, out);
    }
}
