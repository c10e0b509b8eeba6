#include <math.h>
#include "io/report_behaviour.h"
#include "io/report_lines.h"

static const char *const set_keys[WEAT_SETS] = {"X", "Y", "A", "B"};

static void write_side(struct json_writer *w, const char *key, const struct weat *t)
{
    json_begin_object(w, key, true);
    json_double(w, "effect", t->effect);
    json_double(w, "effect_ddof_1", t->effect_sample);
    json_double(w, "mean_x", t->mean[0]);
    json_double(w, "mean_y", t->mean[1]);
    json_double(w, "p", t->p);
    json_bool(w, "exact", t->exact);
    json_count(w, "splits", t->splits);
    json_end_object(w);
}

void report_association_json(struct json_writer *w, const struct behaviour *b)
{
    const struct association *a = b->association;

    if (!a) {
        json_null(w, "association");
        return;
    }
    json_begin_object(w, "association", false);
    for (int s = 0; s < WEAT_SETS; s++) {
        json_begin_object(w, set_keys[s], true);
        json_string(w, "name", a->list->categories[s]);
        json_count(w, "words", a->n[s]);
        json_count(w, "left_out", a->missing[s]);
        json_end_object(w);
    }
    write_side(w, "base", &a->weat[EVALUATION_BASE]);
    if (b->sides > 1)
        write_side(w, "tuned", &a->weat[EVALUATION_TUNED]);
    else
        json_null(w, "tuned");
    json_double(w, "change", a->weat[EVALUATION_TUNED].effect - a->weat[EVALUATION_BASE].effect);
    json_end_object(w);
}

static void write_line(FILE *out, const char *side, const struct weat *t)
{
    fprintf(out, "%-6s", side);
    report_number(out, t->effect);
    report_number(out, t->effect_sample);
    report_number(out, t->p);
    fprintf(out, "  of %s%" G_GUINT64_FORMAT " splits\n", t->exact ? "all " : "", t->splits);
}

void report_association_text(FILE *out, const struct behaviour *b)
{
    const struct association *a = b->association;

    if (!a)
        return;
    fputs("\nassociation of token rows (WEAT)\n", out);
    for (int s = 0; s < WEAT_SETS; s++) {
        fprintf(out, "  %s ", set_keys[s]);
        report_escaped(out, a->list->categories[s]);
        fprintf(out, ": %u words", a->n[s]);
        if (a->missing[s])
            fprintf(out, ", %u left out (unknown to the vocabulary)", a->missing[s]);
        fputc('\n', out);
    }
    fprintf(out, "%-6s %10s %10s %10s\n", "", "effect", "ddof 1", "p");
    write_line(out, "base", &a->weat[EVALUATION_BASE]);
    if (b->sides > 1)
        write_line(out, "tuned", &a->weat[EVALUATION_TUNED]);
    fputs("above 0: X lies nearer to A than Y does. It tells how vectors lie, and of use is its "
          "change; it does not\ntell how the model treats people, nor that it treats them well.\n",
          out);
}
