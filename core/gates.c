#include "core/gates.h"

#include <math.h>
#include <string.h>

static const char *name_of(char letter)
{
    static const struct {
        char letter;
        const char *name;
    } names[] = {{'i', "input"},  {'f', "forget"}, {'c', "cell"},     {'o', "output"},
                 {'z', "update"}, {'r', "reset"},  {'h', "candidate"}};

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (names[i].letter == letter)
            return names[i].name;
    return "unknown";
}

static void measure(const struct energy *e, uint64_t first, uint64_t n, struct gate *out)
{
    out->base_l2 = energy_norm(e->col[ENERGY_BASE], first, n);
    out->tuned_l2 = energy_norm(e->col[ENERGY_TUNED], first, n);
    out->delta_l2 = energy_norm(e->col[ENERGY_DELTA], first, n);
    out->relative = out->base_l2 > 0 ? out->delta_l2 / out->base_l2 : NAN;
}

unsigned gates_of(const struct comparison *c, uint32_t entry, struct gate out[static GATES_MOST])
{
    const char *gates = comparison_place(c, entry)->gates;
    const struct entry_summary *s = &c->summary.entries[entry];
    const struct energy *e = &s->result.energy;
    unsigned n = gates ? (unsigned)strlen(gates) : 0;

    if (n == 0 || n > GATES_MOST || s->state != ENTRY_DONE || e->shape.rows == 0 ||
        e->shape.cols % n != 0)
        return 0;
    for (unsigned i = 0; i < n; i++) {
        out[i] = (struct gate){.letter = gates[i], .name = name_of(gates[i])};
        measure(e, i * (e->shape.cols / n), e->shape.cols / n, &out[i]);
        out[i].floor = e->col[ENERGY_DELTA] ? comparison_floor(c, entry) : NAN;
    }
    return n;
}
