#include "io/json_scan.h"

#include <string.h>
#include "io/limits.h"

void json_scan_init(struct json_scan *s, const char *text, gsize bytes)
{
    *s = (struct json_scan){text, text + bytes, false};
}

static bool fail(struct json_scan *s)
{
    s->wrong = true;
    s->at = s->end;
    return false;
}

static void skip_spaces(struct json_scan *s)
{
    while (s->at < s->end && strchr(" \t\r\n", *s->at) && *s->at)
        s->at++;
}

char json_scan_peek(struct json_scan *s)
{
    skip_spaces(s);
    return s->at < s->end ? *s->at : 0;
}

static bool take(struct json_scan *s, char c)
{
    if (json_scan_peek(s) != c || s->at == s->end)
        return false;
    s->at++;
    return true;
}

bool json_scan_enter(struct json_scan *s, char bracket)
{
    return take(s, bracket);
}

/* After an opening bracket, or after a value: is there another one? A comma is taken. */
static bool has_next(struct json_scan *s, char close)
{
    if (take(s, close))
        return false;
    take(s, ',');
    return json_scan_peek(s) != 0 || fail(s);
}

bool json_scan_element(struct json_scan *s)
{
    return has_next(s, ']');
}

bool json_scan_member(struct json_scan *s, GString *name)
{
    if (!has_next(s, '}'))
        return false;
    return (json_scan_text(s, name) && take(s, ':')) || fail(s);
}

static bool read_hex(struct json_scan *s, gunichar *out)
{
    *out = 0;
    if (s->end - s->at < 4)
        return false;
    for (int i = 0; i < 4; i++) {
        int digit = g_ascii_xdigit_value(*s->at++);

        if (digit < 0)
            return false;
        *out = *out * 16 + (gunichar)digit;
    }
    return true;
}

/* After "\u"; a pair of surrogates is one character, half a pair is U+FFFD. */
static bool read_unicode(struct json_scan *s, GString *out)
{
    gunichar c, low;

    if (!read_hex(s, &c))
        return false;
    if (c >= 0xd800 && c < 0xdc00 && s->end - s->at >= 6 && s->at[0] == '\\' && s->at[1] == 'u') {
        s->at += 2;
        if (!read_hex(s, &low))
            return false;
        c = low >= 0xdc00 && low < 0xe000 ? 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00)
                                          : 0xfffd;
    }
    g_string_append_unichar(out, c >= 0xd800 && c < 0xe000 ? 0xfffd : c);
    return true;
}

static bool read_escape(struct json_scan *s, GString *out)
{
    static const char letters[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    const char *found;

    if (s->at == s->end)
        return false;
    if (*s->at == 'u') {
        s->at++;
        return read_unicode(s, out);
    }
    found = *s->at ? strchr(letters, *s->at++) : NULL;
    if (!found)
        return false;
    g_string_append_c(out, values[found - letters]);
    return true;
}

bool json_scan_text(struct json_scan *s, GString *out)
{
    g_string_truncate(out, 0);
    if (!take(s, '"'))
        return false;
    while (s->at < s->end && *s->at != '"') {
        const char *plain = s->at;

        while (s->at < s->end && *s->at != '"' && *s->at != '\\')
            s->at++;
        g_string_append_len(out, plain, s->at - plain);
        if (s->at < s->end && *s->at == '\\') {
            s->at++;
            if (!read_escape(s, out))
                return fail(s);
        }
    }
    return take(s, '"') || fail(s);
}

bool json_scan_number(struct json_scan *s, double *out)
{
    char c = json_scan_peek(s), number[64], *stop;
    gsize n = 0;

    if (c != '-' && !g_ascii_isdigit(c))
        return false;
    while (s->at < s->end && n + 1 < sizeof number &&
           (g_ascii_isalnum(*s->at) || strchr("+-.", *s->at)) && *s->at)
        number[n++] = *s->at++;
    number[n] = 0;
    *out = g_ascii_strtod(number, &stop);
    return stop == number + n || fail(s);
}

bool json_scan_flag(struct json_scan *s, bool *out)
{
    const char *from;
    char c = json_scan_peek(s);

    if (c != 't' && c != 'f')
        return false;
    from = json_scan_skip(s);
    *out = c == 't';
    return from != NULL;
}

/* Past a string's bytes without decoding them. */
static bool skip_text(struct json_scan *s)
{
    for (s->at++; s->at < s->end && *s->at != '"'; s->at++)
        if (*s->at == '\\' && s->at + 1 < s->end)
            s->at++;
    if (s->at >= s->end)
        return fail(s);
    s->at++;
    return true;
}

static bool skip_nested(struct json_scan *s)
{
    guint depth = 0;

    do {
        char c = *s->at;

        if (c == '"') {
            if (!skip_text(s))
                return false;
            continue;
        }
        depth += c == '{' || c == '[';
        depth -= c == '}' || c == ']';
        s->at++;
        if (depth > LIMIT_JSON_DEPTH)
            return fail(s);
    } while (depth && s->at < s->end);
    return depth == 0 || fail(s);
}

const char *json_scan_skip(struct json_scan *s)
{
    char c = json_scan_peek(s);
    const char *from = s->at;

    if (c == '"')
        return skip_text(s) ? from : NULL;
    if (c == '{' || c == '[')
        return skip_nested(s) ? from : NULL;
    while (s->at < s->end &&
           (g_ascii_isalnum(*s->at) || *s->at == '-' || *s->at == '+' || *s->at == '.'))
        s->at++;
    if (s->at == from)
        fail(s);
    return s->wrong ? NULL : from;
}
