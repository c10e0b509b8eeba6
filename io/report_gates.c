#include "io/report_gates.h"

#include "core/gates.h"
#include "io/report_lines.h"

void report_gates_json(struct json_writer *w, const struct comparison *c, uint32_t entry)
{
    struct gate gates[GATES_MOST];
    unsigned n = gates_of(c, entry, gates);

    if (n == 0)
        return;
    json_begin_list(w, "gates", false);
    for (unsigned i = 0; i < n; i++) {
        const char letter[] = {gates[i].letter, 0};

        json_begin_object(w, NULL, true);
        json_string(w, "gate", letter);
        json_string(w, "name", gates[i].name);
        json_double(w, "base_l2", gates[i].base_l2);
        json_double(w, "tuned_l2", gates[i].tuned_l2);
        json_double(w, "delta_l2", gates[i].delta_l2);
        json_double(w, "relative", gates[i].relative);
        json_double(w, "floor", gates[i].floor);
        json_end_object(w);
    }
    json_end_list(w);
}

static void print_heading(FILE *out, bool pair)
{
    fprintf(out, "\nGates of recurrent layers\n%-*s %-9s %10s", REPORT_NAME_COLUMNS, "tensor",
            "gate", "|base|");
    if (pair)
        fprintf(out, " %10s %10s %10s", "|tuned|", "|delta|", "relative");
    fputc('\n', out);
}

static void print_gate(FILE *out, const struct comparison *c, uint32_t entry, const struct gate *g,
                       bool first)
{
    report_name(out, first ? comparison_tensor(c, entry)->name : "", REPORT_NAME_COLUMNS);
    fprintf(out, " %-9s", g->name);
    report_number(out, g->base_l2);
    if (c->tuned) {
        report_number(out, g->tuned_l2);
        report_number(out, g->delta_l2);
        report_relative(out, g->relative, g->floor);
    }
    fputc('\n', out);
}

void report_gates_text(FILE *out, const struct comparison *c)
{
    bool any = false;

    for (uint32_t i = 0; i < c->pairing.n_entries; i++) {
        struct gate gates[GATES_MOST];
        unsigned n = gates_of(c, i, gates);

        if (n > 0 && !any)
            print_heading(out, c->tuned != NULL);
        any |= n > 0;
        for (unsigned k = 0; k < n; k++)
            print_gate(out, c, i, &gates[k], k == 0);
    }
}
