/* Plain Keras models, functional, nested or subclassed: what their layers' classes and variables
 * say. Recurrent kernels hold their gates side by side: a recurrent_kernel leads from a layer's units
 * to themselves, so its shape tells how many there are, and with that the kind of the cell. */
#include <glib.h>
#include <string.h>
#include "core/arch_generic.h"

static int score(const struct source *s, const struct arch_blocks *blocks)
{
    (void)blocks;
    return g_str_has_prefix(s->format, "keras") ? 5 : 0;
}

/* In the order of the columns, by Keras's cells; NULL: that many are no cell's. */
static const char *gates_by_number(uint64_t n)
{
    return n == 4 ? "ifco" : n == 3 ? "zrh" : NULL;
}

/* What a cell's recurrent kernel says. */
struct cell {
    const char *gates;
    uint64_t columns;
};

static const char *variable_of(const struct tensor *t)
{
    const char *dot = strrchr(t->name, '.');

    return dot ? dot + 1 : t->name;
}

/* Owned by the caller. */
static char *cell_name(const struct tensor *t)
{
    return g_strndup(t->name, (gsize)(variable_of(t) - t->name));
}

static void note_cell(GHashTable *cells, const struct tensor *t)
{
    uint64_t units = t->rank >= 2 ? t->dim[t->rank - 2] : 0;
    struct cell cell = {NULL, units ? t->dim[t->rank - 1] : 0};

    if (t->kind != TENSOR_WEIGHT || strcmp(variable_of(t), "recurrent_kernel") != 0 || units == 0 ||
        cell.columns % units != 0)
        return;
    cell.gates = gates_by_number(cell.columns / units);
    g_hash_table_replace(cells, cell_name(t), g_memdup2(&cell, sizeof cell));
}

/* Kernels, and the bias of a GRU that adds one before and one after the reset: {2, 3 units}. */
static void place_in_cell(GHashTable *cells, const struct tensor *t, struct place *p)
{
    char *name = cell_name(t);
    const struct cell *cell = g_hash_table_lookup(cells, name);

    g_free(name);
    if (!cell || t->kind != TENSOR_WEIGHT)
        return;
    p->role = ROLE_RECURRENT;
    if (t->rank >= 2 && t->dim[t->rank - 1] == cell->columns)
        p->gates = cell->gates;
}

static void map(const struct source *s, const struct arch_blocks *blocks, struct place *places)
{
    GHashTable *cells = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);

    arch_generic_map(s, blocks, places);
    for (uint32_t i = 0; i < s->n_tensors; i++)
        note_cell(cells, &s->tensors[i]);
    for (uint32_t i = 0; i < s->n_tensors && g_hash_table_size(cells) > 0; i++)
        place_in_cell(cells, &s->tensors[i], &places[i]);
    g_hash_table_destroy(cells);
}

const struct arch arch_keras = {.name = "keras", .score = score, .map = map};
