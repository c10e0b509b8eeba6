/* Which categories a training covered: told by its examples, or by the user. */
#ifndef TARE_CORE_CATEGORY_COVER_H
#define TARE_CORE_CATEGORY_COVER_H

#include "core/category_losses.h"

/* Sets train and cover of every category, [e->n_categories]. told as in category_losses_of. Of
 * train examples: uncovered are categories with under UNCOVERED_SHARE of the median number, over
 * those with a test or train example. False: nothing tells it. */
bool category_cover(const struct examples *e, const bool *told, struct category_loss *out);

/* Categories of a list such as "bath,garden": sets told, [e->n_categories]. False with
 * TARE_ERROR_USAGE: one is unknown. */
gboolean category_names_parse(const struct examples *e, const char *list, bool *told,
                              GError **error);

#endif
