/* Plain Keras models, functional, nested or subclassed: what their layers' classes and variables
 * say. Recurrent kernels hold their gates side by side. */
#include <glib.h>
#include <string.h>
#include "core/arch_generic.h"

static int score(const struct source *s, const struct arch_blocks *blocks)
{
    (void)blocks;
    return g_str_has_prefix(s->format, "keras") ? 5 : 0;
}

/* Order of the gates along the columns, by Keras's cells. */
static const struct {
    const char *cell, *gates;
} cells[] = {{"lstm_cell", "ifco"}, {"gru_cell", "zrh"}};

static const char *gates_of(const struct tensor *t)
{
    for (size_t i = 0; i < G_N_ELEMENTS(cells); i++)
        if (strstr(t->name, cells[i].cell) &&
            t->dim[t->rank - 1] % strlen(cells[i].gates) == 0)
            return cells[i].gates;
    return NULL;
}

static void map(const struct source *s, const struct arch_blocks *blocks, struct place *places)
{
    arch_generic_map(s, blocks, places);
    for (uint32_t i = 0; i < s->n_tensors; i++)
        if (places[i].role == ROLE_RECURRENT && places[i].matrix)
            places[i].gates = gates_of(&s->tensors[i]);
}

const struct arch arch_keras = {.name = "keras", .score = score, .map = map};
