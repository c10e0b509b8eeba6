#include "tui/units.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "core/summary.h"

/* A power of 1000 below v, such that v in it, rounded to `digits` significant ones, is below 1000.
 */
static int thousands(double *v, double limit)
{
    int power = 0;

    while (*v >= limit && power < 6) {
        *v /= 1000;
        power++;
    }
    return power;
}

/* Three significant digits of v in [0, 999.5). */
static int three_digits(double v)
{
    return v >= 99.95 ? 0 : v >= 9.995 ? 1 : 2;
}

char *unit_count(char buf[static UNIT_BYTES], guint64 n)
{
    double v = (double)n;
    int power;

    if (n < 1000) {
        g_snprintf(buf, UNIT_BYTES, "%u", (guint)n);
        return buf;
    }
    power = thousands(&v, 999.5);
    g_snprintf(buf, UNIT_BYTES, "%.*f%c", three_digits(v), v, " kMGTPE"[power]);
    return buf;
}

char *unit_bytes(char buf[static UNIT_BYTES], double bytes)
{
    static const char *const names[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
    int power;

    if (!isfinite(bytes) || bytes < 0)
        return strcpy(buf, "-");
    power = thousands(&bytes, 999.5);
    g_snprintf(buf, UNIT_BYTES, "%.*f %s", power > 0 && bytes < 99.95 ? 1 : 0, bytes, names[power]);
    return buf;
}

/* "1.5e-05" -> "1.5e-5". */
static void shorten_exponent(char *text)
{
    char *e = strchr(text, 'e');
    char *digits;

    if (!e)
        return;
    digits = e + 2;
    while (*digits == '0' && digits[1])
        digits++;
    if (e[1] == '-')
        memmove(e + 2, digits, strlen(digits) + 1);
    else
        memmove(e + 1, digits, strlen(digits) + 1);
}

char *unit_percent(char buf[static UNIT_BYTES], double ratio)
{
    double percent = ratio * 100, size = fabs(percent);

    if (isnan(ratio))
        strcpy(buf, "-");
    else if (size >= 999.5)
        strcpy(buf, ratio > 0 ? ">999 %" : "<-999 %");
    else if (size == 0)
        strcpy(buf, "0 %");
    else if (size >= 0.9995)
        g_snprintf(buf, UNIT_BYTES, "%.*f %%", three_digits(size), percent);
    else if (size >= 0.001)
        g_snprintf(buf, UNIT_BYTES, "%.*f %%", 2 - (int)floor(log10(size * 1.0005)), percent);
    else
        g_snprintf(buf, UNIT_BYTES, "%.3g %%", percent);
    shorten_exponent(buf);
    return buf;
}

char *unit_relative(char buf[static UNIT_BYTES], double relative, double floor)
{
    char percent[UNIT_BYTES];

    unit_percent(percent, relative);
    g_snprintf(buf, UNIT_BYTES, "%s%s", below_floor(relative, floor) ? "<" : "", percent);
    return buf;
}

char *unit_value(char buf[static UNIT_BYTES], double value, int width)
{
    width = CLAMP(width, 1, UNIT_BYTES - 1);
    if (isnan(value))
        return strcpy(buf, "-");
    if (value == 0)
        return strcpy(buf, "0"); /* no "-0" */
    for (int digits = 6; digits > 0; digits--) {
        g_snprintf(buf, UNIT_BYTES, "%.*g", digits, value);
        shorten_exponent(buf);
        if ((int)strlen(buf) <= width)
            return buf;
    }
    memset(buf, '#', (gsize)width); /* no room even for one digit */
    buf[width] = '\0';
    return buf;
}

char *unit_seconds(char buf[static UNIT_BYTES], double seconds)
{
    guint64 s;

    if (!isfinite(seconds) || seconds < 0 || seconds > 1e9)
        return strcpy(buf, "-");
    if (seconds < 0.0995) {
        g_snprintf(buf, UNIT_BYTES, "%.0f ms", seconds * 1000);
        return buf;
    }
    if (seconds < 0.995) {
        g_snprintf(buf, UNIT_BYTES, "%.2f s", seconds);
        return buf;
    }
    s = (guint64)(seconds + 0.5);
    if (s < 60)
        g_snprintf(buf, UNIT_BYTES, "%u s", (guint)s);
    else if (s < 3600)
        g_snprintf(buf, UNIT_BYTES, "%um%02us", (guint)(s / 60), (guint)(s % 60));
    else
        g_snprintf(buf, UNIT_BYTES, "%uh%02um", (guint)(s / 3600), (guint)(s / 60 % 60));
    return buf;
}

char *unit_shape(char *buf, gsize bytes, const guint64 *dim, unsigned rank)
{
    gsize used = 0;

    if (!rank) {
        g_strlcpy(buf, "scalar", bytes);
        return buf;
    }
    for (unsigned i = 0; i < rank && used < bytes; i++)
        used += (gsize)g_snprintf(buf + used, bytes - used, "%c%" G_GUINT64_FORMAT, i ? ',' : '[',
                                  dim[i]);
    if (used + 2 <= bytes)
        strcpy(buf + used, "]");
    else if (bytes >= 5)
        strcpy(buf + bytes - 5, "...]"); /* what doesn't fit is said to be missing */
    return buf;
}
