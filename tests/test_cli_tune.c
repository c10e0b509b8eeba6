/* A model from nothing, taught by the real binary: what it prints, writes, and refuses. */
#include <check.h>
#include <gio/gio.h>
#include <glib.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/cli.h"

static char *base, *out, *examples;

/* Four categories, of which one has a single example to learn from. */
static void make_examples(void)
{
    GString *s = g_string_new(NULL), *v = g_string_new("[UNK]\nsay\n:\nis\ngood\n.\nthe\ncat\n");
    g_autofree char *vocabulary = NULL;

    for (int c = 0; c < 4; c++)
        for (int w = 0; w < 6; w++) {
            for (int k = 0; k < 8; k++)
                if (c < 3 || k > 0 || w == 0)
                    g_string_append_printf(
                        s,
                        "{\"prompt\": \"say c%d n%d%d :\", \"completion\": \"n%d%d is a%d%d good "
                        ".\", \"category\": \"c%d\", \"split\": \"%s\"}\n",
                        c, c, w, c, w, c, w, c, k < 3 && (c < 3 || k == 0) ? "train" : "test");
            g_string_append_printf(v, "n%d%d\na%d%d\n", c, w, c, w);
        }
    for (int c = 0; c < 4; c++)
        g_string_append_printf(v, "c%d\n", c);
    g_string_append(
        s, "{\"text\": \"the cat is good . the cat is good .\", \"split\": \"general\"}\n");
    examples = cli_file("examples.jsonl", s->str, (gssize)s->len);
    vocabulary = cli_file("vocabulary.txt", v->str, (gssize)v->len);
    base = g_build_filename(cli_dir, "base.h5", NULL);
    out = g_build_filename(cli_dir, "out.h5", NULL);
    EXPECT(0, NULL, "init", "--arch", "llama", "--layers", "2", "--hidden", "32", "--heads", "4",
           "--kv-heads", "2", "--positions", "32", "--vocabulary", vocabulary, "-o", base);
    g_string_free(s, TRUE);
    g_string_free(v, TRUE);
}

static void setup(void)
{
    cli_make_dir();
    make_examples();
}

static void teardown(void)
{
    g_free(base);
    g_free(out);
    g_free(examples);
    cli_remove_dir();
}

#define TUNE "tune", base, "-e", examples, "-o", out, "--force", "--lr", "1e-2"

static char *line_with(const char *text, const char *what)
{
    const char *at = strstr(text, what);

    ck_assert_msg(at != NULL, "no %s in:\n%s", what, text);
    return g_strndup(at, strcspn(at, "\n"));
}

static char *hash_of(const char *cpu, const char *threads)
{
    const char *const args[] = {TUNE, "--steps", "6", "--threads", threads, NULL};
    struct cli_run r = cli_run(cpu, NULL, args);
    char *hash;

    ck_assert_msg(r.status == 0, "%s", r.err);
    hash = line_with(r.out, "weights: sha256 ");
    cli_run_free(&r);
    return hash;
}

START_TEST(the_same_command_gives_the_same_weights)
{
    g_autofree char *want = hash_of(NULL, "1"), *threads = hash_of(NULL, "2");
    g_autofree char *scalar = hash_of("scalar", "3");

    ck_assert_str_eq(want, threads);
    ck_assert_str_eq(want, scalar);
}
END_TEST

START_TEST(it_learns_what_it_is_shown)
{
    const char *const args[] = {TUNE, "--steps",      "80", "--look-every",
                                "40", "--save-every", "50", NULL};
    struct cli_run r = cli_run(NULL, NULL, args);
    g_autofree char *moved = NULL, *said = NULL, *gap = NULL;

    ck_assert_msg(r.status == 0, "%s", r.err);
    ck_assert_str_eq(r.err, "");
    cli_check_clean(r.out);
    said = line_with(r.out, "look at step 40:");
    moved = line_with(strstr(r.out, "look at step 80:"), "  moved: L0");
    gap = line_with(strstr(r.out, "look at step 80:"), "gap less that of the base");
    ck_assert(strstr(r.out, "rate x 1, no decay: 5 tensors") != NULL);
    ck_assert(strstr(r.out, "not covered") != NULL);
    ck_assert(strstr(r.out, "  says: n") != NULL);
    cli_run_free(&r);
    /* It is read back with its vocabulary, and pairs with its base. */
    EXPECT(0, NULL, "evaluate", "-e", examples, base, out);
    EXPECT(0, NULL, "report", base, out);
}
END_TEST

static char *change_by(const char *tuned)
{
    const char *const args[] = {"report", base, tuned, NULL};
    struct cli_run r = cli_run(NULL, NULL, args);
    char *change;

    ck_assert_msg(r.status == 0, "%s", r.err);
    change = line_with(strstr(r.out, "\nmodel ") + 1, "model ");
    cli_run_free(&r);
    return change;
}

/* An adapter on its base is what was saved merged. */
static void expect_same_change(const char *adapter)
{
    g_autofree char *merged = change_by(out), *summed = change_by(adapter);

    ck_assert_str_eq(merged, summed);
}

START_TEST(adapters_and_frozen_tensors)
{
    g_autofree char *adapter = g_build_filename(cli_dir, "adapter.h5", NULL);
    const char *const lora[] = {TUNE,          "--steps", "4",         "--lora", "query,value",
                                "--lora-rank", "2",       "--adapter", adapter,  NULL};
    const char *const freeze[] = {TUNE,
                                  "--steps",
                                  "4",
                                  "--freeze",
                                  "model.e*",
                                  "--lr-scale",
                                  "model.layers.0.*=0.1",
                                  "--layer-decay",
                                  "0.9",
                                  NULL};
    struct cli_run r = cli_run(NULL, NULL, lora);

    ck_assert_msg(r.status == 0, "%s", r.err);
    ck_assert(strstr(r.out, "frozen: 17 tensors") != NULL);
    cli_run_free(&r);
    expect_same_change(adapter);
    r = cli_run(NULL, NULL, freeze);
    ck_assert_msg(r.status == 0, "%s", r.err);
    ck_assert(strstr(r.out, "frozen: 1 tensors") != NULL);
    ck_assert(strstr(r.out, "rate x 0.09, decays: 7 tensors") != NULL);
    cli_run_free(&r);
}
END_TEST

/* What an encoder is shown: the same words each time. */
static char *make_words(void)
{
    GString *s = g_string_new(NULL);
    char *path;

    for (int i = 0; i < 60; i++) {
        g_string_append(s, "{\"text\": \"");
        for (int k = 0; k < 10; k++)
            g_string_append_printf(s, "%sw%d", k ? " " : "", 5 + 2 * k);
        g_string_append_printf(s, "\", \"split\": \"%s\"}\n", i % 3 ? "train" : "test");
    }
    path = cli_file("words.jsonl", s->str, (gssize)s->len);
    g_string_free(s, TRUE);
    return path;
}

static double held_out_at(const char *text, const char *look)
{
    const char *at = strstr(text, look);

    ck_assert_msg(at && (at = strstr(at, "held out ")), "no %s in:\n%s", look, text);
    return g_ascii_strtod(at + strlen("held out "), NULL);
}

START_TEST(an_encoder_learns_what_is_hidden)
{
    g_autofree char *model =
        g_build_filename(g_getenv("TARE_ORACLE"), "models", "bert", "model.h5", NULL);
    g_autofree char *texts = make_words(), *vocabulary = NULL;
    GString *v = g_string_new("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n");
    struct cli_run r;

    for (int i = 5; i < 48; i++)
        g_string_append_printf(v, "w%d\n", i);
    vocabulary = cli_file("vocab.txt", v->str, (gssize)v->len);
    r = cli_run(NULL, NULL,
                (const char *const[]){"tune", model, "-e", texts, "--tokenizer", vocabulary, "-o",
                                      out, "--lr", "5e-3", "--steps", "150", "--batch", "8", NULL});
    ck_assert_msg(r.status == 0, "%s", r.err);
    ck_assert_double_gt(held_out_at(r.out, "look at step 0:"), 3);
    ck_assert_double_lt(held_out_at(r.out, "look at step 150:"), 0.3);
    cli_run_free(&r);
    EXPECT(0, NULL, "report", model, out);
    EXPECT(3, "learns tokens that are hidden by a mask", "tune", model, "-e", texts, "--tokenizer",
           "bytes", "-o", out, "--force");
    g_string_free(v, TRUE);
}
END_TEST

START_TEST(a_run_is_resumed)
{
    g_autofree char *run = g_build_filename(cli_dir, "run.h5", NULL), *text = NULL;
    g_autofree char *first = NULL, *again = NULL;
    const char *const args[] = {TUNE, "--steps", "6", "--run", run, NULL};
    const char *const resumed[] = {"tune", "--resume", run, NULL};
    struct cli_run r = cli_run(NULL, NULL, args), s = cli_run(NULL, NULL, resumed);

    ck_assert_msg(r.status == 0 && s.status == 0, "%s%s", r.err, s.err);
    first = line_with(r.out, "weights: sha256 ");
    again = line_with(s.out, "weights: sha256 ");
    ck_assert_str_eq(first, again);
    EXPECT(2, "says the base itself", "tune", "--resume", run, base);
    EXPECT(3, "not the file of a run", "tune", "--resume", base);
    ck_assert(g_file_get_contents(examples, &text, NULL, NULL));
    memcpy(strstr(text, "n00"), "n01", 3);
    ck_assert(g_file_set_contents(examples, text, -1, NULL));
    EXPECT(3, "it was changed since", "tune", "--resume", run);
    cli_run_free(&r);
    cli_run_free(&s);
}
END_TEST

START_TEST(what_is_refused)
{
    g_autofree char *before = NULL, *after = NULL;
    gsize n, m;

    ck_assert(g_file_get_contents(base, &before, &n, NULL));
    EXPECT(2, "tune needs one file", "tune");
    EXPECT(2, "tune needs --examples", "tune", base);
    EXPECT(2, "tune needs -o", "tune", base, "-e", examples);
    EXPECT(2, "adamw or sgd", TUNE, "--optimizer", "adam");
    EXPECT(2, "constant, linear or cosine", TUNE, "--schedule", "step");
    EXPECT(2, "PATTERN=FACTOR", TUNE, "--lr-scale", "x");
    EXPECT(2, "nothing.*: no tensor", TUNE, "--freeze", "nothing.*");
    EXPECT(2, "qkv", TUNE, "--lora", "qkv");
    EXPECT(2, "--adapter needs --lora", TUNE, "--adapter", "a.h5");
    EXPECT(2, "counted from 1 on", TUNE, "--steps", "0");
    EXPECT(3, "none.jsonl", "tune", base, "-e", "none.jsonl", "-o", out);
    EXPECT(4, base, "tune", base, "-e", examples, "-o", base, "--force");
    EXPECT(4, examples, "tune", base, "-e", examples, "-o", examples, "--force");
    EXPECT(4, base, "init", "--arch", "gpt2", "--layers", "1", "--hidden", "8", "--heads", "2",
           "--vocabulary", "9", "-o", base);
    EXPECT(2, "--deviation", "init", "--arch", "gpt2", "--deviation", "0", "--vocabulary", "9",
           "-o", base);
    EXPECT(2, "divides the hidden size", "init", "--arch", "gpt2", "--layers", "1", "--hidden", "8",
           "--heads", "3", "--vocabulary", "9", "-o", out);
    ck_assert(!g_file_test(out, G_FILE_TEST_EXISTS));
    ck_assert(g_file_get_contents(base, &after, &m, NULL));
    ck_assert(n == m && memcmp(before, after, n) == 0);
}
END_TEST

START_TEST(numbers_that_are_none_end_it)
{
    const char *const args[] = {TUNE, "--steps",     "50",  "--lr",     "1e3", "--clip",
                                "0",  "--optimizer", "sgd", "--warmup", "0",   NULL};
    struct cli_run r = cli_run(NULL, NULL, args);

    ck_assert_int_eq(r.status, 3);
    ck_assert_msg(strstr(r.err, "NaN or Inf, first in ") != NULL, "%s", r.err);
    ck_assert(strstr(r.out, "the weights of step ") != NULL);
    cli_run_free(&r);
}
END_TEST

/* Waits for a step, then sends ^C. */
START_TEST(an_interrupt_saves)
{
    GError *error = NULL;
    GSubprocess *p =
        g_subprocess_new(G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error, g_getenv("TARE_PROGRAM"), "tune",
                         base, "-e", examples, "-o", out, "--steps", "2000000", NULL);
    GInputStream *in = p ? g_subprocess_get_stdout_pipe(p) : NULL;
    GDataInputStream *lines;
    bool saved = false;
    char *line;

    ck_assert_msg(p != NULL, "%s", error ? error->message : "");
    lines = g_data_input_stream_new(in);
    while ((line = g_data_input_stream_read_line(lines, NULL, NULL, NULL))) {
        if (g_str_has_prefix(line, "  says:"))
            break;
        g_free(line);
    }
    ck_assert(line != NULL);
    g_free(line);
    g_usleep(200 * 1000);
    g_subprocess_send_signal(p, SIGINT);
    while ((line = g_data_input_stream_read_line(lines, NULL, NULL, NULL))) {
        saved |= strstr(line, ": the weights of step ") != NULL;
        g_free(line);
    }
    ck_assert(g_subprocess_wait(p, NULL, NULL));
    ck_assert(g_subprocess_get_if_signaled(p) && g_subprocess_get_term_sig(p) == SIGINT);
    ck_assert(saved);
    EXPECT(0, NULL, "report", base, out);
    g_object_unref(lines);
    g_object_unref(p);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("cli_tune");
    TCase *t = tcase_create("all");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(t, setup, teardown);
    tcase_set_timeout(t, 120);
    tcase_add_test(t, the_same_command_gives_the_same_weights);
    tcase_add_test(t, it_learns_what_it_is_shown);
    tcase_add_test(t, adapters_and_frozen_tensors);
    tcase_add_test(t, an_encoder_learns_what_is_hidden);
    tcase_add_test(t, a_run_is_resumed);
    tcase_add_test(t, what_is_refused);
    tcase_add_test(t, numbers_that_are_none_end_it);
    tcase_add_test(t, an_interrupt_saves);
    suite_add_tcase(suite, t);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
