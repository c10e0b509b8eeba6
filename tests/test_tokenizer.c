/* Tokenizers by hand-made tables: ids, spans, what is not text, what has no id. */
#include <check.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "core/text/tokenizer_tables.h"
#include "core/token_texts.h"
#include "io/tokenizer_open.h"

static const char *const words[] = {"[UNK]", "the", "bird", NULL, "caf\xc3\xa9", "</s>"};

static struct tokenizer *open_words(uint32_t from)
{
    return tokenizer_create(
        tokenizer_tables_words("", words + from, (uint32_t)G_N_ELEMENTS(words) - from), NULL);
}

/* "1:0+3 2:4+4" */
static char *encode(const struct tokenizer *t, const char *text, size_t bytes)
{
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    g_autoptr(GArray) spans = g_array_new(FALSE, FALSE, sizeof(struct token_span));
    g_autoptr(GArray) alone = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    GString *out = g_string_new(NULL);

    ck_assert(tokenizer_encode(t, text, bytes, true, ids, spans, NULL));
    ck_assert(tokenizer_encode(t, text, bytes, true, alone, NULL, NULL));
    ck_assert_uint_eq(ids->len, spans->len);
    ck_assert_uint_eq(ids->len, alone->len);
    for (guint i = 0; i < ids->len; i++) {
        const struct token_span *s = &g_array_index(spans, struct token_span, i);

        ck_assert_uint_eq(g_array_index(ids, uint32_t, i), g_array_index(alone, uint32_t, i));
        g_string_append_printf(out, "%s%u:%u+%u", i ? " " : "", g_array_index(ids, uint32_t, i),
                               s->first, s->bytes);
    }
    return g_string_free(out, FALSE);
}

static void expect(const struct tokenizer *t, const char *text, size_t bytes, const char *want)
{
    g_autofree char *got = encode(t, text, bytes);

    ck_assert_str_eq(got, want);
}

START_TEST(words_are_split_at_spaces)
{
    struct tokenizer *t = open_words(0);
    static const uint32_t ids[] = {1, 2, 3, 99, 5, 4};
    g_autofree char *bare = tokenizer_decode(t, ids, 6, false, NULL);
    g_autofree char *full = tokenizer_decode(t, ids, 6, true, NULL);

    ck_assert_str_eq(tokenizer_kind(t), "words");
    ck_assert_uint_eq(tokenizer_size(t), 6);
    ck_assert_uint_eq(tokenizer_special(t, TOKEN_UNK), 0);
    ck_assert_uint_eq(tokenizer_special(t, TOKEN_EOS), 5);
    ck_assert_uint_eq(tokenizer_special(t, TOKEN_BOS), TOKEN_NONE);
    expect(t, "", 0, "");
    expect(t, "  \n", 3, "");
    expect(t, "the bird", 8, "1:0+3 2:4+4");
    expect(t, " the\xc2\xa0 caf\xc3\xa9\tThe", 16, "1:1+3 4:7+5 0:13+3");
    expect(t, "the b\xff", 6, "1:0+3 0:4+2");
    ck_assert_str_eq(bare, "the bird caf\xc3\xa9");
    ck_assert_str_eq(full, "the bird </s> caf\xc3\xa9");
    tokenizer_destroy(t);
}
END_TEST

START_TEST(a_word_without_an_id)
{
    struct tokenizer *t = open_words(1);
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    GError *error = NULL;

    ck_assert(tokenizer_encode(t, "the bird", 8, false, ids, NULL, NULL));
    ck_assert(!tokenizer_encode(t, "the bird flies", 14, false, ids, NULL, &error));
    ck_assert_ptr_nonnull(strstr(error->message, "\"flies\""));
    ck_assert_uint_eq(ids->len, 2);
    g_error_free(error);
    tokenizer_destroy(t);
}
END_TEST

START_TEST(bytes_are_themselves)
{
    struct tokenizer *t = tokenizer_open("bytes", NULL, NULL);
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    char all[256];
    size_t n;

    ck_assert_str_eq(tokenizer_kind(t), "bytes");
    ck_assert_uint_eq(tokenizer_size(t), 256);
    expect(t, "a\xff\0", 3, "97:0+1 255:1+1 0:2+1");
    for (int i = 0; i < 256; i++)
        all[i] = (char)(255 - i);
    ck_assert(tokenizer_encode(t, all, 256, true, ids, NULL, NULL));
    g_autofree char *back = tokenizer_decode(t, (uint32_t *)(void *)ids->data, ids->len, false, &n);
    ck_assert_uint_eq(n, 256);
    ck_assert_mem_eq(back, all, 256);
    tokenizer_destroy(t);
}
END_TEST

/* One tokenizer, many threads, the cache of words empty at first: all see the same ids. */
static gpointer encode_often(gpointer data)
{
    const struct tokenizer *t = data;
    GString *out = g_string_new(NULL);

    for (int round = 0; round < 20; round++)
        for (int i = 0; i < 60; i++) {
            g_autofree char *text = g_strdup_printf("aab%d bba ab%dab, aaab", i % 7, i);
            g_autofree char *ids = encode(t, text, strlen(text));

            if (round == 19)
                g_string_append_printf(out, "%s\n", ids);
        }
    return g_string_free(out, FALSE);
}

START_TEST(any_number_of_threads)
{
    static const char file[] =
        "{\"pre_tokenizer\":{\"type\":\"Whitespace\"},\"model\":{\"type\":\"BPE\",\"unk_token\":\"?"
        "\","
        "\"vocab\":{\"?\":0,\"a\":1,\"b\":2,\"ab\":3,\"aab\":4},\"merges\":[\"a b\",\"a ab\"]}}";
    g_autofree char *path =
        g_strdup_printf("%s/tare-tokenizer-%d.json", g_get_tmp_dir(), (int)getpid());
    GThread *thread[4];
    struct tokenizer *t;
    char *first;

    ck_assert(g_file_set_contents(path, file, -1, NULL));
    t = tokenizer_open(path, NULL, NULL);
    g_unlink(path);
    ck_assert_ptr_nonnull(t);
    for (int i = 0; i < 4; i++)
        thread[i] = g_thread_new("encode", encode_often, t);
    first = g_thread_join(thread[0]);
    ck_assert(g_str_has_prefix(first, "4:0+3 0:3+1 2:5+1"));
    for (int i = 1; i < 4; i++) {
        g_autofree char *other = g_thread_join(thread[i]);

        ck_assert_str_eq(other, first);
    }
    g_free(first);
    tokenizer_destroy(t);
}
END_TEST

static const char *const *own;
static bool own_words;

static struct token_texts *own_tokens(struct source *s, GError **error)
{
    struct token_texts *t = g_new0(struct token_texts, 1);

    (void)error;
    t->n = 2;
    t->words = own_words;
    t->text = g_new0(char *, 3);
    t->path = g_strdup(s->path);
    for (int i = 0; i < 2; i++)
        t->text[i] = g_strdup(own[i]);
    return t;
}

/* Words that the file of the weights carries; pieces of words are none. */
START_TEST(words_of_the_weights)
{
    static const struct source_ops ops = {.tokens = own_tokens};
    static const char *const whole[] = {"the", "bird"}, *const pieces[] = {"the", "##m"};
    struct source weights = {.ops = &ops, .path = "/nowhere/x.h5"};
    GError *error = NULL;
    struct tokenizer *t;

    own = whole;
    own_words = true;
    for (int i = 0; i < 2; i++) {
        t = tokenizer_open(i ? "words" : NULL, &weights, NULL);
        expect(t, "bird the", 8, "1:0+4 0:5+3");
        tokenizer_destroy(t);
    }
    own = pieces;
    own_words = false;
    ck_assert_ptr_null(tokenizer_open(NULL, &weights, NULL));
    ck_assert_ptr_null(tokenizer_open("words", &weights, &error));
    ck_assert_ptr_nonnull(strstr(error->message, "##m"));
    g_error_free(error);
}
END_TEST

START_TEST(no_vocabulary_to_open)
{
    GError *error = NULL;

    ck_assert_ptr_null(tokenizer_open("words", NULL, &error));
    ck_assert_ptr_nonnull(error);
    g_error_free(error);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tokenizer");
    TCase *kinds = tcase_create("kinds");

    tcase_add_test(kinds, words_are_split_at_spaces);
    tcase_add_test(kinds, a_word_without_an_id);
    tcase_add_test(kinds, bytes_are_themselves);
    tcase_add_test(kinds, words_of_the_weights);
    tcase_add_test(kinds, any_number_of_threads);
    tcase_add_test(kinds, no_vocabulary_to_open);
    suite_add_tcase(suite, kinds);

    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
