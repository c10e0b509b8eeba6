/* The same facts for people: plain lines, nothing that moves a cursor. */
#include "core/adapter.h"
#include "core/heads.h"
#include "io/report.h"
#include "io/report_activity.h"
#include "io/report_behaviour.h"
#include "io/report_gates.h"
#include "io/report_lines.h"
#include "io/report_spectrum.h"
#include "io/report_neurons.h"
#include "io/report_vocabulary.h"

static void print_adapter(FILE *out, const struct adapter *a)
{
    char *text = a ? adapter_text(a) : NULL;

    if (a)
        fprintf(out, "       %s adapter on the base: %s\n", a->family, text);
    g_free(text);
}

static void print_file(FILE *out, const char *label, const struct comparison *of, bool tuned)
{
    const struct checkpoint *c = tuned ? of->tuned : of->base;

    fprintf(out, "%-6s ", label);
    report_escaped(out, c->source->path);
    fprintf(out,
            "\n       %s, architecture %s, %u tensors, %" G_GUINT64_FORMAT
            " parameters in %u blocks, %" G_GUINT64_FORMAT " bytes\n",
            c->source->format, c->arch->name, comparison_tensors(of, tuned),
            comparison_parameters(of, tuned), c->n_blocks,
            c->source->bytes);
    print_adapter(out, c->source->applied);
    for (size_t i = 0; c->source->warnings[i]; i++) {
        fputs("       note: ", out);
        report_escaped(out, c->source->warnings[i]);
        fputc('\n', out);
    }
}

static void print_rollup(FILE *out, const char *label, const struct rollup *r, bool pair)
{
    report_name(out, label, REPORT_NAME_COLUMNS);
    fprintf(out, " %12" G_GUINT64_FORMAT, r->parameters);
    report_number(out, r->base_l2);
    if (pair) {
        report_number(out, r->tuned_l2);
        report_relative(out, rollup_relative(r), rollup_floor(r));
        report_relative(out, rollup_mean_of_relatives(r), rollup_mean_of_floors(r));
        report_relative(out, rollup_relative_all(r), rollup_floor_all(r));
    }
    fputc('\n', out);
}

static void print_groups(FILE *out, const struct comparison *c)
{
    bool pair = c->tuned != NULL;
    struct rollup r;

    fputs("\nGroups, pooled over the matrices of each", out);
    if (pair)
        fputs(" (mean: of their ratios; all: over every weight, gains and biases too;\n"
              "<: below what the stored types can resolve, here and below)",
              out);
    fprintf(out, "\n%-*s %12s %10s", REPORT_NAME_COLUMNS, "group", "parameters", pair ? "|base|" : "l2");
    if (pair)
        fprintf(out, " %10s %10s %10s %10s", "|tuned|", "relative", "mean", "all");
    fputc('\n', out);
    for (uint32_t g = 0; g < c->n_groups; g++) {
        comparison_group_rollup(c, g, &r);
        if (r.n_entries)
            print_rollup(out, c->groups[g].label, &r, pair);
    }
    comparison_model_rollup(c, &r);
    print_rollup(out, "model", &r, pair);
}

/* As wide as the widest, unless one takes too much. */
static int label_columns(const struct comparison *c)
{
    size_t widest = 6;

    for (uint32_t i = 0; i < c->attentions.n; i++)
        widest = MAX(widest, strlen(c->attentions.items[i].label));
    return (int)MIN(widest, REPORT_NAME_COLUMNS);
}

/* Relative deltas of a pair, norms of a file alone. */
static void print_head(FILE *out, const struct comparison *c, const struct head *h, bool pair,
                       int columns)
{
    report_name(out, c->attentions.items[h->attention].label, columns);
    fprintf(out, " %5u %7u", h->head, h->kv_head);
    if (pair)
        report_relative(out, h->relative, h->floor);
    for (unsigned part = 0; part < HEAD_PARTS; part++)
        if (pair)
            report_relative(out, head_part_relative(&h->part[part]), h->part[part].floor);
        else
            report_number(out, h->part[part].base_l2);
    fputc('\n', out);
}

static void print_heads(FILE *out, const struct comparison *c)
{
    const char *unknown = heads_unknown(c);
    bool pair = c->tuned != NULL;
    int columns = label_columns(c);
    struct head h;

    if (unknown)
        fprintf(out, "\nHeads: %s\n", unknown);
    if (c->attentions.n == 0)
        return;
    fprintf(out, "\nHeads, %s\n%-*s %5s %7s",
            pair ? "relative delta (<: below what the stored types can resolve)" : "l2",
            columns, "block", "head", "kv head");
    if (pair)
        fprintf(out, " %10s", "all");
    for (unsigned part = 0; part < HEAD_PARTS; part++)
        fprintf(out, " %10s", head_part_name((enum head_part)part));
    fputc('\n', out);
    for (uint32_t a = 0; a < c->attentions.n; a++)
        for (uint32_t head = 0; head < c->attentions.items[a].heads; head++) {
            head_of(c, a, head, &h);
            print_head(out, c, &h, pair, columns);
        }
}

static void print_values(FILE *out, const struct scan_result *r, double floor, bool pair)
{
    const struct stats *s = r->has_base ? &r->stats.base : &r->stats.tuned;

    report_number(out, stats_l2(s));
    if (!pair)
        report_number(out, stats_mean(s));
    report_number(out, stats_std(s));
    report_number(out, s->min);
    report_number(out, s->max);
    if (r->has_delta) {
        report_relative(out, pair_relative(&r->stats), floor);
        report_number(out, pair_cosine_distance(&r->stats));
    }
}

/* What is not so with most tensors, after the columns. */
static void print_remarks(FILE *out, const struct comparison *c, uint32_t entry)
{
    const struct tensor *t = comparison_tensor(c, entry);
    const struct pair_stats *s = &c->summary.entries[entry].result.stats;
    enum pair_state state = c->pairing.entries[entry].state;

    if (t->kind != TENSOR_WEIGHT)
        fprintf(out, "  %s", tensor_kind_name(t->kind));
    if (s->base.nan + s->base.inf + s->tuned.nan + s->tuned.inf)
        fprintf(out, "  NaN %" G_GUINT64_FORMAT " Inf %" G_GUINT64_FORMAT,
                s->base.nan + s->tuned.nan, s->base.inf + s->tuned.inf);
    if (state == PAIR_BASE_ONLY)
        fputs("  only in the base", out);
    if (state == PAIR_TUNED_ONLY)
        fputs("  only in the tuned", out);
    if (state == PAIR_DIFFERENT)
        fputs("  not comparable", out);
    for (size_t i = 0; t->aliases[i]; i++) {
        fputs(i ? ", " : "  also ", out);
        report_escaped(out, t->aliases[i]);
    }
    for (uint32_t i = entry; (i = comparison_next_copy(c, i)) != PAIR_NONE;) {
        fputs("  = ", out);
        report_escaped(out, comparison_tensor(c, i)->name);
        fputs(" (copy)", out);
    }
}

static void print_tensor(FILE *out, const struct comparison *c, uint32_t entry)
{
    const struct tensor *t = comparison_tensor(c, entry);
    const struct entry_summary *e = &c->summary.entries[entry];

    report_name(out, t->name, REPORT_NAME_COLUMNS);
    fprintf(out, " %-8s %12" G_GUINT64_FORMAT, dtype_info(t->dtype)->name, t->elems);
    if (e->state == ENTRY_DONE) {
        print_values(out, &e->result, e->result.has_delta ? comparison_floor(c, entry) : 0,
                     c->tuned != NULL);
    } else {
        fputs("  ", out);
        report_escaped(out, e->error ? e->error : "not read");
    }
    print_remarks(out, c, entry);
    fputc('\n', out);
}

static void print_tensors(FILE *out, const struct comparison *c)
{
    bool pair = c->tuned != NULL;

    fprintf(out, "\n%-*s %-8s %12s %10s", REPORT_NAME_COLUMNS,
            pair ? "tensor (values of the base)" : "tensor", "type", "elements", "l2");
    if (!pair)
        fprintf(out, " %10s", "mean");
    fprintf(out, " %10s %10s %10s", "std", "min", "max");
    if (pair)
        fprintf(out, " %10s %10s", "relative", "1 - cos");
    fputc('\n', out);
    for (uint32_t i = 0; i < c->pairing.n_entries; i++)
        if (comparison_copy_of(c, i) == PAIR_NONE)
            print_tensor(out, c, i);
}

static void print_pairing(FILE *out, const struct comparison *c)
{
    const struct pairing *p = &c->pairing;

    fprintf(out, "\nPaired %u, only in the base %u, only in the tuned %u, different %u\n",
            p->n_matched, p->n_base_only, p->n_tuned_only, p->n_different);
    for (const struct pair_rule *r = pair_rules; r->name; r++)
        if (pairing_rule_count(p, r))
            fprintf(out, "  %u by rule '%s': %s\n", pairing_rule_count(p, r), r->name, r->help);
    for (uint32_t i = 0; i < p->n_entries; i++) {
        if (!p->entries[i].reason)
            continue;
        fputs("  ", out);
        report_escaped(out, comparison_tensor(c, i)->name);
        fputs(": ", out);
        report_escaped(out, p->entries[i].reason);
        fputc('\n', out);
    }
}

static void print_skipped(FILE *out, const char *label, const struct checkpoint *c)
{
    if (!c || !c->source->n_skipped)
        return;
    fprintf(out, "\nNot read in the %s (%u)\n", label, c->source->n_skipped);
    for (uint32_t i = 0; i < c->source->n_skipped; i++) {
        fputs("  ", out);
        report_escaped(out, c->source->skipped[i].path);
        fputs(": ", out);
        report_escaped(out, c->source->skipped[i].reason);
        fputc('\n', out);
    }
}

static void print_findings(FILE *out, const GArray *findings)
{
    if (findings->len)
        fputs("\nFindings\n", out);
    for (guint i = 0; i < findings->len; i++) {
        const struct finding *f = &g_array_index(findings, struct finding, i);

        fprintf(out, "  %s  ", severity_name(f->severity));
        report_escaped(out, f->where);
        fputs(": ", out);
        report_escaped(out, f->what);
        fprintf(out, "\n           means: %s\n           do:    %s\n", f->rule->meaning,
                f->rule->advice);
    }
}

static void write_report(const struct report_input *in, FILE *out)
{
    const struct comparison *c = in->comparison;

    print_file(out, "base", c, false);
    if (c->tuned) {
        print_file(out, "tuned", c, true);
        print_pairing(out, c);
    }
    print_groups(out, c);
    print_heads(out, c);
    report_gates_text(out, c);
    report_neurons_text(out, c);
    report_vocabulary_text(out, in);
    if (in->behaviour) {
        fputc('\n', out);
        report_behaviour_text(out, in->behaviour);
    }
    report_activity_text(out, c->activity, in->remarks);
    print_findings(out, in->findings);
    print_tensors(out, c);
    if (in->spectra)
        report_spectra_text(out, c);
    print_skipped(out, "base", c->base);
    print_skipped(out, "tuned", c->tuned);
}

const struct report_form report_text = {
    .name = "text", .help = "for people (the default)", .write = write_report};
