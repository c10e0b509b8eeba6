/* A study of what was recorded elsewhere. Study thread. */
#include "core/study_internal.h"

/* The recording's categories; there are no texts. */
static struct examples *categories_of(const struct activity *a, const char *path)
{
    struct examples *e = g_new0(struct examples, 1);

    e->path = g_strdup(path);
    e->categories = g_new0(char *, a->n_categories + 1);
    e->n_categories = a->n_categories;
    for (uint32_t i = 0; i < a->n_categories; i++)
        e->categories[i] = g_strdup(a->categories[i]);
    return e;
}

gboolean study_recorded_open(struct study *s, GError **error)
{
    s->recorded = s->input.open_recorded(s->input.recordings, error);
    if (!s->recorded)
        return FALSE;
    s->activity = s->recorded->activity;
    s->examples = categories_of(s->activity, s->input.recordings[0]);
    return TRUE;
}

gboolean study_recorded_run(struct study *s, GError **error)
{
    struct recorded *r = s->recorded;

    while (r->done < r->rows) {
        if (error_is_cancelled(&s->cancelled, error) || !r->step(r, error))
            return FALSE;
        study_tell(s, r->done, r->rows);
        study_after_batch(s);
    }
    return TRUE;
}
