#include "core/source.h"

void source_close(struct source *s)
{
    if (s)
        s->ops->close(s);
}
