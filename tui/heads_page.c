#include "tui/heads_page.h"

#include <math.h>

#include "tui/entry_text.h"
#include "tui/units.h"

/* "", "kv head 1", "kv head 1 (h4..h7)": whose keys and values, and who shares them. */
static char *shared_text(const struct heads_row *row, const struct head *h)
{
    uint32_t first = row->n, last = 0;

    for (uint32_t i = 0; i < row->n; i++) {
        if (row->heads[i].kv_head != h->kv_head)
            continue;
        first = MIN(first, i);
        last = MAX(last, i);
    }
    if (first == last && h->kv_head == h->head)
        return g_strdup("");
    if (first == last)
        return g_strdup_printf("  kv head %u", h->kv_head);
    return g_strdup_printf("  kv head %u (h%u..h%u)", h->kv_head, first, last);
}

static void add_numbers(struct page *p, bool pair, const char *label, double base, double tuned,
                        double delta, double relative, double floor)
{
    char a[UNIT_BYTES], b[UNIT_BYTES], d[UNIT_BYTES], r[UNIT_BYTES];

    if (pair)
        page_print(p, PAINT_TEXT, "%s %6s > %-6s %8s %9s", label, unit_value(a, base, 6),
                   unit_value(b, tuned, 6), unit_value(d, delta, 8), unit_relative(r, relative, floor));
    else
        page_print(p, PAINT_TEXT, "%s %8s", label, unit_value(a, base, 8));
}

static void add_parts(struct page *p, const struct heads_grid *g, const struct head *h)
{
    static const char *const letters[HEAD_PARTS] = {"Q", "K", "V", "O"};
    bool pair = g->of->tuned != NULL;

    page_print(p, PAINT_DIM, "%s", pair ? "  |w| base > tuned    delta       rel" : "       |w|");
    for (unsigned i = 0; i < HEAD_PARTS; i++) {
        const struct head_norms *n = &h->part[i];

        add_numbers(p, pair, letters[i], n->base_l2, n->tuned_l2, n->delta_l2,
                    head_part_relative(n), n->floor);
    }
    add_numbers(p, pair, "=", heads_value(h, HEADS_ALL, HEADS_BASE),
                heads_value(h, HEADS_ALL, HEADS_TUNED), heads_value(h, HEADS_ALL, HEADS_DELTA),
                h->relative, h->floor);
}

static void add_rank(struct page *p, const struct heads_grid *g, double value)
{
    guint of, rank = heads_grid_rank(g, value, &of);

    if (isnan(value))
        page_print(p, PAINT_DIM, heads_is_flow(g->measure) ? "not run, or too little was seen"
                                                           : "not scanned yet, or one-sided");
    else if (heads_is_flow(g->measure))
        page_print(p, PAINT_TEXT, "rank %u of %u: %s", rank, of, heads_measure_name(g->measure));
    else
        page_print(p, PAINT_TEXT, "rank %u of %u: %s of %s", rank, of,
                   heads_measure_name(g->measure), heads_part_title(g->part));
}

static void add_sides(struct page *p, bool pair, const char *name, const double *sides)
{
    char a[UNIT_BYTES], b[UNIT_BYTES];

    if (pair)
        page_print(p, PAINT_TEXT, "%-14s %8s > %-8s", name, unit_value(a, sides[0], 7),
                   unit_value(b, sides[1], 7));
    else
        page_print(p, PAINT_TEXT, "%-14s %8s", name, unit_value(a, sides[0], 7));
}

static void add_flow(struct page *p, const struct heads_grid *g, const struct activity_head *h)
{
    bool pair = g->flow.of->pair;
    char shift[UNIT_BYTES];

    page_print(p, PAINT_DIM, "attends%s%s, %" G_GUINT64_FORMAT " tokens", pair ? ", shift " : "",
               pair ? unit_value(shift, h->shift, 6) : "", h->queries);
    add_sides(p, pair, "entropy 0..1", h->entropy);
    add_sides(p, pair, "first token", h->first);
    add_sides(p, pair, "token before", h->previous);
    add_sides(p, pair, "itself", h->self);
    add_sides(p, pair, "tokens away", h->distance);
    add_sides(p, pair, "sink rate", h->sink);
}

/* The end of a long name tells tensors apart. */
static void add_strongest(struct page *p, const struct heads_grid *g, const struct head *h)
{
    unsigned part = heads_strongest(h, g->measure);
    const char *tail;
    char *name;

    if (part == HEADS_ALL)
        return;
    name = entry_name(g->of, g->of->attentions.items[h->attention].entry[part], 0);
    tail = text_tail(name, HEADS_PAGE_COLUMNS - 2);
    page_print(p, PAINT_DIM, "strongest: %s (Enter)", head_part_name((enum head_part)part));
    page_print(p, PAINT_DIM, "%s%s", tail > name ? "~" : "", tail);
    g_free(name);
}

void heads_page_add(struct page *p, const struct heads_grid *g, const struct heads_row *row,
                    uint32_t head, bool pinned)
{
    const struct head *h = &row->heads[head];
    char *name = heads_name(row, head), *shared = shared_text(row, h);

    page_print(p, PAINT_TITLE, "%s%s%s", pinned ? "pinned " : "", name, shared);
    add_parts(p, g, h);
    add_rank(p, g, row->values[head]);
    if (row->flow)
        add_flow(p, g, &row->flow[head]);
    if (!pinned && heads_is_flow(g->measure))
        page_print(p, PAINT_DIM, "Enter: what it looks at, token by token");
    else if (!pinned)
        add_strongest(p, g, h);
    g_free(shared);
    g_free(name);
}
