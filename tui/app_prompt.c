#include "tui/app_prompt.h"

#include "tui/keys.h"

#define MAX_TEXT 4096

void prompt_open(struct prompt *p, enum prompt_kind kind, const char *text)
{
    prompt_close(p);
    p->kind = kind;
    p->text = g_string_new(text);
}

void prompt_close(struct prompt *p)
{
    if (p->text)
        g_string_free(p->text, TRUE);
    *p = (struct prompt){PROMPT_NONE, NULL, 0, false};
}

static void drop_char(GString *text)
{
    const char *last = g_utf8_find_prev_char(text->str, text->str + text->len);

    g_string_truncate(text, last ? (gsize)(last - text->str) : 0);
}

static void drop_word(GString *text)
{
    while (text->len && text->str[text->len - 1] == ' ')
        drop_char(text);
    while (text->len && text->str[text->len - 1] != ' ')
        drop_char(text);
}

enum prompt_reply prompt_key(struct prompt *p, gunichar key)
{
    switch (key) {
    case KEY_RETURN:
    case '\n':
        return PROMPT_ACCEPTED;
    case KEY_ESCAPE:
    case KEY_CTRL('c'):
        return PROMPT_CLOSED;
    case KEY_RUBOUT:
        if (!p->text->len)
            return PROMPT_CLOSED;
        drop_char(p->text);
        break;
    case KEY_CTRL('u'):
        g_string_truncate(p->text, 0);
        break;
    case KEY_CTRL('w'):
        drop_word(p->text);
        break;
    default:
        if (key >= KEY_NONE_PRESSED || !g_unichar_isprint(key) || p->text->len > MAX_TEXT)
            return PROMPT_IGNORED;
        g_string_append_unichar(p->text, key);
    }
    p->confirmed = false;
    return PROMPT_EDITED;
}

const char *prompt_label(const struct prompt *p)
{
    static const char *const labels[] = {"", "/", "filter: ", ":", "write to: ", "save to: "};

    return labels[p->kind];
}
