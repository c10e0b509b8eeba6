#include "core/text/split.h"

#include <string.h>
#include "core/text/char_class.h"

void split_step_clear(void *step)
{
    struct split_step *s = step;

    g_free(s->text);
}

enum split_behaviour split_behaviour_find(const char *name)
{
    static const char *const names[] = {"Removed", "Isolated", "MergedWithPrevious",
                                        "MergedWithNext", "Contiguous"};
    unsigned i = 0;

    while (i < SPLIT_BEHAVIOURS && strcmp(names[i], name) != 0)
        i++;
    return (enum split_behaviour)i;
}

bool split_put(struct split_sink *s, const struct text_piece *p, uint32_t from, uint32_t to)
{
    struct text_piece part;

    if (from == to)
        return true;
    part = text_piece_part(p, from, to);
    return s->put(s, &part);
}

/* The end of a match that begins at that byte; at itself: there is none. */
typedef uint32_t match_function(const struct split_step *step, const struct text_piece *p,
                                uint32_t at);

/* What stands before a match at [from, to), and the match; where the next piece begins. */
static bool put_match(const struct split_step *step, const struct text_piece *p,
                      struct split_sink *s, uint32_t *begin, uint32_t from, uint32_t to)
{
    uint32_t first = *begin;

    *begin = to;
    switch (step->behaviour) {
    case SPLIT_REMOVED:
        return split_put(s, p, first, from);
    case SPLIT_MERGED_WITH_PREVIOUS:
        return split_put(s, p, first, to);
    case SPLIT_MERGED_WITH_NEXT:
        *begin = from;
        return split_put(s, p, first, from);
    default:
        return split_put(s, p, first, from) && split_put(s, p, from, to);
    }
}

static bool split_matches(const struct split_step *step, const struct text_piece *p,
                          struct split_sink *s, match_function *match)
{
    uint32_t begin = 0;

    for (uint32_t at = 0; at < p->bytes;) {
        uint32_t to = match(step, p, at);

        if (to == at) {
            at = text_piece_next(p, at);
            continue;
        }
        while (step->behaviour == SPLIT_CONTIGUOUS && to < p->bytes) {
            uint32_t more = match(step, p, to);

            if (more == to)
                break;
            to = more;
        }
        if (!put_match(step, p, s, &begin, at, to))
            return false;
        at = to;
    }
    return split_put(s, p, begin, p->bytes);
}

static uint32_t match_space(const struct split_step *step, const struct text_piece *p, uint32_t at)
{
    (void)step;
    return char_is_space(g_utf8_get_char(p->text + at)) ? text_piece_next(p, at) : at;
}

static bool apply_spaces(const struct split_step *step, const struct text_piece *p,
                         struct split_sink *s)
{
    const struct split_step removed = {.kind = step->kind, .behaviour = SPLIT_REMOVED};

    return split_matches(&removed, p, s, match_space);
}

static uint32_t match_digit(const struct split_step *step, const struct text_piece *p, uint32_t at)
{
    (void)step;
    return char_is_number(g_utf8_get_char(p->text + at)) ? text_piece_next(p, at) : at;
}

static bool apply_digits(const struct split_step *step, const struct text_piece *p,
                         struct split_sink *s)
{
    return split_matches(step, p, s, match_digit);
}

static uint32_t match_punctuation(const struct split_step *step, const struct text_piece *p,
                                  uint32_t at)
{
    (void)step;
    return char_is_punctuation(g_utf8_get_char(p->text + at)) ? text_piece_next(p, at) : at;
}

static bool apply_punctuation(const struct split_step *step, const struct text_piece *p,
                              struct split_sink *s)
{
    return split_matches(step, p, s, match_punctuation);
}

static uint32_t match_text(const struct split_step *step, const struct text_piece *p, uint32_t at)
{
    size_t n = strlen(step->text);

    return n <= p->bytes - at && memcmp(p->text + at, step->text, n) == 0 ? at + (uint32_t)n : at;
}

static bool apply_text(const struct split_step *step, const struct text_piece *p,
                       struct split_sink *s)
{
    return split_matches(step, p, s, match_text);
}

static bool apply_bert(const struct split_step *step, const struct text_piece *p,
                       struct split_sink *s)
{
    uint32_t begin = 0;

    (void)step;
    for (uint32_t at = 0, next; at < p->bytes; at = next) {
        gunichar c = g_utf8_get_char(p->text + at);
        bool space = char_is_space(c);

        next = text_piece_next(p, at);
        if (!space && !char_is_punctuation(c))
            continue;
        if (!split_put(s, p, begin, at) || (!space && !split_put(s, p, at, next)))
            return false;
        begin = next;
    }
    return split_put(s, p, begin, p->bytes);
}

enum word_class { WORD_SPACE, WORD_WORD, WORD_OTHER };

static enum word_class word_class(gunichar c)
{
    return char_is_word(c) ? WORD_WORD : char_is_space(c) ? WORD_SPACE : WORD_OTHER;
}

static bool apply_words(const struct split_step *step, const struct text_piece *p,
                        struct split_sink *s)
{
    enum word_class now = WORD_SPACE;
    uint32_t begin = 0;

    (void)step;
    for (uint32_t at = 0; at < p->bytes; at = text_piece_next(p, at)) {
        enum word_class c = word_class(g_utf8_get_char(p->text + at));

        if (c == now)
            continue;
        if (now != WORD_SPACE && !split_put(s, p, begin, at))
            return false;
        begin = at;
        now = c;
    }
    return now == WORD_SPACE || split_put(s, p, begin, p->bytes);
}

/* Whether this piece gets its space in front. */
static bool wants_prefix(const struct split_step *step, const struct text_piece *p,
                         const char *space)
{
    size_t n = strlen(space);

    if (step->prefix == SPLIT_PREFIX_NEVER || (n <= p->bytes && memcmp(p->text, space, n) == 0))
        return false;
    return step->prefix == SPLIT_PREFIX_ALWAYS || text_piece_span(p, 0, 0).first == 0;
}

static bool cut_byte_level(const struct split_step *step, const struct text_piece *p,
                           struct split_sink *s)
{
    return step->pattern ? split_pattern_apply(step->pattern, p, s) : split_put(s, p, 0, p->bytes);
}

static bool apply_byte_level(const struct split_step *step, const struct text_piece *p,
                             struct split_sink *s)
{
    struct text_run run;
    struct text_piece spaced;
    bool ok;

    if (!wants_prefix(step, p, " "))
        return cut_byte_level(step, p, s);
    text_run_init(&run, true);
    text_run_put(&run, " ", 1, text_piece_span(p, 0, 0));
    text_run_copy(&run, p, 0, p->bytes);
    spaced = text_run_piece(&run);
    ok = cut_byte_level(step, &spaced, s);
    text_run_finish(&run);
    return ok;
}

static bool apply_metaspace(const struct split_step *step, const struct text_piece *p,
                            struct split_sink *s)
{
    const struct split_step cut = {
        .kind = step->kind, .text = step->text, .behaviour = SPLIT_MERGED_WITH_NEXT};
    uint32_t n = (uint32_t)strlen(step->text), from = 0;
    struct text_run run;
    struct text_piece marked;
    bool ok;

    text_run_init(&run, true);
    if (*p->text != ' ' && wants_prefix(step, p, step->text))
        text_run_put(&run, step->text, n, text_piece_span(p, 0, 0));
    for (uint32_t at = 0; at < p->bytes; at++) {
        if (p->text[at] != ' ')
            continue;
        text_run_copy(&run, p, from, at);
        text_run_put(&run, step->text, n, text_piece_span(p, at, at + 1));
        from = at + 1;
    }
    text_run_copy(&run, p, from, p->bytes);
    marked = text_run_piece(&run);
    ok = step->whole ? split_put(s, &marked, 0, marked.bytes)
                     : split_matches(&cut, &marked, s, match_text);
    text_run_finish(&run);
    return ok;
}

static bool apply_pattern(const struct split_step *step, const struct text_piece *p,
                          struct split_sink *s)
{
    return split_pattern_apply(step->pattern, p, s);
}

const struct split_kind split_spaces = {"WhitespaceSplit", apply_spaces};
const struct split_kind split_words = {"Whitespace", apply_words};
const struct split_kind split_bert = {"BertPreTokenizer", apply_bert};
const struct split_kind split_digits = {"Digits", apply_digits};
const struct split_kind split_punctuation = {"Punctuation", apply_punctuation};
const struct split_kind split_by_text = {"Split", apply_text};
const struct split_kind split_by_pattern = {"Split", apply_pattern};
const struct split_kind split_byte_level = {"ByteLevel", apply_byte_level};
const struct split_kind split_metaspace = {"Metaspace", apply_metaspace};
