#include "tui/neuron_rows.h"

#include <math.h>

#include "core/escape.h"

void neuron_rows_init(struct neuron_rows *r)
{
    *r = (struct neuron_rows){0};
}

static void clear_rows(struct neuron_rows *r)
{
    g_free(r->units);
    g_free(r->shown);
    r->units = NULL;
    r->shown = NULL;
    r->n_units = r->n_shown = 0;
}

void neuron_rows_finish(struct neuron_rows *r)
{
    clear_rows(r);
    if (r->groups)
        g_array_free(r->groups, TRUE);
    matcher_destroy(r->filter);
    *r = (struct neuron_rows){0};
}

const struct neuron_group *neuron_rows_group(const struct neuron_rows *r)
{
    return r->groups && r->group < r->groups->len
               ? &g_array_index(r->groups, struct neuron_group, r->group)
               : NULL;
}

char *neuron_rows_label(const struct neuron_rows *r)
{
    return escape_text(r->of->groups[neuron_rows_group(r)->group].label);
}

const char *neuron_sort_name(enum neuron_sort sort)
{
    static const char *const names[NEURON_SORTS] = {"relative", "norm", "unit"};

    return names[sort];
}

const char *neuron_flag(const struct neuron *n, bool pair)
{
    if (!pair || n->dead_base == n->dead_tuned)
        return n->dead_base ? "dead" : "";
    return n->dead_tuned ? "newly dead" : "revived";
}

static double norm_of(const struct neuron *n)
{
    return isnan(n->base_in) ? n->tuned_in : n->base_in;
}

/* The largest first, what is undefined last, else by number. */
static gint compare(gconstpointer a, gconstpointer b, gpointer data)
{
    const struct neuron_rows *r = data;
    guint32 i = *(const guint32 *)a, k = *(const guint32 *)b;
    bool norm = r->sort == NEURON_BY_NORM;
    double x = norm ? norm_of(&r->units[i]) : r->units[i].relative;
    double y = norm ? norm_of(&r->units[k]) : r->units[k].relative;
    int way = r->reversed ? -1 : 1;

    if (r->sort == NEURON_BY_UNIT)
        return way * ((i > k) - (i < k));
    if (isnan(x) || isnan(y) || x == y)
        return isnan(x) != isnan(y) ? isnan(x) - isnan(y) : (i > k) - (i < k);
    return way * ((x < y) - (x > y));
}

static bool is_shown(const struct neuron_rows *r, guint32 unit)
{
    char text[32];

    if (!r->filter)
        return true;
    g_snprintf(text, sizeof text, "%u %s", unit, neuron_flag(&r->units[unit], r->of->tuned));
    return matcher_hit(r->filter, text);
}

void neuron_rows_arrange(struct neuron_rows *r)
{
    g_free(r->shown);
    r->shown = g_new(guint32, r->n_units);
    r->n_shown = 0;
    for (guint32 i = 0; i < r->n_units; i++)
        if (is_shown(r, i))
            r->shown[r->n_shown++] = i;
    if (r->n_shown)
        g_qsort_with_data(r->shown, (gint)r->n_shown, sizeof *r->shown, compare, r);
}

void neuron_rows_load(struct neuron_rows *r)
{
    const struct neuron_group *g = neuron_rows_group(r);

    clear_rows(r);
    r->bins = (struct relative_bins){0};
    r->top = 0;
    if (!g)
        return;
    r->n_units = g->units;
    r->units = g_new(struct neuron, g->units);
    neurons_of(r->of, g, r->units);
    for (guint i = 0; i < r->n_units; i++) {
        relative_bins_add(&r->bins, r->units[i].relative);
        r->top = fmax(r->top, r->units[i].relative);
    }
    if (!(r->top > 0))
        r->top = 1;
    neuron_rows_arrange(r);
}

/* The same group as before among those there are now: a scan that goes on adds some. */
static void find_group(struct neuron_rows *r, uint32_t group)
{
    for (r->group = 0; r->group < r->groups->len; r->group++)
        if (neuron_rows_group(r)->group == group)
            return;
    r->group = 0;
}

void neuron_rows_update(struct neuron_rows *r, const struct comparison *c)
{
    const struct neuron_group *before = neuron_rows_group(r);
    uint32_t group = before ? before->group : 0;
    guint n = before ? r->groups->len : 0;

    if (r->of == c && r->version == c->summary.version && r->groups)
        return;
    if (r->groups)
        g_array_free(r->groups, TRUE);
    r->groups = neuron_groups(c);
    if (r->of == c && n == r->groups->len && n) {
        r->version = c->summary.version;
        return;
    }
    r->of = c;
    r->version = c->summary.version;
    find_group(r, group);
    neuron_rows_load(r);
}
