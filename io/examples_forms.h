/* The forms a file of examples has. Each adds what every line of `text` says. */
#ifndef TARE_IO_EXAMPLES_FORMS_H
#define TARE_IO_EXAMPLES_FORMS_H

#include "core/examples_build.h"

void examples_jsonl(struct examples_builder *b, const char *text, gsize bytes);
/* False: the heading names no column that an example can be made of. */
gboolean examples_csv(struct examples_builder *b, const char *text, gsize bytes, GError **error);

#endif
