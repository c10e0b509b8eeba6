#include "core/text/char_class.h"

bool char_is_space(gunichar c)
{
    if (c < 0x80)
        return c == ' ' || (c >= 9 && c <= 13);
    return c == 0x85 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 ||
           c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

static bool is_letter(GUnicodeType t)
{
    return t == G_UNICODE_LOWERCASE_LETTER || t == G_UNICODE_UPPERCASE_LETTER ||
           t == G_UNICODE_OTHER_LETTER || t == G_UNICODE_MODIFIER_LETTER ||
           t == G_UNICODE_TITLECASE_LETTER;
}

static bool is_number(GUnicodeType t)
{
    return t == G_UNICODE_DECIMAL_NUMBER || t == G_UNICODE_LETTER_NUMBER ||
           t == G_UNICODE_OTHER_NUMBER;
}

enum char_class char_class(gunichar c)
{
    GUnicodeType t;

    if (c < 0x80) {
        if ((c | 32) >= 'a' && (c | 32) <= 'z')
            return CHAR_LETTER;
        if (c >= '0' && c <= '9')
            return CHAR_NUMBER;
        return char_is_space(c) ? CHAR_SPACE : CHAR_OTHER;
    }
    t = g_unichar_type(c);
    if (is_letter(t))
        return CHAR_LETTER;
    if (is_number(t))
        return CHAR_NUMBER;
    return char_is_space(c) ? CHAR_SPACE : CHAR_OTHER;
}

bool char_is_number(gunichar c)
{
    return char_class(c) == CHAR_NUMBER;
}

/* Letters in circles and squares: symbols that are Alphabetic (PropList.txt, Other_Alphabetic). */
static bool is_enclosed_letter(gunichar c)
{
    return (c >= 0x24b6 && c <= 0x24e9) || (c >= 0x1f130 && c <= 0x1f149) ||
           (c >= 0x1f150 && c <= 0x1f169) || (c >= 0x1f170 && c <= 0x1f189);
}

bool char_is_word(gunichar c)
{
    GUnicodeType t = g_unichar_type(c);

    return is_letter(t) || t == G_UNICODE_NON_SPACING_MARK || t == G_UNICODE_SPACING_MARK ||
           t == G_UNICODE_ENCLOSING_MARK || t == G_UNICODE_DECIMAL_NUMBER ||
           t == G_UNICODE_LETTER_NUMBER || t == G_UNICODE_CONNECT_PUNCTUATION || c == 0x200c ||
           c == 0x200d || is_enclosed_letter(c);
}

bool char_is_punctuation(gunichar c)
{
    if (c < 0x80)
        return g_ascii_ispunct((char)c);
    switch (g_unichar_type(c)) {
    case G_UNICODE_CONNECT_PUNCTUATION:
    case G_UNICODE_DASH_PUNCTUATION:
    case G_UNICODE_CLOSE_PUNCTUATION:
    case G_UNICODE_FINAL_PUNCTUATION:
    case G_UNICODE_INITIAL_PUNCTUATION:
    case G_UNICODE_OTHER_PUNCTUATION:
    case G_UNICODE_OPEN_PUNCTUATION:
        return true;
    default:
        return false;
    }
}

bool char_is_control(gunichar c)
{
    GUnicodeType t = g_unichar_type(c);

    if (c == '\t' || c == '\n' || c == '\r')
        return false;
    return t == G_UNICODE_CONTROL || t == G_UNICODE_FORMAT || t == G_UNICODE_PRIVATE_USE;
}

bool char_is_cjk(gunichar c)
{
    return (c >= 0x4e00 && c <= 0x9fff) || (c >= 0x3400 && c <= 0x4dbf) ||
           (c >= 0x20000 && c <= 0x2a6df) || (c >= 0x2a700 && c <= 0x2b81f) ||
           (c >= 0x2b920 && c <= 0x2ceaf) || (c >= 0xf900 && c <= 0xfaff) ||
           (c >= 0x2f800 && c <= 0x2fa1f);
}

/* GLib makes letters small alone. */
gunichar char_lower(gunichar c)
{
    if (c < 0x80)
        return c >= 'A' && c <= 'Z' ? c + 32 : c;
    if (c >= 0x2160 && c <= 0x216f)
        return c + 16;
    if (c >= 0x24b6 && c <= 0x24cf)
        return c + 26;
    return c == 0x130 ? c : g_unichar_tolower(c);
}
