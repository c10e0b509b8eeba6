/* What the tuned side is to the base: weights of its own, or an adapter on the base. The one place
 * where that is decided, before the two are paired. */
#ifndef TARE_CORE_TUNED_H
#define TARE_CORE_TUNED_H

#include "core/adapter.h"

/* Takes tuned (NULL: there is none) and gives what is compared with the base: itself, or the base
 * with it applied, which borrows base. alpha of adapters: 0: not told. FALSE: an adapter that does
 * not fit the base; tuned is destroyed. An adapter is compared with another as it is. */
gboolean tuned_resolve(const struct checkpoint *base, struct checkpoint **tuned, double alpha,
                       GError **error);

#endif
