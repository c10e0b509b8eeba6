/* A run in the background: steps, pauses, goes back, changes its rates, saves; what views read
 * stays as it is; the same weights as one that never stopped. */
#include <check.h>
#include <math.h>
#include <poll.h>
#include <string.h>

#include "core/train/trainer.h"
#include "tests/support/trained.h"

struct opened {
    struct checkpoint *base;
    bool refuse;
    char *saved; /* the hash of what was saved last */
    gint closed;
};

static struct net_oracle *oracle;
static struct examples *examples;

static void setup(void)
{
    oracle = net_oracle_open("training.bin");
    examples = trained_examples(oracle);
}

static void teardown(void)
{
    examples_destroy(examples);
    net_oracle_close(oracle);
}

static struct training *open_run(gpointer data, const struct checkpoint **base,
                                 const gint *cancelled, GError **error)
{
    struct opened *o = data;
    struct training_options options;

    if (o->refuse) {
        g_set_error_literal(error, TARE_ERROR, TARE_ERROR_INPUT, "not this one");
        return NULL;
    }
    trained_options("gpt2", &options);
    options.steps = 40;
    options.look_every = 10;
    o->base = trained_base(oracle, "gpt2");
    *base = o->base;
    return training_create(o->base, examples, &options, cancelled, error);
}

static gboolean save_run(gpointer data, struct training *t, const char *path, gboolean whole_run,
                         gboolean overwrite, GError **error)
{
    struct opened *o = data;

    (void)whole_run;
    (void)overwrite;
    if (strcmp(path, "full") == 0) {
        g_set_error_literal(error, TARE_ERROR, TARE_ERROR_OUTPUT, "no space left");
        return FALSE;
    }
    g_free(o->saved);
    o->saved = trained_hash(t);
    return TRUE;
}

static void close_run(gpointer data, struct training *t)
{
    struct opened *o = data;

    training_destroy(t);
    checkpoint_destroy(o->base);
    o->closed++;
}

static struct trainer *start(struct opened *o, uint64_t memory)
{
    const struct trainer_input input = {o, open_run, save_run, close_run, memory};

    return trainer_start(&input);
}

static void wait_for(struct trainer *t)
{
    struct pollfd fd = {trainer_wake_fd(t), POLLIN, 0};

    do {
        ck_assert_int_gt(poll(&fd, 1, 30000), 0);
        trainer_drain(t);
    } while (trainer_is_busy(t));
}

static uint64_t step_of(const struct trainer *t)
{
    struct run_status s;

    trainer_status(t, &s);
    return s.step;
}

static void step(struct trainer *t, uint64_t n)
{
    const char *why;

    ck_assert(trainer_steps(t, n, &why));
    ck_assert(trainer_is_busy(t));
    wait_for(t);
}

static void go_back(struct trainer *t, uint64_t to)
{
    const char *why;

    ck_assert(trainer_rewind(t, to, &why));
    wait_for(t);
    ck_assert_uint_eq(step_of(t), to);
}

static void save(struct trainer *t, const char *path)
{
    const char *why;

    ck_assert(trainer_save(t, path, false, false, &why));
    wait_for(t);
}

static void finish(struct trainer *t, struct opened *o)
{
    trainer_destroy(t);
    ck_assert_int_eq(o->closed, 1);
    g_free(o->saved);
}

START_TEST(steps_back_and_forth)
{
    struct opened o = {0};
    struct trainer *t = start(&o, UINT64_MAX);
    const struct timeline *l;
    g_autofree char *straight = NULL;
    struct run_status s;
    const char *why;

    wait_for(t);
    ck_assert(trainer_is_open(t) && !trainer_is_unsaved(t));
    l = trainer_timeline(t);
    ck_assert_uint_eq(l->looks->len, 1);
    step(t, 12);
    ck_assert_uint_eq(l->steps->len, 12);
    ck_assert_uint_eq(l->looks->len, 2);
    ck_assert(trainer_is_unsaved(t));
    save(t, "a");
    ck_assert(!trainer_is_unsaved(t));
    straight = g_strdup(o.saved);
    go_back(t, 5);
    ck_assert_uint_eq(l->steps->len, 5);
    ck_assert_uint_eq(l->looks->len, 1);
    ck_assert(!trainer_rewind(t, 9, &why)); /* is no more */
    step(t, 7);
    save(t, "b");
    ck_assert_str_eq(o.saved, straight);
    ck_assert(trainer_back(t, &why));
    wait_for(t);
    trainer_status(t, &s);
    ck_assert_uint_eq(s.step, 11);
    ck_assert_uint_eq(s.steps, 40);
    ck_assert_uint_eq(s.n_kept, 12);
    ck_assert_str_eq(s.state, "PAUSED");
    step(t, 1000);
    trainer_status(t, &s);
    ck_assert_str_eq(s.state, "DONE");
    ck_assert(!trainer_run(t, &why));
    finish(t, &o);
}
END_TEST

START_TEST(rates_change_while_paused)
{
    struct opened o = {0};
    struct trainer *t = start(&o, UINT64_MAX);
    g_autofree char *before = NULL;
    const struct event *e;
    struct run_status s;
    const char *why;

    wait_for(t);
    step(t, 3);
    save(t, "a");
    before = g_strdup(o.saved);
    go_back(t, 1);
    ck_assert(trainer_set_learning_rate(t, 5e-4, &why));
    wait_for(t);
    ck_assert(trainer_set_weight_decay(t, 0.5, &why));
    wait_for(t);
    ck_assert(!trainer_set_learning_rate(t, NAN, &why));
    trainer_status(t, &s);
    ck_assert_double_eq(s.learning_rate, 5e-4);
    ck_assert_double_eq(s.weight_decay, 0.5);
    step(t, 2);
    save(t, "b");
    ck_assert_str_ne(o.saved, before);
    e = &g_array_index(trainer_timeline(t)->events, struct event,
                       trainer_timeline(t)->events->len - 2);
    ck_assert_int_eq(e->kind, EVENT_WEIGHT_DECAY);
    ck_assert_int_eq((e - 1)->kind, EVENT_LEARNING_RATE); /* each is noted once */
    go_back(t, 1); /* with the rates that were set there */
    trainer_status(t, &s);
    ck_assert_double_eq(s.learning_rate, 5e-4);
    finish(t, &o);
}
END_TEST

START_TEST(runs_and_pauses)
{
    struct opened o = {0};
    struct trainer *t = start(&o, UINT64_MAX);
    const char *why;
    char *message;

    wait_for(t);
    ck_assert(trainer_run(t, &why));
    ck_assert(!trainer_set_learning_rate(t, 1e-3, &why));
    trainer_pause(t);
    wait_for(t);
    ck_assert_uint_le(step_of(t), 40);
    save(t, "full");
    message = trainer_take_message(t);
    ck_assert_str_eq(message, "no space left");
    g_free(message);
    ck_assert_ptr_null(trainer_take_message(t));
    trainer_run(t, &why); /* and is given up */
    finish(t, &o);
}
END_TEST

/* What a view holds outlives the run's going on and back. */
START_TEST(snapshots_stay)
{
    struct opened o = {0};
    struct trainer *t = start(&o, UINT64_MAX);
    struct kept *k;
    struct source *s;
    float before[8], after[8];

    wait_for(t);
    step(t, 4);
    k = trainer_kept(t, UINT64_MAX);
    ck_assert_uint_eq(kept_step(k), 4);
    ck_assert_ptr_null(trainer_kept(t, 77));
    s = kept_source(k, trainer_base(t));
    kept_unref(k);
    ck_assert(s->ops->read(s, 0, 0, 8, before, NULL));
    step(t, 3);
    go_back(t, 0);
    ck_assert(s->ops->read(s, 0, 0, 8, after, NULL));
    ck_assert_mem_eq(before, after, sizeof before);
    source_close(s);
    finish(t, &o);
}
END_TEST

/* The first and the last stay, whatever the room. */
START_TEST(old_steps_are_given_up)
{
    static const uint64_t steps[] = {0, 10, 11, 20, 30};
    struct opened o = {0};
    struct trainer *t = start(&o, 1);
    struct run_status s;

    ck_assert_uint_eq(kept_least(steps, 5), 2);
    ck_assert_uint_eq(kept_least(steps, 3), 1);
    wait_for(t);
    step(t, 6);
    trainer_status(t, &s);
    ck_assert_uint_eq(s.n_kept, 2);
    ck_assert_uint_eq(s.kept[0], 0);
    ck_assert_uint_eq(s.kept[1], 6);
    finish(t, &o);
}
END_TEST

START_TEST(what_can_not_be_opened)
{
    struct opened o = {.refuse = true};
    struct trainer *t = start(&o, 1);
    struct run_status s;
    const char *why;

    wait_for(t);
    trainer_status(t, &s);
    ck_assert_str_eq(s.state, "FAILED");
    ck_assert(!trainer_is_open(t) && !trainer_timeline(t));
    ck_assert(!trainer_run(t, &why));
    ck_assert_str_eq(trainer_error(t), "not this one");
    ck_assert_str_eq(s.note, "not this one");
    finish(t, &o);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("trainer");
    TCase *t = tcase_create("trainer");
    SRunner *r = srunner_create(s);
    int failed;

    tcase_add_checked_fixture(t, setup, teardown);
    tcase_set_timeout(t, 120);
    tcase_add_test(t, steps_back_and_forth);
    tcase_add_test(t, rates_change_while_paused);
    tcase_add_test(t, runs_and_pauses);
    tcase_add_test(t, snapshots_stay);
    tcase_add_test(t, old_steps_are_given_up);
    tcase_add_test(t, what_can_not_be_opened);
    suite_add_tcase(s, t);
    srunner_run_all(r, CK_ENV);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed > 0;
}
