/* The words of a word list by category, for one table of tokens: in every form of the report. What
 * io/report_vocabulary.c shares with it is here too. */
#ifndef TARE_IO_REPORT_WORDS_H
#define TARE_IO_REPORT_WORDS_H

#include "core/coverage.h"
#include "io/json_write.h"
#include "io/report.h"

/* A table with its rows, and the word list's words among them. */
struct vocabulary_section {
    const struct report_input *in;
    const struct vocabulary *v;
    struct vocabulary_row *rows;
    struct coverage *coverage;  /* NULL: no word list */
    struct vocabulary_row *top; /* [n_top] that moved most */
    guint n_top;
};

const char *report_words_table(const struct vocabulary_section *s); /* its name */
/* Rows of each state; known false: null, or an empty field. */
void report_words_states(struct json_writer *w, const uint32_t n[ROW_STATES], bool known);
void report_words_numbers(FILE *out, const uint32_t n[ROW_STATES], bool known);

/* There must be a coverage. */
void report_words_json(struct json_writer *w, const struct vocabulary_section *s);
void report_words_text(FILE *out, const struct vocabulary_section *s);
void report_words_csv(FILE *out, const struct vocabulary_section *s);

#endif
