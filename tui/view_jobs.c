/* What is running: how far the scan is, with what, and what failed. */
#include <inttypes.h>
#include <math.h>

#include "core/adapter.h"
#include "core/escape.h"
#include "tui/entry_text.h"
#include "tui/page.h"
#include "tui/plot.h"
#include "tui/units.h"
#include "tui/view_text.h"

#define BAR_MOST 60

struct jobs {
    struct view view;
    struct page page; /* below the bar */
    struct progress progress;
    char *search;
};

static const struct binding bindings[] = {
    {0, ACTION_NONE, NULL, NULL, NULL},
};

static void jobs_open(struct view *v, struct model *m)
{
    (void)m;
    page_init(&((struct jobs *)v)->page);
}

static void jobs_close(struct view *v)
{
    struct jobs *j = (struct jobs *)v;

    page_finish(&j->page);
    g_free(j->search);
}

static void add_adapter(struct page *p, const struct adapter *a)
{
    char *text = a ? adapter_text(a) : NULL;

    if (a)
        page_print(p, PAINT_DIM, "        %s adapter on the base: %s", a->family, text);
    g_free(text);
}

static void add_file(struct page *p, int width, const char *label, const struct comparison *of,
                     bool tuned)
{
    const struct checkpoint *c = tuned ? of->tuned : of->base;
    char bytes[UNIT_BYTES], count[UNIT_BYTES], *path = escape_text(c->source->path);
    char *name = escape_text(c->arch->name);

    page_wrap(p, width, 8, label, PAINT_TEXT, path);
    page_print(p, PAINT_DIM, "        %s  %s  %u tensors  %s parameters  %u blocks  map %s",
               c->source->format, unit_bytes(bytes, (double)c->source->bytes),
               comparison_tensors(of, tuned), unit_count(count, comparison_parameters(of, tuned)),
               c->n_blocks, name);
    add_adapter(p, c->source->applied);
    g_free(path);
    g_free(name);
}

static void add_progress(struct page *p, const struct model *m, const struct progress *g)
{
    const struct comparison *c = m->comparison;
    char done[UNIT_BYTES], total[UNIT_BYTES], rate[UNIT_BYTES];
    char time[UNIT_BYTES], left[UNIT_BYTES], list[UNIT_BYTES];

    page_print(p, PAINT_TEXT, " tensors %u of %u   failed %u", g->tensors_done, g->tensors_total,
               c->summary.n_failed);
    page_print(p, PAINT_TEXT, " read    %s of %s   %s/s", unit_bytes(done, (double)g->bytes_done),
               unit_bytes(total, (double)g->bytes_total), unit_bytes(rate, g->bytes_per_second));
    page_print(p, PAINT_TEXT, " time    %s   left %s   list of tensors read in %s",
               unit_seconds(time, g->seconds), unit_seconds(left, g->seconds_left),
               unit_seconds(list, m->seconds_to_list));
    page_print(p, PAINT_TEXT, " with    %u threads, kernel %s", c->threads,
               c->ops ? scan_ops_name(c->ops) : "-");
}

static void add_states(struct page *p, const struct summary *s)
{
    uint32_t n[ENTRY_CANCELLED + 1] = {0};
    GString *line = g_string_new(NULL);

    for (uint32_t i = 0; i < s->n; i++)
        n[s->entries[i].state]++;
    for (int i = 0; i <= ENTRY_CANCELLED; i++)
        g_string_append_printf(line, " %s %u  ", entry_state_name((enum entry_state)i), n[i]);
    page_print(p, PAINT_TEXT, "%s", line->str);
    g_string_free(line, TRUE);
}

static void add_failures(struct page *p, const struct comparison *c, int width)
{
    page_rule(p, "failed");
    if (!c->summary.n_failed)
        page_print(p, PAINT_DIM, " none");
    for (uint32_t i = 0; c->summary.n_failed && i < c->summary.n; i++) {
        const struct entry_summary *e = &c->summary.entries[i];
        char *name, *error;

        if (e->state != ENTRY_FAILED)
            continue;
        name = entry_name(c, i, 0);
        error = escape_text(e->error);
        page_wrap(p, width, 1, " ", PAINT_TEXT, name);
        page_wrap(p, width, 4, NULL, PAINT_BAD, error);
        g_free(name);
        g_free(error);
    }
}

static void jobs_layout(struct view *v, int rows, int cols)
{
    struct jobs *j = (struct jobs *)v;
    struct comparison *c = view_comparison(v);

    page_clear(&j->page);
    if (!c)
        return;
    comparison_progress(c, &j->progress);
    add_progress(&j->page, v->model, &j->progress);
    add_states(&j->page, &c->summary);
    page_rule(&j->page, "files");
    add_file(&j->page, cols, " base", c, false);
    if (c->tuned)
        add_file(&j->page, cols, " tuned", c, true);
    add_failures(&j->page, c, cols);
    page_layout(&j->page, rows - 2);
}

static const char *scan_state(const struct progress *g)
{
    return g->cancelled ? "stopped" : g->running ? "scanning" : "done";
}

static void jobs_draw(const struct view *v, const struct surface *s)
{
    const struct jobs *j = (const struct jobs *)v;
    const struct progress *g = &j->progress;
    struct surface below = surface_part(s, 2, 0, s->rows - 2, s->cols);
    double share = g->bytes_total     ? (double)g->bytes_done / (double)g->bytes_total
                   : g->tensors_total ? (double)g->tensors_done / g->tensors_total
                                      : 1;
    int width = CLAMP(s->cols - 20, 0, BAR_MOST);

    if (view_draw_absent(v, s))
        return;
    plot_bar(s, 0, 1, width, style_of(PAINT_GOOD), share);
    surface_print(s, 0, width + 2, style_of(PAINT_TEXT), "%3.0f %%  %s", floor(share * 100),
                  scan_state(g));
    page_draw(&j->page, &below);
    surface_cursor(s, 0, 0);
}

static enum reply jobs_act(struct view *v, struct app *app, int action)
{
    struct jobs *j = (struct jobs *)v;
    guint hits;

    if (j->search && (action == ACTION_SEARCH_NEXT || action == ACTION_SEARCH_PREVIOUS)) {
        if (!page_find(&j->page, j->search, action == ACTION_SEARCH_PREVIOUS, &hits))
            app_say(app, "nothing matches");
        return REPLY_DONE;
    }
    return page_act(&j->page, action) ? REPLY_DONE : REPLY_IGNORED;
}

/* In what is written there: the failed tensors and why. */
static guint jobs_search(struct view *v, const char *text)
{
    struct jobs *j = (struct jobs *)v;
    guint hits = 0;

    g_free(j->search);
    j->search = text && *text ? g_strdup(text) : NULL;
    if (j->search)
        page_find(&j->page, j->search, false, &hits);
    return hits;
}

static char *jobs_status(const struct view *v)
{
    if (!view_comparison(v))
        return view_absent_status(v);
    return g_strdup(scan_state(&((const struct jobs *)v)->progress));
}

static void jobs_write(const struct view *v, FILE *out)
{
    const struct comparison *c = view_comparison(v);

    fprintf(out, "state\tname\terror\n");
    for (uint32_t i = 0; c && i < c->summary.n; i++) {
        const struct entry_summary *e = &c->summary.entries[i];
        char *name = entry_name(c, i, 0), *error = escape_text(e->error);

        fprintf(out, "%s\t%s\t%s\n", entry_state_name(e->state), name, error);
        g_free(name);
        g_free(error);
    }
}

const struct view_ops view_jobs = {
    .name = "jobs",
    .title = "Jobs",
    .brief = "Jobs",
    .about = "the scan, its threads, its errors",
    .help = "How far the scan is: tensors and bytes read, rate, time left, threads and the kernel "
            "variant that is used; what each file is; the tensors that could not be read and why. "
            "^C stops the scan, what is finished stays, c goes on with it.",
    .bindings = bindings,
    .size = sizeof(struct jobs),
    .open = jobs_open,
    .close = jobs_close,
    .layout = jobs_layout,
    .draw = jobs_draw,
    .act = jobs_act,
    .status = jobs_status,
    .write = jobs_write,
    .search = jobs_search,
};
