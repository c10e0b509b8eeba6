/* Text on its way through a tokenizer, with where each of its bytes comes from.
 *
 * A piece is borrowed, a run owns what a step has written. All text is valid UTF-8 from text_valid
 * on. */
#ifndef TARE_CORE_TEXT_TEXT_RUN_H
#define TARE_CORE_TEXT_TEXT_RUN_H

#include <glib.h>
#include "core/text/tokenizer.h"

struct text_piece {
    const char *text;
    uint32_t bytes;
    uint32_t first;                  /* byte i is the caller's byte first + i .. */
    const struct token_span *origin; /* .. unless this says, for each byte, what it is made of */
};

struct text_run {
    GString *text;
    GArray *origin; /* struct token_span for each byte; NULL: nobody asks */
};

void text_run_init(struct text_run *r, bool with_origin);
void text_run_finish(struct text_run *r);
void text_run_clear(struct text_run *r);
struct text_piece text_run_piece(const struct text_run *r);

/* Bytes made from that part of the caller's text. */
void text_run_put(struct text_run *r, const char *text, uint32_t bytes, struct token_span from);
/* Bytes [from, to) of p as they are. */
void text_run_copy(struct text_run *r, const struct text_piece *p, uint32_t from, uint32_t to);

/* Bytes [from, to) of p, as a piece and as a part of the caller's text. An empty part is the place
 * where it is. */
struct text_piece text_piece_part(const struct text_piece *p, uint32_t from, uint32_t to);
struct token_span text_piece_span(const struct text_piece *p, uint32_t from, uint32_t to);

/* Where the character behind the one at `at` begins. */
static inline uint32_t text_piece_next(const struct text_piece *p, uint32_t at)
{
    return (uint32_t)(g_utf8_next_char(p->text + at) - p->text);
}

/* Whether all of it is UTF-8 (NUL is a character). */
bool text_valid(const char *text, size_t bytes);
/* Appends it to r with U+FFFD for each maximal part of a broken sequence (Unicode, section 3.9). */
void text_mend(struct text_run *r, const char *text, size_t bytes);

#endif
