/* Runs that are saved and go on: the same bits as one that never stopped; damaged files are errors;
 * a disk that fails loses nothing. */
#include <check.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "core/examples_build.h"
#include "core/random.h"
#include "io/command.h"
#include "io/run_file.h"
#include "tests/support/opened.h"
#include "tests/support/saved.h"

#define STEPS 4u

static char *folder, *path;
static struct checkpoint *base;
static struct examples *examples;

static void add_example(struct examples_builder *b, uint32_t line, const char *split,
                        const char *category, uint64_t *random)
{
    uint32_t ids[12], n = 6 + random_below(random, 6);

    for (uint32_t i = 0; i < n; i++)
        ids[i] = random_below(random, 60);
    examples_builder_add(
        b, line,
        &(struct example_fields){
            .category = category, .split = split, .ids = ids, .n_ids = n, .n_prompt = 2});
}

static struct examples *make_examples(void)
{
    static const char *const categories[] = {"bath", "garden \xc3\xa9"};
    struct examples_builder *b = examples_builder_create("made");
    uint64_t random = 1;

    for (uint32_t i = 0; i < 22; i++)
        add_example(b, i + 1,
                    i < 14   ? "train"
                    : i < 20 ? "test"
                             : "general",
                    categories[i % 2], &random);
    return examples_builder_finish(b);
}

static struct checkpoint *open_model(const char *name)
{
    char *at = fixture_path(name);
    GError *error = NULL;
    struct checkpoint *c = command_load(at, NULL, &error);

    ck_assert_msg(c != NULL, "%s", error ? error->message : "");
    g_free(at);
    return c;
}

static void setup(void)
{
    folder = saved_folder();
    path = g_build_filename(folder, "run.h5", NULL);
    base = open_model("torch/gpt2_base_flat.h5");
    examples = make_examples();
}

static void teardown(void)
{
    examples_destroy(examples);
    checkpoint_destroy(base);
    g_free(path);
    saved_remove(folder);
}

static const struct tensor_factor factors[] = {{"*.wpe.*", 0}, {"*.h.0.*", 0.25}};

static struct training_options options_of(bool lora)
{
    struct training_options o;

    training_options_init(&o);
    o.learning_rate = 1e-3;
    o.steps = 2 * STEPS;
    o.warmup = 2;
    o.seed = 0xfedcba9876543210u;
    o.look_every = 3;
    o.factors = factors;
    o.n_factors = G_N_ELEMENTS(factors);
    if (lora) {
        o.lora = "qkv,down";
        o.lora_rank = 2;
        o.lora_alpha = 4;
    }
    return o;
}

static struct training *create(const struct training_options *o)
{
    GError *error = NULL;
    struct training *t = training_create(base, examples, o, NULL, &error);

    ck_assert_msg(t != NULL, "%s", error ? error->message : "");
    return t;
}

static void go(struct training *t, unsigned steps)
{
    GError *error = NULL;

    while (steps--)
        ck_assert_msg(training_step(t, NULL, &error), "%s", error ? error->message : "");
    ck_assert_msg(training_look(t, NULL, &error), "%s", error ? error->message : "");
}

static const struct run_origin origin = {.base = "base.h5",
                                         .examples = "texts \xc3\xa9.jsonl",
                                         .tokenizer = "words",
                                         .output = "out.h5",
                                         .base_hash = "0123",
                                         .examples_hash = "4567"};
static const struct save_options overwriting = {.rules = {.overwrite = TRUE}};

static void save(struct training *t)
{
    GError *error = NULL;

    ck_assert_msg(run_save(path, &origin, t, &overwriting, &error), "%s",
                  error ? error->message : "");
}

static struct run_file *open_run(void)
{
    GError *error = NULL;
    struct run_file *r = run_open(path, &error);

    ck_assert_msg(r != NULL, "%s", error ? error->message : "");
    return r;
}

static void expect_same_arrays(const struct training *a, const struct training *b)
{
    GArray *x = training_arrays(a, training_state(a)), *y = training_arrays(b, training_state(b));

    ck_assert_uint_eq(x->len, y->len);
    ck_assert_uint_gt(x->len, 0);
    for (guint i = 0; i < x->len; i++) {
        const struct training_array *p = &g_array_index(x, struct training_array, i);
        const struct training_array *q = &g_array_index(y, struct training_array, i);

        ck_assert_str_eq(p->name, q->name);
        ck_assert_msg(memcmp(p->values, q->values, p->rows * p->columns * sizeof(float)) == 0,
                      "%s differs", p->name);
    }
    g_array_free(x, TRUE);
    g_array_free(y, TRUE);
}

static void expect_same_state(const struct training *a, const struct training *b)
{
    const struct training_state *x = training_state(a), *y = training_state(b);

    expect_same_arrays(a, b);
    ck_assert_uint_eq(x->step, y->step);
    ck_assert_uint_eq(x->epoch, y->epoch);
    ck_assert_uint_eq(x->position, y->position);
    ck_assert_uint_eq(x->random, y->random);
    ck_assert(x->learning_rate == y->learning_rate && x->weight_decay == y->weight_decay);
}

static bool same(double x, double y)
{
    return x == y || (isnan(x) && isnan(y));
}

static void expect_same_doubles(const GArray *x, const GArray *y)
{
    ck_assert_uint_eq(x->len, y->len);
    for (guint i = 0; i < x->len; i++)
        ck_assert(same(g_array_index(x, double, i), g_array_index(y, double, i)));
}

/* But for what the clock says. */
static void expect_same_timeline(const struct timeline *a, const struct timeline *b)
{
    ck_assert_uint_eq(a->steps->len, b->steps->len);
    for (guint i = 0; i < a->steps->len; i++) {
        const struct step_record *x = &g_array_index(a->steps, struct step_record, i);
        const struct step_record *y = &g_array_index(b->steps, struct step_record, i);

        ck_assert_uint_eq(x->step, y->step);
        ck_assert(same(x->loss, y->loss) && same(x->smoothed, y->smoothed) &&
                  same(x->gradient_norm, y->gradient_norm) && same(x->clip, y->clip) &&
                  same(x->learning_rate, y->learning_rate) && same(x->staleness, y->staleness));
        ck_assert_uint_eq(x->nonfinite, y->nonfinite);
        ck_assert_uint_eq(x->targets, y->targets);
    }
    expect_same_doubles(a->update, b->update);
    ck_assert_uint_eq(a->looks->len, b->looks->len);
    expect_same_doubles(a->relative, b->relative);
    expect_same_doubles(a->norm, b->norm);
    expect_same_doubles(a->losses, b->losses);
    expect_same_doubles(a->entropy, b->entropy);
}

START_TEST(goes_on_as_if_never_stopped)
{
    const struct training_options o = options_of(_i == 1);
    struct training *whole = create(&o), *first = create(&o), *second;
    struct run_file *r;
    GError *error = NULL;

    go(whole, STEPS);
    go(whole, STEPS);
    go(first, STEPS);
    save(first);
    r = open_run();
    ck_assert_uint_eq(run_step(r), STEPS);
    second = create(run_options(r));
    ck_assert_msg(run_restore(r, second, &error), "%s", error ? error->message : "");
    run_close(r);
    expect_same_state(first, second);
    expect_same_timeline(training_timeline(first), training_timeline(second));
    /* The file is saved over while the run goes on. */
    save(second);
    go(second, STEPS);
    expect_same_state(whole, second);
    expect_same_timeline(training_timeline(whole), training_timeline(second));
    training_destroy(whole);
    training_destroy(first);
    training_destroy(second);
}
END_TEST

START_TEST(what_it_says)
{
    struct training_options o = options_of(true);
    const struct training_options *got;
    struct training *t = create(&o);
    struct run_file *r;

    training_note(t, EVENT_LEARNING_RATE, 0.125, "by \xc3\xa9 hand");
    save(t);
    r = open_run();
    got = run_options(r);
    ck_assert_str_eq(run_origin(r)->examples, origin.examples);
    ck_assert_ptr_null(run_origin(r)->train);
    ck_assert_str_eq(run_origin(r)->base_hash, "0123");
    ck_assert(got->learning_rate == o.learning_rate && got->clip == o.clip);
    ck_assert(got->optimizer == o.optimizer && got->schedule == o.schedule);
    ck_assert_uint_eq(got->seed, o.seed);
    ck_assert_uint_eq(got->n_factors, 2);
    ck_assert_str_eq(got->factors[1].pattern, "*.h.0.*");
    ck_assert(got->factors[1].factor == 0.25);
    ck_assert_str_eq(got->lora, "qkv,down");
    ck_assert_uint_eq(run_timeline(r)->n_categories, 2);
    ck_assert_str_eq(run_timeline(r)->categories[1], "garden \xc3\xa9");
    ck_assert_uint_ge(run_timeline(r)->events->len, 1);
    {
        const GArray *events = run_timeline(r)->events;
        const struct event *e = &g_array_index(events, struct event, events->len - 1);

        ck_assert_int_eq(e->kind, EVENT_LEARNING_RATE);
        ck_assert(e->value == 0.125);
        ck_assert_str_eq(e->text, "by \xc3\xa9 hand");
    }
    run_close(r);
    training_destroy(t);
}
END_TEST

START_TEST(of_another_model)
{
    struct training_options o = options_of(false);
    struct training *t = create(&o), *other;
    struct run_file *r;
    GError *error = NULL;

    save(t);
    training_destroy(t);
    r = open_run();
    checkpoint_destroy(base);
    base = open_model("torch/llama_base_flat.h5");
    o.n_factors = 0;
    other = create(&o);
    ck_assert(!run_restore(r, other, &error));
    ck_assert_ptr_nonnull(strstr(error->message, "another model"));
    g_clear_error(&error);
    ck_assert_uint_eq(training_state(other)->step, 0);
    run_close(r);
    training_destroy(other);
}
END_TEST

START_TEST(no_run)
{
    char *other = fixture_path("torch/gpt2_base_flat.h5");
    GError *error = NULL;

    ck_assert_ptr_null(run_open(other, &error));
    ck_assert_ptr_nonnull(strstr(error->message, "not the file of a run"));
    g_clear_error(&error);
    g_free(other);
}
END_TEST

/* Cut anywhere, or with a byte changed, it is an error or some run, never a crash. */
START_TEST(damaged)
{
    struct training_options o = options_of(false);
    struct training *t = create(&o);
    char *whole;
    gsize bytes;
    uint64_t random = 7;

    go(t, 2);
    save(t);
    ck_assert(g_file_get_contents(path, &whole, &bytes, NULL));
    for (int i = 0; i < 120; i++) {
        gsize n = i % 2 ? bytes : random_below(&random, (uint32_t)bytes);
        gsize at = random_below(&random, (uint32_t)MIN(bytes, 65536));
        char kept = whole[at];
        struct run_file *r;

        whole[at] ^= (char)(1 << random_below(&random, 8));
        ck_assert(g_file_set_contents(path, whole, (gssize)n, NULL));
        whole[at] = kept;
        r = run_open(path, NULL);
        if (r)
            run_restore(r, t, NULL);
        run_close(r);
    }
    g_free(whole);
    training_destroy(t);
}
END_TEST

struct fault {
    guint calls, at;
    int code;
};

static int meet_fault(void *data, const char *call)
{
    struct fault *f = data;

    (void)call;
    return ++f->calls == f->at ? f->code : 0;
}

static gboolean save_with(struct training *t, struct fault *f)
{
    const struct safe_file_hook hook = {meet_fault, f};
    const struct save_options o = {.rules = {.overwrite = TRUE, .hook = &hook}};

    return run_save(path, &origin, t, &o, NULL);
}

/* Whichever call fails, the run that was there before is still there. */
START_TEST(disk_that_fails)
{
    struct training_options o = options_of(false);
    struct training *t = create(&o);
    struct fault none = {0};
    char *before, *now;
    gsize n, bytes;

    save(t);
    ck_assert(g_file_get_contents(path, &before, &bytes, NULL));
    go(t, 1);
    ck_assert(save_with(t, &none));
    for (guint at = 1; at <= none.calls; at++) {
        struct fault f = {.at = at, .code = _i ? EIO : ENOSPC};

        ck_assert(g_file_set_contents(path, before, (gssize)bytes, NULL));
        if (save_with(t, &f))
            continue; /* a nameless file could not be made: a named one was */
        ck_assert(g_file_get_contents(path, &now, &n, NULL));
        ck_assert((n == bytes && memcmp(now, before, n) == 0) || at == none.calls);
        g_free(now);
    }
    g_free(before);
    training_destroy(t);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("run_file");
    TCase *t = tcase_create("run_file");
    SRunner *r = srunner_create(s);
    int failed;

    tcase_set_timeout(t, 120);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, goes_on_as_if_never_stopped, 0, 2);
    tcase_add_test(t, what_it_says);
    tcase_add_test(t, of_another_model);
    tcase_add_test(t, no_run);
    tcase_add_test(t, damaged);
    tcase_add_loop_test(t, disk_that_fails, 0, 2);
    suite_add_tcase(s, t);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
