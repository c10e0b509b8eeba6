#include "io/tune_print.h"

#include <math.h>
#include <stdio.h>
#include <unistd.h>

#include "core/escape.h"

#define NAMES_MOST 12 /* of a line that lists tensors */

/* "transformer.h.*.ln_1.weight": blocks' numbers replaced, so that a kind is one name. */
static char *kind_of(const char *name)
{
    g_auto(GStrv) parts = g_strsplit(name, ".", -1);

    for (char **p = parts; *p; p++)
        if (g_ascii_isdigit(**p)) {
            g_free(*p);
            *p = g_strdup("*");
        }
    return g_strjoinv(".", parts);
}

struct kinds {
    GPtrArray *names;
    guint tensors;
    uint64_t elems;
};

static void add_kind(struct kinds *k, const struct tensor *t, uint64_t elems)
{
    char *name = kind_of(t->name);

    k->tensors++;
    k->elems += elems;
    if (g_ptr_array_find_with_equal_func(k->names, name, g_str_equal, NULL))
        g_free(name);
    else
        g_ptr_array_add(k->names, name);
}

static void print_kinds(const char *what, const struct kinds *k)
{
    printf("%s: %u tensors, %" G_GUINT64_FORMAT " parameters:", what, k->tensors, k->elems);
    for (guint i = 0; i < MIN(k->names->len, NAMES_MOST); i++) {
        g_autofree char *safe = escape_text(k->names->pdata[i]);

        printf(" %s", safe);
    }
    puts(k->names->len > NAMES_MOST ? " ..." : "");
}

/* Those of this factor that decay, or don't. */
static void print_group(const struct checkpoint *base, const struct training_parameter *p, guint n,
                        double factor, bool decays)
{
    struct kinds k = {.names = g_ptr_array_new_with_free_func(g_free)};
    g_autofree char *what = NULL;

    for (guint i = 0; i < n; i++)
        if (p[i].factor == factor && p[i].decays == decays)
            add_kind(&k, checkpoint_tensor(base, p[i].tensor), p[i].elems);
    what = factor == 0 ? g_strdup("frozen")
                       : g_strdup_printf("rate x %g, %s", factor, decays ? "decays" : "no decay");
    if (k.tensors)
        print_kinds(what, &k);
    g_ptr_array_unref(k.names);
}

static bool came_before(const struct training_parameter *p, guint i)
{
    for (guint k = 0; k < i; k++)
        if (p[k].factor == p[i].factor)
            return true;
    return false;
}

static void print_parameters(const struct training *t, const struct checkpoint *base)
{
    guint n;
    const struct training_parameter *p = training_parameters(t, &n);

    for (guint i = 0; i < n; i++) {
        if (came_before(p, i))
            continue;
        print_group(base, p, n, p[i].factor, true);
        print_group(base, p, n, p[i].factor, false);
    }
}

static void print_examples(const struct training *t, const struct examples *e)
{
    const struct timeline *line = training_timeline(t);
    uint32_t n[SPLIT_COUNT] = {0}, uncovered = 0;
    struct training_data data;

    for (uint32_t i = 0; i < e->n; i++)
        n[e->examples[i].split]++;
    for (uint32_t i = 0; i < line->n_categories; i++)
        uncovered += line->uncovered[i];
    printf("examples: %u to learn from, %u held out, %u of general text; %u categories, %u of them "
           "not covered\n",
           n[SPLIT_TRAIN], n[SPLIT_TEST], n[SPLIT_GENERAL], e->n_categories, uncovered);
    training_data(t, &data);
    if (data.cut)
        printf("%u of them are cut after %u tokens\n", data.cut, data.longest);
    if (data.skipped)
        printf("%u are left out: nothing to predict in them, or tokens that the model has not\n",
               data.skipped);
    if (e->n_bad)
        printf("%u lines make no example (tare examples lists them)\n", e->n_bad);
}

void tune_print_plan(const struct training *t, const struct checkpoint *base,
                     const struct examples *e)
{
    const struct training_options *o = training_options(t);

    printf("optimizer: %s\n", o->optimizer->formula);
    printf("steps: %" G_GUINT64_FORMAT " of %u examples; rate %g, %s after %" G_GUINT64_FORMAT
           " steps of warm-up, to %g of it; decay %g; clip %g; seed %" G_GUINT64_FORMAT "\n",
           o->steps, o->batch, o->learning_rate, o->schedule->name, o->warmup, o->final_rate,
           o->weight_decay, o->clip, o->seed);
    if (o->lora)
        printf("adapters: rank %u, alpha %g, of the matrices that are not frozen\n", o->lora_rank,
               o->lora_alpha);
    print_parameters(t, base);
    print_examples(t, e);
    fflush(stdout);
}

static double largest_update(const struct timeline *line)
{
    const double *row =
        &g_array_index(line->update, double, (line->steps->len - 1) * (line->n_blocks + 1));
    double most = 0;

    for (uint32_t i = 0; i <= line->n_blocks; i++)
        most = row[i] > most ? row[i] : most;
    return most;
}

void tune_print_step(const struct training *t, bool line)
{
    const struct timeline *all = training_timeline(t);
    const struct step_record *s =
        &g_array_index(all->steps, struct step_record, all->steps->len - 1);
    bool terminal = isatty(STDERR_FILENO);
    FILE *out = line ? stdout : stderr;

    if (!line && !terminal)
        return;
    if (terminal)
        fputs("\r\033[K", stderr);
    fprintf(out,
            "step %" G_GUINT64_FORMAT "/%" G_GUINT64_FORMAT
            "  loss %.4f (%.4f)  rate %.3g  norm %.3g x %.3g  moved at most %.2g  %.0f tokens/s%s",
            s->step, training_options(t)->steps, s->loss, s->smoothed, s->learning_rate,
            s->gradient_norm, s->clip, largest_update(all), s->tokens_per_second, line ? "\n" : "");
    fflush(out);
}

static void print_interval(const char *what, double value, double low, double high)
{
    if (isnan(value))
        return;
    printf("  %s %.4f", what, value);
    if (!isnan(low))
        printf(" [%.4f, %.4f]", low, high);
}

static void print_categories(const struct timeline *line)
{
    const double *losses =
        &g_array_index(line->losses, double, (line->looks->len - 1) * line->n_categories);

    for (uint32_t i = 0; i < line->n_categories; i++) {
        g_autofree char *safe = escape_text(line->categories[i]);

        if (!isnan(losses[i]))
            printf("  %-24s %8.4f%s\n", *safe ? safe : "(none)", losses[i],
                   line->uncovered[i] ? "  not covered" : "");
    }
}

static void print_moved(const struct timeline *line)
{
    const double *row =
        &g_array_index(line->relative, double, (line->looks->len - 1) * (line->n_blocks + 1));

    printf("  moved:");
    for (uint32_t i = 0; i < line->n_blocks; i++)
        printf(" L%u %.3g %%", i, 100 * row[i]);
    printf("; outside %.3g %%\n", 100 * row[line->n_blocks]);
}

void tune_print_look(const struct training *t)
{
    const struct timeline *line = training_timeline(t);
    const struct look_record *l =
        &g_array_index(line->looks, struct look_record, line->looks->len - 1);

    if (isatty(STDERR_FILENO))
        fputs("\r\033[K", stderr);
    printf("look at step %" G_GUINT64_FORMAT ":", l->step);
    print_interval("train", l->train, NAN, NAN);
    print_interval("held out", l->held_out, NAN, NAN);
    print_interval("general text", l->general, NAN, NAN);
    print_interval("gap less that of the base", l->gap_did, l->gap_did_low, l->gap_did_high);
    puts("");
    print_categories(line);
    if (l->step > 0)
        print_moved(line);
    if (l->continuation) {
        g_autofree char *safe = escape_text(l->continuation);

        printf("  says: %s\n", safe);
    }
    fflush(stdout);
}

void tune_print_hash(const struct training *t)
{
    g_autofree char *hash = training_weights_hash(t);

    printf("weights: sha256 %s\n", hash);
}
