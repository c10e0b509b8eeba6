#include "io/token_decode.h"

#include <string.h>

bool token_is_byte_level(const char *token)
{
    for (const char *p = token; *p; p = g_utf8_next_char(p))
        if (spelling_byte(g_utf8_get_char(p)) < 0)
            return false;
    return true;
}

char *token_decode(const char *token, enum token_spelling spelling)
{
    GString *out = g_string_new(NULL);

    spelling_decode(spelling, token, strlen(token), out);
    if (strlen(out->str) != out->len)
        g_string_assign(out, token);
    return g_string_free(out, FALSE);
}
