/* The real program on a pseudo terminal, its output decoded by a terminal emulator (libvterm).
 *
 * Tests type keys and wait for what must come on the screen; every wait has a deadline (20 s, times
 * TARE_TEST_SLOW) and returns as soon as it can, nothing sleeps. Text handed out is the caller's
 * unless it is const. One thread. */
#ifndef TARE_TESTS_PTY_SCREEN_H
#define TARE_TESTS_PTY_SCREEN_H

#include "tests/support/pty_audit.h"
#include "tests/support/pty_job.h"

struct pty;

struct pty_cell {
    char text[32]; /* UTF-8, "" for a blank or the right half of a wide glyph */
    int fg, bg;    /* colour number, -1: the terminal's own, >= 0x1000000: RGB */
    bool bold, reverse, underline;
};

typedef bool (*pty_predicate)(struct pty *p, const void *data);

/* What deadlines are multiplied by: TARE_TEST_SLOW, 1 without it. */
int pty_slow(void);

struct pty *pty_start(const struct pty_options *options);
void pty_destroy(struct pty *p);

void pty_type(struct pty *p, const char *keys);
void pty_send(struct pty *p, const void *bytes, gsize n);
void pty_resize(struct pty *p, int rows, int cols);
/* Unseen, output is audited but not drawn: libvterm can't bear output for one size on another.
 * Resize once more after looking again, so that the program draws everything. */
void pty_look_away(struct pty *p, bool unseen);
void pty_signal(struct pty *p, int signal);
/* Closes the terminal under the program. */
void pty_hangup(struct pty *p);

/* True if it came to be before the deadline. */
bool pty_wait(struct pty *p, pty_predicate predicate, const void *data);
bool pty_wait_text(struct pty *p, const char *text);
bool pty_wait_gone(struct pty *p, const char *text);
bool pty_wait_stop(struct pty *p);
/* status: as of waitpid; may be NULL. All output has been taken in then. */
bool pty_wait_end(struct pty *p, int *status);
/* Takes output in until none came for that long. */
void pty_wait_quiet(struct pty *p, int milliseconds);
/* Like pty_wait, for at most that long. */
bool pty_wait_for(struct pty *p, pty_predicate predicate, const void *data, int milliseconds);

void pty_size(const struct pty *p, int *rows, int *cols);
/* A row without its trailing blanks; all rows with a newline after each. */
char *pty_row(const struct pty *p, int row);
char *pty_text(const struct pty *p);
void pty_cell(const struct pty *p, int row, int col, struct pty_cell *cell);
/* First row that contains text, -1: none. */
int pty_find(const struct pty *p, const char *text);
void pty_cursor(const struct pty *p, int *row, int *col);

bool pty_alternate(const struct pty *p);
bool pty_cursor_visible(const struct pty *p);
/* The private mode of the mouse reports wanted (1000: buttons, ...), 0: none. */
int pty_mouse(const struct pty *p);
bool pty_alive(const struct pty *p);
const struct pty_audit *pty_audit(const struct pty *p);
/* NULL if the terminal is as the program found it, else what is not. */
char *pty_not_restored(const struct pty *p);

/* Fail the running Check test, showing the screen, unless it holds. */
void pty_expect(struct pty *p, const char *text);
void pty_expect_gone(struct pty *p, const char *text);
void pty_expect_exit(struct pty *p, int code);
void pty_expect_signal(struct pty *p, int signal);
void pty_expect_restored(struct pty *p);
/* The screen and the last bytes on standard error. */
void pty_dump(const struct pty *p);

#endif
