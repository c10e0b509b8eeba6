#include "core/align_view.h"

#include <string.h>
#include "core/align_make.h"

static void add_view(struct layout_source *l, const struct checkpoint *base, uint32_t index,
                     const struct made *m)
{
    const struct layout_view view = {.name = checkpoint_tensor(base, index)->name,
                                     .rule = m->rule,
                                     .what = m->what,
                                     .remark = m->remark,
                                     .rank = m->rank,
                                     .dim = m->dim,
                                     .boxes = m->boxes,
                                     .n_boxes = m->n_boxes};

    layout_source_add_view(l, &view);
}

/* Base tensors by the tuned tensor in whose place they are shown. */
struct order {
    uint32_t *first, *next; /* lists: [tuned n_tensors], [base n_tensors]; PAIR_NONE ends one */
    bool *used;             /* [tuned n_tensors] it shows up in a view, not as it is */
};

static void order_init(struct order *o, const struct align *a, struct made *const *made)
{
    uint32_t n = a->base->source->n_tensors;

    o->first = g_new(uint32_t, a->tuned->source->n_tensors);
    o->next = g_new(uint32_t, n);
    o->used = g_new0(bool, a->tuned->source->n_tensors);
    memset(o->first, 0xff, a->tuned->source->n_tensors * sizeof *o->first);
    for (uint32_t i = n; i-- > 0;) {
        if (!made[i])
            continue;
        o->next[i] = o->first[a->recipes[i].tuned[0]];
        o->first[a->recipes[i].tuned[0]] = i;
        for (uint32_t k = 0; k < made[i]->n_boxes; k++)
            o->used[a->recipes[i].tuned[k]] = true;
    }
}

static void order_finish(struct order *o)
{
    g_free(o->first);
    g_free(o->next);
    g_free(o->used);
}

static void push_place(GArray *places, const struct place *p)
{
    g_array_append_vals(places, p, 1);
}

static void present_tuned(struct align *a, struct made *const *made)
{
    struct layout_source *l = layout_source_create(a->tuned->source);
    GArray *places = g_array_new(FALSE, TRUE, sizeof(struct place));
    uint32_t n = a->tuned->source->n_tensors;
    struct order o;

    order_init(&o, a, made);
    for (uint32_t t = 0; t < n; t++) {
        for (uint32_t i = o.first[t]; i != PAIR_NONE; i = o.next[i]) {
            add_view(l, a->base, i, made[i]);
            push_place(places, &a->base->places[i]);
        }
        if (!o.used[t]) {
            layout_source_add_plain(l, t);
            push_place(places, &a->tuned->places[t]);
        }
    }
    order_finish(&o);
    checkpoint_present(a->tuned, layout_source_finish(l),
                       (struct place *)(void *)g_array_free(places, FALSE));
}

/* A table cut to the rows that the tuned one has. */
static void add_cut(struct layout_source *l, const struct checkpoint *base, uint32_t index,
                    const struct made *m)
{
    const struct tensor *t = checkpoint_tensor(base, index);
    struct made cut = {.rank = m->rank, .rule = pair_rule_rows};
    struct tensor small = *t;
    struct layout_form whole, part;
    char *shape = tensor_shape_text(t);

    memcpy(cut.dim, m->dim, sizeof cut.dim);
    small.dim = cut.dim;
    small.elems = 1;
    for (unsigned i = 0; i < cut.rank; i++)
        small.elems *= cut.dim[i];
    cut.n_boxes = 1;
    cut.what = g_strdup_printf("%" G_GUINT64_FORMAT " rows of %s", m->base_rows, shape);
    if (layout_form_of(t, &base->places[index], &whole) &&
        layout_form_of(&small, &base->places[index], &part) &&
        layout_form_part(&whole, 0, m->base_rows) &&
        layout_box_between(&part, &whole, &cut.boxes[0])) {
        cut.boxes[0].source = index;
        add_view(l, base, index, &cut);
    } else {
        layout_source_add_plain(l, index);
    }
    g_free(shape);
    made_reset(&cut);
}

static void present_base(struct align *a, struct made *const *made)
{
    struct layout_source *l = layout_source_create(a->base->source);
    uint32_t n = a->base->source->n_tensors;

    for (uint32_t i = 0; i < n; i++)
        if (made[i] && made[i]->base_rows)
            add_cut(l, a->base, i, made[i]);
        else
            layout_source_add_plain(l, i);
    checkpoint_present(a->base, layout_source_finish(l),
                       g_memdup2(a->base->places, n * sizeof *a->base->places));
}

void align_views_present(struct align *a)
{
    uint32_t n = a->base->source->n_tensors, views = 0, cuts = 0;
    struct made **made = g_new0(struct made *, n);

    for (uint32_t i = 0; i < n; i++) {
        struct made one = {0};

        made_of(a, i, &one);
        if (!one.is_view)
            continue;
        made[i] = g_memdup2(&one, sizeof one);
        views++;
        cuts += one.base_rows > 0;
    }
    if (views)
        present_tuned(a, made);
    if (cuts)
        present_base(a, made);
    for (uint32_t i = 0; i < n; i++) {
        if (made[i])
            made_reset(made[i]);
        g_free(made[i]);
    }
    g_free(made);
}
