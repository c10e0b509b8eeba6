#include "tui/token_page.h"

#include <math.h>

#include "core/escape.h"
#include "tui/entry_text.h"
#include "tui/plot.h"
#include "tui/tsv.h"
#include "tui/units.h"

#define NAME_COLUMNS 14
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

/* The columns of counts: behind the words of several tokens how many are proved untrained. */
static const struct {
    const char *name;
    int columns;
} counts[] = {{"words", 6},   {"tokens", 7}, {"moved", 6},   {"unmoved", 8},
              {"decayed", 8}, {"zero", 5},   {"several", 9}, {"absent", 7}};

enum { COUNT_SEVERAL = 6 };

void token_page_heading(const struct surface *s, int row)
{
    int col = 2 + NAME_COLUMNS;

    surface_field(s, row, 2, NAME_COLUMNS, false, CUT_END, style_of(PAINT_DIM), "category");
    for (gsize i = 0; i < G_N_ELEMENTS(counts); col += counts[i++].columns)
        surface_field(s, row, col, counts[i].columns, true, CUT_END, style_of(PAINT_DIM),
                      counts[i].name);
    surface_text(s, row, col + 2, style_of(PAINT_DIM), "share");
}

static guint32 several_untouched(const struct covered_category *k)
{
    return k->several - k->several_of[ROW_MOVED] - k->several_of[ROW_UNKNOWN];
}

/* "5", or "5 2!" where two of them can't have been trained on. */
static void several_text(const struct covered_category *k, char text[static 2 * UNIT_BYTES])
{
    char all[UNIT_BYTES], some[UNIT_BYTES];

    unit_count(all, k->several);
    unit_count(some, several_untouched(k));
    if (several_untouched(k))
        g_snprintf(text, 2 * UNIT_BYTES, "%s %s!", all, some);
    else
        g_strlcpy(text, all, 2 * UNIT_BYTES);
}

void token_page_row(const struct token_rows *r, guint category, const struct surface *s, int row)
{
    const struct covered_category *k = &r->coverage->categories[category];
    guint32 one = k->words - k->missing - k->several, found = one + several_untouched(k);
    const guint32 numbers[] = {k->words,          one,           k->n[ROW_MOVED], k->n[ROW_UNMOVED],
                               k->n[ROW_DECAYED], k->n[ROW_ZERO], k->several,      k->missing};
    char *name = escape_text(r->words->categories[category]), text[2 * UNIT_BYTES];
    bool untouched = found && !k->n[ROW_MOVED] && !k->n[ROW_UNKNOWN];
    int col = 2 + NAME_COLUMNS;

    surface_field(s, row, 2, NAME_COLUMNS, false, CUT_END,
                  style_of(untouched ? PAINT_WARN : PAINT_TEXT), name);
    for (gsize i = 0; i < G_N_ELEMENTS(numbers); col += counts[i++].columns) {
        if (i > 0 && !r->texts)
            g_strlcpy(text, "-", sizeof text);
        else if (i == COUNT_SEVERAL)
            several_text(k, text);
        else
            unit_count(text, numbers[i]);
        surface_field(s, row, col, counts[i].columns, true, CUT_END,
                      style_of(numbers[i] ? PAINT_TEXT : PAINT_DIM), text);
    }
    plot_bar(s, row, col + 2, BAR_COLUMNS, style_of(PAINT_DELTA),
             found ? (double)k->n[ROW_MOVED] / found : NAN);
    g_free(name);
}

static bool is_one(const struct covered_word *w, enum row_state state)
{
    return w->n == 1 && w->state == state;
}

static bool is_unmoved(const struct covered_word *w)
{
    return is_one(w, ROW_UNMOVED);
}

static bool is_decayed(const struct covered_word *w)
{
    return is_one(w, ROW_DECAYED);
}

static bool is_zero(const struct covered_word *w)
{
    return is_one(w, ROW_ZERO);
}

static bool is_moved(const struct covered_word *w)
{
    return is_one(w, ROW_MOVED);
}

static bool is_several_untouched(const struct covered_word *w)
{
    return w->n > 1 && covered_word_is_untouched(w);
}

static bool is_several_moved(const struct covered_word *w)
{
    return w->n > 1 && w->state == ROW_MOVED;
}

static bool is_absent(const struct covered_word *w)
{
    return w->n == 0;
}

static bool is_unknown(const struct covered_word *w)
{
    return w->n > 0 && w->state == ROW_UNKNOWN;
}

/* What the words of a category can be. */
static const struct word_kind {
    const char *lead;
    bool (*fits)(const struct covered_word *w);
    enum paint paint;
} kinds[] = {
    {" never touched", is_unmoved, PAINT_WARN},      {" decayed only", is_decayed, PAINT_WARN},
    {" part untouched", is_several_untouched, PAINT_WARN},
    {" all zero", is_zero, PAINT_TEXT},              {" moved", is_moved, PAINT_TEXT},
    {" parts moved", is_several_moved, PAINT_TEXT}, {" absent", is_absent, PAINT_TEXT},
    {" not known", is_unknown, PAINT_TEXT}};

/* "stroller (st|roll!|er)", or the word alone. */
static void append_word(GString *out, const struct token_rows *r, guint32 word)
{
    const struct covered_word *w = &r->coverage->words[word];
    char *safe = escape_text(r->words->words[word].text);

    g_string_append_printf(out, "%s%s", out->len ? ", " : "", safe);
    g_free(safe);
    if (w->n > 1) {
        char *pieces = coverage_pieces_text(r->coverage, w, r->texts, r->rows);

        safe = escape_text(pieces);
        g_string_append_printf(out, " (%s)", safe);
        g_free(safe);
        g_free(pieces);
    }
}

static void add_words(struct page *p, const struct token_rows *r, guint category, int cols,
                      const struct word_kind *kind)
{
    GString *words = g_string_new(NULL);

    for (guint32 i = 0; i < r->words->n_words; i++)
        if (r->words->words[i].category == category && kind->fits(&r->coverage->words[i]))
            append_word(words, r, i);
    if (words->len)
        page_wrap(p, cols, 16, kind->lead, kind->paint, words->str);
    g_string_free(words, TRUE);
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
    for (gsize i = 0; r->texts && i < G_N_ELEMENTS(kinds); i++)
        add_words(p, r, category, cols, &kinds[i]);
    if (r->coverage->categories[category].several)
        page_wrap(p, cols, 1, " ", PAINT_DIM, coverage_several_text(r->coverage));
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
    line = !r->texts
               ? g_strdup_printf("%s  %u words  no texts of tokens", name, k->words)
               : g_strdup_printf("%s  %u words  %u moved  %u unmoved  %u decayed  %u of several "
                                 "tokens, %u of them untrained  %u absent",
                                 name, k->words, k->n[ROW_MOVED], k->n[ROW_UNMOVED],
                                 k->n[ROW_DECAYED], k->several, several_untouched(k), k->missing);
    g_free(name);
    return line;
}

void token_page_write_rows(const struct token_rows *r, FILE *out)
{
    fputs("id\ttoken\tstate\trelative\tbase_l2\ttuned_l2\tdelta_l2\tdecay\n", out);
    for (guint i = 0; i < r->n_shown; i++) {
        const struct vocabulary_row *row = &r->rows[r->shown[i]];
        char *text = escape_text(token_texts_get(r->texts, row->id));

        fprintf(out, "%u\t%s\t%s", row->id, text, row_state_name(row->state));
        tsv_number(out, row->relative);
        tsv_number(out, row->base_l2);
        tsv_number(out, row->tuned_l2);
        tsv_number(out, row->delta_l2);
        tsv_number(out, row->decay);
        fputc('\n', out);
        g_free(text);
    }
}

void token_page_write_words(const struct token_rows *r, FILE *out)
{
    fputs("category\tword\tid\tstate\tpieces\n", out);
    for (guint32 i = 0; r->coverage && i < r->words->n_words; i++) {
        const struct covered_word *w = &r->coverage->words[i];
        char *word = escape_text(r->words->words[i].text);
        char *category = escape_text(r->words->categories[r->words->words[i].category]);
        char *pieces = coverage_pieces_text(r->coverage, w, r->texts, r->rows);
        char *safe = escape_text(pieces);

        if (w->id == PAIR_NONE)
            fprintf(out, "%s\t%s\t\t%s\t\n", category, word, r->texts ? "absent" : "unknown");
        else
            fprintf(out, "%s\t%s\t%u\t%s\t%s\n", category, word, w->id,
                    row_state_name(w->state), w->n > 1 ? safe : "");
        g_free(safe);
        g_free(pieces);
        g_free(word);
        g_free(category);
    }
}
