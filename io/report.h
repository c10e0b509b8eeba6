/* The same facts without a terminal: one file and one row a form. */
#ifndef TARE_IO_REPORT_H
#define TARE_IO_REPORT_H

#include <stdio.h>
#include "core/comparison.h"
#include "core/rule.h"

struct report_input {
    const struct comparison *comparison;
    const GArray *findings; /* struct finding */
    bool exact;             /* --exact was given: quantiles are exact, quantile_error 0 */
    struct exact_result **exact_of; /* [n_entries] when exact; NULL entries: not computed */
};

struct report_form {
    const char *name; /* "json" */
    const char *help;
    /* Writes to out; errors are found by ferror(out) at the end. */
    void (*write)(const struct report_input *in, FILE *out);
};

/* NULL-terminated. */
extern const struct report_form *const report_table[];
const struct report_form *report_find(const char *name);

#endif
