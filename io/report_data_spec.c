/* The data specification: one page in Markdown, for whoever collects the next examples. */
#include <math.h>
#include "io/report_behaviour.h"
#include "io/report_evaluate.h"
#include "io/report_examples.h"
#include "io/report_lines.h"
#include "io/report_spec.h"

static void write_number(FILE *out, double value)
{
    if (isfinite(value))
        fprintf(out, " %.3f |", value);
    else
        fputs(" - |", out);
}

static void write_share(FILE *out, double value)
{
    if (isfinite(value))
        fprintf(out, " %.1f %% |", value * 100);
    else
        fputs(" - |", out);
}

/* A | would end the cell. */
static void write_cell(FILE *out, const char *name)
{
    char *safe = g_strdelimit(g_strdup(name), "|", '/');

    report_escaped(out, safe);
    g_free(safe);
}

static const char *asked_for(const struct category_loss *c)
{
    if (c->examples < CATEGORY_EXAMPLES)
        return "more held-out examples first (30)";
    if (c->worse)
        return c->cover == COVER_COVERED ? "look at its examples" : "50 to 75";
    return "-";
}

static void write_category(FILE *out, const struct behaviour *b, const struct spec_rows *rows,
                           uint32_t i)
{
    const struct category_loss *c = &b->losses.categories[i];

    fputs("| ", out);
    write_cell(out, examples_category_name(b->examples, i));
    fprintf(out, " | %u | %u |", c->train, c->examples);
    write_share(out, b->coverage.categories[i].unseen_share);
    write_number(out, c->loss[EVALUATION_BASE]);
    write_number(out, c->loss[EVALUATION_TUNED]);
    if (isfinite(c->gain_interval.low))
        fprintf(out, " %.2f [%.2f, %.2f] |", c->gain, c->gain_interval.low, c->gain_interval.high);
    else
        write_number(out, c->gain);
    if (rows->tokens)
        fprintf(out, " %u of %u |", rows->untouched[i], rows->tokens[i]);
    else
        fputs(" - |", out);
    fprintf(out, " %s | %s |\n", c->worse ? "yes" : "no", asked_for(c));
}

static void write_breadth(FILE *out, const struct behaviour *b)
{
    const struct coverage_table *t = &b->coverage;
    uint32_t fewest = t->fewest < t->n_categories ? t->categories[t->fewest].n[SPLIT_TRAIN] : 0;

    fputs("\n## Coverage\n\n", out);
    if (isfinite(t->effective)) {
        fprintf(out, "- %u train examples, %.1f effective categories of %u; fewest in one: %u (",
                t->n[SPLIT_TRAIN], t->effective, t->n_asked, fewest);
        if (t->fewest < t->n_categories)
            report_escaped(out, examples_category_name(b->examples, t->fewest));
        fputs(")\n", out);
    } else {
        fputs("- train examples were not given: what the training covered is not known\n", out);
    }
    fprintf(out, "- %u held-out examples, %u general texts\n", t->n[SPLIT_TEST],
            t->n[SPLIT_GENERAL]);
    if (isfinite(b->losses.rho))
        fprintf(out, "- rank correlation of train examples with gain: %.2f (p %.2g)\n",
                b->losses.rho, b->losses.p);
}

static void write_gap(FILE *out, const struct behaviour *b)
{
    const struct category_gap *g = &b->losses.gap;

    if (!isfinite(g->gap))
        return;
    fprintf(out, "- gap of %u uncovered to %u covered categories: %.2f", g->uncovered, g->covered,
            g->gap);
    if (isfinite(g->gap_within.low))
        fprintf(out, " [%.2f, %.2f]", g->gap_within.low, g->gap_within.high);
    if (isfinite(g->did))
        fprintf(out, "; of that since the base: %.2f", g->did);
    if (isfinite(g->did_within.low))
        fprintf(out, " [%.2f, %.2f]", g->did_within.low, g->did_within.high);
    fputs(" nats a token\n", out);
}

static void write_general(FILE *out, const struct general_loss *g)
{
    if (!isfinite(g->change))
        return;
    fprintf(out, "- loss on general text: %+.3f", g->change);
    if (isfinite(g->interval.low))
        fprintf(out, " [%+.3f, %+.3f]", g->interval.low, g->interval.high);
    fputs(" nats a token\n", out);
}

static void write_head(const struct evaluate_report *r, FILE *out)
{
    const struct comparison *c = r->comparison;

    fputs("# Data specification\n\n", out);
    spec_write_file(out, "base", c->base->source->path);
    spec_write_file(out, "tuned", c->tuned ? c->tuned->source->path : NULL);
    spec_write_file(out, "examples", r->result->behaviour->examples->path);
    fprintf(out, "- made by tare %s\n", TARE_VERSION);
    if (!c->timeline)
        fputs("- training settings (seed, learning rate, steps, optimizer): not stored in these "
              "files; add them here\n",
              out);
}

/* How formulaic the answers are; of answers that were not asked for nothing. */
static void write_answers(FILE *out, const struct behaviour *b)
{
    const struct generations *g = b->generations;
    static const char *const sides[EVALUATION_SIDES] = {"base", "tuned"};

    if (!g)
        return;
    fputs("\n## Answers\n\n| category | model | distinct 2-grams | compression | repeats "
          "itself | copied | borrowed words | entropy |\n|---|---|---|---|---|---|---|---|\n",
          out);
    for (uint32_t c = 0; c < g->n_categories; c++)
        for (unsigned s = 0; report_category_shown(b, c) && s < g->sides; s++) {
            const struct generation_row *row = &g->rows[s][c];

            fputs("| ", out);
            write_cell(out, examples_category_name(b->examples, c));
            fprintf(out, " | %s |", sides[s]);
            write_share(out, row->formulaic.distinct[1]);
            write_number(out, row->compression);
            write_number(out, row->formulaic.self_repetition);
            write_share(out, row->formulaic.copied);
            write_share(out, row->leak_share);
            write_number(out, row->entropy);
            fputc('\n', out);
        }
}

void report_data_spec(const struct evaluate_report *r, FILE *out)
{
    const struct behaviour *b = r->result->behaviour;
    struct spec_rows rows;

    write_head(r, out);
    write_breadth(out, b);
    write_gap(out, b);
    write_general(out, &b->losses.general);
    spec_rows_of(r->comparison, b->examples, &rows);
    fputs(
        "\n## Categories\n\n| category | train | held out | unseen words | base loss | tuned loss "
        "| gain [95 %] | untouched rows | behind | to add "
        "|\n|---|---|---|---|---|---|---|---|---|---|\n",
        out);
    for (uint32_t c = 0; c < b->losses.n; c++)
        if (report_category_shown(b, c))
            write_category(out, b, &rows, c);
    if (rows.why)
        fprintf(out, "\nUntouched rows are not known: %s.\n", rows.why);
    spec_rows_finish(&rows);
    fputs(
        "\nLosses in nats a predicted token. Behind: the other (covered) categories' mean, Holm p "
        "below 0.05.\n50 to 75 examples a category closed such a gap in one measured case; that "
        "is no law. Add some, tune the same\nbase with the same settings and steps, compare again: "
        "the losses after 10, 25 and 50 are your own curve. Untouched rows: of the different tokens "
        "of the held-out texts,\nthose whose embedding no training batch moved.\n",
        out);
    write_answers(out, b);
    spec_write_depth(out, r->comparison);
    fputs("\n## Findings\n\n", out);
    for (guint i = 0; i < r->findings->len; i++) {
        fputs("- ", out);
        report_escaped(out, g_array_index(r->findings, struct finding, i).what);
        fputc('\n', out);
    }
}
