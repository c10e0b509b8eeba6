#include "tui/overview_rows.h"

#include <math.h>
#include <string.h>

#include "tui/entry_text.h"

void overview_rows_init(struct overview_rows *r)
{
    *r = (struct overview_rows){.order = {SORT_MODEL, false, metric_table[0]}};
}

static void forget(struct overview_rows *r)
{
    /* The comparison may be gone already. */
    for (uint32_t i = 0; i < r->n_groups; i++)
        g_free(r->sorted_entries[i]);
    g_free(r->sorted_entries);
    g_free(r->sorted_groups);
    g_free(r->rows);
    g_free(r->open);
    g_free(r->open_before);
    g_free(r->skip);
    g_free(r->numbers);
    r->sorted_entries = NULL;
    r->sorted_groups = NULL;
    r->rows = NULL;
    r->open = r->open_before = NULL;
    r->skip = NULL;
    r->numbers = NULL;
    r->n = r->n_groups = 0;
    r->of = NULL;
}

void overview_rows_finish(struct overview_rows *r)
{
    forget(r);
    matcher_destroy(r->filter);
    *r = (struct overview_rows){0};
}

/* Bytes up to and with the last dot that all names of the group share. */
static gsize common_prefix(const struct comparison *c, const struct group *g)
{
    const char *first = comparison_tensor(c, g->entries[0])->name;
    gsize n = strlen(first);

    if (g->n_entries < 2)
        return 0;
    for (uint32_t i = 1; i < g->n_entries; i++) {
        const char *name = comparison_tensor(c, g->entries[i])->name;
        gsize same = 0;

        while (same < n && name[same] == first[same])
            same++;
        n = same;
    }
    while (n > 0 && first[n - 1] != '.')
        n--;
    return n;
}

void overview_rows_follow(struct overview_rows *r, const struct comparison *c)
{
    if (r->of == c)
        return;
    forget(r);
    r->of = c;
    if (!c)
        return;
    r->n_groups = c->n_groups;
    r->open = g_new0(bool, c->n_groups + 1);
    r->skip = g_new0(gsize, c->n_groups + 1);
    r->numbers = g_new0(struct group_numbers, c->n_groups + 1);
    r->sorted_groups = g_new0(uint32_t, c->n_groups + 1);
    r->sorted_entries = g_new0(uint32_t *, c->n_groups + 1);
    for (uint32_t i = 0; i < c->n_groups; i++) {
        const struct group *g = &c->groups[i];

        r->skip[i] = g->n_entries ? common_prefix(c, g) : 0;
        r->sorted_groups[i] = i;
        r->sorted_entries[i] = g_memdup2(g->entries, g->n_entries * sizeof g->entries[0]);
    }
    if (r->filter) {
        r->open_before = g_new0(bool, c->n_groups + 1);
        memset(r->open, true, c->n_groups);
    }
    r->stale = r->unsorted = true;
}

bool overview_rows_is_single(const struct overview_rows *r, uint32_t group)
{
    return r->of->groups[group].n_entries == 1;
}

bool overview_rows_is_open(const struct overview_rows *r, uint32_t group)
{
    return r->open[group] && !overview_rows_is_single(r, group);
}

static bool passes(const struct overview_rows *r, uint32_t entry)
{
    return !r->filter || matcher_hit(r->filter, comparison_tensor(r->of, entry)->name);
}

/* Sorting. */

/* What a row is compared by, computed once. */
struct sort_key {
    uint32_t index; /* group or entry */
    bool last;      /* optimizer and others stay behind the model whatever the order */
    double number;
    const char *name;
};

/* Names with numbers in them: 2 before 10. */
static int compare_names(const char *a, const char *b)
{
    return strverscmp(a, b);
}

/* NAN last, the largest first. */
static int compare_numbers(double a, double b, bool reverse)
{
    if (isnan(a) || isnan(b))
        return (int)isnan(a) - (int)isnan(b);
    if (a == b)
        return 0;
    return (a < b) == !reverse ? 1 : -1;
}

static gint compare_keys(gconstpointer a, gconstpointer b, gpointer data)
{
    const struct sort_key *x = a, *y = b;
    const struct overview_order *order = data;
    int by = 0;

    if (x->last != y->last)
        return x->last ? 1 : -1;
    if (order->sort == SORT_NAME)
        by = compare_names(x->name, y->name) * (order->reverse ? -1 : 1);
    else if (order->sort != SORT_MODEL)
        by = compare_numbers(x->number, y->number, order->reverse);
    if (by)
        return by;
    by = x->index < y->index ? -1 : x->index > y->index;
    return order->sort == SORT_MODEL && order->reverse ? -by : by;
}

static double entry_value(const struct overview_rows *r, uint32_t entry)
{
    const struct entry_summary *e = entry_summary_of(r->of, entry);

    if (e->state != ENTRY_DONE || !r->order.metric->of_entry)
        return NAN;
    if ((r->order.metric->needs & METRIC_NEEDS_PAIR) && !e->result.has_delta)
        return NAN;
    return r->order.metric->of_entry(&e->result);
}

double overview_rows_value(const struct overview_rows *r, struct overview_row row)
{
    const struct group_numbers *g = &r->numbers[row.group];

    if (row.entry != PAIR_NONE)
        return entry_value(r, row.entry);
    return g->pending || !r->order.metric->of_rollup ? NAN : r->order.metric->of_rollup(&g->total);
}

static struct sort_key key_of(struct overview_rows *r, struct overview_row row)
{
    bool tensor = row.entry != PAIR_NONE;
    const struct group *g = &r->of->groups[row.group];
    struct sort_key key = {.index = tensor ? row.entry : row.group};

    key.name = tensor ? comparison_tensor(r->of, row.entry)->name : g->label;
    key.last = !tensor && comparison_tensor(r->of, g->entries[0])->kind >= TENSOR_OPTIMIZER;
    if (!tensor && r->order.sort != SORT_MODEL)
        overview_rows_numbers(r, row.group);
    if (r->order.sort == SORT_METRIC)
        key.number = overview_rows_value(r, row);
    else if (r->order.sort == SORT_PARAMETERS)
        key.number = tensor ? (double)comparison_tensor(r->of, row.entry)->elems
                            : (double)r->numbers[row.group].elems;
    return key;
}

static void sort_keys(struct overview_rows *r, GArray *keys, uint32_t *out)
{
    g_array_sort_with_data(keys, compare_keys, &r->order);
    for (guint i = 0; i < keys->len; i++)
        out[i] = g_array_index(keys, struct sort_key, i).index;
}

static void sort_all(struct overview_rows *r)
{
    GArray *keys = g_array_new(FALSE, FALSE, sizeof(struct sort_key));

    for (uint32_t i = 0; i < r->of->n_groups; i++) {
        struct sort_key key = key_of(r, (struct overview_row){i, PAIR_NONE});

        g_array_append_val(keys, key);
    }
    sort_keys(r, keys, r->sorted_groups);
    for (uint32_t i = 0; i < r->of->n_groups; i++) {
        const struct group *g = &r->of->groups[i];

        if (g->n_entries < 2)
            continue;
        g_array_set_size(keys, 0);
        for (uint32_t k = 0; k < g->n_entries; k++) {
            struct sort_key key = key_of(r, (struct overview_row){i, g->entries[k]});

            g_array_append_val(keys, key);
        }
        sort_keys(r, keys, r->sorted_entries[i]);
    }
    g_array_free(keys, TRUE);
}

/* Building. */

/* Appends the rows of a group; all: as if it were unfolded. */
static void put_group(const struct overview_rows *r, uint32_t group, bool all, GArray *out)
{
    const struct group *g = &r->of->groups[group];
    guint at = out->len;
    bool shown = false;

    if (g->n_entries > 1)
        g_array_append_val(out, ((struct overview_row){group, PAIR_NONE}));
    for (uint32_t i = 0; i < g->n_entries; i++) {
        struct overview_row row = {group, r->sorted_entries[group][i]};

        if (!passes(r, row.entry))
            continue;
        shown = true;
        if (g->n_entries > 1 && !all && !r->open[group])
            break;
        g_array_append_val(out, row);
    }
    if (!shown)
        g_array_set_size(out, at);
}

static GArray *put_groups(const struct overview_rows *r, bool all)
{
    GArray *out = g_array_new(FALSE, FALSE, sizeof(struct overview_row));

    for (uint32_t i = 0; i < r->of->n_groups; i++)
        put_group(r, r->sorted_groups[i], all, out);
    return out;
}

bool overview_rows_build(struct overview_rows *r)
{
    GArray *rows;

    if (!r->of)
        return false;
    if (r->order.sort == SORT_METRIC && r->built != r->of->summary.version)
        r->unsorted = true;
    if (!r->stale && !r->unsorted)
        return false;
    if (r->unsorted)
        sort_all(r);
    rows = put_groups(r, false);
    g_free(r->rows);
    r->n = rows->len;
    r->rows = (struct overview_row *)(void *)g_array_free(rows, FALSE);
    r->built = r->of->summary.version;
    r->stale = r->unsorted = false;
    return true;
}

void overview_rows_order(struct overview_rows *r, struct overview_order order)
{
    if (order.metric != r->order.metric && r->of)
        for (uint32_t i = 0; i < r->of->n_groups; i++)
            r->numbers[i].stamp = 0;
    r->order = order;
    r->unsorted = true;
}

void overview_rows_fold(struct overview_rows *r, uint32_t group, bool open)
{
    if (!r->of || group >= r->of->n_groups || r->open[group] == open)
        return;
    r->open[group] = open;
    r->stale = true;
}

void overview_rows_fold_all(struct overview_rows *r)
{
    bool open = false;

    if (!r->of)
        return;
    for (uint32_t i = 0; i < r->of->n_groups; i++)
        open |= !r->open[i] && !overview_rows_is_single(r, i);
    for (uint32_t i = 0; i < r->of->n_groups; i++)
        r->open[i] = open;
    r->stale = true;
}

/* A filter unfolds everything it leaves; without it the folds are as they were. */
static void fold_for_filter(struct overview_rows *r, bool filtered)
{
    if (!r->of)
        return;
    if (filtered && !r->open_before)
        r->open_before = g_memdup2(r->open, sizeof(bool) * (r->of->n_groups + 1));
    if (filtered) {
        memset(r->open, true, r->of->n_groups);
    } else if (r->open_before) {
        g_free(r->open);
        r->open = r->open_before;
        r->open_before = NULL;
    }
}

guint overview_rows_filter(struct overview_rows *r, const char *text)
{
    guint n = 0;

    matcher_destroy(r->filter);
    r->filter = text && *text ? matcher_create(text) : NULL;
    r->stale = true;
    fold_for_filter(r, r->filter != NULL);
    for (uint32_t i = 0; r->of && i < r->of->pairing.n_entries; i++)
        n += passes(r, i);
    return n;
}

/* Finding. */

guint overview_rows_find(const struct overview_rows *r, struct overview_row row)
{
    guint group = 0;

    for (guint i = 0; i < r->n; i++) {
        if (r->rows[i].group != row.group)
            continue;
        if (r->rows[i].entry == row.entry)
            return i;
        if (r->rows[i].entry == PAIR_NONE)
            group = i;
    }
    return group;
}

GArray *overview_rows_all(const struct overview_rows *r)
{
    return put_groups(r, true);
}

bool overview_rows_hit(const struct overview_rows *r, const struct matcher *m,
                       struct overview_row row)
{
    return matcher_hit(m, row.entry == PAIR_NONE ? r->of->groups[row.group].label
                                                 : comparison_tensor(r->of, row.entry)->name);
}

guint overview_rows_hits(const struct overview_rows *r, const struct matcher *m)
{
    GArray *all;
    guint hits = 0;

    if (!r->of)
        return 0;
    all = put_groups(r, true);
    for (guint i = 0; i < all->len; i++)
        hits += overview_rows_hit(r, m, g_array_index(all, struct overview_row, i));
    g_array_free(all, TRUE);
    return hits;
}

static guint index_of(const GArray *all, struct overview_row row)
{
    for (guint i = 0; i < all->len; i++) {
        const struct overview_row *at = &g_array_index(all, struct overview_row, i);

        if (at->group == row.group && at->entry == row.entry)
            return i;
    }
    return 0;
}

bool overview_rows_search(struct overview_rows *r, const struct matcher *m, guint from,
                          bool backwards, guint *found)
{
    GArray *all;
    guint at, step = 0;
    struct overview_row row;

    if (!r->of || from >= r->n)
        return false;
    all = put_groups(r, true);
    at = index_of(all, r->rows[from]);
    do {
        at = (at + (backwards ? all->len - 1 : 1)) % all->len;
        row = g_array_index(all, struct overview_row, at);
    } while (!overview_rows_hit(r, m, row) && ++step < all->len);
    g_array_free(all, TRUE);
    if (!overview_rows_hit(r, m, row))
        return false;
    if (row.entry != PAIR_NONE)
        overview_rows_fold(r, row.group, true);
    overview_rows_build(r);
    *found = overview_rows_find(r, row);
    return true;
}
