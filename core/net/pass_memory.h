/* Memory of a net's passes. Private to core/net. */
#ifndef TARE_CORE_NET_PASS_MEMORY_H
#define TARE_CORE_NET_PASS_MEMORY_H

#include "core/net/pass.h"

/* At least n floats, kept for the next time; what was there is lost. */
gboolean net_buffer_need(struct net_buffer *b, gsize n, GError **error);
void net_buffer_finish(struct net_buffer *b);

/* What run.packed and each thread's scratch have. */
gboolean pass_need_packed(struct net *n, gsize floats, GError **error);
gboolean pass_need_scratch(struct net *n, gsize floats, GError **error);

#endif
