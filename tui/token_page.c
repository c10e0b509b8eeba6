#include "tui/token_page.h"

#include <math.h>

#include "core/escape.h"
#include "tui/entry_text.h"
#include "tui/plot.h"
#include "tui/units.h"

#define NAME_COLUMNS 14
#define COUNT_COLUMNS 8
#define BAR_COLUMNS 10

char *token_page_summary(const struct token_rows *r)
{
    const struct vocabulary *v = token_rows_table(r);
    char *name = entry_name(r->of, v->entry, 0);
    GString *out = g_string_new(name);

    g_string_append_printf(out, "  %u rows", v->rows);
    for (int i = 0; i < ROW_STATES; i++)
        if (i != ROW_UNKNOWN && vocabulary_is_judged(v))
            g_string_append_printf(out, "  %u %s", v->n[i], row_state_name((enum row_state)i));
    g_free(name);
    return g_string_free(out, FALSE);
}

static const char *const headings[] = {"words",   "tokens", "moved", "unmoved",
                                       "decayed", "zero",   "absent"};

void token_page_heading(const struct surface *s, int row)
{
    surface_field(s, row, 2, NAME_COLUMNS, false, CUT_END, style_of(PAINT_DIM), "category");
    for (gsize i = 0; i < G_N_ELEMENTS(headings); i++)
        surface_field(s, row, 2 + NAME_COLUMNS + (int)i * COUNT_COLUMNS, COUNT_COLUMNS, true,
                      CUT_END, style_of(PAINT_DIM), headings[i]);
    surface_text(s, row, 4 + NAME_COLUMNS + (int)G_N_ELEMENTS(headings) * COUNT_COLUMNS,
                 style_of(PAINT_DIM), "share");
}

void token_page_row(const struct token_rows *r, guint category, const struct surface *s, int row)
{
    const struct covered_category *k = &r->coverage->categories[category];
    const guint32 numbers[] = {k->words,          k->words - k->missing, k->n[ROW_MOVED],
                               k->n[ROW_UNMOVED], k->n[ROW_DECAYED],     k->n[ROW_ZERO],
                               k->missing};
    char *name = escape_text(r->words->categories[category]), text[UNIT_BYTES];
    guint32 found = k->words - k->missing;
    bool untouched = found && !k->n[ROW_MOVED] && !k->n[ROW_UNKNOWN];

    surface_field(s, row, 2, NAME_COLUMNS, false, CUT_END,
                  style_of(untouched ? PAINT_WARN : PAINT_TEXT), name);
    for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++)
        surface_field(s, row, 2 + NAME_COLUMNS + (int)i * COUNT_COLUMNS, COUNT_COLUMNS, true,
                      CUT_END, style_of(numbers[i] ? PAINT_TEXT : PAINT_DIM),
                      unit_count(text, numbers[i]));
    plot_bar(s, row, 4 + NAME_COLUMNS + (int)G_N_ELEMENTS(numbers) * COUNT_COLUMNS, BAR_COLUMNS,
             style_of(PAINT_DELTA), found ? (double)k->n[ROW_MOVED] / found : NAN);
    g_free(name);
}

/* Words of a category in that state, or (PAIR_NONE) not one token; NULL: none. */
static char *words_in(const struct token_rows *r, guint category, bool missing,
                      enum row_state state)
{
    GString *out = g_string_new(NULL);

    for (guint32 i = 0; i < r->words->n_words; i++) {
        const struct covered_word *w = &r->coverage->words[i];
        char *safe;

        if (r->words->words[i].category != category || (w->id == PAIR_NONE) != missing ||
            (!missing && w->state != state))
            continue;
        safe = escape_text(r->words->words[i].text);
        g_string_append_printf(out, "%s%s", out->len ? ", " : "", safe);
        g_free(safe);
    }
    return g_string_free(out, out->len == 0);
}

static void add_words(struct page *p, const struct token_rows *r, guint category, int cols,
                      int which)
{
    static const struct {
        const char *lead;
        enum row_state state;
    } kinds[] = {{" never touched", ROW_UNMOVED}, {" decayed only", ROW_DECAYED},
                 {" all zero", ROW_ZERO},         {" moved", ROW_MOVED},
                 {" not one token", ROW_UNKNOWN}, {" not known", ROW_UNKNOWN}};
    char *words = words_in(r, category, which == 4, kinds[which].state);

    if (words)
        page_wrap(p, cols, 16, kinds[which].lead, which < 2 ? PAINT_WARN : PAINT_TEXT, words);
    g_free(words);
}

void token_page_category(struct page *p, const struct token_rows *r, guint category, int cols)
{
    char *name;

    page_clear(p);
    if (!r->coverage) {
        page_print(p, PAINT_TEXT, " no word list: :words FILE loads one");
        page_print(p, PAINT_DIM, " a line is a word, or category,word");
        return;
    }
    name = escape_text(r->words->categories[category]);
    page_rule(p, name);
    g_free(name);
    for (int i = 0; i < 6; i++)
        add_words(p, r, category, cols, i);
    if (r->texts_error) {
        char *why = escape_text(r->texts_error);

        page_wrap(p, cols, 1, " ", PAINT_WARN, why);
        g_free(why);
    }
}

char *token_page_copy(const struct token_rows *r, guint category)
{
    const struct covered_category *k;
    char *name, *line;

    if (!r->coverage || category >= r->words->n_categories)
        return NULL;
    k = &r->coverage->categories[category];
    name = escape_text(r->words->categories[category]);
    line = g_strdup_printf("%s  %u words  %u moved  %u unmoved  %u decayed  %u not one token", name,
                           k->words, k->n[ROW_MOVED], k->n[ROW_UNMOVED], k->n[ROW_DECAYED],
                           k->missing);
    g_free(name);
    return line;
}

static void write_number(FILE *out, double value)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];

    fprintf(out, "\t%s", isfinite(value) ? g_ascii_formatd(text, sizeof text, "%.17g", value) : "");
}

void token_page_write_rows(const struct token_rows *r, FILE *out)
{
    fputs("id\ttoken\tstate\trelative\tbase_l2\ttuned_l2\tdelta_l2\tdecay\n", out);
    for (guint i = 0; i < r->n_shown; i++) {
        const struct vocabulary_row *row = &r->rows[r->shown[i]];
        char *text = escape_text(token_texts_get(r->texts, row->id));

        fprintf(out, "%u\t%s\t%s", row->id, text, row_state_name(row->state));
        write_number(out, row->relative);
        write_number(out, row->base_l2);
        write_number(out, row->tuned_l2);
        write_number(out, row->delta_l2);
        write_number(out, row->decay);
        fputc('\n', out);
        g_free(text);
    }
}

void token_page_write_words(const struct token_rows *r, FILE *out)
{
    fputs("category\tword\tid\tstate\n", out);
    for (guint32 i = 0; r->coverage && i < r->words->n_words; i++) {
        const struct covered_word *w = &r->coverage->words[i];
        char *word = escape_text(r->words->words[i].text);
        char *category = escape_text(r->words->categories[r->words->words[i].category]);

        if (w->id == PAIR_NONE)
            fprintf(out, "%s\t%s\t\tnot one token\n", category, word);
        else
            fprintf(out, "%s\t%s\t%u\t%s\n", category, word, w->id, row_state_name(w->state));
        g_free(word);
        g_free(category);
    }
}
