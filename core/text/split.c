#include "core/text/split.h"

#include "core/text/char_class.h"

bool split_put(struct split_sink *s, const struct text_piece *p, uint32_t from, uint32_t to)
{
    struct text_piece part;

    if (from == to)
        return true;
    part = text_piece_part(p, from, to);
    return s->put(s, &part);
}

static bool apply_spaces(const struct split_step *step, const struct text_piece *p,
                         struct split_sink *s)
{
    uint32_t word = 0;

    (void)step;
    for (uint32_t at = 0; at < p->bytes;) {
        uint32_t next = (uint32_t)(g_utf8_next_char(p->text + at) - p->text);

        if (char_is_space(g_utf8_get_char(p->text + at))) {
            if (!split_put(s, p, word, at))
                return false;
            word = next;
        }
        at = next;
    }
    return split_put(s, p, word, p->bytes);
}

const struct split_kind split_spaces = {.name = "WhitespaceSplit", .apply = apply_spaces};
