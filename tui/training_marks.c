#include "tui/training_marks.h"

#include <math.h>
#include <string.h>
#include "core/escape.h"
#include "core/train/overfit.h"
#include "tui/training_curves.h"

#define KEPT '.'
#define TEXTS_MOST 4 /* of one column */

static void clear_mark(gpointer data)
{
    g_free(((struct mark *)data)->text);
}

static void add(GArray *marks, uint64_t step, char letter, enum paint paint, char *text)
{
    struct mark m = {step, letter, paint, text};

    g_array_append_val(marks, m);
}

static void add_event(GArray *marks, const struct event *e)
{
    static const char letters[EVENT_KINDS] = {
        [EVENT_STARTED] = '|', [EVENT_RESUMED] = 'R',       [EVENT_REWOUND] = '<',
        [EVENT_SAVED] = 'S',   [EVENT_LEARNING_RATE] = 'r', [EVENT_WEIGHT_DECAY] = 'd',
        [EVENT_STOPPED] = 'X', [EVENT_LOADED] = 'o',
    };
    char *safe = e->text ? escape_text(e->text) : NULL;
    GString *text = g_string_new(event_name(e->kind));

    if (!isnan(e->value))
        g_string_append_printf(text, " %.3g", e->value);
    if (safe)
        g_string_append_printf(text, " %s", safe);
    add(marks, e->step, letters[e->kind], e->kind == EVENT_STOPPED ? PAINT_BAD : PAINT_KEY,
        g_string_free(text, FALSE));
    g_free(safe);
}

static void add_alarms(GArray *marks, const struct comparison *c, const struct rule *rule)
{
    GArray *alarms = g_array_new(FALSE, FALSE, sizeof(struct alarm));

    rule->alarms(c, alarms);
    for (guint i = 0; i < alarms->len; i++) {
        const struct alarm *a = &g_array_index(alarms, struct alarm, i);
        char *where = a->block < 0 ? g_strdup("")
                      : (uint32_t)a->block >= c->timeline->n_blocks
                          ? g_strdup(" outside blocks")
                          : g_strdup_printf(" L%d", a->block);

        add(marks, a->step, '!', PAINT_BAD,
            isnan(a->value) ? g_strconcat(rule->id, where, NULL)
                            : g_strdup_printf("%s%s %.3g", rule->id, where, a->value));
        g_free(where);
    }
    g_array_unref(alarms);
}

GArray *training_marks(const struct model *m)
{
    GArray *marks = g_array_new(FALSE, FALSE, sizeof(struct mark));
    const struct timeline *t = m->timeline;
    int best = best_look(t, t->looks->len);

    g_array_set_clear_func(marks, clear_mark);
    for (uint32_t i = 0; i < m->run.n_kept; i++)
        add(marks, m->run.kept[i], KEPT, PAINT_DIM, g_strdup("kept"));
    for (guint i = 0; i < t->events->len; i++)
        add_event(marks, &g_array_index(t->events, struct event, i));
    for (size_t i = 0; rule_table[i] && m->comparison && m->comparison->timeline == t; i++)
        if (rule_table[i]->alarms)
            add_alarms(marks, m->comparison, rule_table[i]);
    if (best > 0)
        add(marks, g_array_index(t->looks, struct look_record, best).step, 'B', PAINT_GOOD,
            g_strdup("best held-out loss"));
    return marks;
}

static void draw_steps(const struct surface *s, const struct time_axis *a)
{
    struct surface row = surface_part(s, 1, TRAINING_LEFT, 1, a->cols);
    char first[24], last[24], cursor[24];
    int at = MAX(time_axis_column(a, a->cursor), 0), width;

    g_snprintf(first, sizeof first, "%" G_GUINT64_FORMAT, a->first);
    g_snprintf(last, sizeof last, "%" G_GUINT64_FORMAT, a->last);
    g_snprintf(cursor, sizeof cursor, "^%" G_GUINT64_FORMAT, a->cursor);
    width = (int)strlen(cursor);
    at = MIN(at, MAX(row.cols - width, 0));
    surface_text(s, 1, 1, style_of(PAINT_DIM), "step");
    if (at > (int)strlen(first))
        surface_text(&row, 0, 0, style_of(PAINT_DIM), first);
    if (a->cursor != a->last && at + width < row.cols - (int)strlen(last))
        surface_text(&row, 0, row.cols - (int)strlen(last), style_of(PAINT_DIM), last);
    surface_text(&row, 0, at, style_of(PAINT_TITLE), cursor);
}

void training_marks_draw(const struct surface *s, const GArray *marks, const struct time_axis *a)
{
    struct surface row = surface_part(s, 0, TRAINING_LEFT, 1, a->cols);

    for (guint i = 0; i < marks->len; i++) {
        const struct mark *m = &g_array_index(marks, struct mark, i);
        int col = time_axis_column(a, m->step);

        if (col >= 0)
            surface_glyph(&row, 0, col, style_of(m->paint), (gunichar)m->letter);
    }
    if (s->rows > 1)
        draw_steps(s, a);
}

char *training_marks_text(const GArray *marks, const struct time_axis *a)
{
    GString *text = g_string_new(NULL);
    int col = time_axis_column(a, a->cursor), n = 0;

    for (guint i = marks->len; i-- > 0;) {
        const struct mark *m = &g_array_index(marks, struct mark, i);

        if (time_axis_column(a, m->step) == col && n++ < TEXTS_MOST)
            g_string_append_printf(text, "%s%c %s", text->len ? "  " : "", m->letter, m->text);
    }
    return g_string_free(text, FALSE);
}

bool training_marks_next(const GArray *marks, const struct time_axis *a, bool back, uint64_t *step)
{
    bool found = false;

    for (guint i = 0; i < marks->len; i++) {
        const struct mark *m = &g_array_index(marks, struct mark, i);

        if (m->letter == KEPT || m->step > a->end ||
            (back ? m->step >= a->cursor : m->step <= a->cursor))
            continue;
        if (!found || (back ? m->step > *step : m->step < *step))
            *step = m->step;
        found = true;
    }
    return found;
}
