#include "tui/diagnosis_page.h"

#include <math.h>
#include <string.h>

#include "core/depth_key.h"
#include "core/escape.h"
#include "tui/units.h"

#define LEAD 9       /* columns of the word before a text */
#define BAR_START 24 /* columns before a block's bar */
#define MOST_BAR 60

static void wrap_text(struct page *p, int width, const char *lead, enum paint paint,
                      const char *text)
{
    if (text)
        page_wrap(p, width, LEAD, lead, paint, text);
}

static void wrap_escaped(struct page *p, int width, const char *lead, const char *text)
{
    char *safe = escape_text(text);

    wrap_text(p, width, lead, PAINT_TEXT, safe);
    g_free(safe);
}

static bool is_threshold(const struct rule *r, const char *name)
{
    for (int i = 0; r->thresholds && r->thresholds[i] != THRESHOLD_COUNT; i++)
        if (strcmp(threshold_table[r->thresholds[i]].name, name) == 0)
            return true;
    return false;
}

/* Numbers of a finding without the thresholds; owned. */
static char *numbers_text(const struct finding *f)
{
    GString *out = g_string_new(NULL);
    char buf[UNIT_BYTES];

    for (unsigned i = 0; i < f->n_evidence; i++)
        if (!is_threshold(f->rule, f->evidence[i].name))
            g_string_append_printf(out, "%s%s %s", out->len ? "   " : "", f->evidence[i].name,
                                   unit_value(buf, f->evidence[i].value, 10));
    return g_string_free(out, FALSE);
}

/* NULL: the rule compares with nothing that can be set; owned. */
static char *thresholds_text(const struct comparison *c, const struct rule *r)
{
    GString *out = g_string_new(NULL);

    for (int i = 0; r->thresholds && r->thresholds[i] != THRESHOLD_COUNT; i++) {
        const struct threshold_info *t = &threshold_table[r->thresholds[i]];
        double value = c->thresholds.value[r->thresholds[i]];

        g_string_append_printf(out, "%s%s %g", out->len ? "   " : "", t->name, value);
        if (value != t->value)
            g_string_append_printf(out, " (default %g)", t->value);
    }
    return g_string_free(out, out->len == 0);
}

void diagnosis_finding(struct page *p, const struct comparison *c, const struct finding *f,
                       int width)
{
    char *numbers = numbers_text(f), *thresholds = thresholds_text(c, f->rule);

    page_rule(p, f->rule->title);
    wrap_escaped(p, width, " where", f->where);
    wrap_escaped(p, width, " what", f->what);
    wrap_text(p, width, " why", PAINT_TEXT, f->rule->meaning);
    wrap_text(p, width, " so what", PAINT_TEXT, f->rule->advice);
    if (!g_str_equal(f->rule->id, "depth_profile"))
        wrap_text(p, width, " numbers", PAINT_TEXT, numbers);
    wrap_text(p, width, " against", PAINT_TEXT, thresholds);
    wrap_text(p, width, " limits", PAINT_DIM, f->rule->limits);
    wrap_text(p, width, " after", PAINT_DIM, f->rule->source);
    g_free(numbers);
    g_free(thresholds);
}

void diagnosis_rule(struct page *p, const struct comparison *c, const struct rule *r, int width)
{
    char *title = g_strdup_printf("rule %s", r->id);

    page_rule(p, title);
    wrap_text(p, width, " finds", PAINT_TEXT, r->title);
    wrap_text(p, width, " why", PAINT_TEXT, r->meaning);
    wrap_text(p, width, " so what", PAINT_TEXT, r->advice);
    wrap_text(p, width, " by", PAINT_TEXT, r->source);
    wrap_text(p, width, " limits", PAINT_TEXT, r->limits);
    for (int i = 0; r->thresholds && r->thresholds[i] != THRESHOLD_COUNT; i++) {
        const struct threshold_info *t = &threshold_table[r->thresholds[i]];
        char *text = g_strdup_printf("%s %g (%g to %g, default %g): %s; %s", t->name,
                                     c->thresholds.value[r->thresholds[i]], t->low, t->high,
                                     t->value, t->help, t->source);

        wrap_text(p, width, i ? "" : " reads", PAINT_TEXT, text);
        g_free(text);
    }
    wrap_text(p, width, " set", PAINT_DIM,
              "':set NAME VALUE' here; --threshold NAME=VALUE or --rules FILE when starting");
    g_free(title);
}

/* Its stack: the one the finding's block is of. */
static bool depth_of_finding(const struct comparison *c, const struct finding *f, struct depth *d)
{
    for (uint32_t stack = 0; stack < depth_stacks(c); stack++) {
        depth_of(c, stack, d);
        if (d->n && f->block >= (int32_t)d->block[0].block &&
            f->block <= (int32_t)d->block[d->n - 1].block)
            return true;
        depth_finish(d);
    }
    return false;
}

static const char *const part_names[DEPTH_PARTS] = {"early", "middle", "late"};

static void print_bands(struct page *p, const struct depth *d)
{
    char mean[UNIT_BYTES], pooled[UNIT_BYTES], floor[UNIT_BYTES];

    page_print(p, PAINT_TEXT, " f %.3g: round(f L) blocks at each end   floor %s", d->verdict.f,
               unit_percent(floor, d->floor));
    for (int part = 0; part < DEPTH_PARTS; part++) {
        const struct depth_band *b = &d->verdict.band[part];

        page_print(p, PAINT_TEXT, " r%c %-6s %3u block%s  mean %8s  pooled %8s", "EML"[part],
                   part_names[part], b->n, b->n == 1 ? " " : "s", unit_relative(mean, b->mean, d->floor),
                   unit_relative(pooled, b->pooled, d->floor));
    }
}

static void print_trend(struct page *p, const struct depth *d)
{
    char relative[UNIT_BYTES];

    page_print(p, PAINT_TEXT, " C %s%.4g = rL / %s", d->verdict.contrast_is_bound ? ">= " : "",
               d->verdict.contrast, d->verdict.contrast_is_bound ? "floor, rE is below it" : "rE");
    page_print(p, PAINT_TEXT, " rho %.3f  p %.2g (%s)  slope %.3g of ln r", d->rho, d->p,
               d->p_exact ? "all orders" : "10000 shuffles", d->slope);
    page_print(p, PAINT_TEXT, " model: relative %s  cosine %.6g",
               unit_relative(relative, d->model_relative, d->floor), d->model_cosine);
}

static void print_checks(struct page *p, const struct comparison *c, const struct depth *d, int width)
{
    const char *both = depth_key_text(d->verdict.class, general_key_of(c));
    char *class;

    for (uint32_t i = 0; i < d->n_checks; i++) {
        const struct depth_verdict *v = &d->check[i];
        char *of = i == DEPTH_CHECKS - 1
                       ? g_strdup_printf("without L%u", d->block[d->left_out].block)
                       : g_strdup_printf("f %.3g", v->f);

        page_print(p, v->class == d->verdict.class ? PAINT_DIM : PAINT_WARN, " %s %-12s %s",
                   i ? "      " : "checks", of, depth_class_name(v->class));
        g_free(of);
    }
    class = g_strdup_printf("%s, %s%s: %s", depth_class_name(d->verdict.class),
                            d->stable ? "stable" : "NOT stable",
                            d->low_resolution ? ", low resolution" : "",
                            both ? both : "pattern only, not confirmed by behaviour");
    page_wrap(p, width, 7, " class", d->stable ? PAINT_TEXT : PAINT_WARN, class);
    g_free(class);
}

/* A bar in eighths of a cell. */
static char *bar_text(double share, int cols)
{
    static const char *const parts[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    int eighths = (int)lround(CLAMP(share, 0, 1) * cols * 8);
    GString *out = g_string_new(NULL);

    for (int i = 0; i < eighths / 8; i++)
        g_string_append(out, "█");
    g_string_append(out, parts[eighths % 8]);
    return g_string_free(out, FALSE);
}

static void print_blocks(struct page *p, const struct depth *d, int width)
{
    int cols = CLAMP(width - BAR_START, 0, MOST_BAR);
    double most = 0;

    for (uint32_t i = 0; i < d->n; i++)
        most = fmax(most, d->relative[i]);
    for (uint32_t i = 0; i < d->n; i++) {
        enum depth_part part = depth_part_of(&d->verdict, i);
        bool below = below_floor(d->relative[i], d->block[i].floor),
             first = i == d->verdict.band[part].first;
        char *bar = bar_text(most > 0 ? d->relative[i] / most : 0, cols), value[UNIT_BYTES];

        page_print(p, below ? PAINT_DIM : PAINT_TEXT, " %-6s L%-3u %c%8s %s",
                   first ? part_names[part] : "  |", d->block[i].block, below ? '<' : ' ',
                   unit_percent(value, d->relative[i]), bar);
        g_free(bar);
    }
}

void diagnosis_depth(struct page *p, const struct comparison *c, const struct finding *f, int width)
{
    struct depth d;

    if (!g_str_equal(f->rule->id, "depth_profile") || !depth_of_finding(c, f, &d))
        return;
    page_rule(p, "depth profile: every input of the rule");
    if (d.reason)
        wrap_text(p, width, " none", PAINT_WARN, d.reason);
    if (d.n_checks) {
        print_bands(p, &d);
        print_trend(p, &d);
        print_checks(p, c, &d, width);
        print_blocks(p, &d, width);
    }
    depth_finish(&d);
}
