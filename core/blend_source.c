#include "core/blend_source.h"

#include <string.h>

/* Elements mixed at once. */
#define TILE_ELEMS ((size_t)1 << 16)

/* What an edited tensor is mixed by. */
struct mix {
    uint32_t base; /* tensor of the base */
    double alpha;  /* of all elements */
    uint64_t cols;
    double *axis;  /* a factor for each row, or column; NULL: none */
    bool by_row;
};

struct blend_source {
    struct source source;
    struct source *base, *tuned; /* borrowed */
    struct mix **mixes;          /* [n_tensors]; NULL: as tuned */
};

struct tile {
    double *base, *tuned;
    void *raw;
};

static gboolean read_decoded(struct source *s, uint32_t index, uint64_t first, size_t n,
                             double *dst, void *raw, GError **error)
{
    if (!s->ops->read(s, index, first, n, raw, error))
        return FALSE;
    dtype_info(s->tensors[index].dtype)->decode(dst, raw, n);
    return TRUE;
}

/* An end of the mixture is that side's value exactly, whatever the arithmetic would say. */
static double mixed(double base, double tuned, double alpha)
{
    return alpha == 1 ? tuned : alpha == 0 ? base : base + alpha * (tuned - base);
}

static gboolean mix_tile(struct blend_source *b, uint32_t index, const struct tile *t,
                         uint64_t first, size_t n, void *dst, GError **error)
{
    const struct mix *m = b->mixes[index];

    if (!read_decoded(b->base, m->base, first, n, t->base, t->raw, error) ||
        !read_decoded(b->tuned, index, first, n, t->tuned, t->raw, error))
        return FALSE;
    for (size_t i = 0; i < n; i++) {
        uint64_t at = first + i;
        double factor = !m->axis ? 1 : m->axis[m->by_row ? at / m->cols : at % m->cols];

        t->base[i] = mixed(t->base[i], t->tuned[i], m->alpha * factor);
    }
    dtype_info(b->source.tensors[index].dtype)->encode(dst, t->base, n);
    return TRUE;
}

static gboolean blend_read(struct source *s, uint32_t index, uint64_t first, size_t count,
                           void *dst, GError **error)
{
    struct blend_source *b = (struct blend_source *)s;
    size_t most = MIN(count, TILE_ELEMS), bytes = dtype_info(s->tensors[index].dtype)->bytes;
    gboolean ok = TRUE;
    double *memory;

    if (!b->mixes[index])
        return b->tuned->ops->read(b->tuned, index, first, count, dst, error);
    memory = g_new(double, 3 * MAX(most, 1));
    for (size_t i = 0; ok && i < count; i += most)
        ok = mix_tile(b, index, &(struct tile){memory, memory + most, memory + 2 * most}, first + i,
                      MIN(most, count - i), (char *)dst + i * bytes, error);
    g_free(memory);
    return ok;
}

static const char *blend_meta(const struct source *s, const char *key)
{
    const struct blend_source *b = (const struct blend_source *)s;

    return b->tuned->ops->meta ? b->tuned->ops->meta(b->tuned, key) : NULL;
}

static struct token_texts *blend_tokens(struct source *s, GError **error)
{
    return source_tokens(((struct blend_source *)s)->tuned, error);
}

static void blend_close(struct source *s)
{
    struct blend_source *b = (struct blend_source *)s;

    for (uint32_t i = 0; i < s->n_tensors; i++) {
        if (b->mixes[i])
            g_free(b->mixes[i]->axis);
        g_free(b->mixes[i]);
    }
    g_free(b->mixes);
    g_free(b);
}

static const struct source_ops ops = {
    .read = blend_read, .meta = blend_meta, .tokens = blend_tokens, .close = blend_close};

static struct mix *mix_create(const struct blend *edits, const struct place *place,
                              const struct tensor *t, uint32_t base)
{
    struct mix *m = g_new0(struct mix, 1);
    uint64_t rows = 1, n;

    for (unsigned i = 0; i < place->row_axes && i < t->rank; i++)
        rows *= t->dim[i];
    *m = (struct mix){.base = base,
                      .alpha = blend_alpha(edits, place),
                      .cols = t->elems / rows,
                      .by_row = place->head_axis == HEAD_AXIS_ROWS};
    if (place->head_axis == HEAD_AXIS_NONE)
        return m;
    n = m->by_row ? rows : m->cols;
    m->axis = g_new(double, n);
    if (!blend_head_alphas(edits, place, t, m->axis, n))
        g_clear_pointer(&m->axis, g_free);
    return m;
}

struct source *blend_source_create(const struct comparison *c, const struct blend *edits)
{
    struct blend_source *b = g_new0(struct blend_source, 1);

    *b = (struct blend_source){.source = *c->tuned->source,
                               .base = c->base->source,
                               .tuned = c->tuned->source,
                               .mixes = g_new0(struct mix *, c->tuned->source->n_tensors + 1)};
    b->source.ops = &ops;
    for (uint32_t i = 0; i < c->pairing.n_entries; i++) {
        const struct pair_entry *e = &c->pairing.entries[i];
        const struct place *place = comparison_place(c, i);
        const struct tensor *t;

        if (e->state != PAIR_MATCHED || e->tuned == PAIR_NONE || blend_is_plain(edits, place))
            continue;
        t = checkpoint_tensor(c->tuned, e->tuned);
        if (t->elems && dtype_info(t->dtype)->encode)
            b->mixes[e->tuned] = mix_create(edits, place, t, e->base);
    }
    return &b->source;
}

bool blend_source_changes(const struct source *s, uint32_t index)
{
    return ((const struct blend_source *)s)->mixes[index] != NULL;
}
