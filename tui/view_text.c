#include "tui/view_text.h"

#include "core/escape.h"
#include "tui/page.h"

struct comparison *view_comparison(const struct view *v)
{
    return v->model->state == LOAD_READY ? v->model->comparison : NULL;
}

static void add_paths(struct page *p, const struct model *m, int width)
{
    char *base = escape_text(m->base_path), *tuned = escape_text(m->tuned_path);

    page_wrap(p, width, 8, m->tuned_path ? " base" : " file", PAINT_TEXT, base);
    if (m->tuned_path)
        page_wrap(p, width, 8, " tuned", PAINT_TEXT, tuned);
    g_free(base);
    g_free(tuned);
}

bool view_draw_absent(const struct view *v, const struct surface *s)
{
    const struct model *m = v->model;
    struct page p;
    char *error;

    if (view_comparison(v))
        return false;
    page_init(&p);
    if (m->state == LOAD_FAILED) {
        error = escape_text(m->error);
        page_wrap(&p, s->cols, 1, " ", PAINT_BAD, error);
        g_free(error);
        page_print(&p, PAINT_TEXT, "%s", "");
        add_paths(&p, m, s->cols);
        page_print(&p, PAINT_DIM, " R reads again, q leaves");
    } else {
        page_print(&p, PAINT_TEXT, " reading the list of tensors: %d objects found",
                   g_atomic_int_get(&m->objects));
        add_paths(&p, m, s->cols);
    }
    page_draw(&p, s);
    page_finish(&p);
    return true;
}

char *view_absent_status(const struct view *v)
{
    if (view_comparison(v))
        return g_strdup("");
    return g_strdup(v->model->state == LOAD_FAILED ? "could not be read" : "reading");
}
