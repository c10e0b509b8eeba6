/* What views say about one pair entry in words: its name, its flags, its noise floor.
 *
 * Pure functions of the comparison; every string is escaped and safe to draw. */
#ifndef TARE_TUI_ENTRY_TEXT_H
#define TARE_TUI_ENTRY_TEXT_H

#include "core/comparison.h"

/* The entry's name without its first `skip` bytes; owned by the caller. */
char *entry_name(const struct comparison *c, uint32_t entry, gsize skip);

const struct entry_summary *entry_summary_of(const struct comparison *c, uint32_t entry);
/* The tensor of one side, NULL where that side has none. */
const struct tensor *entry_base(const struct comparison *c, uint32_t entry);
const struct tensor *entry_tuned(const struct comparison *c, uint32_t entry);

/* Done, with numbers of both sides subtracted. */
bool entry_has_delta(const struct comparison *c, uint32_t entry);
/* |delta| / |base|; NAN where it is not there (yet). */
double entry_relative(const struct comparison *c, uint32_t entry);
/* Storage rounding noise of the coarser side, relative; 0: none. */
double entry_floor(const struct comparison *c, uint32_t entry);
/* A relative change that the stored types can't tell from rounding; no change at all is none. */
bool entry_below_floor(const struct comparison *c, uint32_t entry);
bool entry_unchanged(const struct comparison *c, uint32_t entry);

/* What is to be said of it beside its numbers: a merged copy, copies merged into it, why it is not
 * subtracted, how it came about; "": nothing. Owned by the caller. */
char *entry_remark(const struct comparison *c, uint32_t entry);

/* What a flag word means, for the help page; ends with a NULL word. */
struct flag_help {
    const char *word, *help;
};
extern const struct flag_help flag_table[];

/* Appends a word and a space between words. */
void flag_add(GString *out, const char *word);
/* The flags of one entry, most serious first; marks: those of tui/marks.h. */
void entry_flags(const struct comparison *c, uint32_t entry, unsigned marks, GString *out);

/* "f32", or "f32>bf16" where the sides differ. */
char *entry_dtype(const struct comparison *c, uint32_t entry, char *buf, gsize bytes);
/* How far each gate of a recurrent layer moved, of one file their norms: "input 1.2 %  forget ...";
 * NULL: it has none. Owned by the caller. */
char *entry_gates(const struct comparison *c, uint32_t entry);
/* "waiting", "reading", ... */
const char *entry_state_name(enum entry_state state);

#endif
