#include "tui/training_export.h"

#include <math.h>
#include "core/escape.h"
#include "tui/training_curves.h"
#include "tui/tsv.h"

static void write_heading(const struct timeline *t, FILE *out)
{
    fputs("step\tlearning_rate\tweight_decay\tloss\tsmoothed\tgradient_norm\tclip\t"
          "tokens_per_second\tstaleness\ttokens\ttargets\ttrain\theld_out\tgeneral\tgeneral_low\t"
          "general_high\tgap_did\tgap_did_low\tgap_did_high\tdead",
          out);
    for (uint32_t b = 0; b < t->n_blocks; b++)
        fprintf(out, "\tupdate_L%u", b);
    fputs("\tupdate_rest", out);
    for (uint32_t b = 0; b < t->n_blocks; b++)
        fprintf(out, "\trelative_L%u", b);
    fputs("\trelative_rest", out);
    for (uint32_t k = 0; k < t->n_categories; k++) {
        char *safe = escape_text(t->categories[k]);

        fprintf(out, "\tloss_%s", safe);
        g_free(safe);
    }
    fputc('\n', out);
}

static void write_step(const struct step_record *r, FILE *out)
{
    static const struct step_record none = {.learning_rate = NAN,
                                            .weight_decay = NAN,
                                            .loss = NAN,
                                            .smoothed = NAN,
                                            .gradient_norm = NAN,
                                            .clip = NAN,
                                            .tokens_per_second = NAN,
                                            .staleness = NAN};
    const struct step_record *s = r ? r : &none;
    const double numbers[] = {s->learning_rate,     s->weight_decay,  s->loss,
                              s->smoothed,          s->gradient_norm, s->clip,
                              s->tokens_per_second, s->staleness};

    for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++)
        tsv_number(out, numbers[i]);
    tsv_number(out, r ? r->tokens : NAN);
    tsv_number(out, r ? r->targets : NAN);
}

static void write_look(const struct look_record *l, FILE *out)
{
    const double numbers[] = {
        l ? l->train : NAN,       l ? l->held_out : NAN,     l ? l->general : NAN,
        l ? l->general_low : NAN, l ? l->general_high : NAN, l ? l->gap_did : NAN,
        l ? l->gap_did_low : NAN, l ? l->gap_did_high : NAN, l ? l->dead : NAN};

    for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++)
        tsv_number(out, numbers[i]);
}

/* A row of an array, or as many empty fields. */
static void write_row(const GArray *a, gint64 row, uint32_t width, FILE *out)
{
    for (uint32_t i = 0; i < width; i++)
        tsv_number(out, row < 0 ? NAN : g_array_index(a, double, row *width + i));
}

void training_export(const struct timeline *t, FILE *out)
{
    guint step = 0, look = 0;

    write_heading(t, out);
    while (step < t->steps->len || look < t->looks->len) {
        const struct step_record *s =
            step < t->steps->len ? &g_array_index(t->steps, struct step_record, step) : NULL;
        const struct look_record *l =
            look < t->looks->len ? &g_array_index(t->looks, struct look_record, look) : NULL;
        bool has_step = s && (!l || s->step <= l->step), has_look = l && (!s || l->step <= s->step);

        fprintf(out, "%" G_GUINT64_FORMAT, has_step ? s->step : l->step);
        write_step(has_step ? s : NULL, out);
        write_look(has_look ? l : NULL, out);
        write_row(t->update, has_step ? (gint64)step : -1, t->n_blocks + 1, out);
        write_row(t->relative, has_look ? (gint64)look : -1, t->n_blocks + 1, out);
        write_row(t->losses, has_look ? (gint64)look : -1, t->n_categories, out);
        fputc('\n', out);
        step += has_step;
        look += has_look;
    }
}
