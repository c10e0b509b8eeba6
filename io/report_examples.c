#include "io/report_examples.h"

#include <math.h>
#include <string.h>
#include "io/csv_write.h"
#include "io/json_write.h"
#include "io/report_lines.h"

void report_bad_lines(FILE *out, const struct examples *e)
{
    if (e->n_bad == 0)
        return;
    fprintf(out, "\n%u line%s skipped\n", e->n_bad, e->n_bad == 1 ? "" : "s");
    for (uint32_t i = 0; i < MIN(e->n_bad, BAD_LINES_KEPT); i++) {
        fprintf(out, "line %u: ", e->bad[i].line);
        report_escaped(out, e->bad[i].reason);
        fputc('\n', out);
    }
    if (e->n_bad > BAD_LINES_KEPT)
        fprintf(out, "and %u more\n", e->n_bad - BAD_LINES_KEPT);
}

static void write_row(const char *name, const struct category_coverage *c, FILE *out)
{
    report_name(out, name, REPORT_NAME_COLUMNS);
    for (int s = 0; s < SPLIT_COUNT; s++)
        fprintf(out, " %8u", c->n[s]);
    fprintf(out, " %10" G_GUINT64_FORMAT, c->words);
    for (unsigned n = 0; n < COVERAGE_NGRAMS; n++)
        report_number(out, c->distinct[n]);
    report_percent(out, c->unseen_share);
    fputc('\n', out);
}

static void write_summary(const struct examples_report *r, FILE *out)
{
    const struct coverage_table *t = r->coverage;

    if (!isfinite(t->effective)) {
        fputs("coverage is not known: no example has split train (or --train FILE)\n", out);
        return;
    }
    fprintf(out, "train examples cover %.1f effective categories of %u", t->effective,
            t->n_asked);
    if (t->fewest < t->n_categories) {
        fprintf(out, "; fewest %u: ", t->categories[t->fewest].n[SPLIT_TRAIN]);
        report_escaped(out, examples_category_name(r->examples, t->fewest));
    }
    fputc('\n', out);
}

static void write_text(const struct examples_report *r, FILE *out)
{
    const struct examples *e = r->examples;
    const struct coverage_table *t = r->coverage;
    const char *unit = t->on_tokens ? "tokens" : "words";

    report_escaped(out, e->path);
    fprintf(out, ": %u examples, %u categories\n", e->n, e->n_categories);
    write_summary(r, out);
    fprintf(out, "\n%-*s", REPORT_NAME_COLUMNS, "category");
    for (int s = 0; s < SPLIT_COUNT; s++)
        fprintf(out, " %8s", split_name((enum split)s));
    fprintf(out, " %10s %10s %10s %10s %10s\n", unit, "distinct-1", "distinct-2", "distinct-3",
            "unseen");
    for (uint32_t c = 0; c < t->n_categories; c++)
        write_row(examples_category_name(e, c), &t->categories[c], out);
    fprintf(out,
            "\n%s and distinct n-grams: of train texts (test where there are none), prompts left "
            "out\nunseen: share of the test texts' %s that no train text holds\n",
            unit, unit);
    report_bad_lines(out, e);
}

void report_bad_lines_json(struct json_writer *w, const struct examples *e)
{
    json_count(w, "bad_lines", e->n_bad);
    json_begin_list(w, "skipped_lines", false);
    for (uint32_t i = 0; i < MIN(e->n_bad, BAD_LINES_KEPT); i++) {
        json_begin_object(w, NULL, true);
        json_count(w, "line", e->bad[i].line);
        json_string(w, "reason", e->bad[i].reason);
        json_end_object(w);
    }
    json_end_list(w);
}

static void json_splits(struct json_writer *w, const uint32_t n[SPLIT_COUNT])
{
    for (int s = 0; s < SPLIT_COUNT; s++)
        json_count(w, split_name((enum split)s), n[s]);
}

static void json_category(struct json_writer *w, const char *name,
                          const struct category_coverage *c)
{
    json_begin_object(w, NULL, true);
    json_string(w, "category", name);
    json_splits(w, c->n);
    json_count(w, "words", c->words);
    json_double(w, "distinct_1", c->distinct[0]);
    json_double(w, "distinct_2", c->distinct[1]);
    json_double(w, "distinct_3", c->distinct[2]);
    json_count(w, "test_words", c->test_words);
    json_double(w, "unseen", c->unseen_share);
    json_end_object(w);
}

static void write_json(const struct examples_report *r, FILE *out)
{
    const struct coverage_table *t = r->coverage;
    struct json_writer w;

    json_writer_init(&w, out);
    json_begin_object(&w, NULL, false);
    json_string(&w, "path", r->examples->path);
    json_count(&w, "examples", r->examples->n);
    json_begin_object(&w, "splits", true);
    json_splits(&w, t->n);
    json_end_object(&w);
    json_string(&w, "words_are", t->on_tokens ? "tokens" : "words");
    json_double(&w, "effective_categories", t->effective);
    json_string(&w, "fewest_category",
                t->fewest < t->n_categories ? r->examples->categories[t->fewest] : NULL);
    json_begin_list(&w, "categories", false);
    for (uint32_t c = 0; c < t->n_categories; c++)
        json_category(&w, r->examples->categories[c], &t->categories[c]);
    json_end_list(&w);
    report_bad_lines_json(&w, r->examples);
    json_end_object(&w);
}

static void write_csv(const struct examples_report *r, FILE *out)
{
    const struct coverage_table *t = r->coverage;

    fputs("category,test,train,general,words,distinct_1,distinct_2,distinct_3,test_words,unseen\n",
          out);
    for (uint32_t i = 0; i < t->n_categories; i++) {
        const struct category_coverage *c = &t->categories[i];

        csv_text(out, r->examples->categories[i]);
        for (int s = 0; s < SPLIT_COUNT; s++)
            fprintf(out, ",%u", c->n[s]);
        fprintf(out, ",%" G_GUINT64_FORMAT, c->words);
        for (unsigned n = 0; n < COVERAGE_NGRAMS; n++)
            csv_number(out, c->distinct[n]);
        fprintf(out, ",%" G_GUINT64_FORMAT, c->test_words);
        csv_number(out, c->unseen_share);
        fputc('\n', out);
    }
}

const struct examples_form examples_forms[] = {
    {"text", write_text}, {"json", write_json}, {"csv", write_csv}, {NULL, NULL}};

const struct examples_form *examples_form_find(const char *name)
{
    for (const struct examples_form *f = examples_forms; f->name; f++)
        if (strcmp(f->name, name) == 0)
            return f;
    return NULL;
}
