/* Token texts: what every kind of tokenizer file says its ids stand for, and files that lie. */
#include <check.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include "io/json_scan.h"
#include "io/limits.h"
#include "io/token_decode.h"
#include "io/tokenizer_file.h"

static struct token_texts *parse(const char *name, const char *text)
{
    return tokenizer_file_parse(name, text, strlen(text), NULL);
}

static void expect(const char *name, const char *text, guint n, const char *const *tokens)
{
    struct token_texts *t = parse(name, text);

    ck_assert_msg(t != NULL, "%s", text);
    ck_assert_uint_eq(t->n, n);
    for (guint i = 0; i < n; i++) {
        ck_assert_int_eq(token_texts_get(t, i) == NULL, tokens[i] == NULL);
        if (tokens[i])
            ck_assert_str_eq(token_texts_get(t, i), tokens[i]);
    }
    ck_assert_ptr_null(token_texts_get(t, n));
    token_texts_destroy(t);
}

static void expect_none(const char *name, const char *text)
{
    GError *error = NULL;

    ck_assert_ptr_null(tokenizer_file_parse(name, text, strlen(text), &error));
    ck_assert_ptr_nonnull(error);
    g_error_free(error);
}

/* Every id of a tokenizer that the tokenizers package trained. */
START_TEST(equals_the_oracle)
{
    g_autofree char *weights =
        g_build_filename(g_getenv("TARE_FIXTURES"), "vocabulary", "base.h5", NULL);
    g_autofree char *path = g_build_filename(g_getenv("TARE_ORACLE"), "tokens.txt", NULL);
    g_autofree char *oracle = NULL;
    struct token_texts *t = tokenizer_file_read(weights, NULL);
    guint n = 0;

    ck_assert_ptr_nonnull(t);
    ck_assert_str_eq(t->path, "tokenizer.json");
    ck_assert(g_file_get_contents(path, &oracle, NULL, NULL));
    g_auto(GStrv) lines = g_strsplit(oracle, "\n", -1);
    for (; lines[n] && *lines[n]; n++) {
        g_auto(GStrv) part = g_strsplit(lines[n], " ", 2);
        const char *text = token_texts_get(t, n);
        g_autoptr(GString) hex = g_string_new(NULL);

        ck_assert_uint_eq(g_ascii_strtoull(part[0], NULL, 10), n);
        for (const char *p = text; p && *p; p++)
            g_string_append_printf(hex, "%02x", (guchar)*p);
        ck_assert_str_eq(hex->str, part[1]);
    }
    ck_assert_uint_eq(t->n, n);
    token_texts_destroy(t);
}
END_TEST

START_TEST(kinds_of_files)
{
    const char *bert[] = {"[PAD]", "the", "##ing"};
    const char *pieces[] = {"<unk>", " the", "ing", "\n"};
    const char *spaced[] = {"a", " b", "\xc3"};
    const char *added[] = {"<s>", NULL, "\xc4\xa0x"};

    expect("vocab.txt", "[PAD]\nthe\r\n##ing", 3, bert);
    expect("tokenizer.json",
           "{\"model\":{\"type\":\"WordPiece\",\"vocab\":{\"[PAD]\":0,\"the\":1,\"##ing\":2}}}", 3,
           bert);
    expect(
        "tokenizer.json",
        "{\"pre_tokenizer\":{\"type\":\"Metaspace\"},\"model\":{\"type\":\"Unigram\",\"unk_id\":0,"
        "\"vocab\":[[\"<unk>\",0.0],[\"\xe2\x96\x81the\",-2.5],[\"ing\",-3e1],[\"<0x0A>\",-4]]}}",
        4, pieces);
    expect("tokenizer.json",
           "{\"model\":{\"merges\":[\"a b\",[\"c\",\"d\"]],\"vocab\":{\"a\":0,\"\\u0120b\":1,"
           "\"\xc3\x83\":2}},\"decoder\":{\"type\":\"Sequence\",\"decoders\":[{\"type\":"
           "\"ByteLevel\"}]}}",
           3, spaced);
    expect("vocab.json",
           "{\"a\":0,\"\xc4\xa0"
           "b\":1,\"\\u00c3\":2}",
           3, spaced);
    expect("tokenizer.json",
           "{\"added_tokens\":[{\"id\":0,\"special\":true,\"content\":\"<s>\"},{\"content\":"
           "\"\\u0120x\",\"id\":2}],\"model\":{\"vocab\":{\"s\":0}}}",
           3, added);
}
END_TEST

START_TEST(what_is_no_tokenizer)
{
    g_autofree char *deep = g_strnfill(2 * LIMIT_JSON_DEPTH, '[');
    g_autofree char *nested = g_strconcat("{\"x\":", deep, NULL);
    static const char *const lies[] = {"",
                                       "{",
                                       "[]",
                                       "{}",
                                       "{\"model\":{}}",
                                       "{\"model\":{\"vocab\":{\"a\":-1}}}",
                                       "{\"model\":{\"vocab\":{\"a\":1e300}}}",
                                       "{\"model\":{\"vocab\":{\"a\":4294967296}}}",
                                       "{\"model\":{\"vocab\":{\"a\":nan}}}",
                                       "{\"model\":{\"vocab\":{\"a\":\"0\"}}}",
                                       "{\"model\":{\"vocab\":{\"a\"",
                                       "{\"model\":{\"vocab\":{\"a\\",
                                       "{\"model\":{\"vocab\":{a:0}}}",
                                       "{\"model\":{\"vocab\":{\"\\ud800\\u\":0}}}",
                                       "{\"model\":\"vocab\"}",
                                       "{\"model\":{\"vocab\":[0,[],[1],{}]}}",
                                       "{\"added_tokens\":{\"id\":0}}",
                                       "{\"added_tokens\":[{\"content\":\"x\"},7]}",
                                       "\xff{\"model\":{\"vocab\":{\"a\":0}}}"};

    expect_none("tokenizer.json", nested);
    for (gsize i = 0; i < G_N_ELEMENTS(lies); i++)
        expect_none("tokenizer.json", lies[i]);
    expect_none("vocab.txt", "");
    ck_assert_ptr_null(tokenizer_file_read("/nowhere/base.h5", NULL));
}
END_TEST

/* Cut anywhere: an error or fewer texts, nothing worse. */
START_TEST(cut_anywhere)
{
    static const char whole[] =
        "{\"added_tokens\":[{\"id\":1,\"content\":\"<\\u0073>\"}],\"pre_tokenizer\":{\"type\":"
        "\"ByteLevel\",\"n\":[-1.5e3,true,null]},\"model\":{\"vocab\":{\"a\":0,\"\\ud83d\\ude00\":"
        "2}}}";

    for (gsize n = 0; n < sizeof whole; n++) {
        char *part = g_strndup(whole, n);

        token_texts_destroy(tokenizer_file_parse("tokenizer.json", part, n, NULL));
        token_texts_destroy(tokenizer_file_parse("vocab.json", part, n, NULL));
        g_free(part);
    }
}
END_TEST

START_TEST(spellings)
{
    static const struct {
        const char *token, *bytes;
        enum token_spelling spelling;
    } cases[] = {
        {"\xc4\xa0sun", " sun", TOKEN_BYTE_LEVEL},
        {"\xc4\x8a", "\n", TOKEN_BYTE_LEVEL},
        {"\xc4\x80", "\xc4\x80", TOKEN_BYTE_LEVEL}, /* NUL */
        {"\xc5\x83", "\xad", TOKEN_BYTE_LEVEL},
        {"\xc4\xa1", "\x7f", TOKEN_BYTE_LEVEL},
        {"\xe4\xbd\xa0", "\xe4\xbd\xa0", TOKEN_BYTE_LEVEL}, /* stands for no byte */
        {"\xe2\x96\x81sun", " sun", TOKEN_METASPACE},
        {"<0xE2>", "\xe2", TOKEN_METASPACE},
        {"<0x00>", "<0x00>", TOKEN_METASPACE},
        {"<0xG0>", "<0xG0>", TOKEN_METASPACE},
        {"\xe2\x96\x81sun", "\xe2\x96\x81sun", TOKEN_PLAIN},
    };
    char *text = token_decode(cases[_i].token, cases[_i].spelling);

    ck_assert_str_eq(text, cases[_i].bytes);
    g_free(text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("token_texts");
    TCase *files = tcase_create("files");

    tcase_add_test(files, equals_the_oracle);
    tcase_add_test(files, kinds_of_files);
    tcase_add_test(files, what_is_no_tokenizer);
    tcase_add_test(files, cut_anywhere);
    tcase_add_loop_test(files, spellings, 0, 11);
    suite_add_tcase(suite, files);

    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
