/* Spectra in the reports: an object a tensor in JSON, a section in text. */
#ifndef TARE_IO_REPORT_SPECTRUM_H
#define TARE_IO_REPORT_SPECTRUM_H

#include "core/comparison.h"
#include "io/json_write.h"

/* "spectrum": null where there is none, and "spectrum_error" says why if one was asked for. */
void report_spectrum_json(struct json_writer *w, const struct comparison *c, uint32_t entry);
void report_spectra_text(FILE *out, const struct comparison *c);

#endif
