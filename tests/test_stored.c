/* Texts of tokens from where else than a tokenizer's JSON: the weight file itself, in every way it
 * can carry them, and SentencePiece models; real ones (tests/oracle/make_stored.py), and broken. */
#include <check.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "io/format.h"
#include "io/sentencepiece_file.h"
#include "io/tokenizer_open.h"
#include "tests/support/values.h"

#define WORDS 22

static struct source *open_stored(const char *name)
{
    char *path = g_build_filename(g_getenv("TARE_FIXTURES"), "stored", name, NULL);
    GError *error = NULL;
    struct source *s = format_open(path, NULL, &error);

    ck_assert_msg(s != NULL, "%s", error ? error->message : "");
    g_free(path);
    return s;
}

static void check_words(const struct token_texts *t)
{
    ck_assert_uint_eq(t->n, WORDS);
    ck_assert_str_eq(t->text[2], "w0");
    ck_assert_str_eq(t->text[17], "w15");
    ck_assert_str_eq(t->text[18], "na\xc3\xafve");
    ck_assert_str_eq(t->text[20], "a b");
    ck_assert_uint_eq(strlen(t->text[21]), 48);
    ck_assert_ptr_nonnull(strchr(t->path, ':'));
}

static const char *const carriers[] = {"dataset.h5",   "user_block.h5",   "fixed.h5",
                                       "attribute.h5", "pieces.h5",       "lines.h5",
                                       "json.h5",      "string_lookup.h5"};

START_TEST(the_file_carries_it)
{
    struct source *s = open_stored(carriers[_i]);
    GError *error = NULL;
    struct token_texts *t = s->ops->tokens(s, &error);

    ck_assert_msg(t != NULL, "%s: %s", carriers[_i], error ? error->message : "");
    check_words(t);
    ck_assert_str_eq(t->text[0], "<pad>");
    ck_assert_str_eq(t->text[1], "<unk>");
    token_texts_destroy(t);
    source_close(s);
}
END_TEST

START_TEST(text_vectorization_keeps_two_ids)
{
    struct source *s = open_stored("text_vectorization.h5");
    struct token_texts *t = s->ops->tokens(s, NULL);

    check_words(t);
    ck_assert_str_eq(t->text[0], "");
    ck_assert_str_eq(t->text[1], "[UNK]");
    token_texts_destroy(t);
    source_close(s);
}
END_TEST

/* Whole words, which spell no others; pieces of SentencePiece are no words. */
START_TEST(what_cuts_text)
{
    struct source *words = open_stored("dataset.h5"), *pieces = open_stored("piece/model.h5");
    struct token_texts *t = words->ops->tokens(words, NULL);
    struct tokenizer *cuts = tokenizer_open(NULL, words, NULL);
    GError *error = NULL;

    ck_assert(t->words);
    ck_assert_str_eq(tokenizer_kind(cuts), "words");
    ck_assert_ptr_null(words->ops->tokenizer(words, NULL));
    ck_assert_ptr_null(pieces->ops->tokenizer(pieces, NULL));
    ck_assert_ptr_null(tokenizer_open(NULL, pieces, &error));
    ck_assert_ptr_nonnull(strstr(error->message, "tokenizer.model"));
    g_error_free(error);
    tokenizer_destroy(cuts);
    token_texts_destroy(t);
    source_close(words);
    source_close(pieces);
}
END_TEST

/* An attribute of that name that is a number is a size. */
START_TEST(a_size_is_no_vocabulary)
{
    struct source *s = open_stored("size.h5");
    GError *error = NULL;

    ck_assert_ptr_null(s->ops->tokens(s, &error));
    ck_assert_ptr_nonnull(strstr(error->message, "tokenizer.json"));
    g_error_free(error);
    source_close(s);
}
END_TEST

/* Any byte of the heap with the strings turned: some words, none, or an error, nothing else. */
START_TEST(broken_heaps)
{
    char *from = g_build_filename(g_getenv("TARE_FIXTURES"), "stored", "dataset.h5", NULL), *data;
    char *path = g_build_filename(g_get_tmp_dir(), "tare-stored-XXXXXX", NULL);
    gsize bytes, heap = 0;
    int fd = g_mkstemp(path);

    ck_assert_int_ge(fd, 0);
    close(fd);
    ck_assert(g_file_get_contents(from, &data, &bytes, NULL));
    while (heap + 4 < bytes && memcmp(data + heap, "GCOL", 4) != 0)
        heap++;
    ck_assert_uint_lt(heap + 4, bytes);
    for (uint64_t i = 0; i < 300; i++) {
        gsize at = heap + values_bits(3, i) % MIN(bytes - heap, i % 2 ? 64 : 4096);
        char old = data[at];
        struct source *s;

        data[at] = (char)values_bits(4, i);
        ck_assert(g_file_set_contents(path, data, (gssize)bytes, NULL));
        s = format_open(path, NULL, NULL);
        ck_assert_ptr_nonnull(s);
        token_texts_destroy(s->ops->tokens(s, NULL));
        source_close(s);
        data[at] = old;
    }
    g_remove(path);
    g_free(path);
    g_free(from);
    g_free(data);
}
END_TEST

static gboolean is_byte(const char *piece, char *byte)
{
    unsigned value;

    if (strlen(piece) != 6 || sscanf(piece, "<0x%2X>", &value) != 1)
        return FALSE;
    *byte = (char)value;
    return TRUE;
}

static void check_piece(const char *line, const char *text)
{
    JsonNode *node = json_from_string(line, NULL);
    const char *piece = json_node_get_string(node);
    char **parts = g_strsplit(piece, "\xe2\x96\x81", -1), *spaced = g_strjoinv(" ", parts);
    char byte[2] = {0};

    if (is_byte(piece, &byte[0]) && byte[0])
        ck_assert_str_eq(text, byte);
    else
        ck_assert_str_eq(text, spaced);
    g_free(spaced);
    g_strfreev(parts);
    json_node_unref(node);
}

START_TEST(pieces_are_sentencepiece_s)
{
    struct source *s = open_stored("piece/model.h5");
    struct token_texts *t = s->ops->tokens(s, NULL);
    char *path = g_build_filename(g_getenv("TARE_FIXTURES"), "stored/piece/pieces.txt", NULL);
    char *text, **lines;

    ck_assert_ptr_nonnull(t);
    ck_assert_str_eq(t->path, "tokenizer.model");
    ck_assert(g_file_get_contents(path, &text, NULL, NULL));
    lines = g_strsplit(g_strchomp(text), "\n", -1);
    ck_assert_uint_eq(t->n, g_strv_length(lines));
    for (uint32_t i = 0; i < t->n; i++)
        check_piece(lines[i], t->text[i]);
    g_strfreev(lines);
    g_free(text);
    g_free(path);
    token_texts_destroy(t);
    source_close(s);
}
END_TEST

static guint8 *read_model(gsize *bytes)
{
    char *path = g_build_filename(g_getenv("TARE_FIXTURES"), "stored/piece/tokenizer.model", NULL);
    char *data;

    ck_assert(g_file_get_contents(path, &data, bytes, NULL));
    g_free(path);
    return (guint8 *)data;
}

static void try_model(const guint8 *data, gsize bytes)
{
    guint8 *exact = g_memdup2(data, MAX(bytes, 1));
    GError *error = NULL;
    struct token_texts *t = sentencepiece_file_parse("m", exact, bytes, &error);

    ck_assert((t == NULL) == (error != NULL));
    token_texts_destroy(t);
    g_clear_error(&error);
    g_free(exact);
}

/* Cut at every length, and with any byte turned. */
START_TEST(broken_models)
{
    gsize bytes;
    guint8 *data = read_model(&bytes);

    for (gsize n = 0; n < bytes; n += 7)
        try_model(data, n);
    for (uint64_t i = 0; i < 3000; i++) {
        gsize at = values_bits(1, i) % bytes;
        guint8 old = data[at];

        data[at] = (guint8)values_bits(2, i);
        try_model(data, bytes);
        data[at] = old;
    }
    g_free(data);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("stored");
    TCase *t = tcase_create("stored");
    SRunner *r;
    int failed;

    tcase_add_loop_test(t, the_file_carries_it, 0, (int)G_N_ELEMENTS(carriers));
    tcase_add_test(t, text_vectorization_keeps_two_ids);
    tcase_add_test(t, what_cuts_text);
    tcase_add_test(t, broken_heaps);
    tcase_add_test(t, a_size_is_no_vocabulary);
    tcase_add_test(t, pieces_are_sentencepiece_s);
    tcase_add_test(t, broken_models);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
