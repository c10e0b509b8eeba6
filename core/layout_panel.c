#include "core/layout_panel.h"

#include <stdbool.h>
#include <string.h>
#include "core/scan/scan.h"

/* At most PANELS of PANEL_BYTES are held. */
#define PANELS 3
#define PANEL_BYTES ((uint64_t)32 << 20)
/* Less than this is not worth a panel. */
#define WINDOW_LEAST (SCAN_BLOCK / 8)

enum panel_state { PANEL_EMPTY, PANEL_FILLING, PANEL_READY };

struct panel {
    enum panel_state state;
    uint32_t tensor;
    uint64_t first, n; /* elements */
    uint64_t served;   /* elements that were copied from it */
    unsigned users;
    guint64 used; /* when, by the count of requests */
    char *values;
};

struct layout_panels {
    GMutex lock;
    GCond changed;
    struct panel panels[PANELS];
    guint64 requests;
};

struct layout_panels *layout_panels_create(void)
{
    struct layout_panels *p = g_new0(struct layout_panels, 1);

    g_mutex_init(&p->lock);
    g_cond_init(&p->changed);
    return p;
}

void layout_panels_destroy(struct layout_panels *p)
{
    for (int i = 0; i < PANELS; i++)
        g_free(p->panels[i].values);
    g_cond_clear(&p->changed);
    g_mutex_clear(&p->lock);
    g_free(p);
}

/* Whole blocks, so that a block of the scan is in one panel. */
static uint64_t panel_elems(size_t bytes)
{
    return PANEL_BYTES / bytes / SCAN_BLOCK * SCAN_BLOCK;
}

static struct panel *find(struct layout_panels *p, const struct layout_request *r)
{
    for (int i = 0; i < PANELS; i++) {
        struct panel *at = &p->panels[i];

        if (at->state != PANEL_EMPTY && at->tensor == r->tensor && r->first >= at->first &&
            r->first + r->count <= at->first + at->n)
            return at;
    }
    return NULL;
}

static void empty(struct panel *at)
{
    g_free(at->values);
    *at = (struct panel){.state = PANEL_EMPTY};
}

/* One that nobody needs, the longest unused; NULL: all are in use. */
static struct panel *take_free(struct layout_panels *p)
{
    struct panel *best = NULL;

    for (int i = 0; i < PANELS; i++) {
        struct panel *at = &p->panels[i];

        if (at->state == PANEL_EMPTY)
            return at;
        if (at->state == PANEL_READY && at->users == 0 && (!best || at->used < best->used))
            best = at;
    }
    if (best)
        empty(best);
    return best;
}

/* Under the lock, but not while it reads. */
static bool fill(struct layout_panels *p, struct panel *at, const struct layout_request *r,
                 GError **error)
{
    uint64_t most = panel_elems(r->bytes), first = r->first / most * most;
    uint64_t n = MIN(most, r->elems - first);
    char *values;
    bool ok;

    *at = (struct panel){.state = PANEL_FILLING, .tensor = r->tensor, .first = first, .n = n};
    g_mutex_unlock(&p->lock);
    values = g_try_malloc(n * r->bytes);
    ok = values && r->read(r->data, r->tensor, first, n, values, error);
    g_mutex_lock(&p->lock);
    at->values = values;
    at->state = PANEL_READY;
    if (!ok)
        empty(at);
    g_cond_broadcast(&p->changed);
    return ok;
}

static void copy(struct layout_panels *p, struct panel *at, const struct layout_request *r,
                 void *dst)
{
    at->users++;
    at->used = ++p->requests;
    g_mutex_unlock(&p->lock);
    memcpy(dst, at->values + (r->first - at->first) * r->bytes, r->count * r->bytes);
    g_mutex_lock(&p->lock);
    at->users--;
    at->served += r->count;
    if (at->served >= at->n && at->users == 0)
        empty(at);
}

/* Whether one panel can hold it, and it is worth one. */
static bool fits(const struct layout_request *r)
{
    uint64_t most = panel_elems(r->bytes);

    return r->count >= WINDOW_LEAST && r->first / most == (r->first + r->count - 1) / most;
}

static gboolean read_directly(const struct layout_request *r, void *dst, GError **error)
{
    return r->read(r->data, r->tensor, r->first, r->count, dst, error);
}

gboolean layout_panels_read(struct layout_panels *p, const struct layout_request *r, void *dst,
                            GError **error)
{
    GError *failure = NULL;
    struct panel *at;

    g_mutex_lock(&p->lock);
    while ((at = find(p, r)) && at->state == PANEL_FILLING)
        g_cond_wait(&p->changed, &p->lock);
    if (!at && fits(r) && (at = take_free(p)) && !fill(p, at, r, &failure))
        at = NULL;
    if (at)
        copy(p, at, r, dst);
    g_mutex_unlock(&p->lock);
    if (at)
        return TRUE;
    if (failure) {
        g_propagate_error(error, failure);
        return FALSE;
    }
    return read_directly(r, dst, error);
}
