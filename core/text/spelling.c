#include "core/text/spelling.h"

#include <string.h>

/* Printable bytes stand for themselves, the others for the characters from U+0100 on, in order:
 * bytes_to_unicode of OpenAI's GPT-2, encoder.py. */
int spelling_byte(gunichar c)
{
    if ((c >= 0x21 && c <= 0x7e) || (c >= 0xa1 && c <= 0xac) || (c >= 0xae && c <= 0xff))
        return (int)c;
    if (c < 0x100 || c >= 0x100 + 33 + 34 + 1)
        return -1;
    if (c < 0x100 + 33)
        return (int)(c - 0x100);
    return c < 0x100 + 67 ? (int)(c - 0x100 - 33 + 0x7f) : 0xad;
}

gunichar spelling_char(guchar byte)
{
    if (spelling_byte(byte) >= 0)
        return byte;
    if (byte < 33)
        return 0x100u + byte;
    return byte == 0xad ? 0x100 + 67 : 0x100u + 33 + byte - 0x7f;
}

/* "<0x0A>"; -1: something else. */
static int fallback_byte(const char *token, size_t bytes)
{
    int high, low;

    if (bytes != 6 || memcmp(token, "<0x", 3) != 0 || token[5] != '>')
        return -1;
    high = g_ascii_xdigit_value(token[3]);
    low = g_ascii_xdigit_value(token[4]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

static void decode_bytes(const char *token, size_t bytes, GString *out)
{
    gsize before = out->len;

    for (const char *p = token; p < token + bytes; p = g_utf8_next_char(p)) {
        int byte = spelling_byte(g_utf8_get_char(p));

        if (byte < 0) {
            g_string_truncate(out, before);
            g_string_append_len(out, token, (gssize)bytes);
            return;
        }
        g_string_append_c(out, (char)byte);
    }
}

static void decode_metaspace(const char *token, size_t bytes, GString *out)
{
    static const char mark[] = "\xe2\x96\x81";
    int byte = fallback_byte(token, bytes);

    if (byte >= 0) {
        g_string_append_c(out, (char)byte);
        return;
    }
    for (size_t i = 0; i < bytes;) {
        bool space = bytes - i >= 3 && memcmp(token + i, mark, 3) == 0;

        g_string_append_c(out, space ? ' ' : token[i]);
        i += space ? 3 : 1;
    }
}

void spelling_decode(enum token_spelling spelling, const char *token, size_t bytes, GString *out)
{
    if (spelling == TOKEN_BYTE_LEVEL)
        decode_bytes(token, bytes, out);
    else if (spelling == TOKEN_METASPACE)
        decode_metaspace(token, bytes, out);
    else
        g_string_append_len(out, token, (gssize)bytes);
}
