/* contract_reports: each form is written for the same comparison; JSON parses back to the summary's
 * numbers to the last bit, CSV has one field a column, text moves no cursor. */
#include <check.h>
#include <json-glib/json-glib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "core/gates.h"
#include "core/heads.h"
#include "core/spectrum_all.h"
#include "io/json_write.h"
#include "io/report.h"
#include "tests/support/memory_source.h"

static float base_value(uint64_t i)
{
    return (float)(i % 97) * 0.01f - 0.4f;
}

static float tuned_value(uint64_t i)
{
    return i == 5 ? NAN : base_value(i) + (float)(i % 11) * 1e-4f;
}

/* A name that would clear a screen, one that is no UTF-8, one with quotes and a newline. */
#define NASTY "layers.0.\x1b[2J\xe2\x80\xae.weight"
#define BYTES "layers.1.\xff\xfe.weight"
#define QUOTES "layers.2.\"a\\b\",\n.weight"

static struct checkpoint *build(bool tuned)
{
    struct memory_source *m = memory_source_create(tuned ? "tuned.h5" : "base.h5");
    static const int64_t large[3] = {INT64_MIN, 3, INT64_MAX - 1};
    static const uint64_t larger[2] = {1, UINT64_MAX};
    const uint64_t three = 3, two = 2;

    memory_source_add_f32(m, NASTY, 20, 30, tuned ? tuned_value : base_value);
    memory_source_add_f32(m, BYTES, 20, 30, tuned ? tuned_value : base_value);
    memory_source_add_f32(m, QUOTES, 7, 0, base_value);
    memory_source_add(m, "counts", TENSOR_STATE, DTYPE_I64, 1, &three, large);
    memory_source_add(m, "codes", TENSOR_OTHER, DTYPE_U64, 1, &two, larger);
    memory_source_add_f32(m, tuned ? "new.weight" : "old.weight", 3, 3, base_value);
    memory_source_add_f32(m, "bad.weight", 3, 3, base_value);
    if (tuned)
        memory_source_break(m, "bad.weight");
    memory_source_skip(m, "/link", "external link to /etc/passwd: refused");
    memory_source_warn(m, "planted warning");
    return checkpoint_create(memory_source_finish(m));
}

static struct comparison *compare(bool pair)
{
    const struct comparison_options options = {.threads = 2, .use_rules = true};
    struct comparison *c =
        comparison_create(build(false), pair ? build(true) : NULL, &options, NULL);

    comparison_scan_start(c);
    comparison_scan_wait(c);
    return c;
}

static char *print_all(const char *form, const struct comparison *c, bool spectra)
{
    GArray *findings = rules_check(c);
    const struct report_input in = {.comparison = c, .findings = findings, .spectra = spectra};
    char *text = NULL;
    size_t bytes;
    FILE *out = open_memstream(&text, &bytes);

    report_find(form)->write(&in, out);
    fclose(out);
    findings_free(findings);
    return text;
}

static char *print(const char *form, const struct comparison *c)
{
    return print_all(form, c, false);
}

static void check_number(JsonObject *o, const char *key, double want)
{
    JsonNode *n = json_object_get_member(o, key);

    ck_assert_msg(n != NULL, "%s is missing", key);
    if (!isfinite(want))
        ck_assert_msg(json_node_is_null(n), "%s is not null", key);
    else
        ck_assert_msg(json_node_get_double(n) == want, "%s: %.17g, not %.17g", key,
                      json_node_get_double(n), want);
}

static void check_side(JsonObject *tensor, const char *key, const struct stats *s)
{
    JsonObject *side = json_object_get_object_member(tensor, key);

    check_number(side, "l1", stats_l1(s));
    check_number(side, "l2", stats_l2(s));
    check_number(side, "mean", stats_mean(s));
    check_number(side, "std", stats_std(s));
    check_number(side, "kurtosis", stats_kurtosis(s));
    ck_assert_int_eq(json_object_get_int_member(side, "nan"), (gint64)s->nan);
}

static void check_tensors(JsonArray *tensors, const struct comparison *c)
{
    ck_assert_uint_eq(json_array_get_length(tensors), c->summary.n);
    for (guint i = 0; i < c->summary.n; i++) {
        JsonObject *t = json_array_get_object_element(tensors, i);
        const struct entry_summary *e = &c->summary.entries[i];

        if (e->state != ENTRY_DONE) {
            ck_assert_str_eq(json_object_get_string_member(t, "error"), e->error);
            continue;
        }
        if (e->result.has_base)
            check_side(t, "base", &e->result.stats.base);
        if (e->result.has_delta)
            check_number(json_object_get_object_member(t, "delta"), "relative",
                         pair_relative(&e->result.stats));
    }
}

START_TEST(test_json_parses_back)
{
    struct comparison *c = compare(_i);
    char *text = print("json", c);
    JsonParser *parser = json_parser_new();
    GError *error = NULL;
    JsonObject *root;

    /* Bytes that are no UTF-8 travel as lone surrogates, which this parser refuses. */
    for (char *p = text; (p = strstr(p, "\\udc"));)
        memcpy(p, "\\u00", 4);
    ck_assert_msg(json_parser_load_from_data(parser, text, -1, &error), "%s",
                  error ? error->message : "");
    root = json_node_get_object(json_parser_get_root(parser));
    ck_assert_int_eq(json_object_get_int_member(root, "report"), 1);
    check_tensors(json_object_get_array_member(root, "tensors"), c);
    ck_assert_uint_eq(json_array_get_length(json_object_get_array_member(root, "blocks")), 3);
    ck_assert_uint_eq(json_array_get_length(json_object_get_array_member(root, "skipped")),
                      _i ? 2 : 1);
    ck_assert(json_object_get_null_member(root, "tuned") == !_i);
    g_object_unref(parser);
    free(text);
    comparison_destroy(c);
}
END_TEST

static void check_spectrum(JsonObject *o, const struct spectrum *s)
{
    JsonObject *delta = json_object_get_object_member(o, "delta");
    JsonObject *base = json_object_get_object_member(o, "base");
    JsonArray *values = base ? json_object_get_array_member(base, "singular_values") : NULL;

    ck_assert_uint_eq(base ? json_array_get_length(values) : 0, s->side[SPECTRUM_BASE].n);
    for (guint i = 0; i < s->side[SPECTRUM_BASE].n; i++)
        ck_assert(json_array_get_double_element(values, i) == s->side[SPECTRUM_BASE].sigma[i]);
    ck_assert(!delta == !s->side[SPECTRUM_DELTA].n);
    check_number(o, "overlap", s->overlap);
    check_number(json_object_get_object_member(o, "energy"), "8", s->energy[3]);
}

START_TEST(test_json_spectra)
{
    struct comparison *c = compare(_i);
    JsonParser *parser = json_parser_new();
    JsonArray *tensors;
    guint there = 0;
    char *text;

    spectrum_all(c);
    text = print_all("json", c, true);
    for (char *p = text; (p = strstr(p, "\\udc"));)
        memcpy(p, "\\u00", 4);
    ck_assert(json_parser_load_from_data(parser, text, -1, NULL));
    tensors = json_object_get_array_member(json_node_get_object(json_parser_get_root(parser)),
                                           "tensors");
    for (guint i = 0; i < c->summary.n; i++) {
        JsonObject *t = json_array_get_object_element(tensors, i);
        const struct spectrum *s = comparison_known_spectrum(c, i, NULL);

        ck_assert(json_object_get_null_member(t, "spectrum") == !s);
        there += s != NULL;
        if (s)
            check_spectrum(json_object_get_object_member(t, "spectrum"), s);
    }
    ck_assert_uint_ge(there, 3);
    g_object_unref(parser);
    free(text);
    text = print_all("text", c, true);
    ck_assert_ptr_nonnull(strstr(text, "Spectra"));
    ck_assert_ptr_nonnull(strstr(text, "20 x 30"));
    free(text);
    comparison_destroy(c);
}
END_TEST

/* 64-bit integers keep their own type. */
START_TEST(test_json_integers)
{
    struct comparison *c = compare(false);
    char *text = print("json", c);

    ck_assert_ptr_nonnull(strstr(text, "\"min\": -9223372036854775808"));
    ck_assert_ptr_nonnull(strstr(text, "\"max\": 9223372036854775806"));
    ck_assert_ptr_nonnull(strstr(text, "\"max\": 18446744073709551615"));
    free(text);
    comparison_destroy(c);
}
END_TEST

/* No form lets a byte of a name drive a terminal. */
START_TEST(test_no_control_bytes)
{
    struct comparison *c = compare(true);

    for (size_t i = 0; report_table[i]; i++) {
        char *text = print(report_table[i]->name, c);

        ck_assert_ptr_nonnull(report_table[i]->help);
        ck_assert_msg(g_utf8_validate(text, -1, NULL), "%s", report_table[i]->name);
        for (const char *p = text; *p; p = g_utf8_next_char(p)) {
            gunichar ch = g_utf8_get_char(p);

            ck_assert_msg(ch == '\n' || (g_unichar_isprint(ch) && !g_unichar_iszerowidth(ch)),
                          "%s prints U+%04X", report_table[i]->name, ch);
        }
        free(text);
    }
    comparison_destroy(c);
}
END_TEST

static unsigned count_fields(const char *line)
{
    unsigned n = 1;
    bool quoted = false;

    for (; *line; line++) {
        quoted ^= *line == '"';
        n += *line == ',' && !quoted;
    }
    return n;
}

/* Tables with an empty line between them, the tensors first; each has one number of fields. */
START_TEST(test_csv_is_rectangular)
{
    struct comparison *c = compare(_i);
    char *text = print("csv", c);
    char **lines = g_strsplit(text, "\n", -1);
    guint head = 0, first_table = 0;

    for (guint i = 0; lines[i]; i++) {
        if (!lines[i][0]) {
            first_table = first_table ? first_table : i;
            head = i + 1;
        } else {
            ck_assert_uint_eq(count_fields(lines[i]), count_fields(lines[head]));
        }
    }
    ck_assert_uint_eq(first_table, c->summary.n + 1);
    g_strfreev(lines);
    free(text);
    comparison_destroy(c);
}
END_TEST

/* Two blocks of one fused matrix each; two queries share a key and a value. */
static struct checkpoint *attention(bool tuned)
{
    struct memory_source *m = memory_source_create(tuned ? "tuned.h5" : "base.h5");
    float (*value)(uint64_t) = tuned ? tuned_value : base_value;
    struct source *s;

    memory_source_add_f32(m, "layers.0.attn.qkv.weight", 32, 10, value);
    memory_source_add_f32(m, "layers.1.attn.qkv.weight", 32, 10, value);
    s = memory_source_finish(m);
    s->config.heads = 4;
    s->config.kv_heads = 2;
    return checkpoint_create(s);
}

static void check_json_head(JsonObject *o, const struct head *h)
{
    static const char *const sides[] = {"base_l2", "tuned_l2", "delta_l2"};

    char *layer = g_strdup_printf("layers.%u.attn", h->attention);

    ck_assert_int_eq(json_object_get_int_member(o, "block"), h->attention);
    ck_assert_str_eq(json_object_get_string_member(o, "layer"), layer);
    g_free(layer);
    ck_assert_int_eq(json_object_get_int_member(o, "head"), h->head);
    ck_assert_int_eq(json_object_get_int_member(o, "kv_head"), h->kv_head);
    check_number(o, "relative", h->relative);
    ck_assert(json_object_get_null_member(o, "output"));
    for (unsigned part = 0; part < HEAD_OUTPUT; part++) {
        JsonObject *of = json_object_get_object_member(o, head_part_name((enum head_part)part));
        const struct head_norms *n = &h->part[part];

        check_number(of, sides[0], n->base_l2);
        check_number(of, sides[1], n->tuned_l2);
        check_number(of, sides[2], n->delta_l2);
        check_number(of, "relative", head_part_relative(n));
    }
}

START_TEST(test_heads)
{
    const struct comparison_options options = {.threads = 2};
    struct comparison *c =
        comparison_create(attention(false), _i ? attention(true) : NULL, &options, NULL);
    JsonParser *parser = json_parser_new();
    JsonObject *root;
    JsonArray *heads;
    char *json, *csv, *text;

    comparison_scan_start(c);
    comparison_scan_wait(c);
    json = print("json", c);
    csv = print("csv", c);
    text = print("text", c);
    ck_assert(json_parser_load_from_data(parser, json, -1, NULL));
    root = json_node_get_object(json_parser_get_root(parser));
    ck_assert_int_eq(
        json_object_get_int_member(json_object_get_object_member(root, "base"), "kv_heads"), 2);
    heads = json_object_get_array_member(root, "heads");
    ck_assert_uint_eq(json_array_get_length(heads), 8);
    for (uint32_t i = 0; i < 8; i++) {
        struct head h;

        head_of(c, i / 4, i % 4, &h);
        check_json_head(json_array_get_object_element(heads, i), &h);
    }
    ck_assert_ptr_nonnull(strstr(csv, "\n\nblock,head,kv_head,relative,floor,query_base_l2,"));
    ck_assert_ptr_nonnull(strstr(csv, "\n1,3,1,"));
    ck_assert_ptr_nonnull(strstr(text, "kv head"));
    ck_assert_ptr_nonnull(strstr(text, "\nL1         3       1"));
    free(json);
    free(csv);
    free(text);
    g_object_unref(parser);
    comparison_destroy(c);
}
END_TEST

/* A recurrent kernel of a Keras model, whose shape says that its cell is a GRU's. */
static struct checkpoint *recurrent(bool tuned)
{
    struct memory_source *m = memory_source_create(tuned ? "tuned.h5" : "base.h5");
    struct source *s;

    memory_source_add_f32(m, "gru.cell.recurrent_kernel", 8, 24, tuned ? tuned_value : base_value);
    s = memory_source_finish(m);
    s->format = "keras3";
    return checkpoint_create(s);
}

START_TEST(test_gates)
{
    static const char *const letters[] = {"z", "r", "h"};
    const struct comparison_options options = {.threads = 1};
    struct comparison *c = comparison_create(recurrent(false), recurrent(true), &options, NULL);
    JsonParser *parser = json_parser_new();
    struct gate gates[GATES_MOST];
    JsonObject *tensor;
    JsonArray *list;
    char *json, *text;

    comparison_scan_start(c);
    comparison_scan_wait(c);
    json = print("json", c);
    text = print("text", c);
    ck_assert(json_parser_load_from_data(parser, json, -1, NULL));
    tensor = json_array_get_object_element(
        json_object_get_array_member(json_node_get_object(json_parser_get_root(parser)), "tensors"),
        0);
    list = json_object_get_array_member(tensor, "gates");
    ck_assert_uint_eq(json_array_get_length(list), gates_of(c, 0, gates));
    for (guint i = 0; i < json_array_get_length(list); i++) {
        JsonObject *o = json_array_get_object_element(list, i);

        ck_assert_str_eq(json_object_get_string_member(o, "gate"), letters[i]);
        ck_assert_str_eq(json_object_get_string_member(o, "name"), gates[i].name);
        check_number(o, "base_l2", gates[i].base_l2);
        check_number(o, "tuned_l2", gates[i].tuned_l2);
        check_number(o, "delta_l2", gates[i].delta_l2);
        check_number(o, "relative", gates[i].relative);
    }
    ck_assert_ptr_nonnull(strstr(text, "\ngru.cell.recurrent_kernel        update"));
    free(json);
    free(text);
    g_object_unref(parser);
    comparison_destroy(c);
}
END_TEST

START_TEST(test_unknown_form)
{
    ck_assert_ptr_null(report_find("html"));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("report");
    TCase *t = tcase_create("forms");
    SRunner *r;
    int failed;

    tcase_add_loop_test(t, test_json_parses_back, 0, 2);
    tcase_add_loop_test(t, test_json_spectra, 0, 2);
    tcase_add_test(t, test_json_integers);
    tcase_add_test(t, test_no_control_bytes);
    tcase_add_loop_test(t, test_csv_is_rectangular, 0, 2);
    tcase_add_loop_test(t, test_heads, 0, 2);
    tcase_add_test(t, test_gates);
    tcase_add_test(t, test_unknown_form);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
