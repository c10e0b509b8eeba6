#include "core/text/normalize.h"

#include <string.h>
#include "core/text/char_class.h"

void normal_step_clear(void *step)
{
    struct normal_step *s = step;

    g_free(s->from);
    g_free(s->to);
}

static void apply_clean(const struct normal_step *step, const struct text_piece *p,
                        struct text_run *out)
{
    uint32_t from = 0;

    (void)step;
    for (uint32_t at = 0, next; at < p->bytes; at = next) {
        gunichar c = g_utf8_get_char(p->text + at);
        bool space;

        next = text_piece_next(p, at);
        if (c >= ' ' && c < 0x7f)
            continue;
        space = char_is_space(c);
        if (!space && c != 0xfffd && !char_is_control(c))
            continue;
        text_run_copy(out, p, from, at);
        if (space && !char_is_control(c))
            text_run_put(out, " ", 1, text_piece_span(p, at, next));
        from = next;
    }
    text_run_copy(out, p, from, p->bytes);
}

static void apply_space_cjk(const struct normal_step *step, const struct text_piece *p,
                            struct text_run *out)
{
    uint32_t from = 0;

    (void)step;
    for (uint32_t at = 0, next; at < p->bytes; at = next) {
        next = text_piece_next(p, at);
        if (next == at + 1 || !char_is_cjk(g_utf8_get_char(p->text + at)))
            continue;
        text_run_copy(out, p, from, at);
        text_run_put(out, " ", 1, text_piece_span(p, at, at));
        text_run_copy(out, p, at, next);
        text_run_put(out, " ", 1, text_piece_span(p, next, next));
        from = next;
    }
    text_run_copy(out, p, from, p->bytes);
}

/* The one letter that becomes two: I with a dot above. */
#define DOTTED_I 0x130u

static void apply_lowercase(const struct normal_step *step, const struct text_piece *p,
                            struct text_run *out)
{
    uint32_t from = 0;

    (void)step;
    for (uint32_t at = 0, next; at < p->bytes; at = next) {
        gunichar c = g_utf8_get_char(p->text + at), low = char_lower(c);
        char text[8];
        int n;

        next = text_piece_next(p, at);
        if (low == c && c != DOTTED_I)
            continue;
        text_run_copy(out, p, from, at);
        n = g_unichar_to_utf8(c == DOTTED_I ? 'i' : low, text);
        if (c == DOTTED_I)
            n += g_unichar_to_utf8(0x307, text + n);
        text_run_put(out, text, (uint32_t)n, text_piece_span(p, at, next));
        from = next;
    }
    text_run_copy(out, p, from, p->bytes);
}

static void apply_strip_accents(const struct normal_step *step, const struct text_piece *p,
                                struct text_run *out)
{
    uint32_t from = 0;

    (void)step;
    for (uint32_t at = 0, next; at < p->bytes; at = next) {
        next = text_piece_next(p, at);
        if (next == at + 1 || !g_unichar_ismark(g_utf8_get_char(p->text + at)))
            continue;
        text_run_copy(out, p, from, at);
        from = next;
    }
    text_run_copy(out, p, from, p->bytes);
}

static void apply_strip(const struct normal_step *step, const struct text_piece *p,
                        struct text_run *out)
{
    uint32_t from = 0, to = p->bytes;

    while (step->left && from < to && char_is_space(g_utf8_get_char(p->text + from)))
        from = text_piece_next(p, from);
    while (step->right && from < to) {
        const char *last = g_utf8_prev_char(p->text + to);

        if (!char_is_space(g_utf8_get_char(last)))
            break;
        to = (uint32_t)(last - p->text);
    }
    text_run_copy(out, p, from, to);
}

static void apply_prepend(const struct normal_step *step, const struct text_piece *p,
                          struct text_run *out)
{
    if (p->bytes)
        text_run_put(out, step->to, (uint32_t)strlen(step->to), text_piece_span(p, 0, 0));
    text_run_copy(out, p, 0, p->bytes);
}

static void apply_replace(const struct normal_step *step, const struct text_piece *p,
                          struct text_run *out)
{
    uint32_t n = (uint32_t)strlen(step->from), m = (uint32_t)strlen(step->to), from = 0;
    const char *end = p->text + p->bytes, *at = p->text, *found;

    while (n && (found = memmem(at, (size_t)(end - at), step->from, n))) {
        uint32_t here = (uint32_t)(found - p->text);

        text_run_copy(out, p, from, here);
        text_run_put(out, step->to, m, text_piece_span(p, here, here + n));
        from = here + n;
        at = found + n;
    }
    text_run_copy(out, p, from, p->bytes);
}

const struct normal_kind normal_clean = {"BertNormalizer", apply_clean};
const struct normal_kind normal_space_cjk = {"BertNormalizer", apply_space_cjk};
const struct normal_kind normal_lowercase = {"Lowercase", apply_lowercase};
const struct normal_kind normal_strip_accents = {"StripAccents", apply_strip_accents};
const struct normal_kind normal_strip = {"Strip", apply_strip};
const struct normal_kind normal_prepend = {"Prepend", apply_prepend};
const struct normal_kind normal_replace = {"Replace", apply_replace};
