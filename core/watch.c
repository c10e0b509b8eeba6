#include "core/watch.h"

#include <string.h>

const char *watch_state_name(enum watch_state s)
{
    static const char *const names[] = {"waiting", "live", "writing", "settled", "stale", "gone"};

    return names[s];
}

void watch_status_finish(struct watch_status *s)
{
    g_free(s->shown);
    g_free(s->reason);
    s->shown = s->reason = NULL;
}

/* Coarser, the longer ago. */
static char *age_text(gint64 microseconds)
{
    gint64 s = MAX(microseconds, 0) / G_USEC_PER_SEC;

    return s < 120    ? g_strdup_printf("%d s", (int)s)
           : s < 7200 ? g_strdup_printf("%d min", (int)(s / 60))
                      : g_strdup_printf("%d h", (int)MIN(s / 3600, 1000000));
}

char *watch_status_text(const struct watch_status *s, gint64 now)
{
    GString *text = g_string_new(watch_state_name(s->state));
    const char *name = s->shown ? strrchr(s->shown, '/') : NULL;

    if (s->shown) {
        char *age = age_text(now - s->read);

        g_string_append_printf(text, "  %s read %s ago  gen %u", name ? name + 1 : s->shown, age,
                               s->generation);
        g_free(age);
    }
    if (s->waiting)
        g_string_append_printf(text, "  %u to read", s->waiting);
    if (s->reason)
        g_string_append_printf(text, "  %s", s->reason);
    return g_string_free(text, FALSE);
}
