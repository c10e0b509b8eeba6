#include "io/report_vocabulary.h"

#include <math.h>
#include <stdlib.h>
#include "io/csv_write.h"
#include "io/report_lines.h"
#include "io/report_words.h"

#define TOP_ROWS 20
#define TOP_LINES 10

static int by_relative(const void *a, const void *b)
{
    const struct vocabulary_row *x = a, *y = b;

    if (x->relative != y->relative)
        return x->relative < y->relative ? 1 : -1;
    return (x->id > y->id) - (x->id < y->id);
}

static void section_init(struct vocabulary_section *s, const struct report_input *in,
                         const struct vocabulary *v)
{
    *s = (struct vocabulary_section){.in = in, .v = v, .rows = g_new(struct vocabulary_row, v->rows)};
    vocabulary_rows(in->comparison, v, s->rows);
    if (in->words)
        s->coverage = coverage_create(in->words, in->texts, comparison_tokenizer(in->comparison), s->rows,
                                      v->rows);
    s->top = g_new(struct vocabulary_row, v->rows);
    for (guint i = 0; i < v->rows; i++)
        if (s->rows[i].relative > 0)
            s->top[s->n_top++] = s->rows[i];
    qsort(s->top, s->n_top, sizeof *s->top, by_relative);
    s->n_top = MIN(s->n_top, TOP_ROWS);
}

static void section_finish(struct vocabulary_section *s)
{
    coverage_destroy(s->coverage);
    g_free(s->rows);
    g_free(s->top);
}

static void for_each(const struct report_input *in,
                     void (*write)(const struct vocabulary_section *s, void *to), void *to)
{
    GArray *tables = vocabulary_tables(in->comparison);

    for (guint i = 0; i < tables->len; i++) {
        struct vocabulary_section s;

        section_init(&s, in, &g_array_index(tables, struct vocabulary, i));
        write(&s, to);
        section_finish(&s);
    }
    g_array_free(tables, TRUE);
}

/* JSON. */

/* Tokens may be parts of characters: many readers refuse what stands for such bytes in a string. */
static void write_token(struct json_writer *w, const char *text)
{
    GString *hex;

    if (!text || g_utf8_validate(text, -1, NULL)) {
        json_string(w, "token", text);
        return;
    }
    hex = g_string_new(NULL);
    for (const char *p = text; *p; p++)
        g_string_append_printf(hex, "%02x", (guchar)*p);
    json_null(w, "token");
    json_string(w, "token_bytes", hex->str);
    g_string_free(hex, TRUE);
}

static void write_top(struct json_writer *w, const struct vocabulary_section *s)
{
    json_begin_list(w, "top_moved", false);
    for (guint i = 0; i < s->n_top; i++) {
        json_begin_object(w, NULL, true);
        json_count(w, "id", s->top[i].id);
        write_token(w, token_texts_get(s->in->texts, s->top[i].id));
        json_double(w, "relative", s->top[i].relative);
        json_end_object(w);
    }
    json_end_list(w);
}

static void write_json(const struct vocabulary_section *s, void *to)
{
    struct json_writer *w = to;

    json_begin_object(w, NULL, false);
    json_string(w, "table", report_words_table(s));
    json_string(w, "kind", vocabulary_name(s->v));
    json_count(w, "rows", s->v->rows);
    report_words_states(w, s->v->n, vocabulary_is_judged(s->v));
    json_double(w, "floor", s->v->floor);
    json_string(w, "caveat", vocabulary_caveat_text(s->v->caveat));
    json_string(w, "texts", s->in->texts ? s->in->texts->path : NULL);
    write_top(w, s);
    if (s->coverage)
        report_words_json(w, s);
    json_end_object(w);
}

void report_vocabulary_json(struct json_writer *w, const struct report_input *in)
{
    json_begin_list(w, "vocabulary", false);
    for_each(in, write_json, w);
    json_end_list(w);
}

/* Text. */

static void print_token(FILE *out, const struct vocabulary_section *s, uint32_t id)
{
    const char *text = token_texts_get(s->in->texts, id);

    if (!text)
        return;
    fputs(" \"", out);
    report_escaped(out, text);
    fputc('"', out);
}

static void print_text(const struct vocabulary_section *s, void *to)
{
    const char *caveat = vocabulary_caveat_text(s->v->caveat);
    FILE *out = to;

    fprintf(out, "\nVocabulary, %s ", vocabulary_name(s->v));
    report_escaped(out, report_words_table(s));
    fprintf(out, ": %u rows", s->v->rows);
    for (int i = 0; i < ROW_STATES && vocabulary_is_judged(s->v); i++)
        if (i != ROW_UNKNOWN)
            fprintf(out, ", %u %s", s->v->n[i], row_state_name((enum row_state)i));
    fputc('\n', out);
    if (caveat)
        fprintf(out, "  %s\n", caveat);
    for (guint i = 0; i < MIN(s->n_top, TOP_LINES); i++) {
        fprintf(out, "  %7u", s->top[i].id);
        report_relative(out, s->top[i].relative, s->v->floor);
        print_token(out, s, s->top[i].id);
        fputc('\n', out);
    }
    if (s->coverage)
        report_words_text(out, s);
}

void report_vocabulary_text(FILE *out, const struct report_input *in)
{
    for_each(in, print_text, out);
}

/* CSV. */

static void write_table(const struct vocabulary_section *s, void *to)
{
    FILE *out = to;

    csv_text(out, report_words_table(s));
    fprintf(out, ",%s,%u", vocabulary_name(s->v), s->v->rows);
    report_words_numbers(out, s->v->n, vocabulary_is_judged(s->v));
    fputc(',', out);
    csv_text(out, vocabulary_caveat_text(s->v->caveat));
    fputc('\n', out);
}

static void write_words(const struct vocabulary_section *s, void *to)
{
    report_words_csv(to, s);
}

void report_vocabulary_csv(FILE *out, const struct report_input *in)
{
    GArray *tables = vocabulary_tables(in->comparison);
    guint n = tables->len;

    g_array_free(tables, TRUE);
    if (!n)
        return;
    fputs("\ntable,kind,rows,moved,unmoved,decayed,zero,caveat\n", out);
    for_each(in, write_table, out);
    if (!in->words)
        return;
    fputs("\ntable,category,words,tokens,moved,unmoved,decayed,zero,several,several_untrained,absent\n", out);
    for_each(in, write_words, out);
}
