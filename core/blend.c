#include "core/blend.h"

#include <string.h>

#include "core/heads.h"

void blend_finish(struct blend *b)
{
    g_free(b->edits);
    *b = (struct blend){0};
}

void blend_copy(struct blend *to, const struct blend *from)
{
    *to = (struct blend){.edits = g_memdup2(from->edits, from->n * sizeof *from->edits),
                         .n = from->n};
}

static struct blend_edit *find(const struct blend *b, int32_t block, enum role role, int32_t head)
{
    for (uint32_t i = 0; i < b->n; i++) {
        struct blend_edit *e = &b->edits[i];

        if (e->block == block && e->role == role && e->head == head)
            return e;
    }
    return NULL;
}

void blend_set(struct blend *b, const struct blend_edit *edit)
{
    struct blend_edit *e = find(b, edit->block, edit->role, edit->head);

    if (edit->alpha == 1) {
        if (e)
            memmove(e, e + 1, (size_t)(&b->edits[b->n--] - e - 1) * sizeof *e);
        return;
    }
    if (!e) {
        b->edits = g_renew(struct blend_edit, b->edits, b->n + 1);
        e = &b->edits[b->n++];
    }
    *e = *edit;
}

double blend_get(const struct blend *b, int32_t block, enum role role, int32_t head)
{
    const struct blend_edit *e = find(b, block, role, head);

    return e ? e->alpha : 1;
}

static bool has_heads(const struct place *p)
{
    return p->matrix && p->heads > 0 && p->head_axis != HEAD_AXIS_NONE;
}

static bool reaches(const struct blend_edit *e, const struct place *p)
{
    if (e->block != BLEND_ANY && e->block != p->block)
        return false;
    if (e->role != ROLE_COUNT && e->role != p->role)
        return false;
    return e->head == BLEND_ANY || (has_heads(p) && e->head < (int32_t)p->heads);
}

bool blend_is_plain(const struct blend *b, const struct place *place)
{
    for (uint32_t i = 0; i < b->n; i++)
        if (reaches(&b->edits[i], place))
            return false;
    return true;
}

static double head_alpha(const struct blend *b, const struct place *p, uint32_t head)
{
    double alpha = 1;

    for (uint32_t i = 0; i < b->n; i++)
        if (b->edits[i].head == (int32_t)head && reaches(&b->edits[i], p))
            alpha *= b->edits[i].alpha;
    return alpha;
}

/* The largest of the queries that share it. */
static double kv_alpha(const struct blend *b, const struct place *p, uint32_t kv_head)
{
    uint32_t kv_heads = p->kv_heads ? p->kv_heads : p->heads, group = p->heads / kv_heads;
    double alpha = 0;

    for (uint32_t i = 0; i < group; i++)
        alpha = MAX(alpha, head_alpha(b, p, kv_head * group + i));
    return alpha;
}

static void scale_heads(const struct blend *b, const struct place *p, const struct tensor *t,
                        double *axis)
{
    uint32_t kv_heads = p->kv_heads ? p->kv_heads : p->heads;

    for (unsigned part = 0; part < HEAD_PARTS; part++) {
        bool shared = part == HEAD_KEY || part == HEAD_VALUE;

        for (uint32_t h = 0; h < (shared ? kv_heads : p->heads); h++) {
            double alpha = shared ? kv_alpha(b, p, h) : head_alpha(b, p, h);
            uint64_t first, n;

            if (alpha == 1 || !head_stretch(p, t, (enum head_part)part, h, &first, &n))
                continue;
            for (uint64_t i = 0; i < n; i++)
                axis[first + i] *= alpha;
        }
    }
}

double blend_alpha(const struct blend *b, const struct place *place)
{
    double alpha = 1;

    for (uint32_t i = 0; i < b->n; i++)
        if (b->edits[i].head == BLEND_ANY && reaches(&b->edits[i], place))
            alpha *= b->edits[i].alpha;
    return alpha;
}

bool blend_head_alphas(const struct blend *b, const struct place *place, const struct tensor *t,
                       double *axis, uint64_t n)
{
    bool any = false;

    for (uint32_t i = 0; i < b->n; i++)
        any |= b->edits[i].head != BLEND_ANY && reaches(&b->edits[i], place);
    if (!any)
        return false;
    for (uint64_t i = 0; i < n; i++)
        axis[i] = 1;
    scale_heads(b, place, t, axis);
    return true;
}

uint32_t blend_first_block(const struct blend *b, uint32_t n_blocks)
{
    uint32_t first = n_blocks;

    for (uint32_t i = 0; i < b->n; i++) {
        const struct blend_edit *e = &b->edits[i];

        if (e->block >= 0)
            first = MIN(first, (uint32_t)e->block);
        else if (e->block == BLEND_ANY || e->role != ROLE_HEAD)
            first = 0;
    }
    return first;
}
