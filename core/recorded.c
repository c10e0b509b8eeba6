#include "core/recorded.h"

gboolean recorded_read(struct recorded *r, const gint *cancelled, GError **error)
{
    while (r->done < r->rows)
        if (error_is_cancelled(cancelled, error) || !r->step(r, error))
            return FALSE;
    return TRUE;
}

void recorded_close(struct recorded *r)
{
    if (r)
        r->close(r);
}
