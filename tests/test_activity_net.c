/* The probes on nets that run: what a net shows arrives, once, and is summed over the right rows.
 */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "core/attention_pattern.h"
#include "core/hidden_states.h"
#include "core/probing.h"
#include "tests/support/net_oracle.h"

static const char *const models[] = {"gpt2", "llama", "mistral", "gemma", "gemma3", "bert"};
static const char *const categories[] = {"even", "odd"};

enum { MOST = 4 };

/* A model, and the same one with every matrix of block 1 scaled. */
struct pair {
    struct net_oracle *oracle;
    const char *name;
    struct net_weights weights[ACTIVITY_SIDES];
    struct net *nets[ACTIVITY_SIDES];
    struct net_sequence sequences[MOST];
    struct activity_sequence said[MOST];
    struct net_batch batch;
};

static void scale(struct net_matrix *m, float by)
{
    float *values = m->values;

    for (gsize i = 0; values && i < (gsize)m->out * m->in; i++)
        values[i] *= by;
}

static const uint32_t *numbers(const struct pair *p, const char *what)
{
    g_autofree char *name = g_strdup_printf("%s.%s", p->name, what);

    return net_oracle_numbers(p->oracle, name, NULL);
}

static void pair_init(struct pair *p, const char *name, guint threads)
{
    const uint32_t *lengths, *ids;

    *p = (struct pair){.oracle = net_oracle_open("net_models.bin"), .name = name};
    for (int side = 0; side < ACTIVITY_SIDES; side++) {
        net_oracle_model(p->oracle, name, DTYPE_F32, &p->weights[side]);
        p->nets[side] = net_create(&p->weights[side], threads, NULL);
        ck_assert_ptr_nonnull(p->nets[side]);
    }
    scale(&p->weights[ACTIVITY_TUNED].blocks[1].qkv, 1.5F);
    scale(&p->weights[ACTIVITY_TUNED].blocks[1].up, 1.2F);
    lengths = numbers(p, "lengths");
    ids = numbers(p, "ids");
    for (uint32_t i = 0; i < MOST; i++) {
        p->sequences[i] = (struct net_sequence){.ids = ids, .n = lengths[i]};
        p->said[i] = (struct activity_sequence){100 + i, i % 2, lengths[i], 0};
        ids += lengths[i];
    }
    p->batch = (struct net_batch){.sequences = p->sequences, .n = MOST};
}

static void pair_finish(struct pair *p)
{
    for (int side = 0; side < ACTIVITY_SIDES; side++) {
        net_destroy(p->nets[side]);
        net_oracle_model_finish(&p->weights[side]);
    }
    net_oracle_close(p->oracle);
}

static struct activity *run(struct pair *p)
{
    struct activity_options o = {.categories = categories,
                                 .n_categories = 2,
                                 .pair = true,
                                 .first_apart = true,
                                 .attention = true,
                                 .output = true,
                                 .cka_tokens = 64};
    struct activity *a = activity_create(&p->weights[0].spec, &o, NULL);

    ck_assert_ptr_nonnull(a);
    activity_batch(a, p->said, MOST);
    for (int side = 0; side < ACTIVITY_SIDES; side++) {
        struct net_probe probe = activity_probe(a, side);

        ck_assert(net_forward(p->nets[side], &p->batch, &probe, NULL, NULL));
    }
    return a;
}

/* Sums of squares of the two sides, and of what lies between them, of a category's rows of one
 * site, by hand. */
struct sums {
    double base, tuned, delta;
};

struct site {
    enum net_site site;
    uint32_t block;
    GArray *values;
};

static void keep(void *data, const struct net_seen *seen)
{
    struct site *s = data;

    if (seen->block == s->block)
        g_array_append_vals(s->values, seen->values, seen->rows * seen->columns);
}

static GArray *values_of(struct net *net, const struct net_batch *b, enum net_site site,
                         uint32_t block)
{
    struct site s = {site, block, g_array_new(FALSE, FALSE, sizeof(float))};
    struct net_probe probe = {1U << site, keep, &s};

    ck_assert(net_forward(net, b, &probe, NULL, NULL));
    return s.values;
}

static struct sums by_hand(struct pair *p, enum net_site site, uint32_t block, uint32_t category)
{
    GArray *values[ACTIVITY_SIDES] = {values_of(p->nets[0], &p->batch, site, block),
                                      values_of(p->nets[1], &p->batch, site, block)};
    gsize columns = values[0]->len / net_batch_rows(&p->batch), row = 0;
    struct sums sums = {0, 0, 0};

    for (uint32_t s = 0; s < MOST; row += p->sequences[s++].n)
        for (gsize i = (row + 1) * columns; i < (row + p->sequences[s].n) * columns; i++) {
            double x = (double)g_array_index(values[0], float, i);
            double y = (double)g_array_index(values[1], float, i);

            if (s % 2 != category)
                continue;
            sums.base += x * x;
            sums.tuned += y * y;
            sums.delta += (y - x) * (y - x);
        }
    g_array_free(values[0], TRUE);
    g_array_free(values[1], TRUE);
    return sums;
}

static void check_layer(struct pair *p, const struct activity *a, uint32_t layer,
                        enum net_site site, uint32_t block)
{
    for (uint32_t c = 0; c < 2; c++) {
        const struct activity_cell *cell = activity_cell(a, layer, c);
        double values = (double)cell->tokens * a->layers[layer].units;
        struct sums sums = by_hand(p, site, block, c);
        struct activity_level base, tuned;

        activity_level(cell, ACTIVITY_BASE, &base);
        activity_level(cell, ACTIVITY_TUNED, &tuned);
        ck_assert_uint_eq(cell->tokens, p->sequences[c].n + p->sequences[c + 2].n - 2);
        ck_assert_double_eq_tol(base.rms, sqrt(sums.base / values), 1e-12 * base.rms);
        ck_assert_double_eq_tol(tuned.rms, sqrt(sums.tuned / values), 1e-12 * tuned.rms);
        ck_assert_double_eq_tol(activity_shift(cell), sqrt(sums.delta / sums.base), 1e-12);
    }
}

START_TEST(every_site_arrives)
{
    struct pair p;
    struct activity *a;
    uint32_t blocks;

    pair_init(&p, models[_i], 2);
    a = run(&p);
    blocks = p.weights[0].spec.layers;
    check_layer(&p, a, activity_find(a, ACTIVITY_RESIDUAL, -1), NET_EMBEDDED, 0);
    for (uint32_t b = 0; b < blocks; b++) {
        check_layer(&p, a, activity_find(a, ACTIVITY_RESIDUAL, (int32_t)b), NET_RESIDUAL, b);
        check_layer(&p, a, activity_find(a, ACTIVITY_HEADS, (int32_t)b), NET_HEAD_OUT, b);
        check_layer(&p, a, activity_find(a, ACTIVITY_HIDDEN, (int32_t)b), NET_HIDDEN, b);
    }
    check_layer(&p, a, activity_find(a, ACTIVITY_RESIDUAL, (int32_t)blocks), NET_FINAL, 0);
    activity_destroy(a);
    pair_finish(&p);
}
END_TEST

/* Block 0 is the same in both, block 1 is not. */
START_TEST(what_moved_is_seen)
{
    struct pair p;
    struct activity *a;
    struct activity_head same, moved;
    struct activity_output output;

    pair_init(&p, models[_i], 2);
    a = run(&p);
    activity_head(a, 0, 0, ACTIVITY_ALL, &same);
    activity_head(a, 1, 0, ACTIVITY_ALL, &moved);
    activity_output(a, ACTIVITY_ALL, &output);
    ck_assert_double_eq(same.shift, 0);
    ck_assert_double_eq(same.entropy[ACTIVITY_BASE], same.entropy[ACTIVITY_TUNED]);
    ck_assert(moved.shift > 0 && moved.shift < 1);
    ck_assert(same.entropy[0] > 0 && same.entropy[0] <= 1 && same.first[0] > 0);
    ck_assert_uint_eq(same.queries, net_batch_rows(&p.batch) - MOST);
    ck_assert_double_eq(activity_shift(activity_cell(a, 1, ACTIVITY_ALL)), 0);
    ck_assert_double_eq_tol(activity_cosine(activity_cell(a, 1, ACTIVITY_ALL)), 1, 1e-15);
    ck_assert_double_eq_tol(activity_cka(a, 1, NULL), 1, 1e-12);
    ck_assert(activity_shift(activity_cell(a, 2, ACTIVITY_ALL)) > 0);
    ck_assert(output.tokens == net_batch_rows(&p.batch) && output.mean > 0);
    activity_destroy(a);
    pair_finish(&p);
}
END_TEST

static char *all_bits(const struct activity *a)
{
    GString *text = g_string_new(NULL);

    for (uint32_t i = 0; i < a->n_layers; i++)
        for (uint32_t c = 0; c < 2; c++) {
            const struct activity_cell *cell = activity_cell(a, i, c);
            struct activity_unit u;

            activity_unit(a, i, c, 1, &u);
            g_string_append_printf(text, "%a %a %a %a\n", cell->stats.tuned.m4, cell->cosine_sum,
                                   u.mean[1], u.shift);
        }
    for (uint32_t b = 0; b < a->blocks; b++) {
        struct activity_head h;

        activity_head(a, b, 1, ACTIVITY_ALL, &h);
        g_string_append_printf(text, "%a %a %a\n", h.entropy[1], h.shift, h.distance[0]);
    }
    return g_string_free(text, FALSE);
}

START_TEST(any_number_of_threads)
{
    char *texts[2];

    for (guint i = 0; i < 2; i++) {
        struct pair p;
        struct activity *a;

        pair_init(&p, models[_i], i ? 3 : 1);
        a = run(&p);
        texts[i] = all_bits(a);
        activity_destroy(a);
        pair_finish(&p);
    }
    ck_assert_str_eq(texts[0], texts[1]);
    g_free(texts[0]);
    g_free(texts[1]);
}
END_TEST

START_TEST(an_example_is_kept)
{
    struct pair p;
    struct attention_pattern *pattern;
    struct hidden_states *states;
    struct hidden_state state;
    GArray *seen;
    gsize n, each;

    pair_init(&p, models[_i], 2);
    n = p.sequences[0].n;
    p.batch.n = 1;
    pattern =
        attention_pattern_run(p.nets[0], p.nets[1], p.sequences[0].ids, (uint32_t)n, 1, NULL, NULL);
    ck_assert_ptr_nonnull(pattern);
    each = pattern->heads * n * n;
    seen = values_of(p.nets[1], &p.batch, NET_ATTENTION, 1);
    ck_assert_uint_eq(seen->len, each);
    ck_assert_mem_eq(seen->data, pattern->weights[ACTIVITY_TUNED], each * sizeof(float));
    ck_assert(memcmp(seen->data, pattern->weights[ACTIVITY_BASE], each * sizeof(float)) != 0);
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t j = 0; j < n; j++)
            ck_assert(!attention_masked(pattern, i, j) ||
                      pattern->weights[ACTIVITY_BASE][i * n + j] == 0);
    g_array_free(seen, TRUE);
    attention_pattern_destroy(pattern);

    states = hidden_states_run(p.nets[0], p.nets[1], p.sequences[0].ids, (uint32_t)n, NULL, NULL);
    ck_assert_ptr_nonnull(states);
    hidden_state_of(states, 1, (uint32_t)n - 1, &state);
    ck_assert_double_eq(state.shift, 0);
    hidden_state_of(states, states->layers - 1, (uint32_t)n - 1, &state);
    ck_assert(state.shift > 0 && state.cosine < 1);
    hidden_states_destroy(states);
    pair_finish(&p);
}
END_TEST

struct heard {
    struct probing *probing;
    uint32_t calls;
    uint64_t done, total;
    gint cancelled;
};

static void on_progress(void *data, const struct evaluation *e)
{
    struct heard *h = data;

    h->calls++;
    h->done = e->tokens_done;
    h->total = e->tokens_total;
}

static void on_batch(void *data, const struct net_batch *b, const uint32_t *examples)
{
    struct heard *h = data;

    probing_batch(h->probing, b, examples);
}

/* 100 times the oracle's sequences, and what no net takes or nobody asked for. */
static struct examples examples_of(struct pair *p, struct example *out)
{
    static char *names[] = {(char *)"even", (char *)"odd"};
    static uint32_t beyond[] = {1, 1U << 30};
    struct examples e = {.examples = out, .categories = names, .n_categories = 2};

    for (uint32_t i = 0; i < 100; i++)
        out[e.n++] = (struct example){.category = i % 2,
                                      .ids = (uint32_t *)(gsize)p->sequences[i % MOST].ids,
                                      .n_ids = p->sequences[i % MOST].n};
    out[e.n++] = (struct example){.ids = beyond, .n_ids = 2};
    out[e.n++] = (struct example){.text = NULL};
    out[e.n] = out[0];
    out[e.n++].split = SPLIT_TRAIN;
    return e;
}

START_TEST(examples_are_run)
{
    struct pair p;
    struct example list[103];
    struct examples e;
    struct probing probing;
    struct heard heard = {.probing = &probing};
    const struct evaluation_hooks hooks = {on_batch, on_progress, &heard};
    struct evaluation_model of[ACTIVITY_SIDES];
    struct evaluation *v;
    const struct activity *a;
    struct activity_output output;
    uint32_t rows = 0, n = 0, odd = 0;
    GError *error = NULL;

    pair_init(&p, models[_i], 2);
    e = examples_of(&p, list);
    for (uint32_t i = 0; i < 100; i++)
        if (list[i].n_ids > 1) { /* one token predicts nothing */
            rows += list[i].n_ids;
            n++;
            odd += i % 2;
        }
    probing_init(&probing, p.nets, &e, 2);
    probing_models(&probing, of);
    v = evaluation_create(&e, of, 2);
    v->rows = PROBING_ROWS;
    ck_assert(probing.activity && !probing.why);
    ck_assert(evaluation_run(v, of, &hooks, &heard.cancelled, &error));
    a = probing.activity;
    ck_assert(v->results[100].skipped && v->results[101].skipped);
    ck_assert_uint_eq(a->n_examples, n);
    ck_assert_uint_eq(a->rows, rows);
    ck_assert(heard.calls > 1 && heard.done == rows && heard.total == rows);
    ck_assert_uint_eq(activity_cell(a, 0, 1)->examples, odd);
    activity_output(a, ACTIVITY_ALL, &output);
    if (a->vocabulary)
        ck_assert_uint_eq(output.tokens, rows);
    ck_assert_uint_eq(probing_predictions(&probing).tokens, 0);
    evaluation_destroy(v);
    probing_finish(&probing);
    pair_finish(&p);
}
END_TEST

/* Losses need no common shape. */
START_TEST(unlike_models_have_no_activity)
{
    struct pair p, q;
    struct probing probing;
    struct example list[103];
    struct examples e;

    pair_init(&p, "gpt2", 1);
    pair_init(&q, "llama", 1);
    e = examples_of(&p, list);
    probing_init(&probing, (struct net *[]){p.nets[0], q.nets[0]}, &e, 1);
    ck_assert(!probing.activity);
    ck_assert_ptr_nonnull(strstr(probing.why, "two shapes"));
    probing_finish(&probing);
    pair_finish(&q);
    pair_finish(&p);
}
END_TEST

START_TEST(what_is_too_much_is_refused)
{
    struct pair p;
    GError *error = NULL;
    const gint cancelled = 1;

    pair_init(&p, "gpt2", 1);
    ck_assert_ptr_null(
        attention_pattern_run(p.nets[0], NULL, p.sequences[0].ids, 3, 99, NULL, &error));
    ck_assert_ptr_nonnull(strstr(error->message, "block 99"));
    g_clear_error(&error);
    ck_assert_ptr_null(
        attention_pattern_run(p.nets[0], NULL, p.sequences[0].ids, 1U << 20, 0, NULL, &error));
    ck_assert(g_error_matches(error, TARE_ERROR, TARE_ERROR_LIMIT));
    g_clear_error(&error);
    ck_assert_ptr_null(
        hidden_states_run(p.nets[0], p.nets[1], p.sequences[0].ids, 2, &cancelled, &error));
    ck_assert(g_error_matches(error, TARE_ERROR, TARE_ERROR_CANCELLED));
    g_clear_error(&error);
    pair_finish(&p);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("activity_net");
    TCase *t = tcase_create("activity_net");
    SRunner *r = srunner_create(s);
    int failed;

    tcase_set_timeout(t, 120);
    tcase_add_loop_test(t, every_site_arrives, 0, G_N_ELEMENTS(models));
    tcase_add_loop_test(t, what_moved_is_seen, 0, G_N_ELEMENTS(models));
    tcase_add_loop_test(t, any_number_of_threads, 0, G_N_ELEMENTS(models));
    tcase_add_loop_test(t, an_example_is_kept, 0, G_N_ELEMENTS(models));
    tcase_add_loop_test(t, examples_are_run, 0, G_N_ELEMENTS(models));
    tcase_add_test(t, unlike_models_have_no_activity);
    tcase_add_test(t, what_is_too_much_is_refused);
    suite_add_tcase(s, t);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
