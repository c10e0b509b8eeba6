/* Files of examples: both forms of every field, what makes a line bad, what hostile files do, and
 * what the coverage table counts. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/category_coverage.h"
#include "core/error.h"
#include "core/ngrams.h"
#include "io/examples.h"

static char *write_file(const char *text, gssize bytes)
{
    char *path = NULL;
    int fd = g_file_open_tmp("tare-examples-XXXXXX", &path, NULL);

    ck_assert_int_ge(fd, 0);
    close(fd);
    ck_assert(g_file_set_contents(path, text, bytes, NULL));
    return path;
}

static struct examples *read_bytes(const char *text, gssize bytes, GError **error)
{
    char *path = write_file(text, bytes);
    struct examples *e = examples_read(path, NULL, error);

    unlink(path);
    g_free(path);
    return e;
}

static struct examples *read_text(const char *text)
{
    GError *error = NULL;
    struct examples *e = read_bytes(text, -1, &error);

    ck_assert_msg(e != NULL, "%s", error ? error->message : "");
    return e;
}

static void expect_ids(const struct example *e, uint32_t n, uint32_t n_prompt, const uint32_t *ids)
{
    ck_assert_uint_eq(e->n_ids, n);
    ck_assert_uint_eq(e->n_prompt, n_prompt);
    ck_assert_int_eq(memcmp(e->ids, ids, n * sizeof *ids), 0);
    ck_assert_ptr_null(e->text);
}

START_TEST(lines_of_json)
{
    struct examples *e = read_text(
        "\xef\xbb\xbf{\"text\": \"a \\u00e9\\n\", \"category\": \"x\", \"id\": 7, \"pair\": "
        "\"p\"}\r\n"
        "\n"
        "{\"prompt\": \"q\", \"completion\": \" r\", \"category\": \"y\", \"split\": \"train\"}\n"
        "{\"ids\": [1, 2, 3], \"n_prompt\": 1, \"split\": \"general\"}\n"
        "{\"ids\": [3], \"prompt_ids\": [1, 2], \"category\": \"x\", \"more\": {\"text\": 1}}\n"
        "{\"completion\": \"alone\", \"prompt\": \"\", \"text\": null}");

    ck_assert_uint_eq(e->n, 5);
    ck_assert_uint_eq(e->n_bad, 0);
    ck_assert_uint_eq(e->n_categories, 3);
    ck_assert_str_eq(e->examples[0].text, "a \xc3\xa9\n");
    ck_assert_str_eq(e->examples[0].id, "7");
    ck_assert_str_eq(e->examples[0].pair, "p");
    ck_assert_str_eq(e->examples[1].prompt, "q");
    ck_assert_str_eq(e->examples[1].text, " r");
    ck_assert_int_eq(e->examples[1].split, SPLIT_TRAIN);
    ck_assert_str_eq(e->examples[1].id, "3");
    ck_assert_uint_eq(e->examples[1].line, 3);
    expect_ids(&e->examples[2], 3, 1, (const uint32_t[]){1, 2, 3});
    ck_assert_int_eq(e->examples[2].split, SPLIT_GENERAL);
    ck_assert_str_eq(e->categories[e->examples[2].category], "");
    expect_ids(&e->examples[3], 3, 2, (const uint32_t[]){1, 2, 3});
    ck_assert_str_eq(e->examples[4].text, "alone");
    ck_assert_ptr_null(e->examples[4].prompt);
    examples_destroy(e);
}
END_TEST

START_TEST(rows_of_csv)
{
    struct examples *e =
        read_text("\xef\xbb\xbfid,Text,prompt,completion,ids,n_prompt,category,split,other\r\n"
                  "a,\"one, \"\"two\"\"\r\nthree\",,,,,x,train,9\r\n"
                  "\r\n"
                  ",,p,c,,,y,,\r\n"
                  "b,,,,\"[4, 5 6]\",2,\"y\",general,\"\"");

    ck_assert_uint_eq(e->n, 3);
    ck_assert_uint_eq(e->n_bad, 0);
    ck_assert_str_eq(e->examples[0].text, "one, \"two\"\r\nthree");
    ck_assert_uint_eq(e->examples[0].line, 2);
    ck_assert_str_eq(e->examples[1].prompt, "p");
    ck_assert_str_eq(e->examples[1].text, "c");
    ck_assert_str_eq(e->examples[1].id, "5");
    ck_assert_int_eq(e->examples[1].split, SPLIT_TEST);
    expect_ids(&e->examples[2], 3, 2, (const uint32_t[]){4, 5, 6});
    examples_destroy(e);
    e = read_text("category\ttext\nx\ta, b; c\n");
    ck_assert_str_eq(e->examples[0].text, "a, b; c");
    examples_destroy(e);
}
END_TEST

/* One good line among lines that are none. */
static const struct {
    const char *text, *reason;
    uint32_t line;
} bad_lines[] = {
    {"{\"text\": \"ok\"}\n{\"text\": \"\"}\n", "no text", 2},
    {"{\"text\": \"ok\"}\n{\"category\": \"x\"}\n", "no text", 2},
    {"{\"text\": \"ok\"}\n{\"text\": 5}\n", "text is no text", 2},
    {"{\"text\": \"ok\"}\n{\"text\": \"a\", \"completion\": \"b\"}\n", "more than one of", 2},
    {"{\"text\": \"ok\"}\n{\"prompt\": \"a\"}\n", "without a completion", 2},
    {"{\"text\": \"ok\"}\n{\"ids\": [1, -1]}\n", "ids is no list", 2},
    {"{\"text\": \"ok\"}\n{\"ids\": [4294967296]}\n", "ids is no list", 2},
    {"{\"text\": \"ok\"}\n{\"ids\": [1.5]}\n", "ids is no list", 2},
    {"{\"text\": \"ok\"}\n{\"ids\": {}}\n", "ids is no list", 2},
    {"{\"text\": \"ok\"}\n{\"ids\": []}\n", "no text", 2},
    {"{\"text\": \"ok\"}\n{\"ids\": [1, 2], \"n_prompt\": 2}\n", "nothing to predict", 2},
    {"{\"text\": \"ok\"}\n{\"ids\": [1, 2], \"n_prompt\": 1, \"prompt_ids\": [3]}\n", "both", 2},
    {"{\"text\": \"ok\"}\n{\"text\": \"a\", \"n_prompt\": 1}\n", "without ids", 2},
    {"{\"text\": \"ok\"}\n{\"text\": \"a\", \"split\": \"val\"}\n", "none of train, test", 2},
    {"{\"text\": \"ok\"}\n{\"text\": \"a\", \"category\": [1]}\n", "category is no text", 2},
    {"{\"text\": \"ok\"}\n\n{\"text\": \"a\"\n", "not valid JSON", 3},
    {"{\"text\": \"ok\"}\n[1]\n", "no JSON object", 2},
    {"{\"text\": \"ok\"}\n{\"text\": \"a\\u0000b\"}\n", "character 0", 2},
    {"{\"text\": \"ok\"}\n{\"text\": \"\xff\"}\n", "not UTF-8", 2},
    {"{\"text\": \"ok\"}\n/* */ {\"text\": \"a\"}\n", "not valid JSON", 2},
    {"text,category\nok,x\na,b,c\n", "3 fields, the heading has 2", 3},
    {"text,category\n\"a\"b,x\nok,x\n", "behind a closing quote", 2},
    {"text,category\n\"never,x\nok,x\n", "never closed", 2},
    {"text,category\n\xff,x\nok,x\n", "not UTF-8", 2},
    {"text,category\n,x\nok,x\n", "no text", 2},
    {"text,ids\n,1 2 x\nok,\n", "no number", 2},
    {"text,n_prompt\na,1 2\nok,\n", "no number", 2},
};

START_TEST(bad_lines_are_named_and_skipped)
{
    struct examples *e = read_text(bad_lines[_i].text);

    ck_assert_uint_eq(e->n, 1);
    ck_assert_str_eq(e->examples[0].text, "ok");
    ck_assert_uint_eq(e->n_bad, 1);
    ck_assert_uint_eq(e->bad[0].line, bad_lines[_i].line);
    ck_assert_msg(strstr(e->bad[0].reason, bad_lines[_i].reason) != NULL, "%s", e->bad[0].reason);
    examples_destroy(e);
}
END_TEST

/* The u0000 behind a backslash that is itself escaped is text. */
START_TEST(an_escaped_backslash_is_no_zero)
{
    struct examples *e = read_text("{\"text\": \"a\\\\u0000\"}");

    ck_assert_str_eq(e->examples[0].text, "a\\u0000");
    examples_destroy(e);
}
END_TEST

static const struct {
    const char *text, *reason;
} no_examples[] = {
    {"", "neither JSON lines nor CSV"},
    {"\n\n", "neither JSON lines nor CSV"},
    {"[{\"text\": \"a\"}]", "one object a line"},
    {"name,label\na,b\n", "neither JSON lines nor CSV"},
    {"text,category\n", "no example in it"},
    {"{\"text\": \"\"}\n", "the first bad line: no text"},
    {"\x89HDF\r\n\x1a\n", "neither JSON lines nor CSV"},
};

START_TEST(files_that_are_none)
{
    GError *error = NULL;

    ck_assert_ptr_null(read_bytes(no_examples[_i].text, -1, &error));
    ck_assert(error->domain == TARE_ERROR && error->code == TARE_ERROR_INPUT);
    ck_assert_msg(strstr(error->message, no_examples[_i].reason) != NULL, "%s", error->message);
    g_error_free(error);
}
END_TEST

/* More bad lines than are kept; a field that goes on over a million lines. */
START_TEST(large_files_stay_bounded)
{
    GString *s = g_string_new("{\"text\": \"ok\"}\n");
    struct examples *e;

    for (int i = 0; i < 1000; i++)
        g_string_append(s, "{\n");
    e = read_text(s->str);
    ck_assert_uint_eq(e->n_bad, 1000);
    ck_assert_uint_eq(e->bad[BAD_LINES_KEPT - 1].line, BAD_LINES_KEPT + 1);
    examples_destroy(e);
    g_string_assign(s, "text\n\"open\n");
    for (int i = 0; i < 1000000; i++)
        g_string_append(s, i % 2 ? "x\"\"\n" : "\"\n\"\"\n");
    e = read_text(s->str);
    ck_assert_uint_gt(e->n, 0);
    examples_destroy(e);
    g_string_assign(s, "{\"text\": \"");
    for (int i = 0; i < 5; i++)
        g_string_append_len(s, memset(g_alloca(1 << 20), 'a', 1 << 20), 1 << 20);
    g_string_append(s, "\"}\n{\"text\": \"ok\"}\n");
    e = read_text(s->str);
    ck_assert_uint_eq(e->n, 1);
    ck_assert_ptr_nonnull(strstr(e->bad[0].reason, "longer than"));
    examples_destroy(e);
    g_string_free(s, TRUE);
}
END_TEST

/* Every cut and many single changes of a file of each form: an error or examples, never a crash. */
START_TEST(damaged_files)
{
    static const char *const good[] = {
        "{\"text\": \"a\\u00e9\", \"category\": \"x\"}\n{\"ids\": [1, 2], \"n_prompt\": 1}\n",
        "text,category,ids\n\"a,\"\"b\"\"\n\",x,\n,y,1 2 3\n"};

    for (unsigned k = 0; k < G_N_ELEMENTS(good); k++)
        for (size_t at = 0; at < strlen(good[k]); at++)
            for (unsigned c = 0; c < 10; c++) {
                char *text = g_strdup(good[k]);

                text[at] = "\0\"\\\n,{[\xff\x80"[c];
                examples_destroy(
                    read_bytes(text, c == 9 ? (gssize)at : (gssize)strlen(good[k]), NULL));
                g_free(text);
            }
}
END_TEST

START_TEST(a_second_file_is_what_was_trained_on)
{
    char *test =
        write_file("{\"text\": \"a\", \"category\": \"x\", \"split\": \"train\"}\n{}\n", -1);
    char *train = write_file("text,category,split\nb,y,test\n,x,test\n", -1);
    struct examples *e = examples_read(test, train, NULL);

    ck_assert_uint_eq(e->n, 2);
    ck_assert_int_eq(e->examples[1].split, SPLIT_TRAIN);
    ck_assert_str_eq(e->categories[e->examples[1].category], "y");
    ck_assert_uint_eq(e->n_bad, 2);
    ck_assert(g_str_has_prefix(e->bad[0].reason, "no text"));
    ck_assert(g_str_has_prefix(e->bad[1].reason, train));
    examples_destroy(e);
    ck_assert_ptr_null(examples_read(test, "/no/such/file", NULL));
    unlink(test);
    unlink(train);
    g_free(test);
    g_free(train);
}
END_TEST

START_TEST(ngrams_are_exact)
{
    uint32_t at[] = {1, 2, 1, 2, 3, 1, 2, 3};
    struct symbols s = {at, G_N_ELEMENTS(at)};
    struct ngrams *two = ngrams_create(2), *nine = ngrams_create(9), *many = ngrams_create(1);
    uint32_t *all = g_new(uint32_t, 100000);

    ngrams_add(two, &s);
    ck_assert_uint_eq(ngrams_total(two), 7);
    ck_assert_uint_eq(ngrams_distinct(two), 4); /* 12 21 23 31 */
    ck_assert_uint_eq(ngrams_count(two, (const uint32_t[]){1, 2}), 3);
    ck_assert_uint_eq(ngrams_count(two, (const uint32_t[]){3, 2}), 0);
    ngrams_add(nine, &s);
    ck_assert(isnan(ngrams_distinct_share(nine)));
    for (uint32_t i = 0; i < 100000; i++)
        all[i] = i * 7 % 50000;
    ngrams_add(many, &(struct symbols){all, 100000});
    ck_assert_uint_eq(ngrams_distinct(many), 50000);
    ck_assert_uint_eq(ngrams_count(many, &all[3]), 2);
    ngrams_destroy(two);
    ngrams_destroy(nine);
    ngrams_destroy(many);
    g_free(all);
}
END_TEST

START_TEST(words_of_a_text)
{
    static const char *const words[] = {"it's", "a", "top-coat", "\xc3\xa9t\xc3\xa9", "2"};
    struct word_index *w = word_index_create();
    struct symbols s;

    symbols_of_text(w, "It's -- a Top-coat' \xc3\x89t\xc3\xa9 2, A", &s);
    ck_assert_uint_eq(s.n, 6);
    ck_assert_uint_eq(s.at[5], s.at[1]);
    ck_assert_uint_eq(word_index_size(w), 5);
    for (uint32_t i = 0; i < 5; i++)
        ck_assert_str_eq(word_index_text(w, s.at[i]), words[i]);
    symbols_finish(&s);
    word_index_destroy(w);
}
END_TEST

/* Counted by hand. */
START_TEST(what_examples_cover)
{
    struct examples *e = read_text("text,category,split\n"
                                   "red red dress,x,train\n"
                                   "blue dress,x,train\n"
                                   "a pan,y,train\n"
                                   "red shoes,x,test\n"
                                   "an iron pan,y,test\n"
                                   "soft soft soap,z,test\n"
                                   "the news,,general\n");
    struct coverage_table t;

    coverage_table_of(e, &t);
    ck_assert(!t.on_tokens);
    ck_assert_double_eq_tol(t.effective, exp(-(2 / 3.0 * log(2 / 3.0) + 1 / 3.0 * log(1 / 3.0))),
                            1e-14);
    ck_assert_uint_eq(t.n_asked, 3);
    ck_assert_str_eq(e->categories[t.fewest], "z");
    ck_assert_uint_eq(t.categories[0].n[SPLIT_TRAIN], 2);
    ck_assert_uint_eq(t.categories[0].words, 5);
    ck_assert_double_eq_tol(t.categories[0].distinct[0], 3 / 5.0, 1e-15);
    ck_assert_double_eq_tol(t.categories[0].distinct[1], 1, 1e-15);
    ck_assert_double_eq_tol(t.categories[2].distinct[0], 2 / 3.0, 1e-15);
    ck_assert(isnan(t.categories[1].distinct[2]));
    ck_assert_double_eq_tol(t.categories[0].unseen_share, 0.5, 1e-15);
    ck_assert_double_eq_tol(t.categories[1].unseen_share, 2 / 3.0, 1e-15);
    ck_assert_double_eq_tol(t.categories[2].unseen_share, 1, 1e-15);
    ck_assert(isnan(t.categories[3].unseen_share));
    ck_assert_uint_eq(t.n[SPLIT_GENERAL], 1);
    coverage_table_finish(&t);
    examples_destroy(e);
    e = read_text("{\"ids\": [5, 6, 5], \"n_prompt\": 1}\n");
    coverage_table_of(e, &t);
    ck_assert(t.on_tokens && isnan(t.effective) && isnan(t.categories[0].unseen_share));
    ck_assert_uint_eq(t.categories[0].words, 2);
    coverage_table_finish(&t);
    examples_destroy(e);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("examples");
    TCase *t = tcase_create("examples");
    SRunner *r;
    int failed;

    tcase_set_timeout(t, 60);
    tcase_add_test(t, lines_of_json);
    tcase_add_test(t, rows_of_csv);
    tcase_add_loop_test(t, bad_lines_are_named_and_skipped, 0, G_N_ELEMENTS(bad_lines));
    tcase_add_test(t, an_escaped_backslash_is_no_zero);
    tcase_add_loop_test(t, files_that_are_none, 0, G_N_ELEMENTS(no_examples));
    tcase_add_test(t, large_files_stay_bounded);
    tcase_add_test(t, damaged_files);
    tcase_add_test(t, a_second_file_is_what_was_trained_on);
    tcase_add_test(t, ngrams_are_exact);
    tcase_add_test(t, words_of_a_text);
    tcase_add_test(t, what_examples_cover);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
