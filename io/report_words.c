#include "io/report_words.h"

#include "io/csv_write.h"
#include "io/report_lines.h"

const char *report_words_table(const struct vocabulary_section *s)
{
    return comparison_tensor(s->in->comparison, s->v->entry)->name;
}

void report_words_states(struct json_writer *w, const uint32_t n[ROW_STATES], bool known)
{
    for (int i = 0; i < ROW_STATES; i++)
        if (i != ROW_UNKNOWN && known)
            json_count(w, row_state_name((enum row_state)i), n[i]);
        else if (i != ROW_UNKNOWN)
            json_null(w, row_state_name((enum row_state)i));
}

/* How many of a category are one token. */
static uint32_t one_token(const struct covered_category *c)
{
    return c->words - c->missing - c->several;
}

/* Of its words of several tokens: of how many it is proved. */
static uint32_t several_untouched(const struct covered_category *c)
{
    return c->several - c->several_of[ROW_MOVED] - c->several_of[ROW_UNKNOWN];
}

static bool is_untouched(const struct covered_word *w)
{
    return w->n == 1 && covered_word_is_untouched(w);
}

static bool is_untouched_several(const struct covered_word *w)
{
    return w->n > 1 && covered_word_is_untouched(w);
}

static bool is_moved_several(const struct covered_word *w)
{
    return w->n > 1 && w->state == ROW_MOVED;
}

static bool is_not_one(const struct covered_word *w)
{
    return w->n != 1;
}

static bool is_missing(const struct covered_word *w)
{
    return w->id == PAIR_NONE;
}

static void write_words(struct json_writer *w, const char *key, const struct vocabulary_section *s,
                        uint32_t category, bool (*take)(const struct covered_word *w))
{
    const struct word_list *list = s->in->words;

    json_begin_list(w, key, true);
    for (uint32_t i = 0; i < list->n_words; i++)
        if (list->words[i].category == category && take(&s->coverage->words[i]))
            json_string(w, NULL, list->words[i].text);
    json_end_list(w);
}

/* Words with the tokens that spell them. */
static void write_several(struct json_writer *w, const struct vocabulary_section *s,
                          uint32_t category)
{
    const struct word_list *list = s->in->words;

    json_begin_list(w, "several_tokens", false);
    for (uint32_t i = 0; i < list->n_words; i++) {
        const struct covered_word *word = &s->coverage->words[i];

        if (list->words[i].category != category || word->n < 2)
            continue;
        json_begin_object(w, NULL, true);
        json_string(w, "word", list->words[i].text);
        json_begin_list(w, "ids", true);
        for (uint32_t k = 0; k < word->n; k++)
            json_count(w, NULL, g_array_index(s->coverage->pieces, uint32_t, word->first + k));
        json_end_list(w);
        json_string(w, "least_moved", row_state_name(word->state));
        json_bool(w, "untouched", covered_word_is_untouched(word));
        json_end_object(w);
    }
    json_end_list(w);
}

void report_words_json(struct json_writer *w, const struct vocabulary_section *s)
{
    json_string(w, "words_cut_by", s->coverage->exact ? "tokenizer" : "longest match");
    json_begin_list(w, "categories", false);
    for (uint32_t i = 0; i < s->in->words->n_categories; i++) {
        const struct covered_category *c = &s->coverage->categories[i];

        json_begin_object(w, NULL, false);
        json_string(w, "category", s->in->words->categories[i]);
        json_count(w, "words", c->words);
        json_count(w, "tokens", one_token(c));
        report_words_states(w, c->n, vocabulary_is_judged(s->v));
        write_words(w, "untouched", s, i, is_untouched);
        write_words(w, "not_one_token", s, i, is_not_one);
        write_several(w, s, i);
        json_end_object(w);
    }
    json_end_list(w);
}

/* Text. */

/* Of several tokens: with them behind it. */
static void print_word(FILE *out, const struct vocabulary_section *s, uint32_t word)
{
    const struct covered_word *w = &s->coverage->words[word];

    report_escaped(out, s->in->words->words[word].text);
    if (w->n > 1) {
        char *pieces = coverage_pieces_text(s->coverage, w, s->in->texts, s->rows);

        fputs(" (", out);
        report_escaped(out, pieces);
        fputc(')', out);
        g_free(pieces);
    }
}

static void print_words(FILE *out, const char *lead, const struct vocabulary_section *s,
                        uint32_t category, bool (*take)(const struct covered_word *w))
{
    const struct word_list *list = s->in->words;
    bool any = false;

    for (uint32_t i = 0; i < list->n_words; i++) {
        if (list->words[i].category != category || !take(&s->coverage->words[i]))
            continue;
        fputs(any ? ", " : lead, out);
        print_word(out, s, i);
        any = true;
    }
    if (any)
        fputc('\n', out);
}

static bool any_several(const struct vocabulary_section *s)
{
    for (uint32_t i = 0; i < s->in->words->n_categories; i++)
        if (s->coverage->categories[i].several)
            return true;
    return false;
}

void report_words_text(FILE *out, const struct vocabulary_section *s)
{
    if (any_several(s))
        fprintf(out, "  %s\n", coverage_several_text(s->coverage));
    fprintf(out, "\n  %-*s %7s %7s %7s %7s %7s %7s %8s %9s %7s\n", REPORT_NAME_COLUMNS - 2,
            "category", "words", "tokens", "moved", "unmoved", "decayed", "zero", "several",
            "untrained", "absent");
    for (uint32_t i = 0; i < s->in->words->n_categories; i++) {
        const struct covered_category *c = &s->coverage->categories[i];

        fputs("  ", out);
        report_name(out, s->in->words->categories[i], REPORT_NAME_COLUMNS - 2);
        fprintf(out, " %7u %7u %7u %7u %7u %7u %8u %9u %7u\n", c->words, one_token(c),
                c->n[ROW_MOVED], c->n[ROW_UNMOVED], c->n[ROW_DECAYED], c->n[ROW_ZERO], c->several,
                several_untouched(c), c->missing);
        print_words(out, "    never touched: ", s, i, is_untouched);
        print_words(out, "    several tokens, untrained: ", s, i, is_untouched_several);
        print_words(out, "    several tokens, all moved: ", s, i, is_moved_several);
        print_words(out, "    no tokens spell: ", s, i, is_missing);
    }
}

/* CSV. */

void report_words_numbers(FILE *out, const uint32_t n[ROW_STATES], bool known)
{
    for (int i = 0; i < ROW_STATES; i++)
        if (i != ROW_UNKNOWN && known)
            fprintf(out, ",%u", n[i]);
        else if (i != ROW_UNKNOWN)
            fputc(',', out);
}

void report_words_csv(FILE *out, const struct vocabulary_section *s)
{
    for (uint32_t i = 0; i < s->in->words->n_categories; i++) {
        const struct covered_category *c = &s->coverage->categories[i];

        csv_text(out, report_words_table(s));
        fputc(',', out);
        csv_text(out, s->in->words->categories[i]);
        fprintf(out, ",%u,%u", c->words, one_token(c));
        report_words_numbers(out, c->n, vocabulary_is_judged(s->v));
        fprintf(out, ",%u,%u,%u", c->several, several_untouched(c), c->missing);
        fputc('\n', out);
    }
}
