#include <math.h>
#include "io/report_behaviour.h"
#include "io/report_examples.h"
#include "io/report_lines.h"

static void write_interval(FILE *out, struct interval i)
{
    if (isfinite(i.low))
        fprintf(out, " [%7.3f, %7.3f]", i.low, i.high);
    else
        fprintf(out, " %18s", "");
}

static void write_category(FILE *out, const struct behaviour *b, uint32_t i)
{
    const struct category_loss *c = &b->losses.categories[i];

    report_name(out, examples_category_name(b->examples, i), REPORT_NAME_COLUMNS);
    fprintf(out, " %6u %6u %-9s", c->train, c->examples,
            c->cover == COVER_UNKNOWN ? "" : cover_name(c->cover));
    report_number(out, c->loss[EVALUATION_BASE]);
    report_number(out, c->loss[EVALUATION_TUNED]);
    report_number(out, c->gain);
    write_interval(out, c->gain_interval);
    report_number(out, c->excess);
    report_number(out, c->p_adjusted);
    if (c->examples < CATEGORY_EXAMPLES)
        fputs("  n < 30", out);
    fputs(c->worse ? "  worse\n" : "\n", out);
}

static void write_categories(FILE *out, const struct behaviour *b)
{
    fprintf(out, "\n%-*s %6s %6s %-9s %10s %10s %10s %18s %10s %10s\n", REPORT_NAME_COLUMNS,
            "category", "train", "tests", "", "base", "tuned", "gain", "95 %", "behind", "p Holm");
    for (uint32_t c = 0; c < b->losses.n; c++)
        if (report_category_shown(b, c))
            write_category(out, b, c);
    fputs("losses in nats a predicted token, mean over examples; behind: the mean of the other "
          "(covered) categories\n",
          out);
}

static void write_contrast(FILE *out, const char *what, double value, struct interval within,
                           struct interval categories)
{
    fprintf(out, "%-34s", what);
    report_number(out, value);
    write_interval(out, within);
    if (isfinite(categories.low))
        fprintf(out, "  categories drawn too: [%.3f, %.3f]", categories.low, categories.high);
    fputc('\n', out);
}

/* Of a base without a gap nothing is left. */
static void write_left(FILE *out, const struct category_gap *g)
{
    if (!isfinite(g->left_within.low))
        return;
    fprintf(out, "%-34s", "left of the base's own gap");
    report_percent(out, g->left);
    fprintf(out, "  [%.1f %%, %.1f %%]\n", g->left_within.low * 100, g->left_within.high * 100);
}

static void write_gap(FILE *out, const struct behaviour *b)
{
    const struct category_gap *g = &b->losses.gap;

    if (!b->losses.cover_known) {
        fputs("\nwhich categories the training covered is not known (split train, --train FILE or "
              "--uncovered A,B)\n",
              out);
        return;
    }
    fprintf(out, "\n%u covered, %u uncovered categories\n", g->covered, g->uncovered);
    if (!g->covered || !g->uncovered)
        return;
    write_contrast(out, "gap: uncovered less covered", g->gap, g->gap_within, g->gap_categories);
    if (b->sides > 1)
        write_contrast(out, "of that since the base (primary)", g->did, g->did_within,
                       g->did_categories);
    write_left(out, g);
    if (b->losses.few)
        fprintf(out, "no intervals: a category has fewer than %u examples\n", CATEGORY_EXAMPLES);
    if (isfinite(g->gap_categories.low) && MIN(g->covered, g->uncovered) < 6)
        fputs("of few categories the second interval is coarse\n", out);
}

static void write_general(FILE *out, const struct behaviour *b)
{
    const struct general_loss *g = &b->losses.general;

    if (g->examples == 0)
        return;
    fprintf(out, "\n%u general texts\nloss base %.4f", g->examples, g->loss[EVALUATION_BASE]);
    if (b->sides > 1) {
        fprintf(out, "  tuned %.4f  change %+.4f", g->loss[EVALUATION_TUNED], g->change);
        write_interval(out, g->interval);
    }
    fputc('\n', out);
    if (b->shift.tokens)
        fprintf(out,
                "KL of the predictions: median %.4g, mean %.4g nats; same first choice %.1f %% "
                "(%" G_GUINT64_FORMAT " tokens)\n",
                b->shift.median, b->shift.mean, b->shift.agreement * 100, b->shift.tokens);
}

static void write_coverage(FILE *out, const struct behaviour *b)
{
    const struct coverage_table *t = &b->coverage;

    if (isfinite(t->effective))
        fprintf(out, "\ntrain examples: %u, %.1f effective categories of %u\n", t->n[SPLIT_TRAIN],
                t->effective, t->n_asked);
    if (isfinite(b->losses.rho))
        fprintf(out, "rank correlation of train examples with %s: %.3f, p %.3g\n",
                b->sides > 1 ? "gain" : "-loss", b->losses.rho, b->losses.p);
}

static void write_side(FILE *out, const char *name, double difference, struct interval i)
{
    fprintf(out, "  %-7s", name);
    report_number(out, difference);
    write_interval(out, i);
    fputc('\n', out);
}

static void write_biases(FILE *out, const struct behaviour *b)
{
    for (guint i = 0; i < b->pairs->len; i++) {
        const struct pair_bias *p = &g_array_index(b->pairs, struct pair_bias, i);

        fprintf(out, "\n%u pairs of texts: log probability a token of ", p->pairs);
        report_escaped(out, examples_category_name(b->examples, p->category[0]));
        fputs(" less that of ", out);
        report_escaped(out, examples_category_name(b->examples, p->category[1]));
        fputc('\n', out);
        write_side(out, "base", p->difference[EVALUATION_BASE], p->interval[EVALUATION_BASE]);
        if (b->sides < 2)
            continue;
        write_side(out, "tuned", p->difference[EVALUATION_TUNED], p->interval[EVALUATION_TUNED]);
        write_side(out, "change", p->change, p->change_interval);
    }
    if (b->pairs->len)
        fputs("it speaks of these texts, not of how the model treats people\n", out);
    if (b->odd_pairs)
        fprintf(out, "%u pairs are left out: not two test texts of two categories\n", b->odd_pairs);
}

static void write_not_run(FILE *out, const struct behaviour *b)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < b->examples->n; i++) {
        const struct example *x = &b->examples->examples[i];

        if (!b->evaluation->results[i].skipped || n++ >= BAD_LINES_KEPT)
            continue;
        fprintf(out, "%sexample ", n == 1 ? "\n" : "");
        report_escaped(out, x->id);
        fputs(" was not run: ", out);
        report_escaped(out, b->evaluation->results[i].skipped);
        fputc('\n', out);
    }
    if (n > BAD_LINES_KEPT)
        fprintf(out, "and %u more\n", n - BAD_LINES_KEPT);
    report_bad_lines(out, b->examples);
}

void report_behaviour_text(FILE *out, const struct behaviour_result *r)
{
    const struct behaviour *b = r->behaviour;
    static const char *const sides[] = {"base", "tuned"};

    fputs("examples ", out);
    report_escaped(out, b->examples->path);
    fprintf(out, ": %u test, %u train, %u general", b->coverage.n[SPLIT_TEST],
            b->coverage.n[SPLIT_TRAIN], b->coverage.n[SPLIT_GENERAL]);
    if (r->tokenizer) {
        fputs("; tokenizer ", out);
        report_escaped(out, r->tokenizer);
    }
    fputc('\n', out);
    for (unsigned s = 0; s < b->sides; s++)
        if (r->assumed[s])
            fprintf(out, "%s: no file says %s; assumed as its family has it\n", sides[s],
                    r->assumed[s]);
    if (r->stopped)
        fputs("stopped before the end: numbers are of what was finished\n", out);
    write_categories(out, b);
    write_gap(out, b);
    write_coverage(out, b);
    write_general(out, b);
    write_biases(out, b);
    report_association_text(out, b);
    report_generations_text(out, b);
    write_not_run(out, b);
}
