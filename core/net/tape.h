/* What a net keeps of its blocks for the way back. Private to core/net. */
#ifndef TARE_CORE_NET_TAPE_H
#define TARE_CORE_NET_TAPE_H

#include "core/net/pass.h"

/* Room for the blocks of a pass, which keeps them there from now on, and for the way back. */
gboolean tape_prepare(struct pass *p, GError **error);
/* NULL is fine. */
void tape_destroy(struct tape *t);

#endif
