#include "core/text/text_run.h"

#include <string.h>

void text_run_init(struct text_run *r, bool with_origin)
{
    r->text = g_string_new(NULL);
    r->origin = with_origin ? g_array_new(FALSE, FALSE, sizeof(struct token_span)) : NULL;
}

void text_run_finish(struct text_run *r)
{
    g_string_free(r->text, TRUE);
    if (r->origin)
        g_array_free(r->origin, TRUE);
}

void text_run_clear(struct text_run *r)
{
    g_string_truncate(r->text, 0);
    if (r->origin)
        g_array_set_size(r->origin, 0);
}

struct text_piece text_run_piece(const struct text_run *r)
{
    return (struct text_piece){r->text->str, (uint32_t)r->text->len, 0,
                               r->origin ? (const struct token_span *)(void *)r->origin->data
                                         : NULL};
}

void text_run_put(struct text_run *r, const char *text, uint32_t bytes, struct token_span from)
{
    g_string_append_len(r->text, text, bytes);
    for (uint32_t i = 0; r->origin && i < bytes; i++)
        g_array_append_val(r->origin, from);
}

void text_run_copy(struct text_run *r, const struct text_piece *p, uint32_t from, uint32_t to)
{
    g_string_append_len(r->text, p->text + from, to - from);
    if (r->origin && p->origin)
        g_array_append_vals(r->origin, p->origin + from, to - from);
    for (uint32_t i = from; r->origin && !p->origin && i < to; i++) {
        struct token_span one = {p->first + i, 1};

        g_array_append_val(r->origin, one);
    }
}

struct text_piece text_piece_part(const struct text_piece *p, uint32_t from, uint32_t to)
{
    return (struct text_piece){p->text + from, to - from, p->first + from,
                               p->origin ? p->origin + from : NULL};
}

struct token_span text_piece_span(const struct text_piece *p, uint32_t from, uint32_t to)
{
    struct token_span a, b;

    if (!p->origin)
        return (struct token_span){p->first + from, to - from};
    if (from < to) {
        a = p->origin[from];
        b = p->origin[to - 1];
        return (struct token_span){a.first, b.first + b.bytes - a.first};
    }
    if (from < p->bytes)
        return (struct token_span){p->origin[from].first, 0};
    if (from == 0)
        return (struct token_span){p->first, 0};
    b = p->origin[from - 1];
    return (struct token_span){b.first + b.bytes, 0};
}

/* What may follow the first byte of a sequence: how many bytes, and the bounds of the next one
 * (Unicode, table 3-7). 0: it starts none. */
static unsigned sequence_of(guchar lead, guchar *low, guchar *high)
{
    *low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    *high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (lead < 0x80)
        return 1;
    if (lead < 0xc2 || lead > 0xf4)
        return 0;
    return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

/* Bytes of the character at text, or of the part that has to be replaced. */
static unsigned step(const char *text, const char *end, bool *good)
{
    guchar low, high;
    unsigned want = sequence_of((guchar)*text, &low, &high), n = 1;

    while (n < want && text + n < end && (guchar)text[n] >= low && (guchar)text[n] <= high) {
        low = 0x80;
        high = 0xbf;
        n++;
    }
    *good = n == want;
    return n;
}

/* The first byte that is no part of a character, or end. */
static const char *valid_until(const char *text, const char *end)
{
    bool good = true;

    while (text < end) {
        unsigned n;

        for (uint64_t eight; end - text >= 8; text += 8) {
            memcpy(&eight, text, 8);
            if (eight & 0x8080808080808080u)
                break;
        }
        if (text == end)
            break;
        n = step(text, end, &good);
        if (!good)
            return text;
        text += n;
    }
    return end;
}

bool text_valid(const char *text, size_t bytes)
{
    return valid_until(text, text + bytes) == text + bytes;
}

void text_mend(struct text_run *r, const char *text, size_t bytes)
{
    const struct text_piece whole = {text, (uint32_t)bytes, 0, NULL};
    const char *end = text + bytes;

    for (const char *at = text; at < end;) {
        const char *stop = valid_until(at, end);
        unsigned n;
        bool good;

        text_run_copy(r, &whole, (uint32_t)(at - text), (uint32_t)(stop - text));
        if (stop == end)
            break;
        n = step(stop, end, &good);
        text_run_put(r, "\xef\xbf\xbd", 3, (struct token_span){(uint32_t)(stop - text), n});
        at = stop + n;
    }
}
