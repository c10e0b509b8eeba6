/* Memory for what products read and write. Private to core/net; any thread. */
#ifndef TARE_CORE_NET_MEMORY_H
#define TARE_CORE_NET_MEMORY_H

#include <stddef.h>

/* Where the processor's widest loads are aligned, in large pages where there is much of it: rows of
 * a matrix lie in many. Not cleared; freed with free(). NULL: there is none. */
void *net_memory(size_t bytes);

#endif
