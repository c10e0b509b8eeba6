/* Classes of characters as the tokenizers library has them: Unicode's properties, where GLib's own
 * predicates differ. Pure. */
#ifndef TARE_CORE_TEXT_CHAR_CLASS_H
#define TARE_CORE_TEXT_CHAR_CLASS_H

#include <glib.h>
#include <stdbool.h>

bool char_is_space(gunichar c); /* the property White_Space */

#endif
