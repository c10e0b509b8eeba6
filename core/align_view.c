#include "core/align_view.h"

#include <string.h>

/* One tensor of the base as it will be shown, and what shows it. */
struct made {
    bool is_view; /* else: the tuned tensor as it is */
    uint64_t dim[TENSOR_MAX_RANK];
    uint8_t rank;
    struct layout_box boxes[FUSION_MOST];
    uint32_t n_boxes;
    char *what, *remark; /* owned */
    const char *rule;
    uint64_t base_rows; /* the base shows its first rows only; 0: all of it */
};

static void made_reset(struct made *m)
{
    g_free(m->what);
    g_free(m->remark);
    *m = (struct made){0};
}

static void take_shape(struct made *m, const struct tensor *t)
{
    m->rank = t->rank;
    memcpy(m->dim, t->dim, t->rank * sizeof t->dim[0]);
}

/* What was done, from how the box lies and how it is shaped. */
static char *describe(const struct tensor *a, const struct tensor *b, const struct layout_box *box,
                      const struct place *p)
{
    const char *verb = "reshaped";
    char *shape, *text;

    if (layout_box_is_plain(box) && tensor_same_shape(a, b))
        return NULL;
    if (!layout_box_is_plain(box))
        verb = p->role == ROLE_CONV ? "reordered" : "transposed";
    shape = tensor_shape_text(b);
    text = g_strdup_printf("%s from %s", verb, shape);
    g_free(shape);
    return text;
}

/* The tuned tensor under the base's name, in its own shape: the pairing says what differs. */
static void rename_only(struct made *m, const struct tensor *b, const struct recipe *r)
{
    struct layout_form flat;

    layout_form_flat(b, &flat);
    m->is_view = layout_box_between(&flat, &flat, &m->boxes[0]);
    m->n_boxes = 1;
    take_shape(m, b);
    m->rule = r->rule;
}

/* Rows, columns or elements: how the outputs of a form are called. */
static const char *outputs_word(const struct tensor *t, const struct place *p)
{
    if (!p->matrix || tensor_squeezed_rank(t) < 2)
        return "elements";
    return p->orientation == ORIENTATION_IN_OUT ? "columns" : "rows";
}

/* Rows that a table of the vocabulary has; 0: this is none. */
static uint64_t vocabulary_of(const struct checkpoint *c)
{
    uint64_t most = 0;

    for (uint32_t i = 0; i < c->source->n_tensors; i++)
        if (c->places[i].role == ROLE_EMBEDDING && c->places[i].orientation == ORIENTATION_TABLE)
            most = MAX(most, checkpoint_tensor(c, i)->dim[0]);
    return most;
}

/* A table of tokens, or a projection to as many classes as there are tokens. */
static bool is_vocabulary(const struct checkpoint *c, uint32_t index, uint64_t rows)
{
    enum role role = c->places[index].role;

    return role == ROLE_EMBEDDING || (role == ROLE_HEAD && rows == vocabulary_of(c));
}

/* Both forms cut to the rows they have in common; false: there is nothing to cut, or no reason. */
static bool cut_rows(const struct align *a, uint32_t base, uint32_t tuned, struct layout_form *fa,
                     struct layout_form *fb, struct made *m)
{
    uint64_t na = layout_form_extent(fa, LAYOUT_OUT), nb = layout_form_extent(fb, LAYOUT_OUT);
    uint64_t rows = MIN(na, nb), further = MAX(na, nb) - rows;
    struct tensor cut = *checkpoint_tensor(a->base, base);
    const struct place *p = &a->base->places[base];
    bool last = p->orientation == ORIENTATION_IN_OUT && p->matrix;

    if (na == nb || rows == 0 || fa->n[LAYOUT_OUT] != 1 || !is_vocabulary(a->base, base, na) ||
        !is_vocabulary(a->tuned, tuned, nb) ||
        layout_form_extent(fa, LAYOUT_IN) != layout_form_extent(fb, LAYOUT_IN))
        return false;
    take_shape(m, &cut);
    m->dim[last ? cut.rank - 1 : 0] = rows;
    cut.dim = m->dim;
    cut.elems = cut.elems / na * rows;
    if (cut.rank > 1 && !p->matrix)
        return false;
    if (!layout_form_part(fb, 0, rows) || !layout_form_of(&cut, p, fa))
        return false;
    m->base_rows = na > rows ? rows : 0;
    m->remark = g_strdup_printf("%" G_GUINT64_FORMAT " %s rows; compared on %" G_GUINT64_FORMAT,
                                further, nb > na ? "new" : "missing", rows);
    return true;
}

static bool forms_of(const struct align *a, uint32_t base, const struct recipe *r,
                     struct layout_form *fa, struct layout_form *fb)
{
    const struct tensor *ta = checkpoint_tensor(a->base, base);
    const struct tensor *tb = checkpoint_tensor(a->tuned, r->tuned[0]);
    const struct place *pa = &a->base->places[base], *pb = &a->tuned->places[r->tuned[0]];
    struct place upright = {
        .matrix = true, .orientation = ORIENTATION_OUT_IN, .row_axes = MAX(pa->row_axes, 1)};

    switch (r->how) {
    case PAIR_HOW_PLAIN:
        layout_form_flat(ta, fa);
        layout_form_flat(tb, fb);
        return true;
    case PAIR_HOW_TRANSPOSED:
        return layout_form_of(ta, &upright, fa) && layout_form_turned(tb, MAX(pb->row_axes, 1), fb);
    default:
        return layout_form_of(ta, pa, fa) && layout_form_of(tb, pb, fb);
    }
}

static void make_whole(const struct align *a, uint32_t base, const struct recipe *r, struct made *m)
{
    const struct tensor *ta = checkpoint_tensor(a->base, base);
    const struct tensor *tb = checkpoint_tensor(a->tuned, r->tuned[0]);
    struct layout_form fa, fb;
    bool same = tensor_same_shape(ta, tb), cut;

    if (!forms_of(a, base, r, &fa, &fb)) {
        if (!r->by_name)
            rename_only(m, tb, r);
        return;
    }
    cut = r->how == PAIR_HOW_AUTO && cut_rows(a, base, r->tuned[0], &fa, &fb, m);
    if (!layout_box_between(&fa, &fb, &m->boxes[0])) {
        made_reset(m);
        if (!r->by_name)
            rename_only(m, tb, r);
        return;
    }
    if (r->by_name && same && layout_box_is_plain(&m->boxes[0]))
        return;
    m->is_view = true;
    m->n_boxes = 1;
    m->rule = cut ? pair_rule_rows : r->by_name ? pair_rule_orientation : r->rule;
    if (!cut)
        take_shape(m, ta);
    m->what = describe(ta, tb, &m->boxes[0], &a->base->places[base]);
}

static bool restrict_part(struct layout_form *f, const struct recipe *r, unsigned which,
                          uint64_t first, uint64_t n)
{
    return r->heads ? layout_form_interleaved(f, which, r->parts, r->heads)
                    : layout_form_part(f, first, n);
}

static void make_slice(const struct align *a, uint32_t base, const struct recipe *r, struct made *m)
{
    const struct tensor *ta = checkpoint_tensor(a->base, base);
    const struct tensor *tb = checkpoint_tensor(a->tuned, r->tuned[0]);
    const struct place *pb = &a->tuned->places[r->tuned[0]];
    struct layout_form fa, fb;
    char *shape;

    if (!layout_form_of(ta, &a->base->places[base], &fa) || !layout_form_of(tb, pb, &fb) ||
        !restrict_part(&fb, r, r->which, r->first, r->n) ||
        !layout_box_between(&fa, &fb, &m->boxes[0]))
        return;
    m->is_view = true;
    m->n_boxes = 1;
    m->rule = r->rule;
    take_shape(m, ta);
    shape = tensor_shape_text(tb);
    if (r->heads)
        m->what = g_strdup_printf("part %u of %u in each head of %s %s", r->which + 1, r->parts,
                                  tb->name, shape);
    else
        m->what = g_strdup_printf("%s %" G_GUINT64_FORMAT "..%" G_GUINT64_FORMAT " of %s %s",
                                  outputs_word(tb, pb), r->first, r->first + r->n, tb->name, shape);
    g_free(shape);
}

static void make_join(const struct align *a, uint32_t base, const struct recipe *r, struct made *m)
{
    const struct tensor *ta = checkpoint_tensor(a->base, base);
    uint64_t first = 0;

    for (unsigned i = 0; i < r->parts; i++) {
        const struct tensor *tb = checkpoint_tensor(a->tuned, r->tuned[i]);
        struct layout_form fa, fb;
        uint64_t n;

        if (!layout_form_of(ta, &a->base->places[base], &fa) ||
            !layout_form_of(tb, &a->tuned->places[r->tuned[i]], &fb))
            return;
        n = layout_form_extent(&fb, LAYOUT_OUT);
        if (!restrict_part(&fa, r, i, first, n) || !layout_box_between(&fa, &fb, &m->boxes[i]))
            return;
        first += n;
    }
    m->is_view = true;
    m->n_boxes = r->parts;
    m->rule = r->rule;
    take_shape(m, ta);
    m->what = g_strdup_printf("%u tensors put together", r->parts);
}

static void make(const struct align *a, uint32_t base, struct made *m)
{
    const struct recipe *r = &a->recipes[base];

    if (r->kind == RECIPE_WHOLE)
        make_whole(a, base, r, m);
    else if (r->kind == RECIPE_SLICE)
        make_slice(a, base, r, m);
    else if (r->kind == RECIPE_JOIN)
        make_join(a, base, r, m);
    for (uint32_t i = 0; i < m->n_boxes; i++)
        m->boxes[i].source = r->tuned[i];
}

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

        make(a, i, &one);
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
