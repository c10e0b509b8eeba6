#include "core/layout_gather.h"

#include <string.h>
#include "core/scan/scan.h"

/* Elements of the source that may be read at once for one call, gaps and all: so many are held. */
#define SPAN_MOST (4 * SCAN_BLOCK)
/* Runs of so many elements are read where they go. */
#define RUN_LONG 1024
/* Elements of a tile of runs. */
#define TILE_ELEMS ((uint64_t)1 << 17)
/* Runs of a tile: a line of the cache, written as a whole. */
#define TILE_RUNS 64

struct gather {
    struct source *source;
    const struct layout_box *box;
    size_t bytes;
    uint64_t first, end;                                    /* of the view */
    char *dst;                                              /* element `first` */
    uint64_t low[LAYOUT_MAX_AXES], extent[LAYOUT_MAX_AXES]; /* the part of the box to go through */
    unsigned fast_dst, fast_src;                            /* axes with the smallest strides */
    GError **error;
};

/* Two axes of a tile: `runs` runs of n elements. */
struct tile {
    uint64_t n, runs;
    uint64_t dst; /* element of the view */
    uint64_t dst_step, dst_run;
    const char *src;
    uint64_t src_step, src_run;
};

static void copy_one(char *to, const char *from, size_t bytes)
{
    switch (bytes) {
    case 1:
        *to = *from;
        break;
    case 2:
        memcpy(to, from, 2);
        break;
    case 4:
        memcpy(to, from, 4);
        break;
    default:
        memcpy(to, from, 8);
    }
}

/* Inlined once for every size, so that a copy is one load and one store. */
static inline void copy_tile_of(const struct gather *g, const struct tile *t, size_t bytes)
{
    char *dst = g->dst + (t->dst - g->first) * bytes;

    if (t->runs == 1 && t->dst_step == 1 && t->src_step == 1) {
        memcpy(dst, t->src, t->n * bytes);
        return;
    }
    for (uint64_t i = 0; i < t->n; i++)
        for (uint64_t k = 0; k < t->runs; k++)
            copy_one(dst + (i * t->dst_step + k * t->dst_run) * bytes,
                     t->src + (i * t->src_step + k * t->src_run) * bytes, bytes);
}

static void copy_tile(const struct gather *g, const struct tile *t)
{
    switch (g->bytes) {
    case 1:
        copy_tile_of(g, t, 1);
        break;
    case 2:
        copy_tile_of(g, t, 2);
        break;
    case 4:
        copy_tile_of(g, t, 4);
        break;
    default:
        copy_tile_of(g, t, 8);
    }
}

/* Which elements of a run that begins at `dst` are asked for: [*low, *high). */
static void clip(const struct gather *g, uint64_t dst, uint64_t step, uint64_t n, uint64_t *low,
                 uint64_t *high)
{
    *low = dst >= g->first ? 0 : (g->first - dst + step - 1) / step;
    *high = dst >= g->end ? 0 : MIN(n, (g->end - dst + step - 1) / step);
    *low = MIN(*low, *high);
}

static void copy_clipped(const struct gather *g, const struct tile *t)
{
    uint64_t last = t->dst + (t->n - 1) * t->dst_step + (t->runs - 1) * t->dst_run;

    if (t->dst >= g->first && last < g->end) {
        copy_tile(g, t);
        return;
    }
    for (uint64_t k = 0; k < t->runs; k++) {
        uint64_t low, high, dst = t->dst + k * t->dst_run;
        struct tile run = *t;

        clip(g, dst, t->dst_step, t->n, &low, &high);
        if (low == high)
            continue;
        run.n = high - low;
        run.runs = 1;
        run.dst = dst + low * t->dst_step;
        run.src += (k * t->src_run + low * t->src_step) * g->bytes;
        copy_tile(g, &run);
    }
}

static gboolean fetch(const struct gather *g, uint64_t first, uint64_t n, void *to)
{
    return g->source->ops->read(g->source, g->box->source, first, n, to, g->error);
}

static void *allocate(const struct gather *g, uint64_t elems)
{
    void *p = g_try_malloc_n(elems, g->bytes);

    if (!p)
        g_set_error(g->error, TARE_ERROR, TARE_ERROR_LIMIT,
                    "%s: no memory for %" G_GUINT64_FORMAT " elements", g->source->path, elems);
    return p;
}

/* Elements of a run that a tile of `runs` has room for, its gaps too. */
static uint64_t tile_length(const struct gather *g, uint64_t runs)
{
    uint64_t stride = g->box->src_stride[g->fast_src];

    return MAX(TILE_ELEMS / runs / stride, 1);
}

/* Runs along the source's fastest axis into a tile, the window's part of them; then to the view. */
static gboolean copy_runs(const struct gather *g, uint64_t dst, uint64_t src, uint64_t runs,
                          uint64_t dst_run, uint64_t src_run, char *room)
{
    uint64_t step = g->box->dst_stride[g->fast_src], stride = g->box->src_stride[g->fast_src];
    uint64_t low, high, ignored, most = tile_length(g, runs);

    clip(g, dst + (runs - 1) * dst_run, step, g->extent[g->fast_src], &low, &ignored);
    clip(g, dst, step, g->extent[g->fast_src], &ignored, &high);
    for (uint64_t at = low; at < high; at += most) {
        uint64_t n = MIN(most, high - at), pitch = (n - 1) * stride + 1;
        struct tile t = {n, runs, dst + at * step, step, dst_run, room, stride, pitch};

        for (uint64_t k = 0; k < runs; k++)
            if (!fetch(g, src + k * src_run + at * stride, pitch, room + k * pitch * g->bytes))
                return FALSE;
        copy_clipped(g, &t);
    }
    return TRUE;
}

/* Both sides' fastest axis is one, and its runs are worth a read each. */
static gboolean copy_straight(const struct gather *g, uint64_t dst, uint64_t src)
{
    uint64_t low, high;

    clip(g, dst, 1, g->extent[g->fast_dst], &low, &high);
    return low == high ||
           fetch(g, src + low, high - low, g->dst + (dst + low - g->first) * g->bytes);
}

/* Ways through a box: what is done at each place of the outer axes. */
enum way { WAY_STRAIGHT, WAY_RUNS, WAY_SPAN };

struct walk {
    enum way way;
    char *room;     /* a tile, or the span */
    uint64_t start; /* of the span, in the source */
};

static gboolean copy_at(const struct gather *g, const struct walk *w, uint64_t dst, uint64_t src)
{
    bool same = g->fast_dst == g->fast_src;
    uint64_t runs = same ? 1 : g->extent[g->fast_dst];
    uint64_t dst_run = g->box->dst_stride[g->fast_dst], src_run = g->box->src_stride[g->fast_dst];

    if (w->way == WAY_STRAIGHT)
        return copy_straight(g, dst, src);
    for (uint64_t k = 0; k < runs; k += TILE_RUNS) {
        uint64_t n = MIN(TILE_RUNS, runs - k);
        uint64_t to = dst + k * dst_run, from = src + k * src_run;
        struct tile t = {
            g->extent[g->fast_src],          n,       to,
            g->box->dst_stride[g->fast_src], dst_run, w->room + (from - w->start) * g->bytes,
            g->box->src_stride[g->fast_src], src_run};

        if (w->way == WAY_SPAN)
            copy_clipped(g, &t);
        else if (!copy_runs(g, to, from, n, dst_run, src_run, w->room))
            return FALSE;
    }
    return TRUE;
}

/* Axes from `axis` on, but for the two that copy_at goes through. */
static gboolean walk_axes(const struct gather *g, const struct walk *w, unsigned axis, uint64_t dst,
                          uint64_t src)
{
    const struct layout_box *b = g->box;

    if (axis == b->rank)
        return copy_at(g, w, dst, src);
    if (axis == g->fast_dst || axis == g->fast_src)
        return walk_axes(g, w, axis + 1, dst, src);
    for (uint64_t i = 0; i < g->extent[axis]; i++)
        if (!walk_axes(g, w, axis + 1, dst + i * b->dst_stride[axis],
                       src + i * b->src_stride[axis]))
            return FALSE;
    return TRUE;
}

/* The bounds of the window within the box: exact on the first axis on which it is more than one
 * place wide; the rest is clipped run by run. False: they don't meet. */
static bool narrow(struct gather *g)
{
    const struct layout_box *b = g->box;
    uint64_t low = g->first > b->dst_offset ? g->first - b->dst_offset : 0;
    uint64_t high = g->end - b->dst_offset; /* behind the last */
    bool open = true;

    if (g->end <= b->dst_offset)
        return false;
    for (unsigned i = 0; i < b->rank; i++) {
        uint64_t from = open ? low / b->dst_stride[i] : 0;
        uint64_t to =
            open ? MIN((high - 1) / b->dst_stride[i], b->extent[i] - 1) : b->extent[i] - 1;

        if (from >= b->extent[i])
            return false;
        g->low[i] = from;
        g->extent[i] = to - from + 1;
        open = open && from == to && (high - 1) / b->dst_stride[i] == to;
        low -= open ? from * b->dst_stride[i] : 0;
        high -= open ? from * b->dst_stride[i] : 0;
    }
    return true;
}

static void choose_axes(struct gather *g)
{
    g->fast_dst = g->box->rank - 1U;
    g->fast_src = g->fast_dst;
    for (unsigned i = 0; i < g->box->rank; i++)
        if (g->box->src_stride[i] < g->box->src_stride[g->fast_src])
            g->fast_src = i;
}

/* The run of the source that holds all of it. */
static uint64_t span_of(const struct gather *g)
{
    uint64_t n = 1;

    for (unsigned i = 0; i < g->box->rank; i++)
        n += (g->extent[i] - 1) * g->box->src_stride[i];
    return n;
}

static enum way choose_way(const struct gather *g, uint64_t span)
{
    const struct layout_box *b = g->box;
    bool straight = g->fast_dst == g->fast_src && b->dst_stride[g->fast_dst] == 1 &&
                    b->src_stride[g->fast_src] == 1;

    if (straight && (b->rank == 1 || g->extent[g->fast_dst] >= RUN_LONG))
        return WAY_STRAIGHT;
    if (span <= SPAN_MOST)
        return WAY_SPAN;
    return straight ? WAY_STRAIGHT : WAY_RUNS;
}

static gboolean go(struct gather *g)
{
    uint64_t dst = g->box->dst_offset, src = g->box->src_offset, span = span_of(g);
    struct walk w = {.way = choose_way(g, span)};
    gboolean ok = TRUE;

    for (unsigned i = 0; i < g->box->rank; i++) {
        dst += g->low[i] * g->box->dst_stride[i];
        src += g->low[i] * g->box->src_stride[i];
    }
    w.start = src;
    if (w.way != WAY_STRAIGHT) {
        w.room = allocate(g, w.way == WAY_SPAN ? span : TILE_ELEMS);
        ok = w.room && (w.way != WAY_SPAN || fetch(g, src, span, w.room));
    }
    ok = ok && walk_axes(g, &w, 0, dst, src);
    g_free(w.room);
    return ok;
}

gboolean layout_gather(struct source *s, const struct layout_box *b, size_t bytes, uint64_t first,
                       size_t count, void *dst, GError **error)
{
    struct gather g = {s, b, bytes, first, first + count, dst, {0}, {0}, 0, 0, error};
    struct layout_box one;

    if (count == 0 || layout_box_elems(b) == 0)
        return TRUE;
    if (b->rank == 0) { /* a single element: a run of one */
        one = *b;
        one.rank = 1;
        one.extent[0] = one.dst_stride[0] = one.src_stride[0] = 1;
        g.box = &one;
    }
    if (!narrow(&g))
        return TRUE;
    choose_axes(&g);
    return go(&g);
}

bool layout_gather_is_scattered(const struct layout_box *b)
{
    struct gather g = {.box = b};

    if (b->rank < 2)
        return false;
    memcpy(g.extent, b->extent, sizeof g.extent);
    choose_axes(&g);
    return g.fast_dst != g.fast_src && span_of(&g) > SPAN_MOST;
}
