#include "io/report_neurons.h"

#include <math.h>
#include <stdlib.h>
#include "core/escape.h"
#include "core/neurons.h"
#include "io/report_lines.h"

#define TOP_UNITS 10

static int by_relative(const void *a, const void *b)
{
    const struct neuron *x = a, *y = b;

    if (x->relative != y->relative)
        return x->relative < y->relative ? 1 : -1;
    return (x->unit > y->unit) - (x->unit < y->unit);
}

/* The units that moved most, first; their number. Owned by the caller. */
static struct neuron *top_of(const struct comparison *c, const struct neuron_group *g, guint *n)
{
    struct neuron *all = g_new(struct neuron, g->units);
    guint moved = 0;

    neurons_of(c, g, all);
    for (guint i = 0; i < g->units; i++)
        if (all[i].relative > 0)
            all[moved++] = all[i];
    qsort(all, moved, sizeof *all, by_relative);
    *n = MIN(moved, TOP_UNITS);
    return all;
}

static void write_norms(struct json_writer *w, const char *key, double base, double tuned,
                        double delta)
{
    json_begin_object(w, key, true);
    json_double(w, "base_l2", base);
    json_double(w, "tuned_l2", tuned);
    json_double(w, "delta_l2", delta);
    json_end_object(w);
}

static void write_unit(struct json_writer *w, const struct neuron *u)
{
    json_begin_object(w, NULL, false);
    json_count(w, "unit", u->unit);
    json_double(w, "relative", u->relative);
    write_norms(w, "in", u->base_in, u->tuned_in, u->delta_in);
    write_norms(w, "out", u->base_out, u->tuned_out, u->delta_out);
    json_end_object(w);
}

static void write_group(struct json_writer *w, const struct comparison *c,
                        const struct neuron_group *g)
{
    guint n;
    struct neuron *top = top_of(c, g, &n);

    json_begin_object(w, NULL, false);
    json_string(w, "group", c->groups[g->group].label);
    json_count(w, "units", g->units);
    json_count(w, "dead_base", g->n_dead_base);
    if (c->tuned) {
        json_count(w, "dead_tuned", g->n_dead_tuned);
        json_count(w, "newly_dead", g->n_newly_dead);
    } else {
        json_null(w, "dead_tuned");
        json_null(w, "newly_dead");
    }
    json_double(w, "floor", g->floor);
    json_begin_list(w, "top", false);
    for (guint i = 0; i < n; i++)
        write_unit(w, &top[i]);
    json_end_list(w);
    json_end_object(w);
    g_free(top);
}

void report_neurons_json(struct json_writer *w, const struct comparison *c)
{
    GArray *groups = neuron_groups(c);

    json_begin_list(w, "neurons", false);
    for (guint i = 0; i < groups->len; i++)
        write_group(w, c, &g_array_index(groups, struct neuron_group, i));
    json_end_list(w);
    g_array_free(groups, TRUE);
}

static void print_group(FILE *out, const struct comparison *c, const struct neuron_group *g)
{
    guint n;
    struct neuron *top = top_of(c, g, &n);

    report_name(out, c->groups[g->group].label, REPORT_NAME_COLUMNS);
    fprintf(out, " %10u %10u", g->units, g->n_dead_base);
    if (c->tuned) {
        fprintf(out, " %10u %10u", g->n_dead_tuned, g->n_newly_dead);
        report_relative(out, n ? top[0].relative : NAN, g->floor);
        if (n)
            fprintf(out, "  unit %u", top[0].unit);
    }
    fputc('\n', out);
    g_free(top);
}

void report_neurons_text(FILE *out, const struct comparison *c)
{
    GArray *groups = neuron_groups(c);

    if (groups->len) {
        fprintf(out, "\nNeurons; dead: nothing leads in, or nothing leads out\n%-*s %10s %10s",
                REPORT_NAME_COLUMNS, "group", "units", c->tuned ? "dead base" : "dead");
        if (c->tuned)
            fprintf(out, " %10s %10s %10s", "dead tuned", "newly dead", "largest");
        fputc('\n', out);
    }
    for (guint i = 0; i < groups->len; i++)
        print_group(out, c, &g_array_index(groups, struct neuron_group, i));
    g_array_free(groups, TRUE);
}

void report_neurons_csv(FILE *out, const struct comparison *c)
{
    GArray *groups = neuron_groups(c);

    if (groups->len)
        fputs("\ngroup,units,dead_base,dead_tuned,newly_dead\n", out);
    for (guint i = 0; i < groups->len; i++) {
        const struct neuron_group *g = &g_array_index(groups, struct neuron_group, i);
        char *label = escape_text(c->groups[g->group].label);
        char **parts = g_strsplit(label, "\"", -1), *quoted = g_strjoinv("\"\"", parts);

        fprintf(out, "\"%s\",%u,%u", quoted, g->units, g->n_dead_base);
        if (c->tuned)
            fprintf(out, ",%u,%u\n", g->n_dead_tuned, g->n_newly_dead);
        else
            fputs(",,\n", out);
        g_free(quoted);
        g_strfreev(parts);
        g_free(label);
    }
    g_array_free(groups, TRUE);
}
