#include "io/json_write.h"

#include <math.h>
#include <string.h>

void json_writer_init(struct json_writer *w, FILE *out)
{
    *w = (struct json_writer){.out = out};
}

static void new_line(struct json_writer *w)
{
    fputc('\n', w->out);
    for (unsigned i = 0; i < w->depth; i++)
        fputs("  ", w->out);
}

static bool must_escape(gunichar c)
{
    return !g_unichar_isprint(c) || g_unichar_iszerowidth(c) || c == 0xfeff;
}

static void write_char(FILE *out, const char *utf8, const char *next)
{
    gunichar c = g_utf8_get_char(utf8);

    if (c == '"' || c == '\\')
        fprintf(out, "\\%c", (char)c);
    else if (!must_escape(c))
        fwrite(utf8, 1, (size_t)(next - utf8), out);
    else if (c > 0xffff)
        fprintf(out, "\\u%04x\\u%04x", 0xd800 + ((c - 0x10000) >> 10),
                0xdc00 + ((c - 0x10000) & 0x3ff));
    else
        fprintf(out, "\\u%04x", c);
}

static void write_string(FILE *out, const char *s)
{
    const char *end = s + strlen(s);

    fputc('"', out);
    while (s < end) {
        gunichar c = g_utf8_get_char_validated(s, end - s);

        if (c == (gunichar)-1 || c == (gunichar)-2) {
            fprintf(out, "\\udc%02x", (unsigned char)*s++);
            continue;
        }
        write_char(out, s, g_utf8_next_char(s));
        s = g_utf8_next_char(s);
    }
    fputc('"', out);
}

/* The comma, line and key before a value. */
static void lead(struct json_writer *w, const char *key)
{
    if (w->started[w->depth])
        fputc(',', w->out);
    if (w->flat[w->depth]) {
        if (w->started[w->depth])
            fputc(' ', w->out);
    } else if (w->depth > 0) {
        new_line(w);
    }
    w->started[w->depth] = true;
    if (key) {
        write_string(w->out, key);
        fputs(": ", w->out);
    }
}

static void begin(struct json_writer *w, const char *key, bool flat, char bracket)
{
    lead(w, key);
    fputc(bracket, w->out);
    g_assert(w->depth + 1 < JSON_WRITE_DEPTH);
    flat |= w->flat[w->depth];
    w->depth++;
    w->started[w->depth] = false;
    w->flat[w->depth] = flat;
}

static void end(struct json_writer *w, char bracket)
{
    bool lines = w->started[w->depth] && !w->flat[w->depth];

    w->depth--;
    if (lines)
        new_line(w);
    fputc(bracket, w->out);
    if (w->depth == 0)
        fputc('\n', w->out);
}

void json_begin_object(struct json_writer *w, const char *key, bool flat)
{
    begin(w, key, flat, '{');
}

void json_begin_list(struct json_writer *w, const char *key, bool flat)
{
    begin(w, key, flat, '[');
}

void json_end_object(struct json_writer *w)
{
    end(w, '}');
}

void json_end_list(struct json_writer *w)
{
    end(w, ']');
}

void json_null(struct json_writer *w, const char *key)
{
    lead(w, key);
    fputs("null", w->out);
}

void json_bool(struct json_writer *w, const char *key, bool value)
{
    lead(w, key);
    fputs(value ? "true" : "false", w->out);
}

void json_string(struct json_writer *w, const char *key, const char *value)
{
    if (!value) {
        json_null(w, key);
        return;
    }
    lead(w, key);
    write_string(w->out, value);
}

void json_double(struct json_writer *w, const char *key, double value)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];

    if (!isfinite(value)) {
        json_null(w, key);
        return;
    }
    lead(w, key);
    /* Never a locale's comma, and no "-0". */
    fputs(g_ascii_formatd(text, sizeof text, "%.17g", value == 0 ? 0.0 : value), w->out);
}

void json_count(struct json_writer *w, const char *key, guint64 value)
{
    lead(w, key);
    fprintf(w->out, "%" G_GUINT64_FORMAT, value);
}

void json_integer(struct json_writer *w, const char *key, gint64 value)
{
    lead(w, key);
    fprintf(w->out, "%" G_GINT64_FORMAT, value);
}
