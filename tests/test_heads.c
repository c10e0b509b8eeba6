/* Heads of every layout, with places made by hand over planted values: head h of part p of the
 * tuned side is filled with one value, so that every norm has a closed form. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "core/heads.h"
#include "io/format.h"
#include "tests/support/memory_source.h"
#include "tests/support/oracle.h"

enum { STEP = 4, HIDDEN = 24 };

struct layout {
    const char *name;
    enum role role;
    unsigned rank, row_axes;
    uint64_t dim[3];
    enum head_axis axis;
    uint16_t heads, kv_heads;
    bool interleaved;
};

/* What a row or column of the tuned tensor belongs to, in units of heads along the split axis: the
 * index of a part's head, by the layout's own words. */
struct slice {
    enum head_part part;
    uint32_t head;
};

static double planted(enum head_part part, uint32_t head)
{
    return 1 + (double)part + 0.125 * head;
}

/* Every stretch of a tensor of this layout, written out in order. */
static const struct slice split[] = {{HEAD_QUERY, 0}, {HEAD_QUERY, 1}, {HEAD_QUERY, 2},
                                     {HEAD_QUERY, 3}, {HEAD_QUERY, 4}, {HEAD_QUERY, 5}};
static const struct slice fused[] = {{HEAD_QUERY, 0}, {HEAD_QUERY, 1}, {HEAD_KEY, 0},
                                     {HEAD_KEY, 1},   {HEAD_VALUE, 0}, {HEAD_VALUE, 1}};
static const struct slice grouped[] = {{HEAD_QUERY, 0}, {HEAD_QUERY, 1}, {HEAD_QUERY, 2},
                                       {HEAD_QUERY, 3}, {HEAD_KEY, 0},   {HEAD_VALUE, 0}};
static const struct slice interleaved[] = {{HEAD_QUERY, 0}, {HEAD_KEY, 0}, {HEAD_VALUE, 0},
                                           {HEAD_QUERY, 1}, {HEAD_KEY, 1}, {HEAD_VALUE, 1}};
static const struct slice interleaved_groups[] = {{HEAD_QUERY, 0}, {HEAD_QUERY, 1}, {HEAD_KEY, 0},
                                                  {HEAD_VALUE, 0}, {HEAD_QUERY, 2}, {HEAD_QUERY, 3},
                                                  {HEAD_KEY, 1},   {HEAD_VALUE, 1}};

static const struct {
    struct layout layout;
    const struct slice *slices;
    unsigned n;
} cases[] = {
    {{"torch rows", ROLE_QUERY, 2, 1, {6 * STEP, HIDDEN}, HEAD_AXIS_ROWS, 6, 6, false}, split, 6},
    {{"keras columns", ROLE_QUERY, 3, 1, {HIDDEN, 6, STEP}, HEAD_AXIS_COLUMNS, 6, 6, false},
     split,
     6},
    {{"gpt2 c_attn", ROLE_QKV, 2, 1, {HIDDEN, 6 * STEP}, HEAD_AXIS_COLUMNS, 2, 2, false}, fused, 6},
    {{"torch in_proj", ROLE_QKV, 2, 1, {6 * STEP, HIDDEN}, HEAD_AXIS_ROWS, 2, 0, false}, fused, 6},
    {{"grouped in_proj", ROLE_QKV, 2, 1, {6 * STEP, HIDDEN}, HEAD_AXIS_ROWS, 4, 1, false},
     grouped,
     6},
    {{"neox", ROLE_QKV, 2, 1, {6 * STEP, HIDDEN}, HEAD_AXIS_ROWS, 2, 2, true}, interleaved, 6},
    {{"neox grouped", ROLE_QKV, 2, 1, {8 * STEP, HIDDEN}, HEAD_AXIS_ROWS, 4, 2, true},
     interleaved_groups,
     8},
};

/* The base is 1 everywhere; the tuned 1 + planted. */
static struct source *source_of(const struct layout *l, const struct slice *slices, bool tuned)
{
    uint64_t elems = 1, cols = 1, rows;
    struct memory_source *m = memory_source_create(tuned ? "tuned.h5" : "base.h5");
    float *values;

    for (unsigned i = 0; i < l->rank; i++) {
        elems *= l->dim[i];
        cols *= i < l->row_axes ? 1 : l->dim[i];
    }
    rows = elems / cols;
    values = g_new(float, elems);
    for (uint64_t i = 0; i < rows * cols; i++) {
        uint64_t at = l->axis == HEAD_AXIS_ROWS ? i / cols : i % cols;
        const struct slice *s = &slices[at / STEP];

        values[i] = tuned ? 1 + (float)planted(s->part, s->head) : 1;
    }
    memory_source_add(m, "layers.0.attention", TENSOR_WEIGHT, DTYPE_F32, l->rank, l->dim, values);
    g_free(values);
    return memory_source_finish(m);
}

static struct place place_of(const struct layout *l)
{
    return (struct place){.block = 0,
                          .role = l->role,
                          .matrix = true,
                          .row_axes = (uint8_t)l->row_axes,
                          .heads = l->heads,
                          .kv_heads = l->kv_heads,
                          .head_dim = STEP,
                          .head_axis = l->axis,
                          .head_step = STEP,
                          .head_interleaved = l->interleaved};
}

static struct comparison *scan(struct checkpoint *base, struct checkpoint *tuned)
{
    const struct comparison_options options = {.threads = 1};
    struct comparison *c = comparison_create(base, tuned, &options, NULL);

    ck_assert_ptr_nonnull(c);
    comparison_scan_start(c);
    comparison_scan_wait(c);
    return c;
}

static struct checkpoint *checkpoint_of(const struct layout *l, const struct slice *slices,
                                        bool tuned)
{
    struct checkpoint *c = checkpoint_create(source_of(l, slices, tuned));

    c->places[0] = place_of(l);
    c->n_blocks = 1;
    return c;
}

static void check_norms(const char *name, const struct head_norms *n, double elems, double value)
{
    double base = sqrt(elems), tuned = (1 + value) * base, delta = value * base;

    ck_assert_msg(n->known, "%s", name);
    ck_assert_msg(fabs(n->base_l2 - base) < 1e-12 * base, "%s: base %g", name, n->base_l2);
    ck_assert_msg(fabs(n->tuned_l2 - tuned) < 1e-12 * tuned, "%s: tuned %g", name, n->tuned_l2);
    ck_assert_msg(fabs(n->delta_l2 - delta) < 1e-12 * delta, "%s: delta %g", name, n->delta_l2);
    ck_assert(fabs(head_part_relative(n) - value) < 1e-12 * value);
}

START_TEST(test_layouts)
{
    const struct layout *l = &cases[_i].layout;
    struct comparison *c =
        scan(checkpoint_of(l, cases[_i].slices, false), checkpoint_of(l, cases[_i].slices, true));
    uint32_t kv = l->kv_heads ? l->kv_heads : l->heads;

    ck_assert_uint_eq(c->attentions.n, 1);
    ck_assert_uint_eq(c->attentions.most, l->heads);
    ck_assert_uint_eq(c->attentions.items[0].heads, l->heads);
    ck_assert_uint_eq(c->attentions.items[0].kv_heads, kv);
    ck_assert_str_eq(c->attentions.items[0].label, "L0");
    ck_assert_ptr_null(heads_unknown(c));
    for (uint32_t head = 0; head < l->heads; head++) {
        double base = 0, delta = 0;
        struct head h;

        head_of(c, 0, head, &h);
        ck_assert(h.attention == 0 && h.head == head && h.kv_head == head / (l->heads / kv));
        for (unsigned part = 0; part < HEAD_PARTS; part++) {
            bool shared = part == HEAD_KEY || part == HEAD_VALUE;
            double value = planted((enum head_part)part, shared ? h.kv_head : head);

            if (part == HEAD_OUTPUT || (l->role == ROLE_QUERY && part != HEAD_QUERY)) {
                ck_assert(!h.part[part].known && isnan(h.part[part].base_l2));
                ck_assert(isnan(head_part_relative(&h.part[part])));
                continue;
            }
            check_norms(l->name, &h.part[part], STEP * HIDDEN, value);
            base += 1;
            delta += value * value;
        }
        ck_assert(fabs(h.relative - sqrt(delta / base)) < 1e-12);
    }
    comparison_destroy(c);
}
END_TEST

START_TEST(test_one_side)
{
    struct comparison *c = scan(checkpoint_of(&cases[2].layout, cases[2].slices, false), NULL);
    struct head h;

    head_of(c, 0, 1, &h);
    ck_assert(h.part[HEAD_KEY].known &&
              fabs(h.part[HEAD_KEY].base_l2 - sqrt(STEP * HIDDEN)) < 1e-9);
    ck_assert(isnan(h.part[HEAD_KEY].tuned_l2) && isnan(h.part[HEAD_KEY].delta_l2));
    ck_assert(isnan(h.relative));
    comparison_destroy(c);
}
END_TEST

static float ones(uint64_t i)
{
    (void)i;
    return 1;
}

static float twos(uint64_t i)
{
    (void)i;
    return 2;
}

/* Separate matrices of a block with grouped queries, a bias, and a cross-attention before them. */
static struct checkpoint *separate(bool tuned, uint32_t heads)
{
    static const struct {
        const char *name;
        uint64_t rows, cols;
    } rows[] = {
        {"decoder.block.0.layer.1.EncDecAttention.q.weight", 16, 8},
        {"decoder.block.0.layer.0.SelfAttention.q.bias", 16, 1},
        {"decoder.block.0.layer.0.SelfAttention.q.weight", 16, 8},
        {"decoder.block.0.layer.0.SelfAttention.k.weight", 8, 8},
        {"decoder.block.0.layer.0.SelfAttention.v.weight", 8, 8},
        {"decoder.block.0.layer.0.SelfAttention.o.weight", 8, 16},
    };
    struct memory_source *m = memory_source_create("x.h5");
    struct source *s;

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        memory_source_add_f32(m, rows[i].name, rows[i].rows, rows[i].cols,
                              tuned && strstr(rows[i].name, "SelfAttention.k") ? twos : ones);
    s = memory_source_finish(m);
    s->config.heads = heads;
    s->config.kv_heads = heads / 2;
    return checkpoint_create(s);
}

START_TEST(test_separate)
{
    struct comparison *c = scan(separate(false, 4), separate(true, 4));
    struct head h;

    ck_assert_uint_eq(c->attentions.n, 2);
    ck_assert_str_eq(c->attentions.items[0].label, "L0");
    ck_assert_str_eq(c->attentions.items[1].label, "L0.cross");
    for (uint32_t head = 0; head < 4; head++) {
        head_of(c, 0, head, &h);
        ck_assert_uint_eq(h.kv_head, head / 2);
        for (unsigned part = 0; part < HEAD_PARTS; part++) {
            ck_assert(h.part[part].known && h.part[part].base_l2 == sqrt(32));
            ck_assert(h.part[part].delta_l2 == (part == HEAD_KEY ? sqrt(32) : 0));
        }
        ck_assert(fabs(h.relative - 0.5) < 1e-15); /* 32 of 4 * 32 */
    }
    head_of(c, 1, 3, &h);
    ck_assert(h.part[HEAD_QUERY].known && !h.part[HEAD_KEY].known && h.relative == 0);
    comparison_destroy(c);
}
END_TEST

/* Two attentions of a block in names of no framework, and one outside whose output lies apart. */
START_TEST(test_attentions_by_name)
{
    static const char *const names[] = {
        "layers.0.inner.q_proj.weight",  "layers.0.inner.o_proj.weight",
        "layers.0.outer.q_proj.weight",  "layers.0.outer.o_proj.weight",
        "mix.attention.self.query.weight", "mix.attention.output.dense.weight",
        "pool.in_proj_weight",           "pool.out_proj.weight"};
    static const struct {
        const char *label, *name;
    } wanted[] = {{"L0", "layers.0.inner"},
                  {"L0.outer", "layers.0.outer"},
                  {"mix.attention.self", "mix.attention.self"},
                  {"pool", "pool"}};
    struct memory_source *m = memory_source_create("x.h5");
    struct comparison *c;
    struct source *s;

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        memory_source_add_f32(m, names[i], strstr(names[i], "in_proj") ? 24 : 8, 8, ones);
    s = memory_source_finish(m);
    s->config.heads = 2;
    c = scan(checkpoint_create(s), NULL);
    ck_assert_uint_eq(c->attentions.n, G_N_ELEMENTS(wanted));
    for (size_t i = 0; i < G_N_ELEMENTS(wanted); i++) {
        const struct attention *a = &c->attentions.items[i];

        ck_assert_str_eq(a->label, wanted[i].label);
        ck_assert_str_eq(a->name, wanted[i].name);
        ck_assert(a->entry[HEAD_QUERY] == 2 * i && a->entry[HEAD_OUTPUT] == 2 * i + 1);
        ck_assert(a->entry[HEAD_KEY] == (i == 3 ? 2 * i : PAIR_NONE));
    }
    ck_assert_uint_eq(attentions_of_entry(&c->attentions, 5), 2);
    comparison_destroy(c);
}
END_TEST

START_TEST(test_unknown)
{
    struct memory_source *m = memory_source_create("x.h5");
    struct comparison *unknown = scan(separate(false, 0), NULL), *none;

    memory_source_add_f32(m, "dense.kernel", 4, 4, ones);
    none = scan(checkpoint_create(memory_source_finish(m)), NULL);
    ck_assert_ptr_nonnull(strstr(heads_unknown(unknown), "--heads"));
    ck_assert_uint_eq(unknown->attentions.n, 0);
    ck_assert_ptr_null(heads_unknown(none));
    comparison_destroy(unknown);
    comparison_destroy(none);
}
END_TEST

/* What a configuration claims and the shape does not hold. */
START_TEST(test_bounds)
{
    static const uint64_t dim[] = {16, 8};
    const struct tensor t = {.rank = 2, .dim = dim, .elems = 128};
    struct place p = {.role = ROLE_QUERY,
                      .row_axes = 1,
                      .heads = 4,
                      .kv_heads = 4,
                      .head_axis = HEAD_AXIS_ROWS,
                      .head_step = 4};
    uint64_t first, n;

    ck_assert(head_stretch(&p, &t, HEAD_QUERY, 3, &first, &n) && first == 12 && n == 4);
    ck_assert(!head_stretch(&p, &t, HEAD_QUERY, 4, &first, &n));
    ck_assert(!head_stretch(&p, &t, HEAD_KEY, 0, &first, &n));
    p.heads = 5;
    ck_assert(!head_stretch(&p, &t, HEAD_QUERY, 4, &first, &n));
    p.heads = 3; /* fewer than its key heads */
    ck_assert(!head_stretch(&p, &t, HEAD_QUERY, 0, &first, &n));
    p.heads = p.kv_heads = 4;
    p.head_axis = HEAD_AXIS_COLUMNS;
    ck_assert(!head_stretch(&p, &t, HEAD_QUERY, 2, &first, &n));
    p.row_axes = 2;
    ck_assert(!head_stretch(&p, &t, HEAD_QUERY, 0, &first, &n));
    p.row_axes = 1;
    p.head_step = UINT32_MAX;
    ck_assert(!head_stretch(&p, &t, HEAD_QUERY, 3, &first, &n));
    p.head_step = p.head_dim = 0;
    ck_assert(!head_stretch(&p, &t, HEAD_QUERY, 0, &first, &n));
}
END_TEST

static const struct {
    const char *name, *path;
    uint16_t heads, kv_heads;
    const char *label; /* of the last attention */
} fixtures[] = {
    {"torch_gpt2", "torch/gpt2_%s_flat.h5", 4, 4, "L2"},
    {"torch_llama", "torch/llama_%s_flat.h5", 4, 2, "L11"},
    {"hub_gpt2", "hub/gpt2_%s/model.weights.h5", 4, 4, "L2"},
    {"hub_llama", "hub/llama_%s/model.weights.h5", 4, 2, "L2"},
    {"hub_bert", "hub/bert_%s/model.weights.h5", 4, 4, "L1"},
    {"hf_tf_gpt2", "hf_tf/gpt2_%s/tf_model.h5", 4, 4, "L2"},
    {"hf_tf_bert", "hf_tf/bert_%s/tf_model.h5", 4, 4, "L1"},
    {"t5", "transformers/t5_%s/model.h5", 2, 2, "L4.cross"},
    {"keras3_zoo", "keras3/k3_zoo_%s.weights.h5", 3, 3, "self_attention"},
};

static struct checkpoint *open_fixture(int fixture, const char *side)
{
    char **halves = g_strsplit(fixtures[fixture].path, "%s", 2);
    char *name = g_strconcat(halves[0], side, halves[1], NULL);
    char *path = g_build_filename(g_getenv("TARE_FIXTURES"), name, NULL);
    GError *error = NULL;
    struct source *s = format_open(path, NULL, &error);
    struct checkpoint *c;

    ck_assert_msg(s != NULL, "%s: %s", path, error ? error->message : "");
    c = checkpoint_create(s);
    g_strfreev(halves);
    g_free(name);
    g_free(path);
    return c;
}

static void near(GHashTable *oracle, const char *name, const struct head *h, const char *field,
                 double got)
{
    char *key = g_strdup_printf("%u.%u.%s", h->attention, h->head, field);
    double wanted = oracle_get(oracle, name, key);

    ck_assert_msg(fabs(got - wanted) <= 1e-12 * wanted, "%s %s: %.17g, not %.17g", name, key, got,
                  wanted);
    g_free(key);
}

static void check_head(GHashTable *oracle, const char *name, const struct head *h)
{
    near(oracle, name, h, "kv_head", h->kv_head);
    near(oracle, name, h, "relative", h->relative);
    for (unsigned part = 0; part < HEAD_PARTS; part++) {
        const char *word = head_part_name((enum head_part)part);
        char *base = g_strconcat(word, ".base", NULL), *tuned = g_strconcat(word, ".tuned", NULL);
        char *delta = g_strconcat(word, ".delta", NULL);

        near(oracle, name, h, base, h->part[part].base_l2);
        near(oracle, name, h, tuned, h->part[part].tuned_l2);
        near(oracle, name, h, delta, h->part[part].delta_l2);
        g_free(base);
        g_free(tuned);
        g_free(delta);
    }
}

/* Files that frameworks wrote, as the model map places them, against slices of their arrays. */
START_TEST(test_fixtures)
{
    GHashTable *oracle = oracle_load("heads.txt");
    const char *name = fixtures[_i].name;
    struct comparison *c = scan(open_fixture(_i, "base"), open_fixture(_i, "tuned"));
    unsigned n = 0, in_oracle = 0;
    GHashTableIter iter;
    gpointer key;

    for (uint32_t a = 0; a < c->attentions.n; a++) {
        ck_assert_uint_eq(c->attentions.items[a].heads, fixtures[_i].heads);
        ck_assert_uint_eq(c->attentions.items[a].kv_heads, fixtures[_i].kv_heads);
        for (uint32_t head = 0; head < fixtures[_i].heads; head++, n++) {
            struct head h;

            head_of(c, a, head, &h);
            check_head(oracle, name, &h);
        }
    }
    ck_assert_str_eq(c->attentions.items[c->attentions.n - 1].label, fixtures[_i].label);
    g_hash_table_iter_init(&iter, oracle);
    while (g_hash_table_iter_next(&iter, &key, NULL))
        in_oracle += g_str_has_prefix(key, name) && g_str_has_suffix(key, ".relative");
    ck_assert_uint_eq(n, in_oracle);
    comparison_destroy(c);
    g_hash_table_destroy(oracle);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("heads");
    TCase *t = tcase_create("heads");
    SRunner *r = srunner_create(s);
    int failed;

    tcase_add_loop_test(t, test_layouts, 0, G_N_ELEMENTS(cases));
    tcase_add_test(t, test_one_side);
    tcase_add_test(t, test_separate);
    tcase_add_test(t, test_attentions_by_name);
    tcase_add_test(t, test_unknown);
    tcase_add_test(t, test_bounds);
    tcase_add_loop_test(t, test_fixtures, 0, G_N_ELEMENTS(fixtures));
    suite_add_tcase(s, t);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
