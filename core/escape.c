#include "core/escape.h"

#include <stdbool.h>
#include <string.h>

#define MAX_MARKS 4
#define ESCAPE_BYTES 16 /* of the longest escape, "\u{10ffff}" */

/* What the text before allows to come next. */
struct context {
    bool base;      /* a character that marks can sit on */
    unsigned marks; /* already on it */
};

static bool is_mark(GUnicodeType type)
{
    return type == G_UNICODE_NON_SPACING_MARK || type == G_UNICODE_ENCLOSING_MARK ||
           type == G_UNICODE_SPACING_MARK;
}

/* Characters that draw nothing, or nothing but room, whatever their category says. */
static bool is_invisible(gunichar c)
{
    static const struct {
        gunichar first, last;
    } ranges[] = {
        {0x034f, 0x034f}, {0x115f, 0x11ff}, {0x17b4, 0x17b5},   {0x180b, 0x180f},
        {0x2800, 0x2800}, {0x3164, 0x3164}, {0xd7b0, 0xd7ff},   {0xfe00, 0xfe0f},
        {0xffa0, 0xffa0}, {0xfff0, 0xfffd}, {0x1d159, 0x1d159}, {0xe0000, 0xe0fff},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(ranges); i++)
        if (c >= ranges[i].first && c <= ranges[i].last)
            return true;
    return false;
}

static bool is_printable(gunichar c, GUnicodeType type)
{
    switch (type) {
    case G_UNICODE_CONTROL:
    case G_UNICODE_FORMAT:
    case G_UNICODE_UNASSIGNED:
    case G_UNICODE_PRIVATE_USE:
    case G_UNICODE_SURROGATE:
    case G_UNICODE_LINE_SEPARATOR:
    case G_UNICODE_PARAGRAPH_SEPARATOR:
        return false;
    case G_UNICODE_SPACE_SEPARATOR:
        return c == ' ';
    default:
        return !is_invisible(c) && (is_mark(type) || !g_unichar_iszerowidth(c));
    }
}

/* Marks need a base and are few; spacing ones count too, they hang on their base all the same. */
static bool mark_allowed(struct context *x)
{
    if (!x->base || x->marks == MAX_MARKS)
        return false;
    x->marks++;
    return true;
}

/* Nothing can hang on an escape. */
static gsize escape_byte(struct context *x, char *out, guint byte)
{
    x->base = false;
    return (gsize)g_snprintf(out, ESCAPE_BYTES, "\\x%02x", byte);
}

static gsize escape_char(struct context *x, char *out, gunichar c)
{
    x->base = false;
    if (c < 0x100)
        return escape_byte(x, out, c);
    return (gsize)g_snprintf(out, ESCAPE_BYTES, "\\u{%04x}", c);
}

/* Writes the next character of *text, safe, to out (not terminated); returns its bytes. */
static gsize escape_next(const char **text, struct context *x, char out[static ESCAPE_BYTES])
{
    const char *p = *text;
    gunichar c = g_utf8_get_char_validated(p, -1);
    GUnicodeType type;

    if (c == (gunichar)-1 || c == (gunichar)-2) {
        *text = p + 1;
        return escape_byte(x, out, (guchar)*p);
    }
    *text = g_utf8_next_char(p);
    if (c == '\\') {
        x->base = false;
        memcpy(out, "\\\\", 2);
        return 2;
    }
    type = g_unichar_type(c);
    if (!is_printable(c, type) || (is_mark(type) && !mark_allowed(x)))
        return escape_char(x, out, c);
    if (!is_mark(type))
        *x = (struct context){c != ' ', 0};
    memcpy(out, p, (gsize)(*text - p));
    return (gsize)(*text - p);
}

char *escape_text(const char *text)
{
    GString *safe = g_string_new(NULL);
    struct context x = {false, 0};
    char piece[ESCAPE_BYTES];

    while (text && *text) {
        gsize bytes = escape_next(&text, &x, piece);

        g_string_append_len(safe, piece, (gssize)bytes);
    }
    return g_string_free(safe, FALSE);
}

char *escape_into(char *buf, gsize bytes, const char *text)
{
    struct context x = {false, 0};
    char piece[ESCAPE_BYTES];
    gsize used = 0;

    while (text && *text) {
        gsize n = escape_next(&text, &x, piece);

        if (used + n >= bytes)
            break;
        memcpy(buf + used, piece, n);
        used += n;
    }
    if (bytes)
        buf[used] = '\0';
    return buf;
}
