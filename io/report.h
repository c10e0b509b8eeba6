/* The same facts without a terminal: one file and one row a form. */
#ifndef TARE_IO_REPORT_H
#define TARE_IO_REPORT_H

#include <stdio.h>
#include "core/exact_all.h"
#include "core/rule.h"
#include "core/word_list.h"
#include "io/behaviour_open.h"

struct report_input {
    const struct comparison *comparison;
    const GArray *findings; /* struct finding */
    const struct exact_quantiles *exact; /* [n_entries]; NULL: quantiles come from the sketches */
    bool spectra; /* of the matrices are there */
    const struct token_texts *texts; /* of the vocabulary; NULL: none */
    const struct word_list *words;   /* NULL: none was named */
    const struct behaviour_result *behaviour; /* on examples; NULL: none were named */
    const char *const *remarks; /* what of a recording was left out; NULL: there is none */
};

struct report_form {
    const char *name; /* "json" */
    const char *help;
    /* Writes to out; errors are found by ferror(out) at the end. */
    void (*write)(const struct report_input *in, FILE *out);
};

/* What the forms share: one side of an entry. */
struct report_side {
    const struct tensor *tensor; /* NULL: the entry has no such side */
    const struct stats *stats;   /* NULL: not read */
    double quantiles[EXACT_QUANTILES];
    double quantile_error; /* relative; 0: exact */
};

void report_side_of(const struct report_input *in, uint32_t entry, bool tuned,
                    struct report_side *out);
/* False: no tensor is in that block. */
bool report_block_rollup(const struct comparison *c, uint32_t block, struct rollup *out);

/* NULL-terminated. */
extern const struct report_form *const report_table[];
const struct report_form *report_find(const char *name);

#endif
