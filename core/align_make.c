#include "core/align_make.h"

#include <string.h>

void made_reset(struct made *m)
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

void made_of(const struct align *a, uint32_t base, struct made *m)
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
