/* The only file that knows curses: keys in, a canvas out, and the way back.
 *
 * Whatever ends the program, the terminal is as it was (tui/term_restore.h). Resizes, interrupts,
 * stops and continuations come through a descriptor, as keys, never in a handler: they stay blocked
 * in the UI thread, and every other thread must block them too (core/jobs.h does). UI thread. */
#ifndef TARE_TUI_TERM_H
#define TARE_TUI_TERM_H

#include "core/error.h"
#include "tui/keys.h"
#include "tui/surface.h"
#include "tui/theme.h"

struct term_options {
    bool ascii; /* 7-bit glyphs even where UTF-8 is possible */
    bool mouse; /* capture from the start */
    bool light; /* light background */
};

struct term;

/* Needs stdin and stdout to be a terminal that terminfo knows and whose cursor can be placed
 * (TARE_ERROR_USAGE otherwise). The locale is the caller's. One at a time. */
struct term *term_open(const struct term_options *options, GError **error);
void term_close(struct term *t);

void term_size(const struct term *t, int *rows, int *cols);
bool term_ascii(const struct term *t);
enum depth term_depth(const struct term *t);

/* Shows the canvas; only what differs from the last one is sent. */
void term_show(struct term *t, const struct canvas *c);
/* The next term_show sends everything again (^L). */
void term_redraw(struct term *t);

/* Next key, KEY_NONE_PRESSED if none is waiting; never blocks. mouse_row/col for mouse keys.
 * KEY_SIZE_CHANGED after a resize or a continuation; SIGINT is ^C, SIGTSTP is ^Z. */
gunichar term_read(struct term *t, int *mouse_row, int *mouse_col);
/* To poll(): keys, and the signals above. */
int term_fd(const struct term *t);
int term_signal_fd(const struct term *t);
/* True once the terminal is gone (hang-up, closed pty): the program must end. */
bool term_lost(const struct term *t);

/* ^Z: gives the terminal back, stops the process group, takes it again when continued. */
void term_suspend(struct term *t);
void term_mouse(struct term *t, bool on);
bool term_has_mouse(const struct term *t);
/* Copies text to the user's clipboard by OSC 52; text must be escaped already. False if this kind
 * of terminal has no such thing. */
bool term_clipboard(struct term *t, const char *text);

#endif
