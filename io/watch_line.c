#include "io/watch_line.h"

#include <math.h>
#include "core/escape.h"

static void append_time(GString *line)
{
    GDateTime *now = g_date_time_new_now_local();
    char *text = g_date_time_format(now, "%H:%M:%S");

    g_string_append_printf(line, "%s  ", text);
    g_free(text);
    g_date_time_unref(now);
}

static void append_name(GString *line, const char *name)
{
    char *safe = escape_text(name);

    g_string_append(line, safe);
    g_free(safe);
}

static void append_share(GString *line, const char *what, double share)
{
    if (!isnan(share))
        g_string_append_printf(line, "  %s %.3g %%", what, 100 * share);
}

char *watch_line(const struct watch_point *p)
{
    static const char *const parts[DEPTH_PARTS] = {"early", "middle", "late"};
    const struct watch_look *l = p->look;
    GString *line = g_string_new(NULL);

    append_time(line);
    append_name(line, p->name);
    if (p->step)
        g_string_append_printf(line, "  step %" G_GUINT64_FORMAT, p->step);
    append_share(line, "relative", l->model_relative);
    for (int i = 0; i < DEPTH_PARTS; i++)
        append_share(line, parts[i], l->band[i]);
    if (l->class != DEPTH_NONE)
        g_string_append_printf(line, "  %s", depth_class_name(l->class));
    if (l->n_matched < l->n_entries)
        g_string_append_printf(line, "  paired %u/%u", l->n_matched, l->n_entries);
    if (l->flags)
        g_string_append_printf(line, "  ! %s", l->flags);
    return g_string_free(line, FALSE);
}

char *watch_line_failed(const char *name, const char *reason)
{
    GString *line = g_string_new(NULL);

    append_time(line);
    append_name(line, name);
    g_string_append(line, "  can't be read: ");
    append_name(line, reason);
    return g_string_free(line, FALSE);
}
