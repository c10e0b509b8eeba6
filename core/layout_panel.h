/* A transposed matrix read block by block asks for a few elements of every row of the file each
 * time. Panels are several blocks at once: longer runs, fewer reads. A few are kept until all of
 * their blocks were asked for. Any thread. */
#ifndef TARE_CORE_LAYOUT_PANEL_H
#define TARE_CORE_LAYOUT_PANEL_H

#include <glib.h>
#include <stdint.h>

struct layout_panels;

struct layout_panels *layout_panels_create(void);
void layout_panels_destroy(struct layout_panels *p);

/* Elements [first, first + count) of one tensor; `read` gets any of them, from the file. */
struct layout_request {
    uint32_t tensor;
    uint64_t elems; /* of the tensor */
    size_t bytes;   /* of an element */
    uint64_t first;
    size_t count;
    gboolean (*read)(void *data, uint32_t tensor, uint64_t first, size_t count, void *dst,
                     GError **error);
    void *data;
};

gboolean layout_panels_read(struct layout_panels *p, const struct layout_request *r, void *dst,
                            GError **error);

#endif
