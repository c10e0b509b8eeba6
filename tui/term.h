/* The only file that knows curses: raw mode, keys in, a canvas out, and the way back.
 *
 * Whatever ends the program, the terminal is as it was: a precomputed string and a saved termios,
 * written with write and tcsetattr only, from atexit and from handlers on a signal stack for HUP,
 * TERM, QUIT, SEGV, BUS, FPE, ILL, ABRT, SYS; the signal is raised again, so the status is true. UI thread. */
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

/* Needs stdin and stdout to be a terminal that terminfo knows (TARE_ERROR_USAGE otherwise). */
struct term *term_open(const struct term_options *options, GError **error);
void term_close(struct term *t);

void term_size(const struct term *t, int *rows, int *cols);
bool term_ascii(const struct term *t);
enum depth term_depth(const struct term *t);

/* Shows the canvas; only what differs from the last one is sent. */
void term_show(struct term *t, const struct canvas *c);
/* Sends everything again (^L, after SIGCONT). */
void term_redraw(struct term *t);

/* Next key, KEY_NONE_PRESSED if none is waiting; never blocks. mouse_row/col for mouse keys.
 * KEY_SIZE_CHANGED once after a resize. */
gunichar term_read(struct term *t, int *mouse_row, int *mouse_col);
/* Input to poll(). */
int term_fd(const struct term *t);
/* True once the terminal is gone (hang-up, closed pty): the program must end. */
bool term_lost(const struct term *t);
/* Set by SIGINT since the last call. */
bool term_interrupted(struct term *t);

/* ^Z: gives the terminal back, stops the process, takes it again on SIGCONT. */
void term_suspend(struct term *t);
void term_mouse(struct term *t, bool on);
bool term_has_mouse(const struct term *t);
/* Copies text to the user's clipboard by OSC 52; text must be escaped already. */
void term_clipboard(struct term *t, const char *text);

/* Blocks the signals a worker thread must not take (SIGWINCH and the like); call before threads. */
void term_block_signals(void);

#endif
