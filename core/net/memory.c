#include "core/net/memory.h"

#include <stdlib.h>
#include <sys/mman.h>

#define LINE ((size_t)64)
#define PAGE ((size_t)1 << 21)

void *net_memory(size_t bytes)
{
    size_t align = bytes < PAGE ? LINE : PAGE;
    void *memory;

    if (posix_memalign(&memory, align, bytes) != 0)
        return NULL;
    /* Whole pages only, so that no more is taken than is asked for; a system without them goes on.
     */
    if (bytes >= PAGE)
        madvise(memory, bytes / PAGE * PAGE, MADV_HUGEPAGE);
    return memory;
}
