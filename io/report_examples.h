/* What a file of examples holds, for tare examples: a form each. */
#ifndef TARE_IO_REPORT_EXAMPLES_H
#define TARE_IO_REPORT_EXAMPLES_H

#include <stdio.h>
#include "core/category_coverage.h"
#include "io/json_write.h"

struct examples_report {
    const struct examples *examples;
    const struct coverage_table *coverage;
};

struct examples_form {
    const char *name; /* "json" */
    void (*write)(const struct examples_report *r, FILE *out);
};

/* NULL name at the end. */
extern const struct examples_form examples_forms[];
/* NULL: no such form. */
const struct examples_form *examples_form_find(const char *name);

/* Lines that were skipped, in the forms' ways; nothing if none was. */
void report_bad_lines(FILE *out, const struct examples *e);
/* Members bad_lines and skipped_lines. */
void report_bad_lines_json(struct json_writer *w, const struct examples *e);

#endif
