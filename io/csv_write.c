#include "io/csv_write.h"

#include <math.h>
#include "core/escape.h"

void csv_text(FILE *out, const char *text)
{
    char *safe = escape_text(text);

    fputc('"', out);
    for (const char *p = safe; *p; p++)
        fputs(*p == '"' ? "\"\"" : (char[]){*p, 0}, out);
    fputc('"', out);
    g_free(safe);
}

void csv_number(FILE *out, double value)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];

    fputc(',', out);
    if (isfinite(value))
        fputs(g_ascii_formatd(text, sizeof text, "%.17g", value), out);
}
