/* What tare evaluate prints, a form a row; and the data specification, one page. */
#ifndef TARE_IO_REPORT_EVALUATE_H
#define TARE_IO_REPORT_EVALUATE_H

#include <stdio.h>
#include "core/rule.h"
#include "io/behaviour_open.h"

struct evaluate_report {
    const struct comparison *comparison;
    const struct behaviour_result *result;
    const GArray *findings; /* struct finding, of what the models do */
};

struct evaluate_form {
    const char *name; /* "json" */
    void (*write)(const struct evaluate_report *r, FILE *out);
};

/* NULL name at the end. */
extern const struct evaluate_form evaluate_forms[];
/* NULL: no such form. */
const struct evaluate_form *evaluate_form_find(const char *name);

/* How broad the data was and what the models made of it: to be kept with them. Markdown. */
void report_data_spec(const struct evaluate_report *r, FILE *out);

#endif
