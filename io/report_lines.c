#include "io/report_lines.h"

#include <math.h>
#include "core/escape.h"
#include "core/summary.h"

void report_escaped(FILE *out, const char *text)
{
    char *safe = escape_text(text);

    fputs(safe, out);
    g_free(safe);
}

void report_name(FILE *out, const char *name, int columns)
{
    char *safe = escape_text(name);
    int gap = columns - (int)g_utf8_strlen(safe, -1);

    if (gap >= 0)
        fprintf(out, "%s%*s", safe, gap, "");
    else
        fprintf(out, "%s\n%*s", safe, columns, "");
    g_free(safe);
}

void report_number(FILE *out, double value)
{
    if (isfinite(value))
        fprintf(out, " %10.4g", value);
    else
        fprintf(out, " %10s", "-");
}

void report_percent(FILE *out, double ratio)
{
    if (!isfinite(ratio))
        fprintf(out, " %10s", "-");
    else if (ratio < 10)
        fprintf(out, " %8.4f %%", ratio * 100);
    else
        fprintf(out, " %8.3g %%", ratio * 100);
}

void report_relative(FILE *out, double ratio, double floor)
{
    char text[32];

    if (!below_floor(ratio, floor)) {
        report_percent(out, ratio);
        return;
    }
    g_snprintf(text, sizeof text, "<%.2g %%", ratio * 100);
    fprintf(out, " %10s", text);
}
