/* The patterns of byte-level tokenizers, scanned by hand: a backtracking matcher would take the
 * square of a run of spaces, and stop at its limits. */
#include <string.h>
#include "core/text/char_class.h"
#include "core/text/split.h"

struct split_pattern {
    const char *regex;
    unsigned digits;  /* of a number; 0: any */
    bool fold;        /* 'S as 's */
    bool any_before;  /* a word takes any character in front that is no line break, else a space;
                         then numbers take none */
    bool line_breaks; /* line breaks end symbols, and spaces in front of them */
};

/* As files of GPT-2, GPT-4 and Llama 3, and Qwen 2 write them; possessive or not, they match the
 * same. */
static const struct split_pattern patterns[] = {
    {"'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+", 0, false,
     false, false},
    {"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| "
     "?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
     3, true, true, true},
    {"'(?i:[sdmt]|ll|ve|re)|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}+|\\p{N}{1,3}| "
     "?[^\\s\\p{L}\\p{N}]++[\\r\\n]*|\\s*[\\r\\n]|\\s+(?!\\S)|\\s+",
     3, true, true, true},
    {"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| "
     "?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
     1, true, true, true}};

const struct split_pattern *split_pattern_find(const char *regex)
{
    for (gsize i = 0; i < G_N_ELEMENTS(patterns); i++)
        if (strcmp(patterns[i].regex, regex) == 0)
            return &patterns[i];
    return NULL;
}

const struct split_pattern *split_pattern_gpt2(void)
{
    return &patterns[0];
}

/* A place in the text with the character there; at the end its class is CHAR_END. */
struct cursor {
    const char *at, *end;
    gunichar c;
    int class;
};

enum { CHAR_END = -1 };

static void look(struct cursor *u)
{
    u->c = 0;
    u->class = CHAR_END;
    if (u->at == u->end)
        return;
    u->c = g_utf8_get_char(u->at);
    u->class = (int)char_class(u->c);
}

static void advance(struct cursor *u)
{
    u->at = g_utf8_next_char(u->at);
    look(u);
}

static bool is_line_break(gunichar c)
{
    return c == '\r' || c == '\n';
}

static void skip_class(struct cursor *u, enum char_class class)
{
    while (u->class == (int)class)
        advance(u);
}

static gunichar folded(const struct split_pattern *p, const struct cursor *u)
{
    if (!p->fold)
        return u->c;
    return u->c == 0x17f ? 's' : u->c < 0x80 ? (gunichar)g_ascii_tolower((char)u->c) : u->c;
}

/* 's 't 'm 'd 're 've 'll. */
static bool take_contraction(const struct split_pattern *p, struct cursor *u)
{
    struct cursor v = *u;
    gunichar a, b;

    if (u->c != '\'' || u->class == CHAR_END)
        return false;
    advance(&v);
    a = folded(p, &v);
    if (v.class == CHAR_END || !a || !strchr("stmdrvl", (int)MIN(a, 127u)))
        return false;
    advance(&v);
    if (a == 'r' || a == 'v' || a == 'l') {
        b = folded(p, &v);
        if (v.class == CHAR_END || b != (gunichar)(a == 'l' ? 'l' : 'e'))
            return false;
        advance(&v);
    }
    *u = v;
    return true;
}

/* Letters with what they take in front. */
static bool take_word(const struct split_pattern *p, struct cursor *u)
{
    struct cursor v = *u;

    if (v.class != CHAR_LETTER) {
        if (p->any_before ? v.class == CHAR_NUMBER || is_line_break(v.c) || v.class == CHAR_END
                          : v.c != ' ')
            return false;
        advance(&v);
        if (v.class != CHAR_LETTER)
            return false;
    }
    skip_class(&v, CHAR_LETTER);
    *u = v;
    return true;
}

static bool take_number(const struct split_pattern *p, struct cursor *u)
{
    struct cursor v = *u;

    if (v.c == ' ' && !p->any_before)
        advance(&v);
    if (v.class != CHAR_NUMBER)
        return false;
    for (unsigned n = 0; v.class == CHAR_NUMBER && (!p->digits || n < p->digits); n++)
        advance(&v);
    *u = v;
    return true;
}

static bool take_symbols(const struct split_pattern *p, struct cursor *u)
{
    struct cursor v = *u;

    if (v.c == ' ')
        advance(&v);
    if (v.class != CHAR_OTHER)
        return false;
    skip_class(&v, CHAR_OTHER);
    while (p->line_breaks && v.class != CHAR_END && is_line_break(v.c))
        advance(&v);
    *u = v;
    return true;
}

/* All of a run of spaces at the end of the text; else up to its last line break, where the pattern
 * says so; else all but the last, which belongs to the next word; one alone by itself. */
static void take_spaces(const struct split_pattern *p, struct cursor *u)
{
    struct cursor v = *u, last = *u, broken = *u;

    while (v.class == CHAR_SPACE) {
        bool line_break = is_line_break(v.c);

        last = v;
        advance(&v);
        if (line_break)
            broken = v;
    }
    if (p->line_breaks && broken.at > u->at)
        *u = broken;
    else
        *u = v.class == CHAR_END || last.at == u->at ? v : last;
}

bool split_pattern_apply(const struct split_pattern *pattern, const struct text_piece *p,
                         struct split_sink *s)
{
    struct cursor u = {p->text, p->text + p->bytes};

    look(&u);
    while (u.class != CHAR_END) {
        const char *from = u.at;

        if (!take_contraction(pattern, &u) && !take_word(pattern, &u) &&
            !take_number(pattern, &u) && !take_symbols(pattern, &u))
            take_spaces(pattern, &u);
        if (!split_put(s, p, (uint32_t)(from - p->text), (uint32_t)(u.at - p->text)))
            return false;
    }
    return true;
}
