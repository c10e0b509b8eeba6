#include "io/report_spectrum.h"

#include <math.h>
#include "core/spectrum_text.h"
#include "io/report_lines.h"

static const char *const side_names[SPECTRUM_SIDES] = {"base", "tuned", "delta"};

static void write_bulk(struct json_writer *w, const struct spectrum_bulk *b)
{
    json_begin_object(w, "marchenko_pastur", true);
    json_double(w, "variance", b->variance);
    json_double(w, "edge", b->edge);
    json_double(w, "margin", b->margin);
    json_count(w, "spikes", b->spikes);
    json_count(w, "above_edge", b->above);
    json_end_object(w);
}

static void write_tail(struct json_writer *w, const struct spectrum_tail *t)
{
    json_begin_object(w, "power_law", true);
    json_double(w, "alpha", t->alpha);
    json_double(w, "xmin", t->xmin);
    json_double(w, "distance", t->distance);
    json_count(w, "tail", t->n);
    json_end_object(w);
}

static void write_side(struct json_writer *w, const char *key, const struct spectrum_side *s)
{
    if (!s->n) {
        json_null(w, key);
        return;
    }
    json_begin_object(w, key, false);
    json_begin_list(w, "singular_values", true);
    for (uint32_t i = 0; i < s->n; i++)
        json_double(w, NULL, s->sigma[i]);
    json_end_list(w);
    json_count(w, "rank", s->rank);
    json_double(w, "rank_tolerance", s->tolerance);
    json_double(w, "stable_rank", s->stable_rank);
    json_double(w, "effective_rank", s->effective_rank);
    json_double(w, "effective_rank_energy", s->effective_rank_energy);
    json_double(w, "entropy", s->entropy);
    write_tail(w, &s->tail);
    write_bulk(w, &s->bulk);
    json_end_object(w);
}

/* A number that is 0 where there is none. */
static void write_rank(struct json_writer *w, const char *key, uint32_t rank)
{
    if (rank)
        json_count(w, key, rank);
    else
        json_null(w, key);
}

static uint32_t low_rank(const struct comparison *c, const struct spectrum *s)
{
    return spectrum_low_rank(s, c->thresholds.value[THRESHOLD_LOW_RANK_ENERGY],
                             c->thresholds.value[THRESHOLD_LOW_RANK_SHARE]);
}

static void write_delta(struct json_writer *w, const struct comparison *c, uint32_t entry,
                        const struct spectrum *s)
{
    char key[16];

    json_begin_object(w, "energy", true);
    for (int i = 0; i < SPECTRUM_ENERGIES; i++) {
        g_snprintf(key, sizeof key, "%u", spectrum_energy_at[i]);
        json_double(w, key, s->energy[i]);
    }
    json_end_object(w);
    write_rank(w, "rank_90", s->rank_90);
    write_rank(w, "rank_99", s->rank_99);
    write_rank(w, "looks_like_rank", low_rank(c, s));
    write_rank(w, "adapter_rank", spectrum_adapter_rank(c, entry));
}

static void write_pair(struct json_writer *w, const struct spectrum *s)
{
    json_double(w, "sigma_ratio", s->sigma_ratio);
    json_double(w, "radial", s->radial);
    json_double(w, "tangential", s->tangential);
    json_double(w, "decay", s->decay);
    json_double(w, "decay_residual", s->decay_residual);
    json_string(w, "directions_of", s->columns ? "columns" : "rows");
    json_string(w, "directions_are", s->oriented ? "output" : NULL);
    json_count(w, "directions_compared", s->compared);
    if (s->compared)
        json_count(w, "intruders", s->intruders);
    else
        json_null(w, "intruders");
    json_double(w, "overlap", s->overlap);
    json_double(w, "overlap_random", s->overlap_random);
}

void report_spectrum_json(struct json_writer *w, const struct comparison *c, uint32_t entry)
{
    const char *error;
    const struct spectrum *s = comparison_known_spectrum(c, entry, &error);

    if (!s) {
        json_null(w, "spectrum");
        json_string(w, "spectrum_error", error);
        return;
    }
    json_begin_object(w, "spectrum", false);
    json_count(w, "rows", s->rows);
    json_count(w, "columns", s->cols);
    json_string(w, "route", s->gram ? "gram" : "svd");
    for (int side = 0; side < SPECTRUM_SIDES; side++)
        write_side(w, side_names[side], &s->side[side]);
    write_delta(w, c, entry, s);
    write_pair(w, s);
    json_end_object(w);
}

/* Text. */

static void print_side(FILE *out, const struct spectrum_side *s, const char *name, bool verdict)
{
    if (!s->n)
        return;
    fprintf(out, "  %-6s", name);
    report_number(out, s->sigma[0]);
    report_number(out, s->stable_rank);
    report_number(out, s->effective_rank);
    report_number(out, s->effective_rank_energy);
    report_number(out, s->entropy);
    report_number(out, s->tail.alpha);
    report_number(out, s->tail.distance);
    fprintf(out, " %7u%s\n", s->bulk.spikes, verdict ? "" : "   (its alpha is no verdict)");
}

static void print_pair(FILE *out, const struct comparison *c, uint32_t entry,
                       const struct spectrum *s)
{
    char *sentence = spectrum_sentence(c, entry, s);

    if (sentence)
        fprintf(out, "  %s (90 %% in %u)\n", sentence, s->rank_90);
    g_free(sentence);
    if (s->compared)
        fprintf(out,
                "  sigma_max(D)/sigma_max(W0) %.4g  decay c %.6g leaves %.4g  intruders %u of %u  "
                "overlap %.4g (random %.2g)\n",
                s->sigma_ratio, s->decay, s->decay_residual, s->intruders, s->compared, s->overlap,
                s->overlap_random);
}

static void print_spectrum(FILE *out, const struct comparison *c, uint32_t entry)
{
    const char *error;
    const struct spectrum *s = comparison_known_spectrum(c, entry, &error);

    if (!s && !error)
        return;
    report_escaped(out, comparison_tensor(c, entry)->name);
    if (!s) {
        fputs(": ", out);
        report_escaped(out, error);
        fputc('\n', out);
        return;
    }
    fprintf(out, "  %" G_GUINT64_FORMAT " x %" G_GUINT64_FORMAT "\n", s->rows, s->cols);
    for (int side = 0; side < SPECTRUM_SIDES; side++)
        print_side(out, &s->side[side], side_names[side], side != SPECTRUM_DELTA);
    print_pair(out, c, entry, s);
}

void report_spectra_text(FILE *out, const struct comparison *c)
{
    fputs("\nSpectra (effective rank: exp of the entropy of sigma / sum, and of sigma^2 / sum)\n",
          out);
    fprintf(out, "  %-6s %10s %10s %10s %10s %10s %10s %10s %7s\n", "", "sigma_max", "stable",
            "eff sigma", "eff sig^2", "entropy", "alpha", "alpha's D", "spikes");
    for (uint32_t i = 0; i < c->pairing.n_entries; i++)
        print_spectrum(out, c, i);
}
