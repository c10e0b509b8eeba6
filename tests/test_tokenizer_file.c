/* Files of tokenizers: older forms, what is not supported, what contradicts itself, what is broken.
 */
#include <check.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/text/text_run.h"
#include "io/tokenizer_build.h"
#include "io/tokenizer_open.h"

static char *oracle_path(const char *name)
{
    return g_build_filename(g_getenv("TARE_ORACLE"), "tokenizers", name, NULL);
}

static char *read_file(const char *name, gsize *bytes)
{
    g_autofree char *path = oracle_path(name);
    char *text = NULL;

    ck_assert_msg(g_file_get_contents(path, &text, bytes, NULL), "no %s", path);
    return text;
}

static struct tokenizer *open_oracle(const char *name)
{
    g_autofree char *path = oracle_path(name);
    GError *error = NULL;
    struct tokenizer *t = tokenizer_open(path, NULL, &error);

    ck_assert_msg(t != NULL, "%s", error ? error->message : "?");
    return t;
}

static GString *unhex(const char *hex)
{
    GString *out = g_string_new(NULL);

    for (; hex[0] && hex[1]; hex += 2)
        g_string_append_c(out,
                          (char)(g_ascii_xdigit_value(hex[0]) * 16 + g_ascii_xdigit_value(hex[1])));
    return out;
}

static GArray *encode(const struct tokenizer *t, const char *text, gsize bytes, bool special)
{
    GArray *ids = g_array_new(FALSE, FALSE, sizeof(uint32_t));

    ck_assert(tokenizer_encode(t, text, bytes, special, ids, NULL, NULL));
    return ids;
}

/* Tokens that vocab.json has no word of. */
static bool has_added(const char *text)
{
    static const char *const added[] = {"<mask>", "<keep>", "whole", "short", "Gr",
                                        "<s>",    "</s>",   "<unk>", "<pad>"};

    for (gsize i = 0; i < G_N_ELEMENTS(added); i++)
        if (strstr(text, added[i]))
            return true;
    return false;
}

static void expect_equal(const struct tokenizer *a, const struct tokenizer *b, const GString *text)
{
    g_autoptr(GArray) x = encode(a, text->str, text->len, true);
    g_autoptr(GArray) y = encode(b, text->str, text->len, true);

    ck_assert_msg(x->len == y->len, "\"%s\"", text->str);
    ck_assert_msg(x->len == 0 || memcmp(x->data, y->data, x->len * sizeof(uint32_t)) == 0, "\"%s\"",
                  text->str);
}

/* vocab.json with merges.txt and vocab.txt give what the tokenizer.json of them gives. */
START_TEST(older_forms)
{
    static const char *const forms[][2] = {{"gpt2.json", "gpt2/vocab.json"},
                                           {"gpt2.json", "gpt2"},
                                           {"uncased.json", "uncased/vocab.txt"},
                                           {"uncased.json", "uncased"},
                                           {"cased.json", "cased/vocab.txt"}};
    struct tokenizer *whole = open_oracle(forms[_i][0]), *form = open_oracle(forms[_i][1]);
    g_autofree char *corpus = read_file("corpus.txt", NULL);
    g_auto(GStrv) lines = g_strsplit(corpus, "\n", -1);
    int n = 0;

    for (int i = 0; lines[i]; i++) {
        g_autoptr(GString) text = unhex(lines[i]);

        if (strlen(text->str) != text->len || has_added(text->str))
            continue;
        expect_equal(whole, form, text);
        n++;
    }
    ck_assert_int_ge(n, 60);
    tokenizer_destroy(whole);
    tokenizer_destroy(form);
}
END_TEST

/* A folder as frameworks write it: what is beside the vocabulary has a say. */
struct folder {
    char *path, *weights;
};

static void write_file(const struct folder *f, const char *name, const char *text)
{
    g_autofree char *path = g_build_filename(f->path, name, NULL);
    g_autofree char *directory = g_path_get_dirname(path);

    ck_assert_int_eq(g_mkdir_with_parents(directory, 0700), 0);
    ck_assert(g_file_set_contents(path, text, -1, NULL));
}

static struct folder make_folder(void)
{
    struct folder f = {g_dir_make_tmp("tare-tokenizer-XXXXXX", NULL)};

    f.weights = g_build_filename(f.path, "model.h5", NULL);
    return f;
}

static void remove_all(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *inside = g_build_filename(path, name, NULL);

        remove_all(inside);
    }
    g_remove(path);
}

static void finish(struct folder *f)
{
    remove_all(f->path);
    g_free(f->path);
    g_free(f->weights);
}

static void expect_ids(const struct tokenizer *t, const char *text, guint n, const uint32_t *want)
{
    g_autoptr(GArray) ids = encode(t, text, strlen(text), true);

    ck_assert_uint_eq(ids->len, n);
    ck_assert_mem_eq(ids->data, want, n * sizeof *want);
}

START_TEST(beside_the_weights)
{
    struct folder f = make_folder();
    struct source weights = {.path = f.weights};
    GError *error = NULL;
    struct tokenizer *t;

    write_file(&f, "vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\nthe\nThe\n##m\ncaf\xc3\xa9\ncafe\n");
    t = tokenizer_open(NULL, &weights, NULL);
    ck_assert_str_eq(tokenizer_kind(t), "WordPiece");
    ck_assert_uint_eq(tokenizer_special(t, TOKEN_PAD), 0);
    expect_ids(t, "The them caf\xc3\xa9 [SEP]", 7, (uint32_t[]){2, 5, 4, 6, 7, 3, 3});
    tokenizer_destroy(t);
    write_file(&f, "tokenizer_config.json", "{\"do_lower_case\": true, \"bos_token\": \"the\"}");
    t = tokenizer_open(NULL, &weights, NULL);
    expect_ids(t, "The Them Caf\xc3\xa9", 6, (uint32_t[]){2, 4, 4, 6, 8, 3});
    ck_assert_uint_eq(tokenizer_special(t, TOKEN_BOS), 4);
    tokenizer_destroy(t);
    write_file(&f, "tokenizer_config.json", "{\"tokenizer_class\": \"BertTokenizerFast\"}");
    tokenizer_destroy(tokenizer_open(NULL, &weights, NULL));
    write_file(&f, "tokenizer_config.json", "{\"tokenizer_class\": \"BertJapaneseTokenizer\"}");
    ck_assert_ptr_null(tokenizer_open(NULL, &weights, &error));
    ck_assert_ptr_nonnull(strstr(error->message, "BertJapaneseTokenizer"));
    g_error_free(error);
    finish(&f);
}
END_TEST

START_TEST(as_kerashub_writes_it)
{
    struct folder f = make_folder();
    struct source weights = {.path = f.weights};
    struct tokenizer *t;

    write_file(&f, "tokenizer.json",
               "{\"class_name\":\"BertTokenizer\",\"config\":{\"lowercase\":true}}");
    write_file(&f, "assets/tokenizer/vocabulary.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\nthe\nThe\n");
    t = tokenizer_open(NULL, &weights, NULL);
    expect_ids(t, "The", 3, (uint32_t[]){2, 4, 3});
    tokenizer_destroy(t);
    g_autofree char *old = g_build_filename(f.path, "assets/tokenizer/vocabulary.txt", NULL);
    g_remove(old);
    write_file(&f, "assets/tokenizer/vocabulary.json",
               "{\"a\":0,\"b\":1,\"\xc4\xa0\":2,\"ab\":3,\"\xc4\xa0"
               "ab\":4}");
    write_file(&f, "assets/tokenizer/merges.txt", "#version: 0.2\na b\n\xc4\xa0 ab\n");
    t = tokenizer_open(NULL, &weights, NULL);
    ck_assert_str_eq(tokenizer_kind(t), "BPE");
    expect_ids(t, "ab ab", 2, (uint32_t[]){3, 4});
    ck_assert_str_eq(tokenizer_token(t, 4, NULL), " ab");
    tokenizer_destroy(t);
    finish(&f);
}
END_TEST

static void expect_refused(const char *text, const char *why)
{
    struct tokenizer_parse p;
    GError *error = NULL;

    if (tokenizer_parse(&p, "tokenizer.json", text, strlen(text), &error)) {
        ck_assert_msg(!tokenizer_build(&p, "/nowhere/tokenizer.json", &error), "%s", text);
        tokenizer_parse_finish(&p);
    }
    ck_assert_msg(strstr(error->message, why) != NULL, "%s: %s", text, error->message);
    g_error_free(error);
}

/* A tokenizer.json with one of its parts replaced. */
static char *with_part(const char *part)
{
    return g_strdup_printf("{%s,\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0,\"b\":1,\"ab\":2},"
                           "\"merges\":[\"a b\"]}}",
                           part);
}

START_TEST(what_is_not_supported_is_named)
{
    static const char *const parts[][2] = {
        {"\"normalizer\":{\"type\":\"Nmt\"}", "\"Nmt\""},
        {"\"normalizer\":{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"NFC\"},{\"type\":"
         "\"Precompiled\"}]}",
         "\"Precompiled\""},
        {"\"normalizer\":{\"type\":\"Replace\",\"pattern\":{\"Regex\":\" "
         "{2,}\"},\"content\":\"x\"}",
         " {2,}"},
        {"\"normalizer\":{\"type\":\"Prepend\",\"prepend\":\"xxxxxxxxxxxxxxxxxxxx\"}", "16 bytes"},
        {"\"normalizer\":[]", "(none)"},
        {"\"normalizer\":7", "normalizer"},
        {"\"pre_tokenizer\":{\"type\":\"UnicodeScripts\"}", "\"UnicodeScripts\""},
        {"\"pre_tokenizer\":{\"type\":\"Split\",\"pattern\":{\"Regex\":\"\\\\d\"},\"behavior\":"
         "\"Isolated\"}",
         "\\d"},
        {"\"pre_tokenizer\":{\"type\":\"Split\",\"pattern\":{\"String\":\"x\"},\"behavior\":"
         "\"Odd\"}",
         "\"Odd\""},
        {"\"pre_tokenizer\":{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":\"ByteLevel\"},"
         "{\"type\":\"Digits\"}]}",
         "ByteLevel"},
        {"\"post_processor\":{\"type\":\"Odd\"}", "\"Odd\""},
        {"\"post_processor\":{\"type\":\"TemplateProcessing\",\"single\":[]}", "sequences"},
        {"\"post_processor\":{\"type\":\"TemplateProcessing\",\"single\":[{\"SpecialToken\":{"
         "\"id\":\"[CLS]\"}},{\"Sequence\":{\"id\":\"A\"}}]}",
         "[CLS]"},
        {"\"post_processor\":{\"type\":\"BertProcessing\",\"cls\":[\"[CLS]\",1],\"sep\":[\"b\",1]}",
         "[CLS]"},
        {"\"post_processor\":{\"type\":\"BertProcessing\",\"cls\":[\"a\",0],\"sep\":[\"b\",0]}",
         "id 0"},
        {"\"decoder\":{\"type\":\"CTC\"}", "\"CTC\""},
        {"\"added_tokens\":[{\"id\":1,\"content\":\"a\"}]", "\"a\""},
        {"\"added_tokens\":[{\"content\":\"a\"}]", "\"a\""}};
    g_autofree char *text = with_part(parts[_i][0]);

    expect_refused(text, parts[_i][1]);
}
END_TEST

START_TEST(what_contradicts_itself_is_refused)
{
    static const char *const models[][2] = {
        {"\"type\":\"Unigram\",\"vocab\":[[\"a\",0]]", "\"Unigram\""},
        {"\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[\"a b\"]", "\"b\""},
        {"\"type\":\"BPE\",\"vocab\":{\"a\":0,\"b\":1},\"merges\":[\"a b\"]", "\"ab\""},
        {"\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[\"a a a\"]", "merge 1"},
        {"\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[[\"a\"]]", "merge 1"},
        {"\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[7]", "merge 1"},
        {"\"type\":\"BPE\",\"vocab\":{\"a\":0,\"b\":0},\"merges\":[]", "id 0"},
        {"\"type\":\"BPE\",\"vocab\":{\"a\":0,\"b\":0.5},\"merges\":[]", "0.5"},
        {"\"type\":\"BPE\",\"dropout\":0.1,\"vocab\":{\"a\":0},\"merges\":[]", "dropout"}};
    g_autofree char *text = g_strdup_printf("{\"model\":{%s}}", models[_i][0]);

    expect_refused(text, models[_i][1]);
}
END_TEST

/* Whatever it is: an error, or a tokenizer that encodes without harm. */
static void try_text(const char *text, gsize bytes, const GString *sample)
{
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    g_autoptr(GArray) spans = g_array_new(FALSE, FALSE, sizeof(struct token_span));
    struct tokenizer_parse p;
    struct tokenizer *t;

    if (!tokenizer_parse(&p, "tokenizer.json", text, bytes, NULL))
        return;
    t = tokenizer_build(&p, "/nowhere/tokenizer.json", NULL);
    tokenizer_parse_finish(&p);
    if (t && tokenizer_encode(t, sample->str, sample->len, true, ids, spans, NULL))
        g_free(tokenizer_decode(t, (uint32_t *)(void *)ids->data, ids->len, true, NULL));
    tokenizer_destroy(t);
}

static const char *const breakable[] = {"roberta.json", "metaspace.json", "cased.json",
                                        "clip.json"};

START_TEST(broken_files)
{
    gsize bytes;
    g_autofree char *text = read_file(breakable[_i], &bytes);
    g_autofree char *corpus = read_file("corpus.txt", NULL);
    g_auto(GStrv) lines = g_strsplit(corpus, "\n", -1);
    g_autoptr(GRand) random = g_rand_new_with_seed(7);

    for (int i = 0; i < 120; i++) {
        g_autoptr(GString) sample = unhex(lines[g_rand_int_range(random, 0, 200)]);
        gsize at = (gsize)g_rand_double_range(random, 0, (double)bytes);
        g_autofree char *cut = g_memdup2(text, at + 1);

        try_text(cut, at, sample);
        /* The settings come first and last in the file. */
        if (i % 2)
            at = i % 4 == 1 ? at % 1200 : bytes - 1 - at % 400;
        text[at] ^= (char)(1 << (i % 8));
        try_text(text, bytes, sample);
        text[at] ^= (char)(1 << (i % 8));
    }
}
END_TEST

/* Bytes that are no text come back mended; all others as they were. */
START_TEST(random_bytes_come_back)
{
    struct tokenizer *t = open_oracle("gpt2.json");
    g_autoptr(GRand) random = g_rand_new_with_seed(3);

    for (int i = 0; i < 400; i++) {
        int n = g_rand_int_range(random, 0, 60);
        struct text_run mended;
        char text[60];
        gsize bytes;

        for (int j = 0; j < n; j++)
            text[j] = (char)g_rand_int_range(random, 0, i % 2 ? 256 : 128);
        text_run_init(&mended, false);
        text_mend(&mended, text, (size_t)n);
        g_autoptr(GArray) ids = encode(t, text, (gsize)n, false);
        g_autofree char *back =
            tokenizer_decode(t, (uint32_t *)(void *)ids->data, ids->len, true, &bytes);
        ck_assert_uint_eq(bytes, mended.text->len);
        ck_assert_mem_eq(back, mended.text->str, bytes);
        text_run_finish(&mended);
    }
    tokenizer_destroy(t);
}
END_TEST

/* What would take the square of it: runs of one class, of marks, of one token's beginnings. */
START_TEST(long_runs_take_no_longer)
{
    static const char *const names[] = {"gpt2.json",   "llama3.json",    "uncased.json",
                                        "llama2.json", "metaspace.json", "qwen2.json",
                                        "clip.json"};
    static const char *const units[] = {" ",   "a", "\xcc\x81\xcc\xa3", "<|endof", "1",
                                        "\n ", "'", "\xe4\xbd\xa0",     "<"};
    struct tokenizer *t = open_oracle(names[_i]);
    gint64 from = g_get_monotonic_time();

    for (gsize i = 0; i < G_N_ELEMENTS(units); i++) {
        g_autoptr(GString) text = g_string_new(NULL);

        while (text->len < 100000)
            g_string_append(text, units[i]);
        g_autoptr(GArray) ids = encode(t, text->str, text->len, true);
    }
    /* The square of it would be minutes. */
    ck_assert_int_lt(g_get_monotonic_time() - from, 30 * G_USEC_PER_SEC);
    tokenizer_destroy(t);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tokenizer_file");
    TCase *files = tcase_create("files");

    tcase_set_timeout(files, 120);
    tcase_add_loop_test(files, older_forms, 0, 5);
    tcase_add_test(files, beside_the_weights);
    tcase_add_test(files, as_kerashub_writes_it);
    tcase_add_loop_test(files, what_is_not_supported_is_named, 0, 18);
    tcase_add_loop_test(files, what_contradicts_itself_is_refused, 0, 9);
    tcase_add_loop_test(files, broken_files, 0, G_N_ELEMENTS(breakable));
    tcase_add_test(files, random_bytes_come_back);
    tcase_add_loop_test(files, long_runs_take_no_longer, 0, 7);
    suite_add_tcase(suite, files);

    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
