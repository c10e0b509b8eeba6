#include "tui/tsv.h"

#include <glib.h>
#include <math.h>

void tsv_number(FILE *out, double value)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];

    fprintf(out, "\t%s", isfinite(value) ? g_ascii_formatd(text, sizeof text, "%.17g", value) : "");
}
