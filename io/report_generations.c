#include <math.h>
#include "io/report_behaviour.h"
#include "io/report_examples.h"
#include "io/report_lines.h"

static const char *const group_names[2] = {"covered", "uncovered"};
static const char *const side_names[EVALUATION_SIDES] = {"base", "tuned"};

static void write_measures(struct json_writer *w, const char *key, const struct generation_row *r)
{
    const struct formulaic *f = &r->formulaic;

    json_begin_object(w, key, true);
    json_count(w, "texts", f->texts);
    json_count(w, "words", f->words);
    json_double(w, "distinct_1", f->distinct[0]);
    json_double(w, "distinct_2", f->distinct[1]);
    json_double(w, "distinct_3", f->distinct[2]);
    json_double(w, "diversity", f->diversity);
    json_double(w, "compression", r->compression);
    json_double(w, "self_repetition", f->self_repetition);
    json_double(w, "copied", f->copied);
    json_count(w, "longest_copy", f->longest_copy);
    json_double(w, "leak", r->leak_share);
    json_double(w, "leak_low", r->leak_interval.low);
    json_double(w, "leak_high", r->leak_interval.high);
    json_count(w, "leak_words", r->leak.specific);
    json_double(w, "entropy", r->entropy);
    json_double(w, "entropy_low", r->entropy_interval.low);
    json_double(w, "entropy_high", r->entropy_interval.high);
    json_end_object(w);
}

static void write_side(struct json_writer *w, const struct behaviour *b, unsigned side)
{
    const struct generations *g = b->generations;

    json_begin_object(w, side_names[side], false);
    for (int k = 0; k < 2; k++)
        write_measures(w, group_names[k], &g->group[side][k]);
    json_begin_list(w, "categories", false);
    for (uint32_t c = 0; c < g->n_categories; c++) {
        if (g->rows[side][c].formulaic.texts == 0)
            continue;
        json_begin_object(w, NULL, false);
        json_string(w, "category", b->examples->categories[c]);
        write_measures(w, "measures", &g->rows[side][c]);
        json_end_object(w);
    }
    json_end_list(w);
    json_begin_list(w, "texts", false);
    for (guint i = 0; i < g->said[side]->len; i++) {
        const struct generation *s = &g_array_index(g->said[side], struct generation, i);

        json_begin_object(w, NULL, true);
        json_string(w, "id", b->examples->examples[s->example].id);
        json_count(w, "tokens", s->tokens);
        json_string(w, "text", s->text);
        json_end_object(w);
    }
    json_end_list(w);
    json_end_object(w);
}

void report_generations_json(struct json_writer *w, const struct behaviour *b)
{
    if (!b->generations) {
        json_null(w, "generations");
        return;
    }
    json_begin_object(w, "generations", false);
    for (unsigned side = 0; side < EVALUATION_SIDES; side++) {
        if (side < b->generations->sides)
            write_side(w, b, side);
        else
            json_null(w, side_names[side]);
    }
    json_end_object(w);
}

static void write_line(FILE *out, const char *name, const char *side,
                       const struct generation_row *r)
{
    const struct formulaic *f = &r->formulaic;

    if (f->texts == 0)
        return;
    report_name(out, name, REPORT_NAME_COLUMNS);
    fprintf(out, " %-5s %5u", side, f->texts);
    report_number(out, f->distinct[0]);
    report_number(out, f->distinct[1]);
    report_number(out, r->compression);
    report_number(out, f->self_repetition);
    report_percent(out, f->copied);
    fprintf(out, " %7u", f->longest_copy);
    report_percent(out, r->leak_share);
    if (isfinite(r->leak_interval.low))
        fprintf(out, " [%3.0f,%3.0f]", r->leak_interval.low * 100, r->leak_interval.high * 100);
    else
        fprintf(out, " %9s", "");
    report_number(out, r->entropy);
    fputc('\n', out);
}

void report_generations_text(FILE *out, const struct behaviour *b)
{
    const struct generations *g = b->generations;

    if (!g)
        return;
    fprintf(out,
            "\nhow formulaic their greedy answers are\n%-*s %-5s %5s %10s %10s %10s %10s %10s %7s "
            "%10s %9s %10s\n",
            REPORT_NAME_COLUMNS, "category", "model", "texts", "distinct-1", "distinct-2",
            "compress", "self-rep", "copied", "longest", "leak", "95 %", "entropy");
    for (uint32_t c = 0; c < g->n_categories; c++)
        for (unsigned side = 0; side < g->sides; side++)
            write_line(out, examples_category_name(b->examples, c), side_names[side],
                       &g->rows[side][c]);
    for (int k = 0; k < 2; k++)
        for (unsigned side = 0; side < g->sides; side++)
            write_line(out, k ? "all uncovered ones" : "all covered ones", side_names[side],
                       &g->group[side][k]);
    fputs(
        "leak: share of the words that belong to one category which belong to another than the "
        "prompt's own\ncopied: share of 8-grams, and the longest run of words, that stand in a "
        "train example\nno number here is good or bad by itself: compare covered with uncovered\n",
        out);
}
