/* The real binary without a terminal: exit statuses, the one line on standard error, and what is
 * never printed. */
#include <check.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct run {
    int status; /* -1: ended by a signal, or not at all */
    char *out, *err;
};

static char *dir;

static void make_dir(void)
{
    dir = g_dir_make_tmp("tare-cli-XXXXXX", NULL);
    ck_assert_ptr_nonnull(dir);
}

static void remove_dir(void)
{
    GDir *d = g_dir_open(dir, 0, NULL);
    const char *name;

    while ((name = g_dir_read_name(d))) {
        char *path = g_build_filename(dir, name, NULL);

        g_remove(path);
        g_free(path);
    }
    g_dir_close(d);
    g_rmdir(dir);
    g_free(dir);
}

static char *text_of(GBytes *bytes)
{
    gsize n = bytes ? g_bytes_get_size(bytes) : 0;

    return n ? g_strndup(g_bytes_get_data(bytes, NULL), n) : g_strdup("");
}

/* NULL-terminated arguments after the program's name; standard output goes to `sink` unless NULL.
 */
static struct run run_with(const char *cpu, const char *sink, const char *const *args)
{
    GSubprocessLauncher *l = g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDERR_PIPE |
                                                       (sink ? 0 : G_SUBPROCESS_FLAGS_STDOUT_PIPE));
    GPtrArray *argv = g_ptr_array_new();
    GBytes *out = NULL, *err = NULL;
    struct run r = {.status = -1};
    GError *error = NULL;
    GSubprocess *p;

    if (cpu)
        g_subprocess_launcher_setenv(l, "TARE_CPU", cpu, TRUE);
    if (sink)
        g_subprocess_launcher_set_stdout_file_path(l, sink);
    g_ptr_array_add(argv, (gpointer)g_getenv("TARE_PROGRAM"));
    for (gsize i = 0; args[i]; i++)
        g_ptr_array_add(argv, (gpointer)args[i]);
    g_ptr_array_add(argv, NULL);
    p = g_subprocess_launcher_spawnv(l, (const char *const *)argv->pdata, &error);
    ck_assert_msg(p != NULL, "%s", error ? error->message : "");
    ck_assert(g_subprocess_communicate(p, NULL, NULL, &out, &err, NULL));
    if (g_subprocess_get_if_exited(p))
        r.status = g_subprocess_get_exit_status(p);
    r.out = text_of(out);
    r.err = text_of(err);
    g_clear_pointer(&out, g_bytes_unref);
    g_bytes_unref(err);
    g_ptr_array_free(argv, TRUE);
    g_object_unref(p);
    g_object_unref(l);
    return r;
}

static void run_free(struct run *r)
{
    g_free(r->out);
    g_free(r->err);
}

/* No byte that moves a cursor, whatever the file holds. */
static void check_clean(const char *text)
{
    for (const char *p = text; *p; p++)
        ck_assert_msg(*p == '\n' || (unsigned char)*p >= 32, "byte %d in: %.60s", *p, p);
}

/* The same but for the tabs between fields. */
static void check_clean_lines(const char *text)
{
    char *copy = g_strdup(text);

    check_clean(g_strdelimit(copy, "\t", ' '));
    g_free(copy);
}

static guint lines_of(const char *text)
{
    guint n = 0;

    for (const char *p = text; *p; p++)
        n += *p == '\n';
    return n;
}

static void expect(int status, const char *err, const char *const *args)
{
    struct run r = run_with(NULL, NULL, args);

    ck_assert_msg(r.status == status, "%s: status %d, not %d: %s", args[0] ? args[0] : "", r.status,
                  status, r.err);
    check_clean(r.out);
    check_clean(r.err);
    if (err) {
        ck_assert_msg(strstr(r.err, err) != NULL, "'%s' is not in: %s", err, r.err);
        ck_assert_msg(g_str_has_prefix(r.err, "tare: ") && lines_of(r.err) == 1, "%s", r.err);
        ck_assert_str_eq(r.out, "");
    } else {
        ck_assert_str_eq(r.err, "");
        ck_assert(r.out[0] != '\0');
    }
    run_free(&r);
}

#define EXPECT(status, err, ...) expect(status, err, (const char *const[]){__VA_ARGS__, NULL})

static char *fixture(const char *name)
{
    return g_build_filename(g_getenv("TARE_FIXTURES"), name, NULL);
}

static char *file_with(const char *name, const char *content, gssize bytes)
{
    char *path = g_build_filename(dir, name, NULL);

    ck_assert(g_file_set_contents(path, content, bytes, NULL));
    return path;
}

START_TEST(test_command_line)
{
    expect(0, NULL, (const char *const[]){NULL});
    EXPECT(0, NULL, "--help");
    EXPECT(0, NULL, "--version");
    EXPECT(0, NULL, "report", "--help");
    EXPECT(2, "--nope", "--nope");
    EXPECT(2, "at most two files", "a", "b", "c");
    EXPECT(2, "no terminal", "a.h5");
    EXPECT(2, "one or two files", "report");
    EXPECT(2, "one or two files", "report", "a", "b", "c");
    EXPECT(2, "--nope", "report", "--nope", "a");
    EXPECT(2, "--format", "report", "--format", "xml", "a");
    EXPECT(2, "--threads", "report", "--threads", "-1", "a");
    EXPECT(2, "--pair", "report", "--pair", "guess", "a");
    EXPECT(3, "none.map: the pair map can't be read", "report", "--pair-map", "none.map", "a", "b");
}
END_TEST

static void expect_refused(char *path, const char *why)
{
    EXPECT(3, why, "report", path);
    g_free(path);
}

START_TEST(test_no_weights_at_all)
{
    char *fifo = g_build_filename(dir, "fifo", NULL);

    ck_assert_int_eq(mkfifo(fifo, 0600), 0);
    expect_refused(g_build_filename(dir, "missing.h5", NULL), "No such file");
    expect_refused(g_strdup(dir), "directory");
    expect_refused(fifo, "pipe");
    expect_refused(g_strdup("/dev/null"), "device");
    expect_refused(file_with("empty.h5", "", 0), "empty file");
    expect_refused(file_with("page.h5", "<!DOCTYPE html><html>404", -1), "HTML page");
    expect_refused(file_with("lfs.h5",
                             "version https://git-lfs.github.com/spec/v1\n"
                             "oid sha256:4d7a\nsize 12345\n",
                             -1),
                   "git lfs pull");
    expect_refused(file_with("\x1b[2J\n.h5", "none", -1), "\\x1b[2J\\x0a.h5: ");
    expect_refused(fixture("hostile/garbage.h5"), "not an HDF5 file");
    expect_refused(fixture("hostile/signature_only.h5"), "truncated");
    expect_refused(fixture("hostile/truncated_last_byte.h5"), "truncated");
}
END_TEST

START_TEST(test_unreadable)
{
    char *path = file_with("locked.h5", "x", 1);

    ck_assert_int_eq(g_chmod(path, 0), 0);
    if (geteuid() == 0)
        g_free(path);
    else
        expect_refused(path, "Permission denied");
}
END_TEST

static JsonObject *report_of(JsonParser *parser, const char *name, int status, const char *err)
{
    char *path = fixture(name);
    struct run r =
        run_with(NULL, NULL, (const char *const[]){"report", "--format", "json", path, NULL});

    ck_assert_msg(r.status == status, "%s: status %d: %s", name, r.status, r.err);
    check_clean(r.out);
    check_clean(r.err);
    ck_assert_msg(strstr(r.err, err) != NULL, "%s", r.err);
    ck_assert(json_parser_load_from_data(parser, r.out, -1, NULL));
    run_free(&r);
    g_free(path);
    return json_node_get_object(json_parser_get_root(parser));
}

/* The rest of a file is shown beside what is refused; `reason` is part of what is said of it. */
START_TEST(test_refused_parts)
{
    static const struct {
        const char *file, *path, *reason;
    } cases[] = {
        {"hostile/ext_link_absolute.weights.h5", "/layers/dense/vars/0", "external link"},
        {"hostile/ext_link_fifo.weights.h5", "/layers/dense/vars/0", "external link"},
        {"hostile/ext_storage_missing.weights.h5", "/layers/dense/vars/0", "external storage"},
        {"hostile/vds_cycle.weights.h5", "/layers/dense/vars/0", "virtual dataset"},
        {"hostile/chunk_deflate_256M.h5", "/w", "limit"},
        {"hostile/shape_chunked_2e62.h5", "/w", "bytes"},
        {"plain/plugin_filters.h5", NULL, "filter"},
        {"plain/strings.h5", NULL, "string"},
    };
    JsonParser *parser = json_parser_new();
    JsonObject *report = report_of(parser, cases[_i].file, 0, "");
    JsonArray *skipped = json_object_get_array_member(report, "skipped");
    bool found = false;

    ck_assert_uint_gt(json_array_get_length(json_object_get_array_member(report, "tensors")), 0);
    for (guint i = 0; i < json_array_get_length(skipped); i++) {
        JsonObject *s = json_array_get_object_element(skipped, i);

        found |= (!cases[_i].path ||
                  strcmp(json_object_get_string_member(s, "path"), cases[_i].path) == 0) &&
                 strstr(json_object_get_string_member(s, "reason"), cases[_i].reason) != NULL;
    }
    ck_assert_msg(found, "%s: '%s' is not said", cases[_i].file, cases[_i].reason);
    g_object_unref(parser);
}
END_TEST

START_TEST(test_a_damaged_tensor_fails_alone)
{
    JsonParser *parser = json_parser_new();
    JsonObject *report = report_of(parser, "hostile/bad_fletcher.h5", 3, "checksum");
    JsonArray *tensors = json_object_get_array_member(report, "tensors");

    ck_assert_uint_eq(json_array_get_length(tensors), 2);
    for (guint i = 0; i < 2; i++) {
        JsonObject *t = json_array_get_object_element(tensors, i);
        bool bad = strcmp(json_object_get_string_member(t, "name"), "w") == 0;

        ck_assert_int_eq(json_object_get_null_member(t, "error"), !bad);
        ck_assert_int_eq(
            json_object_get_null_member(json_object_get_object_member(t, "base"), "l2"), bad);
    }
    g_object_unref(parser);
}
END_TEST

START_TEST(test_nothing_left)
{
    JsonParser *parser = json_parser_new();
    JsonObject *report = report_of(parser, "hostile/deep.h5", 3, "no readable weights");

    ck_assert_uint_gt(json_array_get_length(json_object_get_array_member(report, "skipped")), 0);
    g_object_unref(parser);
}
END_TEST

static void expect_unwritten(const char *sink, const char *const *args)
{
    struct run r = run_with(NULL, sink, args);

    ck_assert_int_eq(r.status, 4);
    ck_assert_msg(strstr(r.err, "can't write") != NULL, "%s", r.err);
    ck_assert_uint_eq(lines_of(r.err), 1);
    run_free(&r);
}

START_TEST(test_cannot_write)
{
    char *file = fixture("plain/values.h5"), *nowhere = g_build_filename(dir, "no", "x", NULL);
    static const char *const forms[] = {"text", "json", "csv"};

    expect_unwritten(NULL, (const char *const[]){"report", "-o", nowhere, file, NULL});
    expect_unwritten(NULL, (const char *const[]){"report", "-o", "/dev/full", file, NULL});
    for (gsize i = 0; i < G_N_ELEMENTS(forms); i++)
        expect_unwritten("/dev/full",
                         (const char *const[]){"report", "--format", forms[i], file, NULL});
    g_free(nowhere);
    g_free(file);
}
END_TEST

static void close_output(gpointer data)
{
    (void)data;
    close(STDOUT_FILENO);
}

START_TEST(test_closed_output)
{
    char *file = fixture("plain/values.h5");
    char *argv[] = {(char *)g_getenv("TARE_PROGRAM"), (char *)"report", file, NULL};
    char *err = NULL;
    int status;

    ck_assert(g_spawn_sync(NULL, argv, NULL, G_SPAWN_DEFAULT, close_output, NULL, NULL, &err,
                           &status, NULL));
    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status), 4);
    ck_assert_msg(strstr(err, "can't write") != NULL, "%s", err);
    g_free(err);
    g_free(file);
}
END_TEST

/* Byte for byte the same, whatever computes it. A variant this CPU lacks says so with status 2. */
START_TEST(test_same_bytes)
{
    static const char *const pairs[][2] = {
        {"torch/gpt2_base_flat.h5", "torch/gpt2_tuned_flat.h5"},
        {"torch/llama_base_bf16_opaque.h5", "torch/llama_tuned_bf16_opaque.h5"},
        {"plain/values.h5", "plain/values_tuned.h5"},
        {"keras3/k3_sublm_base.weights.h5", "keras3/k3_sublm_tuned.weights.h5"},
        {"plain/types.h5", "plain/types.h5"},
    };
    static const char *const cpus[] = {"scalar", "avx2", "avx512"};
    static const char *const threads[] = {"1", "2", "5"};
    char *base = fixture(pairs[_i][0]), *tuned = fixture(pairs[_i][1]), *first = NULL;

    for (gsize k = 0; k < G_N_ELEMENTS(cpus) * G_N_ELEMENTS(threads); k++) {
        const char *args[] = {"report",       "--format", "json", "--spectra", "--threads",
                              threads[k % 3], base,       tuned,  NULL};
        struct run r = run_with(cpus[k / 3], NULL, args);

        if (r.status == 2 && strstr(r.err, "TARE_CPU")) {
            run_free(&r);
            continue;
        }
        ck_assert_msg(r.status == 0, "%s", r.err);
        if (!first)
            first = g_strdup(r.out);
        ck_assert_msg(strcmp(first, r.out) == 0, "%s, %s threads", cpus[k / 3], threads[k % 3]);
        run_free(&r);
    }
    ck_assert_ptr_nonnull(first);
    g_free(first);
    g_free(base);
    g_free(tuned);
}
END_TEST

START_TEST(test_names_are_shown_harmless)
{
    static const char *const forms[] = {"text", "json", "csv"};
    char *file = fixture("hostile/names.h5");

    EXPECT(0, NULL, "report", "--format", forms[_i], file);
    g_free(file);
}
END_TEST

/* The output of a check of the small GPT-2 with one more option. */
static struct run check_gpt2(const char *option)
{
    char *base = fixture("hf_tf/gpt2_base/tf_model.h5"), *tuned = fixture("hf_tf/gpt2_tuned/tf_model.h5");
    struct run r = run_with(NULL, NULL, (const char *const[]){"check", base, tuned, option, NULL});

    g_free(base);
    g_free(tuned);
    check_clean_lines(r.out);
    ck_assert_msg(r.status < 2 || r.err[0], "%d", r.status);
    return r;
}

/* Violated: 1 and a line a rule; with other thresholds or levels: 0 and nothing. */
/* Which words of my categories did this fine-tune never touch? */
START_TEST(test_words_by_category)
{
    char *base = fixture("vocabulary/base.h5"), *tuned = fixture("vocabulary/tuned.h5");
    char *words = fixture("vocabulary/words.csv");
    struct run r = run_with(NULL, NULL,
                            (const char *const[]){"report", "--format", "json", "--words", words,
                                                  base, tuned, NULL});
    JsonParser *parser = json_parser_new();
    JsonObject *table, *baby;
    JsonArray *categories;

    ck_assert_int_eq(r.status, 0);
    ck_assert(json_parser_load_from_data(parser, r.out, -1, NULL));
    table = json_array_get_object_element(
        json_object_get_array_member(json_node_get_object(json_parser_get_root(parser)),
                                     "vocabulary"),
        0);
    ck_assert_int_eq(json_object_get_int_member(table, "moved"), 40);
    ck_assert_int_eq(json_object_get_int_member(table, "unmoved"), 461);
    ck_assert_int_eq(json_object_get_int_member(table, "decayed"), 10);
    ck_assert_int_eq(json_object_get_int_member(table, "zero"), 1);
    ck_assert(json_object_get_null_member(table, "caveat"));
    categories = json_object_get_array_member(table, "categories");
    ck_assert_uint_eq(json_array_get_length(categories), 12);
    baby = json_array_get_object_element(categories, 0);
    ck_assert_str_eq(json_object_get_string_member(baby, "category"), "baby");
    ck_assert_int_eq(json_object_get_int_member(baby, "moved"), 0);
    ck_assert_uint_eq(json_array_get_length(json_object_get_array_member(baby, "untouched")), 5);
    run_free(&r);
    r = run_with(NULL, NULL,
                 (const char *const[]){"report", "--words", "/nowhere.csv", base, tuned, NULL});
    ck_assert_int_eq(r.status, 3);
    ck_assert_uint_eq(lines_of(r.err), 1);
    run_free(&r);
    g_object_unref(parser);
    g_free(base);
    g_free(tuned);
    g_free(words);
}
END_TEST

START_TEST(test_check)
{
    static const char *const silent[] = {"[rules]\ndepth_profile=off\n",
                                         "[rules]\ndepth_profile = error\n",
                                         "# none\n[thresholds]\ndepth.heavy=0.5\n"};
    struct run r = check_gpt2(NULL);

    ck_assert_int_eq(r.status, 1);
    ck_assert_uint_eq(lines_of(r.out), 1);
    ck_assert(g_str_has_prefix(r.out, "depth_profile\twarning\tblocks\tpattern only: HEAVY-ALL"));
    ck_assert_ptr_nonnull(strstr(r.out, "depth.heavy=0.05"));
    run_free(&r);
    r = check_gpt2("--threshold=depth.heavy=0.5");
    ck_assert_int_eq(r.status, 0);
    ck_assert_str_eq(r.out, "");
    run_free(&r);
    for (gsize i = 0; i < G_N_ELEMENTS(silent); i++) {
        char *path = file_with("gate.rules", silent[i], -1);
        char *option = g_strconcat("--rules=", path, NULL);

        r = check_gpt2(option);
        ck_assert_int_eq(r.status, 0);
        ck_assert_str_eq(r.out, "");
        run_free(&r);
        g_free(option);
        g_free(path);
    }
}
END_TEST

/* What is wrong in a rules file is said with its line. */
START_TEST(test_rules_files)
{
    static const struct {
        const char *content, *err;
    } rows[] = {{"[thresholds]\n\ndepth.band=0.9\n", ":3: depth.band=0.9: depth.band is a number"},
                {"[thresholds]\nnope=1\n", ":2: nope=1: no such threshold"},
                {"[rules]\nfrozen=loud\n", ":2: a rule is error, warning, info or off"},
                {"[rules]\n# x\nnope=off\n", ":3: no such rule"},
                {"[colours]\na=1\n", ":1: the sections are"},
                {"depth.band=0.5\n", "gate.rules"},
                {"[rules\n", "gate.rules"}};

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        char *path = file_with("gate.rules", rows[i].content, -1);

        EXPECT(2, rows[i].err, "check", "--rules", path, "a.h5", "b.h5");
        EXPECT(2, rows[i].err, "report", "--rules", path, "a.h5", "b.h5");
        g_free(path);
    }
    EXPECT(2, "can't be read", "check", "--rules", "/nonexistent/rules", "a.h5", "b.h5");
    EXPECT(2, "one or two files", "check");
    EXPECT(2, "takes no files", "check", "--list", "a.h5");
    EXPECT(2, "no such threshold", "check", "--threshold", "x=1", "a.h5", "b.h5");
    EXPECT(3, "a.h5", "check", "a.h5", "b.h5");
    EXPECT(0, NULL, "check", "--help");
}
END_TEST

/* Every rule and every threshold can be read without a file. */
START_TEST(test_check_list)
{
    struct run r = run_with(NULL, NULL, (const char *const[]){"check", "--list", "--threshold",
                                                              "depth.band=0.5", NULL});

    ck_assert_int_eq(r.status, 0);
    check_clean(r.out);
    ck_assert_ptr_nonnull(strstr(r.out, "\ndepth_profile  "));
    ck_assert_ptr_nonnull(strstr(r.out, "\ndepth.band=0.5  0.1 to 0.5, default 0.25\n"));
    ck_assert_ptr_nonnull(strstr(r.out, "\nhead_outlier=3.5"));
    run_free(&r);
}
END_TEST

/* The report of two fixtures in JSON, with one more argument; tuned may be a path of its own. */
static JsonObject *pair_report(JsonParser *parser, const char *option, const char *base,
                               const char *tuned)
{
    char *a = fixture(base), *b = tuned && tuned[0] != '/' ? fixture(tuned) : g_strdup(tuned);
    struct run r =
        run_with(NULL, NULL, (const char *const[]){"report", "--format=json", option, a, b, NULL});

    ck_assert_msg(r.status == 0, "%s %s: %s", option, base, r.err);
    ck_assert(json_parser_load_from_data(parser, r.out, -1, NULL));
    run_free(&r);
    g_free(a);
    g_free(b);
    return json_node_get_object(json_parser_get_root(parser));
}

static JsonObject *tensor_named(JsonObject *report, const char *name)
{
    JsonArray *tensors = json_object_get_array_member(report, "tensors");

    for (guint i = 0; i < json_array_get_length(tensors); i++) {
        JsonObject *t = json_array_get_object_element(tensors, i);

        if (strcmp(json_object_get_string_member(t, "name"), name) == 0)
            return t;
    }
    ck_abort_msg("%s is missing", name);
    return NULL;
}

/* PEFT's own numbers; scale: what the report's deltas are of them. */
static void check_against_peft(JsonObject *report, double scale)
{
    JsonParser *parser = json_parser_new();
    char *path = fixture("torch/llama_peft.delta.json");
    JsonArray *truth;

    ck_assert(json_parser_load_from_file(parser, path, NULL));
    truth = json_object_get_array_member(json_node_get_object(json_parser_get_root(parser)),
                                         "tensors");
    ck_assert_uint_eq(json_array_get_length(truth), 24);
    for (guint i = 0; i < 24; i++) {
        JsonObject *want = json_array_get_object_element(truth, i);
        JsonObject *got = json_object_get_object_member(
            tensor_named(report, json_object_get_string_member(want, "name")), "delta");
        double l2 = scale * json_object_get_double_member(want, "l2_delta");
        double relative = scale * json_object_get_double_member(want, "rel");

        ck_assert_double_eq_tol(json_object_get_double_member(got, "l2"), l2, 1e-12 * l2);
        ck_assert_double_eq_tol(json_object_get_double_member(got, "relative"), relative,
                                1e-12 * relative);
    }
    g_object_unref(parser);
    g_free(path);
}

/* A copy beside a configuration of its own. */
static char *adapter_with(const char *config)
{
    char *from = fixture("torch/llama_peft_lora.h5"), *text, *path;
    gsize bytes;

    ck_assert(g_file_get_contents(from, &text, &bytes, NULL));
    g_free(file_with("adapter_config.json", config, -1));
    path = file_with("adapter.h5", text, (gssize)bytes);
    g_free(text);
    g_free(from);
    return path;
}

START_TEST(test_adapter)
{
    JsonParser *parser = json_parser_new();
    char *path = adapter_with("{\"peft_type\": \"LORA\", \"r\": 4, \"lora_alpha\": 8}");
    JsonObject *report = pair_report(parser, "--lora-alpha=8", "torch/llama_base_flat.h5",
                                     "torch/llama_peft_lora.h5"), *adapter;

    check_against_peft(report, 1);
    adapter = json_object_get_object_member(json_object_get_object_member(report, "tuned"),
                                            "adapter");
    ck_assert_int_eq(json_object_get_int_member(adapter, "rank"), 4);
    ck_assert_int_eq(json_object_get_int_member(adapter, "tensors"), 24);
    ck_assert_double_eq(json_object_get_double_member(adapter, "alpha"), 8);
    check_against_peft(pair_report(parser, "--threads=1", "torch/llama_base_flat.h5", path), 1);
    check_against_peft(pair_report(parser, "--threads=1", "torch/llama_base_flat.h5",
                                   "torch/llama_peft_lora.h5"), 0.5);
    check_against_peft(pair_report(parser, "--lora-alpha=2", "torch/llama_base_nested.h5", path),
                       0.25);
    g_object_unref(parser);
    g_free(path);
}
END_TEST

START_TEST(test_adapter_refused)
{
    char *gpt2 = fixture("torch/gpt2_base_flat.h5"), *peft = fixture("torch/llama_peft_lora.h5");
    char *hub = fixture("hub/llama_lora.lora.h5"), *other = fixture("hub/gpt2_tuned/model.weights.h5");
    char *dora = adapter_with("{\"use_dora\": true}"), *llama = fixture("torch/llama_base_flat.h5");

    EXPECT(2, "--lora-alpha", "report", "--lora-alpha", "x", llama, peft);
    EXPECT(2, "--lora-alpha", "report", "--lora-alpha", "-1", llama, peft);
    EXPECT(2, "--lora-alpha", "report", "--lora-alpha", "nan", llama, peft);
    EXPECT(3, "no tensor of the target's name", "report", gpt2, peft);
    EXPECT(3, "no list of transformer blocks", "report", llama, hub);
    EXPECT(3, "make no update of layer", "report", other, hub);
    EXPECT(3, "DoRA", "check", llama, dora);
    g_free(gpt2);
    g_free(peft);
    g_free(hub);
    g_free(other);
    g_free(dora);
    g_free(llama);
}
END_TEST

static gint64 size_of(JsonObject *report, const char *part, const char *key)
{
    return json_object_get_int_member(json_object_get_object_member(report, part), key);
}

/* A copy that is tied is what a hard link is. */
START_TEST(test_tie)
{
    JsonParser *hard = json_parser_new(), *copy = json_parser_new();
    JsonObject *a = pair_report(hard, "--tie", "torch/gpt2_tied_hard.h5", NULL);
    JsonObject *b = pair_report(copy, "--tie", "torch/gpt2_tied_copy.h5", NULL);
    JsonArray *aliases =
        json_object_get_array_member(tensor_named(b, "transformer.wte.weight"), "aliases");

    ck_assert_int_eq(size_of(a, "base", "parameters"), size_of(b, "base", "parameters"));
    ck_assert_int_eq(size_of(a, "base", "tensors"), size_of(b, "base", "tensors"));
    ck_assert_int_eq(size_of(a, "model", "all_parameters"), size_of(b, "model", "all_parameters"));
    ck_assert_uint_eq(json_array_get_length(json_object_get_array_member(b, "tensors")), 40);
    ck_assert_uint_eq(json_array_get_length(aliases), 1);
    ck_assert_str_eq(json_array_get_string_element(aliases, 0), "lm_head.weight");
    b = pair_report(copy, "--threads=1", "torch/gpt2_tied_copy.h5", NULL);
    ck_assert_int_eq(size_of(b, "base", "parameters"),
                     size_of(a, "base", "parameters") + 96 * 32);
    ck_assert_uint_eq(json_array_get_length(json_object_get_array_member(b, "tensors")), 41);
    g_object_unref(hard);
    g_object_unref(copy);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("cli");
    TCase *t = tcase_create("binary");
    SRunner *r;
    int failed;

    tcase_set_timeout(t, 120);
    tcase_add_checked_fixture(t, make_dir, remove_dir);
    tcase_add_test(t, test_command_line);
    tcase_add_test(t, test_check);
    tcase_add_test(t, test_rules_files);
    tcase_add_test(t, test_check_list);
    tcase_add_test(t, test_no_weights_at_all);
    tcase_add_test(t, test_unreadable);
    tcase_add_loop_test(t, test_refused_parts, 0, 8);
    tcase_add_test(t, test_a_damaged_tensor_fails_alone);
    tcase_add_test(t, test_nothing_left);
    tcase_add_test(t, test_cannot_write);
    tcase_add_test(t, test_closed_output);
    tcase_add_test(t, test_words_by_category);
    tcase_add_test(t, test_adapter);
    tcase_add_test(t, test_adapter_refused);
    tcase_add_test(t, test_tie);
    tcase_add_loop_test(t, test_same_bytes, 0, 5);
    tcase_add_loop_test(t, test_names_are_shown_harmless, 0, 3);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
