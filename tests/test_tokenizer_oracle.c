/* Ids, spans and decoded texts of every kind of tokenizer, against those of the tokenizers package. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "io/tokenizer_open.h"

static const char *const names[] = {"gpt2",    "roberta", "llama3",    "qwen2", "smollm", "uncased",
                                    "cased",   "llama2",  "metaspace", "clip",  "words"};

static char *oracle_path(const char *name, const char *suffix)
{
    g_autofree char *file = g_strconcat(name, suffix, NULL);

    return g_build_filename(g_getenv("TARE_ORACLE"), "tokenizers", file, NULL);
}

static char **read_lines(const char *name)
{
    g_autofree char *path = oracle_path(name, ".txt");
    char *text = NULL;
    char **lines;

    ck_assert_msg(g_file_get_contents(path, &text, NULL, NULL), "no %s", path);
    lines = g_strsplit(text, "\n", -1);
    g_free(text);
    return lines;
}

static GString *unhex(const char *hex)
{
    GString *out = g_string_new(NULL);

    for (; hex[0] && hex[1]; hex += 2)
        g_string_append_c(out, (char)(g_ascii_xdigit_value(hex[0]) * 16 +
                                      g_ascii_xdigit_value(hex[1])));
    return out;
}

static struct tokenizer *open_oracle(const char *name)
{
    g_autofree char *path = oracle_path(name, ".json");
    GError *error = NULL;
    struct tokenizer *t = tokenizer_open(path, NULL, &error);

    ck_assert_msg(t != NULL, "%s", error ? error->message : "?");
    return t;
}

static char *print_ids(const GArray *ids)
{
    GString *out = g_string_new(NULL);

    for (guint i = 0; i < ids->len; i++)
        g_string_append_printf(out, "%s%u", i ? " " : "", g_array_index(ids, uint32_t, i));
    return g_string_free(out, FALSE);
}

static bool is_inside(guchar byte)
{
    return (byte & 0xc0) == 0x80;
}

/* The package gives whole characters where a token is a part of one, and the next one where it is
 * of none. */
static char *print_spans(const GArray *spans, const GString *text)
{
    GString *out = g_string_new(NULL);

    for (guint i = 0; i < spans->len; i++) {
        const struct token_span *s = &g_array_index(spans, struct token_span, i);
        uint32_t from = s->first, to = s->first + s->bytes;

        if (from == to && to < text->len)
            to++;
        while (s->bytes && from > 0 && is_inside((guchar)text->str[from]))
            from--;
        while (to > from && to < text->len && is_inside((guchar)text->str[to]))
            to++;
        g_string_append_printf(out, "%s%u+%u", i ? " " : "", from, to - from);
    }
    return g_string_free(out, FALSE);
}

/* Bytes of a broken character are one U+FFFD or more: told apart by nobody. */
static char *mend(const char *text, gsize bytes)
{
    g_autofree char *valid = g_utf8_make_valid(text, (gssize)bytes);

    g_autoptr(GRegex) runs = g_regex_new("\xef\xbf\xbd+", 0, 0, NULL);

    return g_regex_replace_literal(runs, valid, -1, 0, "\xef\xbf\xbd", 0, NULL);
}

struct encoded {
    GArray *ids, *spans;
};

static struct encoded encode(const struct tokenizer *t, const GString *text, bool special)
{
    struct encoded e = {g_array_new(FALSE, FALSE, sizeof(uint32_t)),
                        g_array_new(FALSE, FALSE, sizeof(struct token_span))};

    ck_assert(tokenizer_encode(t, text->str, text->len, special, e.ids, e.spans, NULL));
    ck_assert_uint_eq(e.ids->len, e.spans->len);
    return e;
}

static void finish(struct encoded *e)
{
    g_array_free(e->ids, TRUE);
    g_array_free(e->spans, TRUE);
}

static void expect_decoded(const struct tokenizer *t, const GArray *ids, const char *want, int line)
{
    g_autoptr(GString) wanted = unhex(want);
    gsize bytes;
    g_autofree char *got =
        tokenizer_decode(t, (const uint32_t *)(void *)ids->data, ids->len, false, &bytes);
    g_autofree char *a = mend(got, bytes), *b = mend(wanted->str, wanted->len);

    ck_assert_msg(strcmp(a, b) == 0, "line %d: \"%s\" for \"%s\"", line, a, b);
}

static void expect_text(const struct tokenizer *t, const GString *text, char **want, int line)
{
    struct encoded e = encode(t, text, false);
    g_autoptr(GArray) alone = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    g_autofree char *ids = print_ids(e.ids), *spans = print_spans(e.spans, text);

    ck_assert(tokenizer_encode(t, text->str, text->len, false, alone, NULL, NULL));
    g_autofree char *again = print_ids(alone);
    ck_assert_msg(strcmp(ids, want[0]) == 0, "line %d: %s for %s", line, ids, want[0]);
    ck_assert_str_eq(again, ids);
    if (*want[1])
        ck_assert_msg(strcmp(spans, want[1]) == 0, "line %d: %s for %s", line, spans, want[1]);
    expect_decoded(t, e.ids, want[2], line);
    finish(&e);
}

START_TEST(as_the_package)
{
    struct tokenizer *t = open_oracle(names[_i]);
    g_auto(GStrv) corpus = read_lines("corpus"), lines = read_lines(names[_i]);
    int i = 0;

    for (; i + 1 < (int)g_strv_length(corpus); i++) {
        g_autoptr(GString) text = unhex(corpus[i]);
        g_auto(GStrv) want = g_strsplit(lines[i + 1], "|", 3);

        expect_text(t, text, want, i + 1);
    }
    ck_assert_int_ge(i, 200);
    tokenizer_destroy(t);
}
END_TEST

START_TEST(with_what_the_template_adds)
{
    struct tokenizer *t = open_oracle(names[_i]);
    g_auto(GStrv) lines = read_lines(names[_i]);
    g_auto(GStrv) around = g_strsplit(lines[0], "|", 2);
    g_autoptr(GString) text = g_string_new("a b");
    struct encoded bare = encode(t, text, false), full = encode(t, text, true);
    g_autofree char *a = print_ids(bare.ids), *b = print_ids(full.ids);
    g_autofree char *want =
        g_strconcat(around[0], *around[0] ? " " : "", a, *around[1] ? " " : "", around[1], NULL);

    ck_assert_str_eq(b, want);
    finish(&bare);
    finish(&full);
    tokenizer_destroy(t);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tokenizer_oracle");
    TCase *package = tcase_create("package");

    tcase_add_loop_test(package, as_the_package, 0, G_N_ELEMENTS(names));
    tcase_add_loop_test(package, with_what_the_template_adds, 0, G_N_ELEMENTS(names));
    suite_add_tcase(suite, package);

    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
