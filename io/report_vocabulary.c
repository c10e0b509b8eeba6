#include "io/report_vocabulary.h"

#include <math.h>
#include <stdlib.h>
#include "core/coverage.h"
#include "core/escape.h"
#include "io/report_lines.h"

#define TOP_ROWS 20
#define TOP_LINES 10

/* A table with its rows, and the word list's words among them. */
struct section {
    const struct report_input *in;
    const struct vocabulary *v;
    struct vocabulary_row *rows;
    struct coverage *coverage;  /* NULL: no word list */
    struct vocabulary_row *top; /* [n_top] that moved most */
    guint n_top;
};

static int by_relative(const void *a, const void *b)
{
    const struct vocabulary_row *x = a, *y = b;

    if (x->relative != y->relative)
        return x->relative < y->relative ? 1 : -1;
    return (x->id > y->id) - (x->id < y->id);
}

static void section_init(struct section *s, const struct report_input *in,
                         const struct vocabulary *v)
{
    *s = (struct section){.in = in, .v = v, .rows = g_new(struct vocabulary_row, v->rows)};
    vocabulary_rows(in->comparison, v, s->rows);
    if (in->words)
        s->coverage = coverage_create(in->words, in->texts, s->rows, v->rows);
    s->top = g_new(struct vocabulary_row, v->rows);
    for (guint i = 0; i < v->rows; i++)
        if (s->rows[i].relative > 0)
            s->top[s->n_top++] = s->rows[i];
    qsort(s->top, s->n_top, sizeof *s->top, by_relative);
    s->n_top = MIN(s->n_top, TOP_ROWS);
}

static void section_finish(struct section *s)
{
    coverage_destroy(s->coverage);
    g_free(s->rows);
    g_free(s->top);
}

static void for_each(const struct report_input *in,
                     void (*write)(const struct section *s, void *to), void *to)
{
    GArray *tables = vocabulary_tables(in->comparison);

    for (guint i = 0; i < tables->len; i++) {
        struct section s;

        section_init(&s, in, &g_array_index(tables, struct vocabulary, i));
        write(&s, to);
        section_finish(&s);
    }
    g_array_free(tables, TRUE);
}

static const char *table_name(const struct section *s)
{
    return comparison_tensor(s->in->comparison, s->v->entry)->name;
}

/* JSON. */

static void write_states(struct json_writer *w, const uint32_t n[ROW_STATES], bool known)
{
    for (int i = 0; i < ROW_STATES; i++)
        if (i != ROW_UNKNOWN && known)
            json_count(w, row_state_name((enum row_state)i), n[i]);
        else if (i != ROW_UNKNOWN)
            json_null(w, row_state_name((enum row_state)i));
}

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

static void write_top(struct json_writer *w, const struct section *s)
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

static bool is_untouched(const struct covered_word *w)
{
    return w->id != PAIR_NONE && w->state != ROW_MOVED && w->state != ROW_UNKNOWN;
}

static bool is_missing(const struct covered_word *w)
{
    return w->id == PAIR_NONE;
}

static void write_words(struct json_writer *w, const char *key, const struct section *s,
                        uint32_t category, bool (*take)(const struct covered_word *w))
{
    const struct word_list *list = s->in->words;

    json_begin_list(w, key, true);
    for (uint32_t i = 0; i < list->n_words; i++)
        if (list->words[i].category == category && take(&s->coverage->words[i]))
            json_string(w, NULL, list->words[i].text);
    json_end_list(w);
}

static void write_categories(struct json_writer *w, const struct section *s)
{
    json_begin_list(w, "categories", false);
    for (uint32_t i = 0; i < s->in->words->n_categories; i++) {
        const struct covered_category *c = &s->coverage->categories[i];

        json_begin_object(w, NULL, false);
        json_string(w, "category", s->in->words->categories[i]);
        json_count(w, "words", c->words);
        json_count(w, "tokens", c->words - c->missing);
        write_states(w, c->n, vocabulary_is_judged(s->v));
        write_words(w, "untouched", s, i, is_untouched);
        write_words(w, "not_one_token", s, i, is_missing);
        json_end_object(w);
    }
    json_end_list(w);
}

static void write_json(const struct section *s, void *to)
{
    struct json_writer *w = to;

    json_begin_object(w, NULL, false);
    json_string(w, "table", table_name(s));
    json_string(w, "kind", vocabulary_name(s->v));
    json_count(w, "rows", s->v->rows);
    write_states(w, s->v->n, vocabulary_is_judged(s->v));
    json_double(w, "floor", s->v->floor);
    json_string(w, "caveat", vocabulary_caveat_text(s->v->caveat));
    json_string(w, "texts", s->in->texts ? s->in->texts->path : NULL);
    write_top(w, s);
    if (s->coverage)
        write_categories(w, s);
    json_end_object(w);
}

void report_vocabulary_json(struct json_writer *w, const struct report_input *in)
{
    json_begin_list(w, "vocabulary", false);
    for_each(in, write_json, w);
    json_end_list(w);
}

/* Text. */

static void print_token(FILE *out, const struct section *s, uint32_t id)
{
    const char *text = token_texts_get(s->in->texts, id);

    if (!text)
        return;
    fputs(" \"", out);
    report_escaped(out, text);
    fputc('"', out);
}

static void print_words(FILE *out, const char *lead, const struct section *s, uint32_t category,
                        bool (*take)(const struct covered_word *w))
{
    const struct word_list *list = s->in->words;
    bool any = false;

    for (uint32_t i = 0; i < list->n_words; i++) {
        if (list->words[i].category != category || !take(&s->coverage->words[i]))
            continue;
        fputs(any ? ", " : lead, out);
        report_escaped(out, list->words[i].text);
        any = true;
    }
    if (any)
        fputc('\n', out);
}

static void print_categories(FILE *out, const struct section *s)
{
    fprintf(out, "\n  %-*s %7s %7s %7s %7s %7s %7s %9s\n", REPORT_NAME_COLUMNS - 2, "category",
            "words", "tokens", "moved", "unmoved", "decayed", "zero", "no token");
    for (uint32_t i = 0; i < s->in->words->n_categories; i++) {
        const struct covered_category *c = &s->coverage->categories[i];

        fputs("  ", out);
        report_name(out, s->in->words->categories[i], REPORT_NAME_COLUMNS - 2);
        fprintf(out, " %7u %7u %7u %7u %7u %7u %9u\n", c->words, c->words - c->missing,
                c->n[ROW_MOVED], c->n[ROW_UNMOVED], c->n[ROW_DECAYED], c->n[ROW_ZERO], c->missing);
        print_words(out, "    never touched: ", s, i, is_untouched);
        print_words(out, "    not one token: ", s, i, is_missing);
    }
}

static void print_text(const struct section *s, void *to)
{
    const char *caveat = vocabulary_caveat_text(s->v->caveat);
    FILE *out = to;

    fprintf(out, "\nVocabulary, %s ", vocabulary_name(s->v));
    report_escaped(out, table_name(s));
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
        print_categories(out, s);
}

void report_vocabulary_text(FILE *out, const struct report_input *in)
{
    for_each(in, print_text, out);
}

/* CSV. */

static void write_field(FILE *out, const char *text)
{
    char *safe = escape_text(text);

    fputc('"', out);
    for (const char *p = safe; *p; p++)
        fputs(*p == '"' ? "\"\"" : (char[]){*p, 0}, out);
    fputc('"', out);
    g_free(safe);
}

static void write_numbers(FILE *out, const uint32_t n[ROW_STATES], bool known)
{
    for (int i = 0; i < ROW_STATES; i++)
        if (i != ROW_UNKNOWN && known)
            fprintf(out, ",%u", n[i]);
        else if (i != ROW_UNKNOWN)
            fputc(',', out);
}

static void write_table(const struct section *s, void *to)
{
    FILE *out = to;

    write_field(out, table_name(s));
    fprintf(out, ",%s,%u", vocabulary_name(s->v), s->v->rows);
    write_numbers(out, s->v->n, vocabulary_is_judged(s->v));
    fputc(',', out);
    write_field(out, vocabulary_caveat_text(s->v->caveat));
    fputc('\n', out);
}

static void write_table_words(const struct section *s, void *to)
{
    FILE *out = to;

    for (uint32_t i = 0; i < s->in->words->n_categories; i++) {
        const struct covered_category *c = &s->coverage->categories[i];

        write_field(out, table_name(s));
        fputc(',', out);
        write_field(out, s->in->words->categories[i]);
        fprintf(out, ",%u,%u", c->words, c->words - c->missing);
        write_numbers(out, c->n, vocabulary_is_judged(s->v));
        fputc('\n', out);
    }
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
    fputs("\ntable,category,words,tokens,moved,unmoved,decayed,zero\n", out);
    for_each(in, write_table_words, out);
}
