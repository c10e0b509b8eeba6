#include "io/token_decode.h"

#include <string.h>

/* Printable bytes stand for themselves, the others for the characters from U+0100 on, in order:
 * bytes_to_unicode of OpenAI's GPT-2, encoder.py. -1: stands for no byte. */
static int byte_of(gunichar c)
{
    if ((c >= 0x21 && c <= 0x7e) || (c >= 0xa1 && c <= 0xac) || (c >= 0xae && c <= 0xff))
        return (int)c;
    if (c < 0x100 || c >= 0x100 + 33 + 34 + 1)
        return -1;
    if (c < 0x100 + 33)
        return (int)(c - 0x100);
    return c < 0x100 + 67 ? (int)(c - 0x100 - 33 + 0x7f) : 0xad;
}

bool token_is_byte_level(const char *token)
{
    for (const char *p = token; *p; p = g_utf8_next_char(p))
        if (byte_of(g_utf8_get_char(p)) < 0)
            return false;
    return true;
}

static char *decode_bytes(const char *token)
{
    GString *out = g_string_new(NULL);

    for (const char *p = token; *p; p = g_utf8_next_char(p)) {
        int byte = byte_of(g_utf8_get_char(p));

        if (byte <= 0) {
            g_string_free(out, TRUE);
            return g_strdup(token);
        }
        g_string_append_c(out, (char)byte);
    }
    return g_string_free(out, FALSE);
}

/* "<0x0A>". */
static int fallback_byte(const char *token)
{
    int high, low;

    if (strlen(token) != 6 || strncmp(token, "<0x", 3) != 0 || token[5] != '>')
        return -1;
    high = g_ascii_xdigit_value(token[3]);
    low = g_ascii_xdigit_value(token[4]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

static char *decode_metaspace(const char *token)
{
    static const char mark[] = "\xe2\x96\x81";
    int byte = fallback_byte(token);
    GString *out;

    if (byte > 0)
        return g_strdup((char[]){(char)byte, 0});
    out = g_string_new(NULL);
    for (const char *p = token; *p;) {
        bool space = strncmp(p, mark, sizeof mark - 1) == 0;

        g_string_append_c(out, space ? ' ' : *p);
        p += space ? sizeof mark - 1 : 1;
    }
    return g_string_free(out, FALSE);
}

char *token_decode(const char *token, enum token_spelling spelling)
{
    switch (spelling) {
    case TOKEN_BYTE_LEVEL:
        return decode_bytes(token);
    case TOKEN_METASPACE:
        return decode_metaspace(token);
    default:
        return g_strdup(token);
    }
}
